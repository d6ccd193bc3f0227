// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/group/group_table.hpp>

#include <cstdint>
#include <map>
#include <span>
#include <utility>
#include <vector>

namespace odradek::detail {

/// What has moved from whom to whom while a group is balanced, so that two partitions of a topic do not change places.
///
/// Lives for one assignment, beside its group_table, whose numbers it uses.
class partition_moves {
public:
    explicit partition_moves(const group_table& group) : group_(group), moved_(group.partitions()) {}

    /// Which partition to take instead of `partition`, which is about to go from `from` to `to`: one of its topic that
    /// came the opposite way, if there is one.
    [[nodiscard]] std::uint32_t better_than(std::uint32_t partition, std::uint32_t from, std::uint32_t to) const;

    /// Notes that a partition goes from `from` to `to`. Only where it began counts: what comes home has not moved.
    void note(std::uint32_t partition, std::uint32_t from, std::uint32_t to);

private:
    struct way {
        std::uint32_t topic = nobody; // Nobody: it has not moved.
        std::uint32_t from = nobody;
        std::uint32_t to = nobody;

        friend auto operator<=>(const way&, const way&) = default;
    };

    // What went the same way, and how large Java's hash table for it is, which never shrinks.
    struct travellers {
        std::vector<std::uint32_t> partitions; // In the order in which they came.
        std::uint32_t table = 16;
    };

    const group_table& group_;
    std::vector<way> moved_; // By partition.
    std::map<way, travellers> by_way_;
};

} // namespace odradek::detail
