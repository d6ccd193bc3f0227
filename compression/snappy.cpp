// SPDX-License-Identifier: Apache-2.0
#include <odradek/compression/codecs.hpp>
#include <odradek/compression/output.hpp>
#include <odradek/protocol/endian.hpp>

#include <snappy.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace odradek::detail {
namespace {

// The framing of xerial's snappy-java: a header, then blocks of plain snappy, each behind its length.
constexpr std::array<unsigned char, 16> xerial_header{0x82, 'S', 'N', 'A', 'P', 'P', 'Y', 0, 0, 0, 0, 1, 0, 0, 0, 1};
constexpr std::size_t xerial_magic_size = 8;
constexpr std::size_t xerial_block = 32 * 1024;

// A copy of 64 bytes takes 3, so nothing unpacks to more than about 22 times its size: a length beyond that is a lie.
constexpr std::size_t most_growth = 22;

const char* chars(bytes_view bytes) noexcept
{
    return reinterpret_cast<const char*>(bytes.data());
}

bool has_xerial_magic(bytes_view bytes) noexcept
{
    return bytes.size() >= xerial_magic_size && std::memcmp(bytes.data(), xerial_header.data(), xerial_magic_size) == 0;
}

compression_error compress(bytes_view input, int, std::int8_t, byte_buffer& output) noexcept
try {
    const std::size_t start = output.size();
    const std::size_t blocks = (input.size() + xerial_block - 1) / xerial_block;
    const std::size_t most = blocks * (4 + ::snappy::MaxCompressedLength(xerial_block));
    std::byte* to = output.extend(xerial_header.size() + std::max<std::size_t>(most, 1));
    if (to == nullptr) return {errc::out_of_memory, "no memory for snappy's output", 0};
    std::byte* const begin = to;
    std::memcpy(to, xerial_header.data(), xerial_header.size());
    to += xerial_header.size();
    for (std::size_t at = 0; at < input.size(); at += xerial_block) {
        const bytes_view block = input.subview(at, xerial_block);
        std::size_t size = 0;
        ::snappy::RawCompress(chars(block), block.size(), reinterpret_cast<char*>(to + 4), &size);
        store_big(to, static_cast<std::int32_t>(size));
        to += 4 + size;
    }
    output.truncate(start);
    output.commit(static_cast<std::size_t>(to - begin));
    return {};
} catch (...) {
    return {errc::out_of_memory, "no memory for snappy", 0};
}

// Unpacks one block of plain snappy that lies at `position` of the whole input.
compression_error decompress_block(bytes_view block, std::size_t position, bounded_output& unpacked) noexcept
try {
    std::size_t size = 0;
    if (!::snappy::GetUncompressedLength(chars(block), block.size(), &size)) {
        return unpacked.fail(errc::bad_compressed_data, "no length at the front of a snappy block", position);
    }
    if (size / most_growth > block.size()) {
        return unpacked.fail(errc::bad_compressed_data, "a snappy block claims a length that it cannot have", position);
    }
    if (size > unpacked.left()) return unpacked.over_limit(position);
    const std::span<std::byte> room = unpacked.room(std::max<std::size_t>(size, 1));
    if (room.empty()) return unpacked.fail(errc::out_of_memory, "no memory for snappy's output", position);
    if (!::snappy::RawUncompress(chars(block), block.size(), reinterpret_cast<char*>(room.data()))) {
        return unpacked.fail(errc::bad_compressed_data, "damaged snappy block", position);
    }
    (void)unpacked.commit(size);
    return {};
} catch (...) {
    return unpacked.fail(errc::out_of_memory, "no memory for snappy", position);
}

compression_error decompress(bytes_view input, std::int8_t, unpack_limits limits, byte_buffer& output) noexcept
{
    bounded_output unpacked{output, limits.output};
    if (!has_xerial_magic(input)) return decompress_block(input, 0, unpacked);
    std::size_t at = 0;
    while (at < input.size()) {
        const bytes_view rest = input.subview(at);
        if (has_xerial_magic(rest)) { // several streams may follow each other
            if (rest.size() < xerial_header.size()) {
                return unpacked.fail(errc::bad_compressed_data, "xerial's snappy header ends too early", at);
            }
            if (load_big<std::int32_t>(rest.data() + xerial_magic_size) < 1) {
                return unpacked.fail(errc::bad_compressed_data, "unknown version of xerial's snappy framing", at);
            }
            at += xerial_header.size();
            continue;
        }
        if (rest.size() < 4)
            return unpacked.fail(errc::bad_compressed_data, "a snappy block's length ends too early", at);
        const auto size = load_big<std::int32_t>(rest.data());
        if (size <= 0 || static_cast<std::size_t>(size) > rest.size() - 4) {
            return unpacked.fail(errc::bad_compressed_data, "a snappy block's length is beyond the input", at);
        }
        const bytes_view block = rest.subview(4, static_cast<std::size_t>(size));
        if (const compression_error failed = decompress_block(block, at + 4, unpacked)) return failed;
        at += 4 + block.size();
    }
    return {};
}

} // namespace

codec_set::entry snappy_codec() noexcept
{
    return {&compress, &decompress};
}

} // namespace odradek::detail
