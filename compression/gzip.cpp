// SPDX-License-Identifier: Apache-2.0
#include <odradek/compression/codecs.hpp>
#include <odradek/compression/output.hpp>

#include <zlib.h>

#include <algorithm>
#include <limits>

namespace odradek::detail {
namespace {

constexpr int gzip_window = 15 + 16; // 32 KiB, with gzip's header and trailer
constexpr std::size_t most_at_once = std::numeric_limits<uInt>::max();

Bytef* zlib_pointer(const std::byte* bytes) noexcept
{
    return const_cast<Bytef*>(
        reinterpret_cast<const Bytef*>(bytes)); // zlib only reads, but its interface is older than const
}

// One a thread, reset for each use: setting up a stream costs 256 KiB of fresh memory.
class deflater {
public:
    deflater() noexcept = default;
    deflater(const deflater&) = delete;
    deflater& operator=(const deflater&) = delete;
    ~deflater()
    {
        if (made_) deflateEnd(&stream_);
    }

    z_stream* begin(int level) noexcept
    {
        if (made_ && level != level_) {
            deflateEnd(&stream_);
            made_ = false;
        }
        if (!made_) {
            stream_ = z_stream{};
            made_ = deflateInit2(&stream_, level, Z_DEFLATED, gzip_window, 8, Z_DEFAULT_STRATEGY) == Z_OK;
            level_ = level;
            return made_ ? &stream_ : nullptr;
        }
        return deflateReset(&stream_) == Z_OK ? &stream_ : nullptr;
    }

private:
    z_stream stream_{};
    int level_ = 0;
    bool made_ = false;
};

class inflater {
public:
    inflater() noexcept = default;
    inflater(const inflater&) = delete;
    inflater& operator=(const inflater&) = delete;
    ~inflater()
    {
        if (made_) inflateEnd(&stream_);
    }

    z_stream* begin() noexcept
    {
        if (made_) return inflateReset(&stream_) == Z_OK ? &stream_ : nullptr;
        stream_ = z_stream{};
        made_ = inflateInit2(&stream_, gzip_window) == Z_OK;
        return made_ ? &stream_ : nullptr;
    }

private:
    z_stream stream_{};
    bool made_ = false;
};

compression_error compress(bytes_view input, int level, std::int8_t, byte_buffer& output) noexcept
{
    thread_local deflater context;
    const std::size_t start = output.size();
    z_stream* const stream = context.begin(level == default_compression_level ? Z_DEFAULT_COMPRESSION : level);
    if (stream == nullptr) return {errc::out_of_memory, "no memory for gzip", 0};
    std::size_t room = deflateBound(stream, static_cast<uLong>(input.size()));
    std::size_t taken = 0;
    for (;;) {
        std::byte* const to = output.extend(room);
        if (to == nullptr) {
            output.truncate(start);
            return {errc::out_of_memory, "no memory for gzip's output", taken};
        }
        const auto in = static_cast<uInt>(std::min(input.size() - taken, most_at_once));
        const auto out = static_cast<uInt>(std::min(room, most_at_once));
        stream->next_in = zlib_pointer(input.data() + taken);
        stream->avail_in = in;
        stream->next_out = zlib_pointer(to);
        stream->avail_out = out;
        const int result = deflate(stream, taken + in == input.size() ? Z_FINISH : Z_NO_FLUSH);
        output.commit(out - stream->avail_out);
        taken += in - stream->avail_in;
        if (result == Z_STREAM_END) return {};
        if (result != Z_OK && result != Z_BUF_ERROR) {
            output.truncate(start);
            return {errc::invalid_argument, "gzip refused its input", taken};
        }
        room = std::max<std::size_t>(room / 2, 4096);
    }
}

// Does another member follow? By the rules of java.util.zip.GZIPInputStream, which takes for mere padding what has no whole
// and right header, or not more bytes than the shortest header and trailer have.
bool another_member_follows(bytes_view bytes) noexcept
{
    constexpr std::size_t fixed_size = 10;
    constexpr std::size_t trailer_size = 8;
    constexpr unsigned header_checksum = 0x02;
    constexpr unsigned extra = 0x04;
    constexpr unsigned name = 0x08;
    constexpr unsigned comment = 0x10;
    const auto number = [bytes](std::size_t at) { return std::to_integer<unsigned>(bytes[at]); };

    if (bytes.size() <= fixed_size + trailer_size) return false;
    if (number(0) != 0x1f || number(1) != 0x8b || number(2) != Z_DEFLATED) return false;
    const unsigned flags = number(3);
    std::size_t at = fixed_size;
    if ((flags & extra) != 0) {
        at += 2 + (number(at) | number(at + 1) << 8U);
        if (at > bytes.size()) return false;
    }
    for (const unsigned text : {name, comment}) {
        if ((flags & text) == 0) continue;
        const auto* const end = std::find(bytes.begin() + at, bytes.end(), std::byte{0});
        if (end == bytes.end()) return false;
        at = static_cast<std::size_t>(end - bytes.begin()) + 1;
    }
    if ((flags & header_checksum) == 0) return true;
    if (bytes.size() - at < 2) return false;
    const uLong sum = ::crc32_z(0, zlib_pointer(bytes.data()), at);
    return (sum & 0xffffU) == (number(at) | number(at + 1) << 8U);
}

compression_error decompress(bytes_view input, std::int8_t, unpack_limits limits, byte_buffer& output) noexcept
{
    thread_local inflater context;
    bounded_output unpacked{output, limits.output};
    z_stream* stream = context.begin();
    if (stream == nullptr) return {errc::out_of_memory, "no memory for gzip", 0};
    std::size_t taken = 0;
    std::size_t wanted = likely_size(input.size());
    for (;;) {
        const std::span<std::byte> room = unpacked.room(wanted);
        if (room.empty()) return unpacked.fail(errc::out_of_memory, "no memory for gzip's output", taken);
        const auto in = static_cast<uInt>(std::min(input.size() - taken, most_at_once));
        const auto out = static_cast<uInt>(std::min(room.size(), most_at_once));
        stream->next_in = zlib_pointer(input.data() + taken);
        stream->avail_in = in;
        stream->next_out = zlib_pointer(room.data());
        stream->avail_out = out;
        const int result = inflate(stream, Z_NO_FLUSH);
        taken += in - stream->avail_in;
        if (!unpacked.commit(out - stream->avail_out)) return unpacked.over_limit(taken);
        wanted = 1;
        if (result == Z_STREAM_END) {
            if (!another_member_follows(input.subview(taken))) return {};
            stream = context.begin();
            if (stream == nullptr) return unpacked.fail(errc::out_of_memory, "no memory for gzip", taken);
        } else if (result == Z_MEM_ERROR) {
            return unpacked.fail(errc::out_of_memory, "no memory for gzip", taken);
        } else if (result != Z_OK && result != Z_BUF_ERROR) {
            return unpacked.fail(errc::bad_compressed_data, "not gzip, or damaged", taken);
        } else if (taken == input.size() && stream->avail_out != 0) {
            return unpacked.fail(errc::bad_compressed_data, "gzip ends too early", taken);
        }
    }
}

} // namespace

codec_set::entry gzip_codec() noexcept
{
    return {&compress, &decompress};
}

} // namespace odradek::detail
