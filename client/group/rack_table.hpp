// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/group/group_table.hpp>

#include <cstdint>
#include <span>
#include <vector>

namespace odradek::detail {

/// Where members and the replicas of partitions are, as numbers. Empty names are no racks.
///
/// Lives for one assignment, beside its group_table, whose numbers it uses; does not change after it is built.
///
/// Source: KIP-881.
class rack_table {
public:
    explicit rack_table(const group_table& group);

    /// Whether it is worth looking at racks among these members and `count` partitions from `first` on: some member is
    /// in a rack where there is a replica, and not every partition is in all the racks where any is.
    [[nodiscard]] bool tell_apart(std::span<const std::uint32_t> members, std::uint32_t first,
                                  std::uint32_t count) const;

    /// Whether the member is in a rack of one of the partition's replicas; false where either has none.
    [[nodiscard]] bool meet(std::uint32_t member, std::uint32_t partition) const noexcept;
    /// Whether the member is in a rack where the partition has no replica; false where the member tells no rack.
    [[nodiscard]] bool apart(std::uint32_t member, std::uint32_t partition) const noexcept
    {
        return of_member_[member] != nobody && !meet(member, partition);
    }
    /// How many members are in the racks of the partition's replicas.
    [[nodiscard]] std::uint32_t members_near(std::uint32_t partition) const noexcept;

private:
    [[nodiscard]] std::span<const std::uint32_t> racks_of(std::uint32_t partition) const noexcept;

    std::vector<std::uint32_t> of_member_;     // The rack of each member, or nobody.
    std::vector<std::uint32_t> of_partitions_; // The racks of all partitions, one after the other, each once,
    std::vector<std::size_t> ends_;            // and where those of each end; empty while no member tells its rack.
    std::vector<std::uint32_t> members_in_;    // How many members are in each rack.
};

} // namespace odradek::detail
