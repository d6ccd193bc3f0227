// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/option_check.hpp>

namespace odradek::detail {
namespace {

bool has_levels(compression codec) noexcept
{
    return codec != compression::none && codec != compression::snappy;
}

} // namespace

bool is_known(acks value) noexcept
{
    return value == acks::none || value == acks::leader || value == acks::all;
}

bool is_known(compression codec) noexcept
{
    return !name(codec).empty();
}

bool has_level(compression codec, int level) noexcept
{
    return has_levels(codec) && levels(codec).contains(level);
}

std::string wrong_acks(std::string_view option, acks value)
{
    return std::string{option} + " is " + std::to_string(static_cast<int>(value)) +
           ", which is none of 0 (none), 1 (leader) and -1 (all)";
}

std::string wrong_codec(std::string_view option, compression codec)
{
    return std::string{option} + " is " + std::to_string(static_cast<int>(codec)) +
           ", which is no codec: there are 0 (none), 1 (gzip), 2 (snappy), 3 (lz4) and 4 (zstd)";
}

std::string wrong_level(std::string_view option, compression codec, int level)
{
    const std::string words = std::string{option} + " is " + std::to_string(level);
    if (codec == compression::none) return words + ", but nothing is compressed that it could be the level of";
    if (!has_levels(codec)) return words + ", but " + std::string{name(codec)} + " has no levels";
    const compression_levels there = levels(codec);
    return words + ", but " + std::string{name(codec)} + " has the levels " + std::to_string(there.lowest) + " to " +
           std::to_string(there.highest);
}

} // namespace odradek::detail
