// SPDX-License-Identifier: Apache-2.0
#include <odradek/compression/codecs.hpp>
#include <odradek/compression/output.hpp>

#include <zstd.h>
#include <zstd_errors.h>

#include <algorithm>
#include <bit>
#include <memory>

namespace odradek::detail {
namespace {

struct free_context {
    void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
    void operator()(ZSTD_DCtx* context) const noexcept { ZSTD_freeDCtx(context); }
};

// A context that has grown beyond this is given back after use: high levels take hundreds of megabytes.
constexpr std::size_t kept_memory = std::size_t{16} * 1024 * 1024;

// A frame's window is memory that the sender chooses. Levels up to 19 need 8 MiB at most; more is granted to those who may
// take that much anyway, up to zstd's own bound of 128 MiB.
constexpr int least_window_limit = 23;
constexpr int most_window_limit = 27;

int window_limit(std::size_t context_limit) noexcept
{
    return std::clamp(static_cast<int>(std::bit_width(context_limit)), least_window_limit, most_window_limit);
}

compression_error compress(bytes_view input, int level, std::int8_t, byte_buffer& output) noexcept
{
    thread_local std::unique_ptr<ZSTD_CCtx, free_context> context;
    if (!context) context.reset(ZSTD_createCCtx());
    if (!context) return {errc::out_of_memory, "no memory for zstd", 0};
    const int wanted = level == default_compression_level ? levels(compression::zstd).standard : level;
    (void)ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, wanted);

    const std::size_t most = ZSTD_compressBound(input.size());
    std::byte* const to = output.extend(most);
    if (to == nullptr) return {errc::out_of_memory, "no memory for zstd's output", 0};
    const std::size_t size = ZSTD_compress2(context.get(), to, most, input.data(), input.size());
    if (ZSTD_sizeof_CCtx(context.get()) > kept_memory) context.reset();
    if (ZSTD_isError(size) != 0) return {errc::out_of_memory, ZSTD_getErrorName(size), 0};
    output.commit(size);
    return {};
}

// A size that the frame claims is believed as far as it is paid for.
std::size_t first_size(bytes_view input) noexcept
{
    constexpr std::size_t unpaid = std::size_t{1} << 20U;
    const unsigned long long claimed = ZSTD_getFrameContentSize(input.data(), input.size());
    if (claimed == ZSTD_CONTENTSIZE_UNKNOWN || claimed == ZSTD_CONTENTSIZE_ERROR) return likely_size(input.size());
    return static_cast<std::size_t>(
        std::clamp<unsigned long long>(claimed, 1, std::max<unsigned long long>(unpaid, input.size() * 32ULL)));
}

compression_error decompress_frames(ZSTD_DCtx* context, bytes_view input, bounded_output& unpacked) noexcept
{
    ZSTD_inBuffer in{input.data(), input.size(), 0};
    std::size_t wanted = first_size(input);
    for (;;) {
        const std::span<std::byte> room = unpacked.room(wanted);
        if (room.empty()) return unpacked.fail(errc::out_of_memory, "no memory for zstd's output", in.pos);
        ZSTD_outBuffer out{room.data(), room.size(), 0};
        const std::size_t result = ZSTD_decompressStream(context, &out, &in);
        if (ZSTD_isError(result) != 0) {
            const ZSTD_ErrorCode code = ZSTD_getErrorCode(result);
            if (code == ZSTD_error_frameParameter_windowTooLarge) {
                return unpacked.fail(errc::output_limit, "a zstd frame asks for a larger window than is allowed",
                                     in.pos);
            }
            const bool memory = code == ZSTD_error_memory_allocation;
            return unpacked.fail(memory ? errc::out_of_memory : errc::bad_compressed_data, ZSTD_getErrorName(result),
                                 in.pos);
        }
        if (!unpacked.commit(out.pos)) return unpacked.over_limit(in.pos);
        if (in.pos == in.size) {
            if (result == 0) return {};
            if (out.pos < out.size) return unpacked.fail(errc::bad_compressed_data, "zstd ends too early", in.pos);
        }
        wanted = 1;
    }
}

compression_error decompress(bytes_view input, std::int8_t, unpack_limits limits, byte_buffer& output) noexcept
{
    thread_local std::unique_ptr<ZSTD_DCtx, free_context> context;
    bounded_output unpacked{output, limits.output};
    if (input.empty()) return unpacked.fail(errc::bad_compressed_data, "no zstd frame", 0);
    if (!context) context.reset(ZSTD_createDCtx());
    if (!context) return unpacked.fail(errc::out_of_memory, "no memory for zstd", 0);
    (void)ZSTD_DCtx_reset(context.get(), ZSTD_reset_session_only);
    (void)ZSTD_DCtx_setParameter(context.get(), ZSTD_d_windowLogMax, window_limit(limits.context));
    const compression_error failed = decompress_frames(context.get(), input, unpacked);
    if (ZSTD_sizeof_DCtx(context.get()) > kept_memory) context.reset();
    return failed;
}

} // namespace

codec_set::entry zstd_codec() noexcept
{
    return {&compress, &decompress};
}

} // namespace odradek::detail
