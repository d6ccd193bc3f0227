// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/group/java_order.hpp>

#include <algorithm>
#include <cstddef>
#include <numeric>

namespace odradek::detail {
namespace {

// Where the first byte of a character sorts: those of four bytes are surrogates in UTF-16, which lie below U+E000.
constexpr unsigned place(unsigned char first) noexcept
{
    return first >= 0xf0 ? 0xedU : first >= 0xee ? first + 0x10U : first;
}

// Takes one character off the text. A byte that begins none stands for itself.
std::uint32_t take_character(std::string_view& text) noexcept
{
    const auto byte = [text](std::size_t at) {
        return static_cast<std::uint32_t>(static_cast<unsigned char>(text[at]));
    };
    const std::uint32_t first = byte(0);
    const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1;
    if (length == 1 || text.size() < length) {
        text.remove_prefix(1);
        return first;
    }
    std::uint32_t number = first & (0x7fU >> length);
    for (std::size_t i = 1; i < length; ++i) number = number << 6U | (byte(i) & 0x3fU);
    text.remove_prefix(length);
    return number;
}

} // namespace

bool java_less(std::string_view left, std::string_view right) noexcept
{
    const auto [one, other] = std::ranges::mismatch(left, right);
    if (one == left.end() || other == right.end()) return one == left.end() && other != right.end();
    const auto first = static_cast<unsigned char>(*one);
    const auto second = static_cast<unsigned char>(*other);
    if (place(first) != place(second)) return place(first) < place(second);
    return first < second;
}

std::uint32_t java_hash(std::string_view text) noexcept
{
    std::uint32_t hash = 0;
    while (!text.empty()) {
        const std::uint32_t character = take_character(text);
        if (character < 0x10000) {
            hash = 31 * hash + character;
            continue;
        }
        hash = 31 * hash + (0xd800U + ((character - 0x10000) >> 10U));
        hash = 31 * hash + (0xdc00U + (character & 0x3ffU));
    }
    return hash;
}

std::vector<std::uint32_t> java_table_order(std::span<const std::uint32_t> hashes)
{
    const std::uint32_t table = java_table(hashes.size());
    std::vector<std::uint32_t> order(hashes.size());
    std::iota(order.begin(), order.end(), 0U);
    // What shares a place stays in the order in which it came.
    std::ranges::stable_sort(order, {}, [&](std::uint32_t at) { return java_bucket(hashes[at], table); });
    return order;
}

} // namespace odradek::detail
