// SPDX-License-Identifier: Apache-2.0
#include <odradek/compression/codecs.hpp>
#include <odradek/compression/output.hpp>

#include <lz4frame.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>

namespace odradek::detail {
namespace {

// The frame's header: four bytes of magic, flags, block size, perhaps the content's size (8) and a dictionary (4), and one
// byte of the checksum over what follows the magic.
constexpr std::array<unsigned char, 4> frame_magic{0x04, 0x22, 0x4d, 0x18};
constexpr std::size_t flags_position = 4;
constexpr std::size_t block_size_position = 5;
constexpr std::size_t least_header = 7;
constexpr std::size_t most_header = 19;
constexpr unsigned independent_blocks = 0x20;
constexpr unsigned content_size = 0x08;
constexpr unsigned dictionary = 0x01;

// What we write in format 0 has always the same flags, so its checksum as producers of that format compute it, over magic and
// flags, is always the same too (KIP-57).
constexpr std::size_t written_checksum_position = 6;
constexpr std::byte flawed_checksum{0x1a};

constexpr std::size_t kept_block = 256 * 1024; // contexts that have met larger ones are not kept
constexpr std::size_t small_input = 64 * 1024;
constexpr int thorough_from = 3;
constexpr int most_thorough = 12;

// xxHash of 32 bits, seed 0, for less than 16 bytes.
std::uint32_t short_xxhash(const unsigned char* bytes, std::size_t size) noexcept
{
    constexpr std::uint32_t prime1 = 2654435761U;
    constexpr std::uint32_t prime2 = 2246822519U;
    constexpr std::uint32_t prime3 = 3266489917U;
    constexpr std::uint32_t prime4 = 668265263U;
    constexpr std::uint32_t prime5 = 374761393U;
    std::uint32_t hash = prime5 + static_cast<std::uint32_t>(size);
    for (; size >= 4; size -= 4, bytes += 4) {
        const auto word = static_cast<std::uint32_t>(bytes[0]) | static_cast<std::uint32_t>(bytes[1]) << 8U |
                          static_cast<std::uint32_t>(bytes[2]) << 16U | static_cast<std::uint32_t>(bytes[3]) << 24U;
        hash = std::rotl(hash + word * prime3, 17) * prime4;
    }
    for (; size != 0; --size, ++bytes) hash = std::rotl(hash + *bytes * prime5, 11) * prime1;
    hash = (hash ^ (hash >> 15U)) * prime2;
    hash = (hash ^ (hash >> 13U)) * prime3;
    return hash ^ (hash >> 16U);
}

class compressor {
public:
    compressor() noexcept { (void)LZ4F_createCompressionContext(&context_, LZ4F_VERSION); }
    compressor(const compressor&) = delete;
    compressor& operator=(const compressor&) = delete;
    ~compressor() { LZ4F_freeCompressionContext(context_); }

    LZ4F_cctx* get() const noexcept { return context_; }

private:
    LZ4F_cctx* context_ = nullptr;
};

class decompressor {
public:
    decompressor() noexcept = default;
    decompressor(const decompressor&) = delete;
    decompressor& operator=(const decompressor&) = delete;
    ~decompressor() { LZ4F_freeDecompressionContext(context_); }

    LZ4F_dctx* begin() noexcept
    {
        if (context_ != nullptr) {
            LZ4F_resetDecompressionContext(context_);
        } else {
            (void)LZ4F_createDecompressionContext(&context_, LZ4F_VERSION);
        }
        return context_;
    }

