// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/group/group_table.hpp>
#include <odradek/client/group/java_order.hpp>

#include <algorithm>
#include <numeric>

namespace odradek::detail {
namespace {

// The different names to which a member subscribes, in order.
std::vector<std::string_view> names_of(const subscribed_member& member)
{
    std::vector<std::string_view> names(member.subscription.topics.begin(), member.subscription.topics.end());
    std::ranges::sort(names, java_less);
    const auto rest = std::ranges::unique(names);
    names.erase(rest.begin(), rest.end());
    return names;
}

} // namespace

group_table::group_table(const group_picture& picture) : picture_(picture)
{
    number_members();
    std::vector<std::string_view> all;
    std::vector<std::vector<std::string_view>> names;
    names.reserve(members_.size());
    for (std::uint32_t i = 0; i < members_.size(); ++i) {
        std::vector<std::string_view> of = names_of(said_by(i));
        if (i == 0) {
            all = of;
        } else if (of != names.front()) {
            alike_ = false;
            all.insert(all.end(), of.begin(), of.end());
        }
        names.push_back(std::move(of));
    }
    if (!alike_) {
        std::ranges::sort(all, java_less);
        const auto rest = std::ranges::unique(all);
        all.erase(rest.begin(), rest.end());
    }
    number_topics(all);
    for (std::uint32_t i = 0; i < members_.size(); ++i) {
        // Both are in order, so one walk through the topics finds them all.
        auto at = topics_.begin();
        for (const std::string_view name : names[i]) {
            at = std::ranges::lower_bound(at, topics_.end(), name, java_less, &topic::name);
            if (at == topics_.end()) break;
            if (at->name != name) continue;
            at->members.push_back(i);
            members_[i].topics.push_back(static_cast<std::uint32_t>(at - topics_.begin()));
            members_[i].partitions += at->count;
        }
    }
}

void group_table::number_members()
{
    const auto& said = picture_.members;
    std::vector<std::uint32_t> order(said.size());
    std::iota(order.begin(), order.end(), 0U);
    std::ranges::stable_sort(
        order, [&](std::uint32_t one, std::uint32_t other) { return java_less(said[one].id, said[other].id); });
    // A place in a hash table is that of the first of those with the same id, what is there that of the last.
    std::vector<std::uint32_t> first_place;
    for (const std::uint32_t source : order) {
        if (!members_.empty() && said[members_.back().source].id == said[source].id) {
            members_.back().source = source;
        } else {
            members_.push_back({source, {}, 0});
            first_place.push_back(source);
        }
    }
    std::vector<std::uint32_t> inserted(members_.size());
    std::iota(inserted.begin(), inserted.end(), 0U);
    std::ranges::sort(inserted, {}, [&](std::uint32_t member) { return first_place[member]; });
    std::vector<std::uint32_t> hashes;
    hashes.reserve(inserted.size());
    for (const std::uint32_t member : inserted) hashes.push_back(java_hash(said_by(member).id));
    for (const std::uint32_t place : java_table_order(hashes)) table_order_.push_back(inserted[place]);

    lasting_order_ = table_order_;
    std::ranges::stable_sort(lasting_order_, [&](std::uint32_t one, std::uint32_t other) {
        const auto& left = said_by(one).instance_id;
        const auto& right = said_by(other).instance_id;
        if (left.has_value() && right.has_value()) return java_less(*left, *right);
        if (left.has_value() || right.has_value()) return left.has_value();
        return one < other;
    });
}

void group_table::number_topics(const std::vector<std::string_view>& subscribed)
{
    for (std::uint32_t i = 0; i < picture_.topics.size(); ++i) {
        const assignable_topic& each = picture_.topics[i];
        if (!std::ranges::binary_search(subscribed, each.name, java_less)) continue;
        topics_.push_back({each.name, 0, static_cast<std::uint32_t>(std::max(each.partitions, 0)), i, {}});
    }
    std::ranges::stable_sort(topics_, java_less, &topic::name);
    const auto rest = std::ranges::unique(topics_, {}, &topic::name);
    topics_.erase(rest.begin(), rest.end());
    std::erase_if(topics_, [](const topic& each) { return each.count == 0; });
    for (std::uint32_t i = 0; i < topics_.size(); ++i) {
        topics_[i].first = partitions();
        topic_of_.insert(topic_of_.end(), topics_[i].count, i);
    }
}

std::uint32_t group_table::find(std::string_view name, std::int32_t partition) const noexcept
{
    const auto found = std::ranges::lower_bound(topics_, name, java_less, &topic::name);
    if (found == topics_.end() || found->name != name || partition < 0) return nobody;
    const auto number = static_cast<std::uint32_t>(partition);
    return number < found->count ? found->first + number : nobody;
}

bool group_table::subscribes(std::uint32_t member, std::uint32_t topic) const noexcept
{
    return std::ranges::binary_search(members_[member].topics, topic);
}

std::vector<member_assignment> group_table::answer(std::span<const std::uint32_t> owners) const
{
    std::vector<member_assignment> answers(picture_.members.size());
    for (const topic& each : topics_) {
        for (std::uint32_t i = 0; i < each.count; ++i) {
            const std::uint32_t owner = owners[each.first + i];
            if (owner == nobody) continue;
            std::vector<assigned_topic>& topics = answers[members_[owner].source].topics;
            if (topics.empty() || topics.back().topic != each.name) topics.push_back({each.name, {}});
            topics.back().partitions.push_back(static_cast<std::int32_t>(i));
        }
    }
    return answers;
}

} // namespace odradek::detail
