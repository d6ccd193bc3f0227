// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/group/assignor.hpp>
#include <odradek/client/group/group_table.hpp>
#include <odradek/client/group/rack_table.hpp>

#include <algorithm>
#include <map>
#include <utility>

namespace odradek {
namespace {

using namespace detail;

// One topic while it is cut into ranges: who may still get how much.
class cut {
public:
    cut(const group_table& group, const rack_table& racks, std::uint32_t topic, std::vector<std::uint32_t>& owners)
        : topic_(group.topics()[topic]), racks_(racks), owners_(owners)
    {
        for (const std::uint32_t member : group.lasting_order())
            if (group.subscribes(member, topic)) members_.push_back(member);
        const auto count = static_cast<std::uint32_t>(members_.size());
        share_ = topic_.count / count;
        larger_ = topic_.count % count;
        got_.resize(count);
        by_rack_ = racks.tell_apart(topic_.members, topic_.first, topic_.count);
    }

    [[nodiscard]] const std::vector<std::uint32_t>& members() const noexcept { return members_; }
    [[nodiscard]] std::uint32_t partitions() const noexcept { return topic_.count; }
    [[nodiscard]] bool by_rack() const noexcept { return by_rack_; }

    // How much more the member may get, who is named by its place among the topic's: its share, one more as long as the
    // topic has some left over.
    [[nodiscard]] std::uint32_t room(std::size_t member) const noexcept
    {
        const std::uint32_t most = share_ + (larger_ > 0 ? 1 : 0);
        return most > got_[member] ? most - got_[member] : 0;
    }

    // A member that tells no rack is everywhere, and so are all where racks tell nothing apart.
    [[nodiscard]] bool suits(std::size_t member, std::uint32_t partition) const noexcept
    {
        return !racks_.apart(members_[member], topic_.first + partition);
    }

    void give(std::size_t member, std::uint32_t partition)
    {
        owners_[topic_.first + partition] = members_[member];
        if (++got_[member] > share_) --larger_;
    }

    // Gives each member in turn the first of the partitions that are left, as many as it may get; with racks only those
    // that suit it.
    void fill(bool with_racks)
    {
        for (std::size_t member = 0; member < members_.size(); ++member) {
            std::vector<std::uint32_t> chosen;
            const std::uint32_t most = room(member);
            for (std::uint32_t partition = with_racks ? 0 : next_; partition < topic_.count && chosen.size() < most;
                 ++partition) {
                if (owners_[topic_.first + partition] != nobody) continue;
                if (!with_racks) next_ = partition;
                if (!with_racks || suits(member, partition)) chosen.push_back(partition);
            }
            for (const std::uint32_t partition : chosen) give(member, partition);
        }
    }

private:
    const group_table::topic& topic_;
    const rack_table& racks_;
    std::vector<std::uint32_t>& owners_;
    std::vector<std::uint32_t> members_;
    std::vector<std::uint32_t> got_;
    std::uint32_t share_ = 0;
    std::uint32_t larger_ = 0; // How many members may still get one more than their share.
    std::uint32_t next_ = 0;   // Before this one all have an owner, once racks do not matter any more.
    bool by_rack_ = false;
};

// Topics of the same members with the same number of partitions: partition n of each goes to one member, which suits all
// of them.
void fill_together(std::span<cut* const> topics)
{
    std::vector<std::size_t> left(topics.front()->members().size());
    for (std::size_t i = 0; i < left.size(); ++i) left[i] = i;
    for (std::uint32_t partition = 0; partition < topics.front()->partitions(); ++partition) {
        const auto found = std::ranges::find_if(left, [&](std::size_t member) {
            return std::ranges::all_of(
                topics, [&](const cut* topic) { return topic->room(member) > 0 && topic->suits(member, partition); });
        });
        if (found == left.end()) continue;
        const std::size_t member = *found;
        for (cut* const topic : topics) topic->give(member, partition);
        if (std::ranges::none_of(topics, [&](const cut* topic) { return topic->room(member) > 0; })) left.erase(found);
    }
}

class range_assignor final : public assignor {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "range"; }

    [[nodiscard]] std::vector<member_assignment> assign(const group_picture& picture) override
    {
        const group_table group(picture);
        const rack_table racks(group);
        std::vector<std::uint32_t> owners(group.partitions(), nobody);
        std::vector<cut> cuts;
        cuts.reserve(group.topics().size());
        for (std::uint32_t i = 0; i < group.topics().size(); ++i) cuts.emplace_back(group, racks, i, owners);

        if (std::ranges::any_of(cuts, &cut::by_rack)) {
            std::map<std::pair<std::vector<std::uint32_t>, std::uint32_t>, std::vector<cut*>> alike;
            for (cut& each : cuts) alike[{each.members(), each.partitions()}].push_back(&each);
            for (const auto& [key, topics] : alike) {
                if (topics.size() > 1)
                    fill_together(topics);
                else if (topics.front()->by_rack())
                    topics.front()->fill(true);
            }
        }
        for (cut& each : cuts) each.fill(false);
        return group.answer(owners);
    }
};

} // namespace

std::unique_ptr<assignor> make_range_assignor()
{
    return std::make_unique<range_assignor>();
}

} // namespace odradek
