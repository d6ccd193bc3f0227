// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>

/// Arithmetic that every CRC implementation shares: polynomials over GF(2) in the reflected form that both of Kafka's
/// checksums use (bit 31 is the coefficient of x^0), and tables for eight bytes a step, made by the compiler. Private.
namespace odradek::detail {

inline constexpr std::uint32_t castagnoli = 0x82f63b78U;
inline constexpr std::uint32_t ieee = 0xedb88320U;

/// a * x modulo the polynomial.
constexpr std::uint32_t times_x(std::uint32_t a, std::uint32_t polynomial) noexcept
{
    return (a >> 1U) ^ ((a & 1U) != 0 ? polynomial : 0U);
}

/// a * b modulo the polynomial.
constexpr std::uint32_t multiply(std::uint32_t a, std::uint32_t b, std::uint32_t polynomial) noexcept
{
    std::uint32_t product = 0;
    for (std::uint32_t bit = 0x80000000U; bit != 0; bit >>= 1U) {
        if ((a & bit) != 0) product ^= b;
        b = times_x(b, polynomial);
    }
    return product;
}

/// x^exponent modulo the polynomial.
constexpr std::uint32_t power_of_x(std::uint64_t exponent, std::uint32_t polynomial) noexcept
{
    std::uint32_t result = 0x80000000U;
    std::uint32_t square = 0x40000000U;
    for (; exponent != 0; exponent >>= 1U) {
        if ((exponent & 1U) != 0) result = multiply(result, square, polynomial);
        square = multiply(square, square, polynomial);
    }
    return result;
}

using crc_tables = std::array<std::array<std::uint32_t, 256>, 8>;

/// tables[k][b]: what byte b does to the checksum when k more bytes follow it in the same step of eight.
constexpr crc_tables make_crc_tables(std::uint32_t polynomial) noexcept
{
    crc_tables tables{};
    for (std::uint32_t byte = 0; byte < 256; ++byte) {
        std::uint32_t value = byte;
        for (int bit = 0; bit < 8; ++bit) value = times_x(value, polynomial);
        tables[0][byte] = value;
    }
    for (std::size_t k = 1; k < 8; ++k) {
        for (std::size_t byte = 0; byte < 256; ++byte) {
            const std::uint32_t before = tables[k - 1][byte];
            tables[k][byte] = (before >> 8U) ^ tables[0][before & 0xffU];
        }
    }
    return tables;
}

inline std::uint64_t load_little_endian(const std::byte* data) noexcept
{
    std::uint64_t word = 0;
    std::memcpy(&word, data, sizeof word);
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    return word;
}

inline std::uint32_t update_by_table(const crc_tables& tables, std::uint32_t state, const std::byte* data,
                                     std::size_t size) noexcept
{
    for (; size >= 8; size -= 8, data += 8) {
        const std::uint64_t word = load_little_endian(data) ^ state;
        state = 0;
        for (std::size_t k = 0; k < 8; ++k) state ^= tables[7 - k][(word >> (8 * k)) & 0xffU];
    }
    for (; size != 0; --size, ++data) {
        state = (state >> 8U) ^ tables[0][(state ^ std::to_integer<std::uint32_t>(*data)) & 0xffU];
    }
    return state;
}

} // namespace odradek::detail
