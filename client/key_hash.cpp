// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/key_hash.hpp>

#include <cstddef>

namespace odradek {
namespace {

constexpr std::uint32_t multiplier = 0x5bd1e995;
constexpr std::uint32_t seed = 0x9747b28c;

std::uint32_t byte_at(bytes_view key, std::size_t position) noexcept
{
    return std::to_integer<std::uint32_t>(key[position]);
}

} // namespace

std::int32_t murmur2(bytes_view key) noexcept
{
    // Java's lengths have 32 bits, so a longer key cannot come from there and wraps here.
    std::uint32_t hash = seed ^ static_cast<std::uint32_t>(key.size());
    const std::size_t words_end = key.size() & ~std::size_t{3};
    for (std::size_t i = 0; i < words_end; i += 4) {
        std::uint32_t word =
            byte_at(key, i) | byte_at(key, i + 1) << 8 | byte_at(key, i + 2) << 16 | byte_at(key, i + 3) << 24;
        word *= multiplier;
        word ^= word >> 24;
        word *= multiplier;
        hash *= multiplier;
        hash ^= word;
    }
    if (const std::size_t left = key.size() - words_end; left != 0) {
        for (std::size_t i = 0; i < left; ++i) hash ^= byte_at(key, words_end + i) << (8 * i);
        hash *= multiplier;
    }
    hash ^= hash >> 13;
    hash *= multiplier;
    hash ^= hash >> 15;
    return static_cast<std::int32_t>(hash);
}

std::int32_t partition_of_key(bytes_view key, std::int32_t partitions) noexcept
{
    // Not the absolute value: the smallest number has none.
    return (murmur2(key) & 0x7fffffff) % partitions;
}

} // namespace odradek
