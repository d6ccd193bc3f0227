// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/group/previous_owners.hpp>
#include <odradek/client/group/rack_table.hpp>

#include <cstdint>
#include <vector>

namespace odradek::detail {

/// Who gets which partition, so that the load is as even as can be and as much as can be stays where it was; nobody for
/// none. Functions without state, the two halves of the sticky assignors.
///
/// Source: KIP-54, KIP-881 (racks: what is out of its owner's rack moves, and what moves goes to where a replica is as
/// long as the balance allows it).

/// For groups of which all members subscribe to the same topics: each gets the same number, up to one more.
[[nodiscard]] std::vector<std::uint32_t> balance_alike(const group_table& group, const rack_table& racks,
                                                       const previous_owners& previous);

/// For all others: a partition may go only to who subscribes to its topic, so that loads may have to differ.
[[nodiscard]] std::vector<std::uint32_t> balance_freely(const group_table& group, const rack_table& racks,
                                                        const previous_owners& previous);

} // namespace odradek::detail
