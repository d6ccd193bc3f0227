// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <type_traits>

namespace odradek {

/// Numbers in the byte order of the wire (big endian), at any alignment. Pure functions on memory of the caller.
namespace detail {

template <std::size_t Size>
using unsigned_of_size = std::conditional_t<
    Size == 1, std::uint8_t,
    std::conditional_t<Size == 2, std::uint16_t, std::conditional_t<Size == 4, std::uint32_t, std::uint64_t>>>;

template <class Unsigned>
[[nodiscard]] constexpr Unsigned swap_unless_big(Unsigned value) noexcept
{
    if constexpr (std::endian::native == std::endian::big || sizeof(Unsigned) == 1) {
        return value;
    } else if constexpr (sizeof(Unsigned) == 2) {
        return static_cast<Unsigned>((value << 8) | (value >> 8));
    } else if constexpr (sizeof(Unsigned) == 4) {
        return __builtin_bswap32(value);
    } else {
        return __builtin_bswap64(value);
    }
}

} // namespace detail

/// The number at `from`, of which sizeof(T) bytes must be readable. T is an integer, an enumeration or a double.
template <class T>
[[nodiscard]] inline T load_big(const std::byte* from) noexcept
{
    detail::unsigned_of_size<sizeof(T)> raw;
    std::memcpy(&raw, from, sizeof raw);
    return std::bit_cast<T>(detail::swap_unless_big(raw));
}

/// Writes `value` to the sizeof(T) bytes at `to`.
template <class T>
inline void store_big(std::byte* to, T value) noexcept
{
    const auto raw = detail::swap_unless_big(std::bit_cast<detail::unsigned_of_size<sizeof(T)>>(value));
    std::memcpy(to, &raw, sizeof raw);
}

} // namespace odradek
