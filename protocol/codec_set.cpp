// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/codec_set.hpp>

namespace odradek {
namespace {

constexpr std::array<std::string_view, all_compressions.size()> names{"none", "gzip", "snappy", "lz4", "zstd"};

constexpr std::array<const char*, all_compressions.size()> missing{
    "",
    "gzip is not available: no codec set with it was given (link odradek::compression)",
    "snappy is not available: this program was built without it (build option ODRADEK_WITH_SNAPPY)",
    "lz4 is not available: this program was built without it (build option ODRADEK_WITH_LZ4)",
    "zstd is not available: this program was built without it (build option ODRADEK_WITH_ZSTD)",
};

bool is_known(compression codec) noexcept
{
    return static_cast<std::size_t>(codec) < all_compressions.size();
}

compression_error copy(bytes_view input, byte_buffer& output) noexcept
{
    if (!output.append(input)) return {errc::out_of_memory, "no memory for the copy", 0};
    return {};
}

} // namespace

std::string_view name(compression codec) noexcept
{
    return is_known(codec) ? names[static_cast<std::size_t>(codec)] : std::string_view{};
}

std::optional<compression> compression_from_name(std::string_view name) noexcept
{
    for (const compression codec : all_compressions) {
        if (names[static_cast<std::size_t>(codec)] == name) return codec;
    }
    return std::nullopt;
}

compression_levels levels(compression codec) noexcept
{
    switch (codec) {
    case compression::gzip: return {1, 9, -1};
    case compression::lz4: return {1, 17, 9};
    case compression::zstd: return {-131072, 22, 3};
    case compression::none:
    case compression::snappy: break;
    }
    return {std::numeric_limits<int>::min(), std::numeric_limits<int>::max(), 0};
}

bool codec_set::has(compression codec) const noexcept
{
    if (codec == compression::none) return true;
    return is_known(codec) && entries[static_cast<std::size_t>(codec)].decompress != nullptr;
}

compression_error codec_set::compress(compression codec, bytes_view input, int level, std::int8_t magic,
                                      byte_buffer& output) const noexcept
{
    if (codec == compression::none) return copy(input, output);
    if (!is_known(codec)) return {errc::unknown_codec, "no such codec", 0};
    if (!has(codec)) return {errc::codec_not_available, missing[static_cast<std::size_t>(codec)], 0};
    if (!levels(codec).contains(level)) {
        return {errc::invalid_compression_level, "the codec has no such compression level", 0};
    }
    return entries[static_cast<std::size_t>(codec)].compress(input, level, magic, output);
}

compression_error codec_set::decompress(compression codec, bytes_view input, std::int8_t magic, unpack_limits limits,
                                        byte_buffer& output) const noexcept
{
    if (codec == compression::none) {
        if (input.size() > limits.output) return {errc::output_limit, "more bytes than may be unpacked", 0};
        return copy(input, output);
    }
    if (!is_known(codec)) return {errc::unknown_codec, "no such codec", 0};
    if (!has(codec)) return {errc::codec_not_available, missing[static_cast<std::size_t>(codec)], 0};
    return entries[static_cast<std::size_t>(codec)].decompress(input, magic, limits, output);
}

const codec_set& no_codecs() noexcept
{
    static constexpr codec_set none{};
    return none;
}

} // namespace odradek
