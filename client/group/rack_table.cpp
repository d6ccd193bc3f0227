// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/group/rack_table.hpp>

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace odradek::detail {

rack_table::rack_table(const group_table& group) : of_member_(group.members().size(), nobody)
{
    std::unordered_map<std::string_view, std::uint32_t> numbers;
    const auto number_of = [&numbers](std::string_view name) {
        return numbers.emplace(name, static_cast<std::uint32_t>(numbers.size())).first->second;
    };
    for (std::uint32_t i = 0; i < of_member_.size(); ++i) {
        const nullable<std::string_view>& name = group.said_by(i).subscription.rack_id;
        if (name.has_value() && !name->empty()) of_member_[i] = number_of(*name);
    }
    if (numbers.empty()) return;
    ends_.reserve(group.partitions());
    for (const group_table::topic& topic : group.topics()) {
        const std::span<const std::vector<std::string_view>> racks = group.picture().topics[topic.source].racks;
        for (std::size_t i = 0; i < topic.count; ++i) {
            const auto begin = static_cast<std::ptrdiff_t>(of_partitions_.size());
            if (i < racks.size())
                for (const std::string_view name : racks[i])
                    if (!name.empty()) of_partitions_.push_back(number_of(name));
            std::sort(of_partitions_.begin() + begin, of_partitions_.end());
            of_partitions_.erase(std::unique(of_partitions_.begin() + begin, of_partitions_.end()),
                                 of_partitions_.end());
            ends_.push_back(of_partitions_.size());
        }
    }
    members_in_.resize(numbers.size());
    for (const std::uint32_t rack : of_member_)
        if (rack != nobody) ++members_in_[rack];
}

std::span<const std::uint32_t> rack_table::racks_of(std::uint32_t partition) const noexcept
{
    if (ends_.empty()) return {};
    const std::size_t begin = partition == 0 ? 0 : ends_[partition - 1];
    return std::span{of_partitions_}.subspan(begin, ends_[partition] - begin);
}

bool rack_table::tell_apart(std::span<const std::uint32_t> members, std::uint32_t first, std::uint32_t count) const
{
    if (ends_.empty()) return false;
    std::vector<bool> there(members_in_.size());
    std::size_t racks = 0;
    for (std::uint32_t i = 0; i < count; ++i) {
        for (const std::uint32_t rack : racks_of(first + i)) {
            if (!there[rack]) ++racks;
            there[rack] = true;
        }
    }
    const bool meeting = std::ranges::any_of(
        members, [&](std::uint32_t member) { return of_member_[member] != nobody && there[of_member_[member]]; });
    if (!meeting) return false;
    for (std::uint32_t i = 0; i < count; ++i)
        if (racks_of(first + i).size() < racks) return true;
    return false;
}

bool rack_table::meet(std::uint32_t member, std::uint32_t partition) const noexcept
{
    return of_member_[member] != nobody &&
           std::ranges::find(racks_of(partition), of_member_[member]) != racks_of(partition).end();
}

std::uint32_t rack_table::members_near(std::uint32_t partition) const noexcept
{
    std::uint32_t count = 0;
    for (const std::uint32_t rack : racks_of(partition)) count += members_in_[rack];
    return count;
}

} // namespace odradek::detail