    // Frees what large blocks have made it allocate.
    void give_back() noexcept
    {
        LZ4F_freeDecompressionContext(context_);
        context_ = nullptr;
    }

private:
    LZ4F_dctx* context_ = nullptr;
};

int lz4_level(int level) noexcept
{
    // Kafka's own level 9 means the fast compressor, as do those below the thorough ones and the default, which is least.
    if (level < thorough_from || level == levels(compression::lz4).standard) return 0;
    return std::min(level, most_thorough);
}

compression_error compress(bytes_view input, int level, std::int8_t magic, byte_buffer& output) noexcept
{
    thread_local const compressor context;
    if (context.get() == nullptr) return {errc::out_of_memory, "no memory for lz4", 0};
    LZ4F_preferences_t preferences{};
    // Larger blocks are quicker, by a fifth, and a little smaller; readers have to have room for one. In format 0 there is one size.
    preferences.frameInfo.blockSizeID = magic == 0 || input.size() <= small_input ? LZ4F_max64KB : LZ4F_max256KB;
    preferences.frameInfo.blockMode = LZ4F_blockIndependent;
    preferences.compressionLevel = lz4_level(level);
    preferences.autoFlush = 1;

    const std::size_t start = output.size();
    const std::size_t most = most_header + LZ4F_compressBound(input.size(), &preferences);
    std::byte* const to = output.extend(most);
    if (to == nullptr) return {errc::out_of_memory, "no memory for lz4's output", 0};
    std::size_t size = LZ4F_compressBegin(context.get(), to, most, &preferences);
    const auto failed = [&](std::size_t result) { return LZ4F_isError(result) != 0; };
    if (failed(size)) return {errc::out_of_memory, LZ4F_getErrorName(size), 0};
    if (magic == 0) to[written_checksum_position] = flawed_checksum;
    std::size_t result =
        LZ4F_compressUpdate(context.get(), to + size, most - size, input.data(), input.size(), nullptr);
    if (!failed(result)) {
        size += result;
        result = LZ4F_compressEnd(context.get(), to + size, most - size, nullptr);
    }
    if (failed(result)) {
        output.truncate(start);
        return {errc::out_of_memory, LZ4F_getErrorName(result), 0};
    }
    output.commit(size + result);
    return {};
}

// What the header of a frame says, and the header as lz4 wants it.
struct frame_header {
    std::array<unsigned char, most_header> bytes{};
    std::size_t size = 0;
    std::size_t block = 0;
};

const char* read_header(bytes_view frame, std::int8_t magic, frame_header& header) noexcept
{
    if (frame.size() < least_header) return "lz4 ends inside a frame's header";
    if (std::memcmp(frame.data(), frame_magic.data(), frame_magic.size()) != 0) return "not an lz4 frame";
    const auto flags = std::to_integer<unsigned>(frame[flags_position]);
    if ((flags & independent_blocks) == 0) return "lz4 blocks that depend on each other, which Kafka does not allow";
    if ((flags & dictionary) != 0) return "an lz4 frame with a dictionary, which Kafka does not allow";
    header.size = least_header + ((flags & content_size) != 0 ? 8 : 0);
    if (frame.size() < header.size) return "lz4 ends inside a frame's header";
    const auto block_id = (std::to_integer<unsigned>(frame[block_size_position]) >> 4U) & 7U;
    if (block_id < 4) return "an lz4 frame with an unknown block size";
    header.block = std::size_t{1} << (8 + 2 * block_id);
    std::memcpy(header.bytes.data(), frame.data(), header.size);
    if (magic == 0) { // the checksum of format 0 is known to be wrong, so it cannot be checked
        const std::uint32_t hash =
            short_xxhash(header.bytes.data() + frame_magic.size(), header.size - frame_magic.size() - 1);
        header.bytes[header.size - 1] = static_cast<unsigned char>(hash >> 8U);
    }
    return nullptr;
}

// Unpacks the frame at `at` and moves `at` behind it.
compression_error decompress_frame(LZ4F_dctx* context, bytes_view input, const frame_header& header, std::size_t& at,
                                   bounded_output& unpacked) noexcept
{
    std::size_t read = header.size;
    std::size_t none = 0;
    std::size_t result = LZ4F_decompress(context, nullptr, &none, header.bytes.data(), &read, nullptr);
    at += read;
    while (LZ4F_isError(result) == 0 && result != 0) {
        // With room for a whole block it is unpacked where it belongs, without a copy.
        const std::span<std::byte> room = unpacked.room(std::min(header.block, likely_size(input.size() - at)));
        if (room.empty()) return unpacked.fail(errc::out_of_memory, "no memory for lz4's output", at);
        read = input.size() - at;
        std::size_t written = room.size();
        result = LZ4F_decompress(context, room.data(), &written, input.data() + at, &read, nullptr);
        at += read;
        if (LZ4F_isError(result) != 0) break;
        if (!unpacked.commit(written)) return unpacked.over_limit(at);
        if (result != 0 && at == input.size() && written < room.size()) {
            return unpacked.fail(errc::bad_compressed_data, "lz4 ends too early", at);
        }
    }
    if (LZ4F_isError(result) != 0) return unpacked.fail(errc::bad_compressed_data, LZ4F_getErrorName(result), at);
    return {};
}

compression_error decompress(bytes_view input, std::int8_t magic, unpack_limits limits, byte_buffer& output) noexcept
{
    thread_local decompressor context;
    bounded_output unpacked{output, limits.output};
    std::size_t at = 0;
    compression_error failed;
    do {
        frame_header header;
        if (const char* const reason = read_header(input.subview(at), magic, header)) {
            return unpacked.fail(errc::bad_compressed_data, reason, at);
        }
        LZ4F_dctx* const running = context.begin();
        if (running == nullptr) return unpacked.fail(errc::out_of_memory, "no memory for lz4", at);
        failed = decompress_frame(running, input, header, at, unpacked);
        if (header.block > kept_block) context.give_back();
    } while (!failed && at < input.size());
    return failed;
}

} // namespace

codec_set::entry lz4_codec() noexcept
{
    return {&compress, &decompress};
}

} // namespace odradek::detail
