// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/group/java_order.hpp>
#include <odradek/client/group/partition_moves.hpp>

#include <algorithm>

namespace odradek::detail {

std::uint32_t partition_moves::better_than(std::uint32_t partition, std::uint32_t from, std::uint32_t to) const
{
    const std::uint32_t topic = group_.topic_of(partition);
    const std::uint32_t home = moved_[partition].topic == nobody ? from : moved_[partition].from;
    const auto opposite = by_way_.find(way{topic, to, home});
    if (opposite == by_way_.end()) return partition;
    // The first one of Java's hash table of partitions.
    const group_table::topic& of = group_.topics()[topic];
    const std::uint32_t name = java_hash(of.name);
    const auto bucket = [&](std::uint32_t each) {
        return java_bucket(31 * (31 + (each - of.first)) + name, opposite->second.table);
    };
    return *std::ranges::min_element(opposite->second.partitions, {}, bucket);
}

void partition_moves::note(std::uint32_t partition, std::uint32_t from, std::uint32_t to)
{
    way& known = moved_[partition];
    std::uint32_t home = from;
    if (known.topic != nobody) {
        home = known.from;
        const auto before = by_way_.find(known);
        std::erase(before->second.partitions, partition);
        if (before->second.partitions.empty()) by_way_.erase(before);
        known = {};
        if (home == to) return;
    }
    known = {group_.topic_of(partition), home, to};
    travellers& along = by_way_[known];
    along.partitions.push_back(partition);
    along.table = std::max(along.table, java_table(along.partitions.size()));
}

} // namespace odradek::detail
