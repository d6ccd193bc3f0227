// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace odradek::detail {

/// The orders in which Java's client goes through texts.
///
/// Where several answers are equally good, its assignors take the one that comes first, in an order of texts or of a
/// hash table. The leader may be any client of the group, and with another order there each change of leader would move
/// partitions for nothing. Functions without state. Texts are UTF-8; what is not counts as some other text.

/// Whether `left` comes before `right`: by the units of UTF-16, in which characters beyond the first 65536 come before
/// the last ones among them.
[[nodiscard]] bool java_less(std::string_view left, std::string_view right) noexcept;

/// The hash of a text.
[[nodiscard]] std::uint32_t java_hash(std::string_view text) noexcept;

/// The place in a table of `table` (a power of two) that a hash stands for.
[[nodiscard]] constexpr std::uint32_t java_bucket(std::uint32_t hash, std::uint32_t table) noexcept
{
    return (hash ^ hash >> 16U) & (table - 1);
}

/// How large a table is that `entries` were put into one by one.
[[nodiscard]] constexpr std::uint32_t java_table(std::size_t entries) noexcept
{
    std::uint32_t table = 16;
    while (entries > std::size_t{table} / 4 * 3) table *= 2;
    return table;
}

/// The order in which a hash table hands out keys of these hashes, which were put into it in this order.
[[nodiscard]] std::vector<std::uint32_t> java_table_order(std::span<const std::uint32_t> hashes);

} // namespace odradek::detail
