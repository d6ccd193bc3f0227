// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/group/partition_moves.hpp>
#include <odradek/client/group/sticky_balance.hpp>

#include <algorithm>
#include <numeric>
#include <set>
#include <utility>

namespace odradek::detail {
namespace {

// Improves step by step: a partition goes from its owner to the least loaded member that may have it, as long as that
// one has at least two less.
class free_balance {
public:
    free_balance(const group_table& group, const rack_table& racks, const previous_owners& previous)
        : group_(group), racks_(racks), previous_(previous), owners_(group.partitions(), nobody),
          loads_(group.members().size()), moves_(group)
    {
        std::vector<std::uint32_t> all(loads_.size());
        std::iota(all.begin(), all.end(), 0U);
        by_rack_ = racks.tell_apart(all, 0, group.partitions());
    }

    std::vector<std::uint32_t> run()
    {
        keep();
        const bool from_nothing = std::ranges::all_of(loads_, [](std::uint32_t load) { return load == 0; });
        for (std::uint32_t member = 0; member < loads_.size(); ++member) line_.emplace(loads_[member], member);

        std::vector<std::uint32_t> all = in_order();
        std::vector<std::uint32_t> open;
        std::ranges::copy_if(all, std::back_inserter(open),
                             [this](std::uint32_t each) { return owners_[each] == nobody; });
        if (by_rack_)
            for (const std::uint32_t partition : open) assign(partition, first_in_line(partition, true));
        for (const std::uint32_t partition : open)
            if (owners_[partition] == nobody) assign(partition, first_in_line(partition, false));

        // What only one member may have cannot move.
        const auto fixed = [this](std::uint32_t partition) { return topic_of(partition).members.size() < 2; };
        std::erase_if(all, fixed);
        std::erase_if(open, fixed);
        for (std::uint32_t member = 0; member < loads_.size(); ++member)
            if (!takes_part(member)) line_.erase({loads_[member], member});

        std::vector<std::uint32_t> owners_before = owners_;
        const std::uint64_t unevenness_before = unevenness();
        // What is new moves first, so that the rest can stay.
        if (!revoked_) improve(open);
        if (improve(all) && !from_nothing && unevenness() >= unevenness_before) return owners_before;
        return std::move(owners_);
    }

private:
    // So many members are faster gone through than the line.
    static constexpr std::size_t few = 64;

    [[nodiscard]] const group_table::topic& topic_of(std::uint32_t partition) const noexcept
    {
        return group_.topics()[group_.topic_of(partition)];
    }

    [[nodiscard]] bool subscribes_to(std::uint32_t member, std::uint32_t partition) const noexcept
    {
        return group_.subscribes(member, group_.topic_of(partition));
    }

    // Lets everybody keep what it had, as far as it may still have it.
    void keep()
    {
        for (std::uint32_t member = 0; member < loads_.size(); ++member) {
            for (const std::uint32_t partition : previous_.of(member)) {
                if (!subscribes_to(member, partition) || (by_rack_ && racks_.apart(member, partition))) {
                    revoked_ = true;
                    continue;
                }
                owners_[partition] = member;
                ++loads_[member];
            }
        }
    }

    // All partitions, those first that the fewest members may have.
    [[nodiscard]] std::vector<std::uint32_t> in_order() const
    {
        std::vector<const group_table::topic*> topics;
        for (const group_table::topic& each : group_.topics()) topics.push_back(&each);
        std::ranges::stable_sort(topics, {}, [](const group_table::topic* each) { return each->members.size(); });
        std::vector<std::uint32_t> partitions;
        partitions.reserve(owners_.size());
        for (const group_table::topic* each : topics)
            for (std::uint32_t i = 0; i < each->count; ++i) partitions.push_back(each->first + i);
        return partitions;
    }

    // The least loaded member that may have the partition and, if that is asked for, is in no other rack; else nobody.
    [[nodiscard]] std::uint32_t first_in_line(std::uint32_t partition, bool near) const
    {
        const std::vector<std::uint32_t>& members = topic_of(partition).members;
        if (members.size() <= few) {
            std::uint32_t first = nobody;
            for (const std::uint32_t member : members)
                if ((first == nobody || loads_[member] < loads_[first]) && (!near || !racks_.apart(member, partition)))
                    first = member;
            return first;
        }
        for (const auto& [load, member] : line_)
            if (subscribes_to(member, partition) && (!near || !racks_.apart(member, partition))) return member;
        return nobody;
    }

    void change_load(std::uint32_t member, bool more)
    {
        line_.erase({loads_[member], member});
        if (more)
            ++loads_[member];
        else
            --loads_[member];
        line_.emplace(loads_[member], member);
    }

    void assign(std::uint32_t partition, std::uint32_t member)
    {
        if (member == nobody) return;
        owners_[partition] = member;
        change_load(member, true);
    }

    // Whether anything can move to or from the member.
    [[nodiscard]] bool takes_part(std::uint32_t member) const
    {
        if (loads_[member] < group_.members()[member].partitions) return true;
        return std::ranges::any_of(group_.members()[member].topics,
                                   [this](std::uint32_t topic) { return group_.topics()[topic].members.size() > 1; });
    }

    // The sum of the differences between any two loads of those that take part.
    [[nodiscard]] std::uint64_t unevenness() const
    {
        std::uint64_t sum = 0;
        std::uint64_t below = 0;
        std::uint64_t count = 0;
        for (const auto& [load, member] : line_) {
            sum += load * count++ - below;
            below += load;
        }
        return sum;
    }

    // Where the partition should go; nobody if it is well where it is.
    [[nodiscard]] std::uint32_t better_owner(std::uint32_t partition) const
    {
        const std::uint32_t owner = owners_[partition];
        const std::uint32_t earlier = previous_.earlier(partition);
        if (earlier != nobody && loads_[owner] > loads_[earlier] + 1 && subscribes_to(earlier, partition))
            return earlier;
        const std::uint32_t first = first_in_line(partition, false);
        return first != nobody && loads_[owner] > loads_[first] + 1 ? first : nobody;
    }

    // Moves what can be moved for the better, and again until nothing can. Whether anything was.
    bool improve(const std::vector<std::uint32_t>& partitions)
    {
        bool any = false;
        for (bool again = true; again;) {
            const std::uint64_t before = unevenness();
            again = false;
            for (const std::uint32_t partition : partitions) {
                const std::uint32_t to = better_owner(partition);
                if (to == nobody) continue;
                move(moves_.better_than(partition, owners_[partition], to), to);
                any = again = true;
            }
            // A move that was taken instead of a better one may be for the worse, so this is no matter of course.
            again = again && unevenness() < before;
        }
        return any;
    }

    void move(std::uint32_t partition, std::uint32_t to)
    {
        const std::uint32_t from = owners_[partition];
        moves_.note(partition, from, to);
        owners_[partition] = to;
        change_load(from, false);
        change_load(to, true);
    }

    const group_table& group_;
    const rack_table& racks_;
    const previous_owners& previous_;
    std::vector<std::uint32_t> owners_;
    std::vector<std::uint32_t> loads_;
    partition_moves moves_;
    std::set<std::pair<std::uint32_t, std::uint32_t>> line_; // Load and member; the least loaded stand in front.
    bool by_rack_ = false;
    bool revoked_ = false;
};

} // namespace

std::vector<std::uint32_t> balance_freely(const group_table& group, const rack_table& racks,
                                          const previous_owners& previous)
{
    return free_balance(group, racks, previous).run();
}

} // namespace odradek::detail
