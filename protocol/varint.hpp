// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>

namespace odradek {

/// Variable-length integers: seven bits a byte, low bits first, the top bit says that more follow. Kafka uses them
/// unsigned in flexible messages (32 bits, at most 5 bytes) and zigzag-coded in records (32 bits, and 64 bits in at
/// most 10 bytes).
///
/// Pure functions on memory of the caller, thread-safe.
inline constexpr std::size_t max_varint_size = 5;
inline constexpr std::size_t max_varlong_size = 10; ///< Longest form of 64 bits.

/// A signed number with its sign in the lowest bit, so that small negative ones stay short.
[[nodiscard]] constexpr std::uint32_t zigzag(std::int32_t value) noexcept
{
    return (static_cast<std::uint32_t>(value) << 1) ^ static_cast<std::uint32_t>(value >> 31);
}

/// The same for 64 bits.
[[nodiscard]] constexpr std::uint64_t zigzag(std::int64_t value) noexcept
{
    return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}

/// Undoes zigzag().
[[nodiscard]] constexpr std::int32_t unzigzag(std::uint32_t value) noexcept
{
    return static_cast<std::int32_t>((value >> 1) ^ (~(value & 1) + 1));
}

/// Undoes zigzag().
[[nodiscard]] constexpr std::int64_t unzigzag(std::uint64_t value) noexcept
{
    return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

/// Bytes that write_uvarint() needs, 1 to 10.
[[nodiscard]] constexpr std::size_t uvarint_size(std::uint64_t value) noexcept
{
    std::size_t size = 1;
    while (value >= 0x80) {
        value >>= 7;
        ++size;
    }
    return size;
}

/// Writes `value` at `out`, which has room for uvarint_size(value) bytes; returns the end.
constexpr std::byte* write_uvarint(std::uint64_t value, std::byte* out) noexcept
{
    while (value >= 0x80) {
        *out++ = static_cast<std::byte>(value | 0x80);
        value >>= 7;
    }
    *out++ = static_cast<std::byte>(value);
    return out;
}

/// Reads a number of at most 32 bits from [`from`, `end`). Returns the byte behind it; null if the input ends inside it
/// or if it is longer than 5 bytes or 32 bits.
[[nodiscard]] constexpr const std::byte* read_uvarint(const std::byte* from, const std::byte* end,
                                                      std::uint32_t& value) noexcept
{
    std::uint32_t result = 0;
    for (unsigned shift = 0; from != end && shift < 35; shift += 7) {
        const auto part = static_cast<std::uint32_t>(*from++);
        if (shift == 28 && part > 0x0f) return nullptr;
        result |= (part & 0x7f) << shift;
        if (part < 0x80) {
            value = result;
            return from;
        }
    }
    return nullptr;
}

/// The same for at most 64 bits in at most 10 bytes.
[[nodiscard]] constexpr const std::byte* read_uvarlong(const std::byte* from, const std::byte* end,
                                                       std::uint64_t& value) noexcept
{
    std::uint64_t result = 0;
    for (unsigned shift = 0; from != end && shift < 70; shift += 7) {
        const auto part = static_cast<std::uint64_t>(*from++);
        if (shift == 63 && part > 0x01) return nullptr;
        result |= (part & 0x7f) << shift;
        if (part < 0x80) {
            value = result;
            return from;
        }
    }
    return nullptr;
}

} // namespace odradek
