// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/group/group_table.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

namespace odradek::detail {

/// What a member says that it had, and since when.
struct claim {
    std::vector<std::uint32_t> partitions{};  ///< In its order, as far as they exist; doubles stay.
    std::optional<std::int32_t> generation{}; ///< The generation in which it got them; nothing: it does not say.
};

/// What members of the sticky assignors say of themselves in their subscriptions. Functions without state.
///
/// The user data of "sticky" is the assignment in the old format of arrays (topics with their partitions), then, in
/// version 1, the generation as int32; nothing in it names the version. Of "cooperative-sticky" it is the generation
/// alone, since the partitions are in the subscription's owned_partitions; it counts only where the subscription has no
/// generation itself (below version 2). Trailing bytes are ignored, and what cannot be read is no claim.
///
/// Source: KIP-54, KIP-341, KIP-429, KIP-792.

/// The user data of a member of "sticky".
[[nodiscard]] std::vector<std::byte> write_sticky_data(const consumer_protocol_assignment& assignment,
                                                       std::int32_t generation);

/// What a member of "sticky" says; its owned_partitions do not count, since an eager member has none.
[[nodiscard]] claim read_sticky_claim(const group_table& group, std::uint32_t member);

/// The user data of a member of "cooperative-sticky".
[[nodiscard]] std::vector<std::byte> write_cooperative_data(std::int32_t generation);

/// What a member of "cooperative-sticky" says.
[[nodiscard]] claim read_cooperative_claim(const group_table& group, std::uint32_t member);

} // namespace odradek::detail
