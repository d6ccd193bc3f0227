// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/cluster.hpp>

#include <algorithm>

namespace odradek {
namespace {

using time_point = cluster::time_point;
using duration = cluster::duration;
using topic_answer = metadata_response::metadata_response_topic;
using partition_answer = metadata_response::metadata_response_partition;
using broker_answer = metadata_response::metadata_response_broker;

constexpr time_point not_missing{};

std::vector<std::int32_t> owned(const list<std::int32_t>& ids)
{
    return {ids.begin(), ids.end()};
}

auto lower_bound_of(const std::vector<partition_info>& partitions, std::int32_t index)
{
    return std::lower_bound(partitions.begin(), partitions.end(), index,
                            [](const partition_info& p, std::int32_t i) { return p.index < i; });
}

partition_info read(const partition_answer& answer, api_version version)
{
    const std::int32_t epoch = version < cluster::first_version_with_sound_epochs ? -1 : answer.leader_epoch;
    return {.index = answer.partition_index,
            .leader = answer.leader_id,
            .leader_epoch = epoch,
            .error = answer.error_code,
            .replicas = owned(answer.replica_nodes),
            .in_sync = owned(answer.isr_nodes),
            .offline = owned(answer.offline_replicas),
            .highest_epoch = epoch};
}

// What to believe of a partition that was known before and is described again.
partition_info believe(const partition_info& known, partition_info told)
{
    if (told.leader_epoch >= 0 && told.leader_epoch < known.highest_epoch) { // from a broker that has not heard yet
        told = known;
        told.missing_since = not_missing;
    }
    told.highest_epoch = std::max(told.highest_epoch, known.highest_epoch);
    return told;
}

// The partitions that are known and were omitted stay until the grace period is over: a topic never shrinks, so an answer
// that is short of some comes from a broker that does not know the topic fully yet, or belongs to a topic made anew.
void keep_omitted(const topic_info& known, topic_info& told, time_point now, duration grace)
{
    for (const partition_info& before : known.partitions) {
        if (told.find_partition(before.index) != nullptr) continue;
        partition_info kept = before;
        if (kept.missing_since == not_missing) kept.missing_since = now;
        if (now - kept.missing_since >= grace) continue;
        told.partitions.insert(lower_bound_of(told.partitions, kept.index), std::move(kept));
    }
}

} // namespace

const partition_info* topic_info::find_partition(std::int32_t index) const noexcept
{
    const auto found = lower_bound_of(partitions, index);
    return found != partitions.end() && found->index == index ? &*found : nullptr;
}

const broker_info* cluster::find_broker(std::int32_t id) const noexcept
{
    const auto found = std::lower_bound(brokers_->begin(), brokers_->end(), id,
                                        [](const broker_info& b, std::int32_t i) { return b.id < i; });
    return found != brokers_->end() && found->id == id ? &*found : nullptr;
}

const topic_info* cluster::find_topic(std::string_view name) const noexcept
{
    const auto found = topics_.find(name);
    return found != topics_.end() ? found->second.get() : nullptr;
}

const topic_info* cluster::find_topic(const uuid& id) const noexcept
{
    const auto found = topics_by_id_.find(id);
    return found != topics_by_id_.end() ? found->second.get() : nullptr;
}

std::vector<const topic_info*> cluster::topics() const
{
    std::vector<const topic_info*> all;
    all.reserve(topics_.size());
    for (const auto& [name, topic] : topics_) all.push_back(topic.get());
    return all;
}

void cluster::apply(const metadata_response& response, bool all_topics, time_point now, duration missing_grace,
                    api_version version)
{
    ++version_;
    if (response.cluster_id && *response.cluster_id != id_) {
        if (!id_.empty()) { // epochs and ids of another cluster mean nothing here
            topics_.clear();
            topics_by_id_.clear();
        }
        id_ = *response.cluster_id;
    }
    controller_ = response.controller_id;
    apply_brokers(response);

    for (const topic_answer& topic : response.topics) apply_topic(topic, version, now, missing_grace);
    if (!all_topics) return;

    std::vector<std::string_view> answered;
    answered.reserve(response.topics.size());
    for (const topic_answer& t : response.topics)
        if (t.name) answered.push_back(*t.name);
    std::sort(answered.begin(), answered.end());
    std::vector<std::string> omitted;
    for (const auto& [name, topic] : topics_)
        if (!std::binary_search(answered.begin(), answered.end(), std::string_view{name})) omitted.push_back(name);
    for (const std::string& name : omitted) omit_topic(name, now, missing_grace);
}

void cluster::apply_all(const metadata_response& response, time_point now, api_version version)
{
    apply(response, false, now, default_missing_grace, version);
    for (const topic_answer& topic : response.topics)
        if (topic.error_code != broker_errc::none && topic.name)
            store({.name = std::string{*topic.name}, .id = topic.topic_id, .error = topic.error_code});
}

void cluster::apply_brokers(const metadata_response& response)
{
    std::vector<broker_info> brokers;
    brokers.reserve(response.brokers.size());
    for (const broker_answer& b : response.brokers) {
        brokers.push_back({.id = b.node_id,
                           .host = std::string{b.host},
                           .port = b.port,
                           .rack = b.rack ? std::optional<std::string>{*b.rack} : std::nullopt});
    }
    std::stable_sort(brokers.begin(), brokers.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
    brokers.erase(
        std::unique(brokers.begin(), brokers.end(), [](const auto& a, const auto& b) { return a.id == b.id; }),
        brokers.end());
    if (brokers != *brokers_) brokers_ = std::make_shared<const std::vector<broker_info>>(std::move(brokers));
}

void cluster::apply_topic(const topic_answer& answer, api_version version, time_point now, duration missing_grace)
{
    const topic_info* known = answer.name ? find_topic(*answer.name) : find_topic(answer.topic_id);
    if (answer.error_code != broker_errc::none) {
        if (known == nullptr) return; // whoever asked is told by the metadata machine
        const std::string name = known->name;
        const bool gone = answer.error_code == broker_errc::unknown_topic_or_partition ||
                          answer.error_code == broker_errc::unknown_topic_id;
        topic_info kept = *known;
        kept.error = answer.error_code;
        store(std::move(kept));
        if (gone) omit_topic(name, now, missing_grace);
        return;
    }
    if (!answer.name) return; // a topic without error and without name says nothing

    topic_info told{.name = std::string{*answer.name}, .id = answer.topic_id, .internal = answer.is_internal};
    told.partitions.reserve(answer.partitions.size());
    const std::size_t known_partitions = known != nullptr ? known->partitions.size() : 0;
    const std::int32_t bound = partition_bound(std::max(answer.partitions.size(), known_partitions));
    for (const partition_answer& p : answer.partitions)
        if (p.partition_index >= 0 && p.partition_index < bound) told.partitions.push_back(read(p, version));
    std::stable_sort(told.partitions.begin(), told.partitions.end(),
                     [](const auto& a, const auto& b) { return a.index < b.index; });
    told.partitions.erase(std::unique(told.partitions.begin(), told.partitions.end(),
                                      [](const auto& a, const auto& b) { return a.index == b.index; }),
                          told.partitions.end());

    if (known != nullptr) {
        told.recreated = known->recreated;
        if (told.id.is_zero()) told.id = known->id; // a broker that is too old to tell
        if (!known->id.is_zero() && told.id != known->id) {
            ++told.recreated; // made anew: its epochs begin again and nothing of the old one holds
        } else {
            for (partition_info& p : told.partitions)
                if (const partition_info* before = known->find_partition(p.index)) p = believe(*before, std::move(p));
            keep_omitted(*known, told, now, missing_grace);
        }
    }
    store(std::move(told));
}

void cluster::store(topic_info topic)
{
    const auto found = topics_.find(topic.name);
    if (found != topics_.end() && *found->second == topic) return; // snapshots go on sharing it
    auto shared = std::make_shared<const topic_info>(std::move(topic));
    if (found != topics_.end()) {
        if (found->second->id != shared->id) topics_by_id_.erase(found->second->id);
        found->second = shared;
    } else {
        topics_.emplace(shared->name, shared);
    }
    if (!shared->id.is_zero()) topics_by_id_[shared->id] = shared;
}

bool cluster::is_news(const leader_hint& hint) const noexcept
{
    const topic_info* known = find_topic(hint.topic);
    const partition_info* before = known != nullptr ? known->find_partition(hint.partition) : nullptr;
    return before != nullptr && hint.leader >= 0 && hint.epoch > before->highest_epoch;
}

std::vector<bool> cluster::apply_leaders(std::span<const leader_hint> hints)
{
    std::vector<bool> news(hints.size(), false);
    for (std::size_t i = 0; i < hints.size();) {
        const topic_info* known = find_topic(hints[i].topic);
        const std::string_view name = hints[i].topic;
        std::optional<topic_info> changed;
        for (; i < hints.size() && hints[i].topic == name; ++i) {
            const leader_hint& hint = hints[i];
            const partition_info* before = known != nullptr ? known->find_partition(hint.partition) : nullptr;
            if (before == nullptr || hint.leader < 0) continue;
            if (!changed) changed = *known;
            partition_info& p = changed->partitions[static_cast<std::size_t>(before - known->partitions.data())];
            if (hint.epoch <= p.highest_epoch) continue;
            p.leader = hint.leader;
            p.leader_epoch = hint.epoch;
            p.highest_epoch = hint.epoch;
            p.error = broker_errc::none;
            news[i] = true;
            ++version_;
            if (hint.broker) apply_broker(*hint.broker);
        }
        if (changed) store(std::move(*changed));
    }
    return news;
}

void cluster::apply_broker(const broker_info& broker)
{
    if (broker.id < 0) return;
    if (const broker_info* known = find_broker(broker.id); known != nullptr && *known == broker) return;
    std::vector<broker_info> brokers = *brokers_;
    const auto place = std::lower_bound(brokers.begin(), brokers.end(), broker.id,
                                        [](const broker_info& b, std::int32_t id) { return b.id < id; });
    if (place != brokers.end() && place->id == broker.id)
        *place = broker;
    else
        brokers.insert(place, broker);
    brokers_ = std::make_shared<const std::vector<broker_info>>(std::move(brokers));
    ++version_;
}

void cluster::omit_topic(std::string_view name, time_point now, duration missing_grace)
{
    const topic_info* known = find_topic(name);
    if (known == nullptr) return;
    topic_info missing = *known;
    if (missing.missing_since == not_missing) missing.missing_since = now;
    if (now - missing.missing_since >= missing_grace)
        forget_topic(missing.name);
    else
        store(std::move(missing));
}

void cluster::forget_topic(std::string_view name)
{
    const auto found = topics_.find(name);
    if (found == topics_.end()) return;
    topics_by_id_.erase(found->second->id);
    topics_.erase(found);
}

void cluster::forget_brokers()
{
    ++version_;
    controller_ = -1;
    brokers_ = std::make_shared<const std::vector<broker_info>>();
}

} // namespace odradek
