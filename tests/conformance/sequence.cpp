// SPDX-License-Identifier: Apache-2.0
#include <array>
#include <chrono>
#include <tests/conformance/batches.hpp>
#include <tests/conformance/sequence.hpp>
#include <utility>

namespace odradek::conformance {
namespace {

std::int64_t wall_ms()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

std::string partition_name(const std::string& topic, std::int32_t index)
{
    return topic + "-" + std::to_string(index);
}

/// What the one partition of the one topic of an answer says.
const json* only_partition(const json& answer, const char* topics, const char* partitions)
{
    const auto of = answer.find(topics);
    if (of == answer.end() || of->empty()) return nullptr;
    const auto parts = (*of)[0].find(partitions);
    return parts == (*of)[0].end() || parts->empty() ? nullptr : &(*parts)[0];
}

} // namespace

sequence::sequence(std::uint64_t seed, std::function<version_range(api)> versions)
    : random_(seed), versions_(std::move(versions)),
      // Unlike any earlier run against the same broker.
      prefix_("c" + std::to_string(seed) + "-" + std::to_string(wall_ms() % 100'000'000) + "-")
{}

std::int64_t sequence::draw(std::int64_t from, std::int64_t to)
{
    return from + static_cast<std::int64_t>(random_.below(static_cast<std::uint64_t>(to - from + 1)));
}

std::int16_t sequence::version_of(api key)
{
    const version_range range = versions_(key);
    return static_cast<std::int16_t>(chance(0.5) ? range.last : draw(range.first, range.last));
}

std::string sequence::some_topic()
{
    if (topics_.empty() || chance(0.04)) return prefix_ + "nowhere";
    auto at = topics_.begin();
    std::advance(at, draw(0, static_cast<std::int64_t>(topics_.size()) - 1));
    return at->first;
}

std::int32_t sequence::some_partition(const std::string& topic)
{
    const auto known = topics_.find(topic);
    const std::int32_t count = known == topics_.end() ? 1 : known->second;
    return static_cast<std::int32_t>(chance(0.04) ? draw(-1, count + 1) : draw(0, count - 1));
}

json sequence::name_topic(const side& of, const std::string& name, bool by_id, const char* field) const
{
    if (!by_id) return {{field, name}};
    const auto id = of.topic_ids.find(name);
    return {{"topicId", id == of.topic_ids.end() ? "AAAAAAAAAAAAAAAAAAAAAQ" : id->second}};
}

step sequence::next()
{
    if (topics_.empty() || (topics_.size() < 4 && chance(0.05))) return create_topic();
    using maker = step (sequence::*)();
    struct choice {
        api key;
        int weight;
        maker make;
    };
    static constexpr std::array choices{
        choice{api::produce, 34, &sequence::produce},
        choice{api::fetch, 24, &sequence::fetch},
        choice{api::list_offsets, 10, &sequence::list_offsets},
        choice{api::offset_for_leader_epoch, 5, &sequence::epoch_end},
        choice{api::delete_records, 4, &sequence::delete_records},
        choice{api::describe_producers, 4, &sequence::describe_producers},
        choice{api::metadata, 4, &sequence::metadata},
        choice{api::init_producer_id, 4, &sequence::init_producer},
        choice{api::incremental_alter_configs, 3, &sequence::alter_config},
        choice{api::describe_configs, 3, &sequence::describe_config},
        choice{api::create_partitions, 2, &sequence::grow_topic},
        choice{api::delete_topics, 1, &sequence::delete_topic},
        choice{api::create_topics, 2, &sequence::create_topic},
    };
    for (;;) {
        std::int64_t at = draw(0, 99);
        for (const choice& one : choices) {
            at -= one.weight;
            if (at >= 0) continue;
            if (versions_(one.key).empty()) break;
            return (this->*one.make)();
        }
    }
}

step sequence::create_topic()
{
    std::string name = prefix_ + std::to_string(made_++);
    const auto partitions = static_cast<std::int32_t>(chance(0.05) ? draw(-2, 0) : draw(1, 3));
    if (chance(0.04)) name = chance(0.5) ? "not/a/name" : "..";
    if (!topics_.empty() && chance(0.05)) name = topics_.begin()->first;
    json configs = json::array();
    bool append_time = false;
    if (chance(0.3)) {
        append_time = chance(0.7);
        configs.push_back({{"name", "message.timestamp.type"}, {"value", append_time ? "LogAppendTime" : "Sometimes"}});
    }
    if (chance(0.2)) configs.push_back({{"name", "max.message.bytes"}, {"value", "700"}});
    if (chance(0.2)) configs.push_back({{"name", "cleanup.policy"}, {"value", "compact"}});
    if (chance(0.1)) configs.push_back({{"name", "min.insync.replicas"}, {"value", "2"}});
    if (chance(0.03)) configs.push_back({{"name", "no.such.setting"}, {"value", "2"}});
    const bool only_check = chance(0.05);
    if (append_time) append_time_.insert(name);
    step made{.key = api::create_topics, .version = version_of(api::create_topics)};
    made.request = [=](const side&) {
        return json{{"topics",
                     {{{"name", name},
                       {"numPartitions", partitions},
                       {"replicationFactor", 1},
                       {"assignments", json::array()},
                       {"configs", configs}}}},
                    {"timeoutMs", 10'000},
                    {"validateOnly", only_check}};
    };
    if (!only_check) made.settles = name;
    made.settled_partitions = static_cast<std::size_t>(std::max(partitions, 1));
    return made;
}

step sequence::delete_topic()
{
    const std::string name = some_topic();
    step made{.key = api::delete_topics, .version = version_of(api::delete_topics)};
    const std::int16_t version = made.version;
    const bool by_id = version >= 6 && chance(0.5);
    made.request = [=, this](const side& of) {
        if (version < 6) return json{{"topicNames", json::array({name})}, {"timeoutMs", 10'000}};
        json wanted = name_topic(of, name, by_id, "name");
        if (by_id) wanted["name"] = nullptr;
        return json{{"topics", json::array({wanted})}, {"timeoutMs", 10'000}};
    };
    made.settles = name;
    return made;
}

step sequence::grow_topic()
{
    const std::string name = some_topic();
    const auto known = topics_.find(name);
    const auto count = static_cast<std::int32_t>(draw(1, (known == topics_.end() ? 1 : known->second) + 1));
    step made{.key = api::create_partitions, .version = version_of(api::create_partitions)};
    made.request = [=](const side&) {
        return json{{"topics", {{{"name", name}, {"count", count}, {"assignments", nullptr}}}},
                    {"timeoutMs", 10'000},
                    {"validateOnly", false}};
    };
    made.settles = name;
    made.settled_partitions = static_cast<std::size_t>(count);
    return made;
}

step sequence::produce()
{
    const std::string topic = some_topic();
    const std::int32_t index = some_partition(topic);
    step made{.key = api::produce, .version = std::max<std::int16_t>(version_of(api::produce), 3)};
    const auto codecs = static_cast<std::int64_t>(made.version >= 7 || chance(0.1) ? 4 : 3);
    batch_recipe recipe{.records = static_cast<std::int32_t>(draw(1, 6)),
                        .codec = static_cast<compression>(chance(0.3) ? draw(1, codecs) : 0),
                        .time = wall_ms() + draw(-1000, 1000),
                        .keys = !chance(0.1),
                        .salt = static_cast<std::int32_t>(draw(0, 999'999)),
                        .size = static_cast<std::size_t>(chance(0.1) ? 900 : draw(0, 60))};
    if (chance(0.03)) recipe.time += std::int64_t{7} * 86'400'000; // from next week
    recipe.damage = chance(0.04);
    if (chance(0.04)) recipe.claimed_later = draw(-5000, 5000);
    recipe.claims_append_time = chance(0.01);
    int producer_number = 0;
    if (!producers_.empty() && chance(0.6)) {
        producer& by = producers_[static_cast<std::size_t>(draw(0, static_cast<std::int64_t>(producers_.size()) - 1))];
        std::int32_t& next = by.next[partition_name(topic, index)];
        producer_number = by.number;
        recipe.producer_epoch = by.epoch;
        recipe.base_sequence = next;
        if (chance(0.15)) recipe.base_sequence = static_cast<std::int32_t>(draw(0, next + 3)); // again, or a gap
        if (chance(0.05)) recipe.producer_epoch = static_cast<std::int16_t>(draw(0, by.epoch + 1));
        if (recipe.base_sequence == next && recipe.producer_epoch == by.epoch) next += recipe.records;
        if (recipe.producer_epoch > by.epoch && recipe.base_sequence == 0) {
            by.epoch = recipe.producer_epoch;
            by.next.clear();
            by.next[partition_name(topic, index)] = recipe.records;
        }
    }
    made.about = partition_name(topic, index);
    const int acks = chance(0.03) ? 2 : chance(0.5) ? -1 : 1;
    const bool by_id = made.version >= 13;
    made.request = [=, this](const side& of) {
        batch_recipe mine = recipe;
        if (producer_number != 0) mine.producer_id = of.producer_ids.at(producer_number);
        json wanted = name_topic(of, topic, by_id, "name");
        wanted["partitionData"] = json::array({json{{"index", index}, {"records", make_batch(mine)}}});
        return json{
            {"transactionalId", nullptr}, {"acks", acks}, {"timeoutMs", 10'000}, {"topicData", json::array({wanted})}};
    };
    return made;
}

step sequence::fetch()
{
    step made{.key = api::fetch, .version = std::max<std::int16_t>(version_of(api::fetch), 4)};
    const bool by_id = made.version >= 13;
    const std::int16_t version = made.version;
    int session_number = 0;
    std::int32_t session_epoch = -1;
    bool make_session = false;
    if (version >= 7) {
        if (!sessions_.empty() && chance(0.6)) {
            session& one = sessions_.back();
            session_number = one.number;
            session_epoch = one.epoch;
            if (chance(0.05)) ++session_epoch;
        } else if (chance(0.5)) {
            session_epoch = 0;
            make_session = true;
        }
    }
    std::vector<std::string> names;
    json partitions = json::array();
    const std::int64_t count = session_number != 0 ? draw(0, 1) : 1;
    for (std::int64_t i = 0; i < count; ++i) {
        const std::string topic = some_topic();
        const std::int32_t index = some_partition(topic);
        const std::int64_t end = ends_[partition_name(topic, index)];
        json one{{"partition", index},
                 {"fetchOffset", chance(0.1) ? draw(-1, end + 2) : draw(0, std::max<std::int64_t>(end, 0))},
                 {"partitionMaxBytes", chance(0.3) ? draw(0, 300) : 1'000'000}};
        if (version >= 9) one["currentLeaderEpoch"] = chance(0.15) ? draw(-1, 1) : -1;
        if (version >= 12) one["lastFetchedEpoch"] = chance(0.15) ? draw(-1, 1) : -1;
        names.push_back(topic);
        partitions.push_back(std::move(one));
    }
    const std::int64_t isolation = draw(0, 1);
    made.request = [=, this](const side& of) {
        json topics = json::array();
        for (std::size_t i = 0; i < names.size(); ++i) {
            json one = name_topic(of, names[i], by_id, "topic");
            one["partitions"] = json::array({partitions[i]});
            topics.push_back(std::move(one));
        }
        json request{{"maxWaitMs", 0},
                     {"minBytes", 1},
                     {"maxBytes", 1'000'000},
                     {"isolationLevel", isolation},
                     {"topics", topics}};
        if (version < 15) request["replicaId"] = -1;
        if (version >= 7) {
            const auto id = of.session_ids.find(session_number);
            request["sessionId"] = id == of.session_ids.end() ? 0 : id->second;
            request["sessionEpoch"] = session_epoch;
            request["forgottenTopicsData"] = json::array();
        }
        if (version >= 11) request["rackId"] = "";
        return request;
    };
    const int number = make_session ? next_session_++ : session_number;
    made.learn = [number, make_session](side& of, const json& answer) {
        if (make_session && answer.value("sessionId", 0) != 0) of.session_ids[number] = answer["sessionId"];
    };
    if (make_session) sessions_.push_back({.number = number, .epoch = 0, .by_id = by_id});
    return made;
}

step sequence::list_offsets()
{
    const std::string topic = some_topic();
    const std::int32_t index = some_partition(topic);
    step made{.key = api::list_offsets, .version = std::max<std::int16_t>(version_of(api::list_offsets), 1)};
    const std::int16_t version = made.version;
    std::int64_t time = chance(0.6) ? draw(-2, -1) : wall_ms() + draw(-2000, 2000);
    if (version >= 7 && chance(0.3)) time = -3;
    // The two append at times that differ a little, so for the brokers' own times only what is far away is asked.
    if (time >= 0 && append_time_.contains(topic)) time += (time % 2 == 0 ? -1 : 1) * std::int64_t{3'600'000};
    const std::int64_t epoch = version >= 4 && chance(0.15) ? draw(-1, 1) : -1;
    made.request = [=](const side&) {
        json one{{"partitionIndex", index}, {"timestamp", time}};
        if (version >= 4) one["currentLeaderEpoch"] = epoch;
        json request{{"replicaId", -1}, {"topics", {{{"name", topic}, {"partitions", json::array({one})}}}}};
        if (version >= 2) request["isolationLevel"] = 0;
        if (version >= 10) request["timeoutMs"] = 1000;
        return request;
    };
    return made;
}

step sequence::epoch_end()
{
    const std::string topic = some_topic();
    const std::int32_t index = some_partition(topic);
    step made{.key = api::offset_for_leader_epoch, .version = version_of(api::offset_for_leader_epoch)};
    const std::int16_t version = made.version;
    const std::int64_t epoch = draw(-1, 2);
    const std::int64_t known = version >= 2 && chance(0.3) ? draw(-1, 1) : -1;
    made.request = [=](const side&) {
        json one{{"partition", index}, {"leaderEpoch", epoch}};
        if (version >= 2) one["currentLeaderEpoch"] = known;
        json request{{"topics", {{{"topic", topic}, {"partitions", json::array({one})}}}}};
        if (version >= 3) request["replicaId"] = -2;
        return request;
    };
    return made;
}

step sequence::delete_records()
{
    const std::string topic = some_topic();
    const std::int32_t index = some_partition(topic);
    const std::int64_t end = ends_[partition_name(topic, index)];
    const std::int64_t offset = chance(0.3) ? -1 : draw(-2, end + 1);
    step made{.key = api::delete_records, .version = version_of(api::delete_records)};
    made.request = [=](const side&) {
        return json{{"topics", {{{"name", topic}, {"partitions", {{{"partitionIndex", index}, {"offset", offset}}}}}}},
                    {"timeoutMs", 10'000}};
    };
    return made;
}

step sequence::describe_producers()
{
    const std::string topic = some_topic();
    const std::int32_t index = some_partition(topic);
    step made{.key = api::describe_producers, .version = version_of(api::describe_producers)};
    made.request = [=](const side&) {
        return json{{"topics", {{{"name", topic}, {"partitionIndexes", json::array({index})}}}}};
    };
    return made;
}

step sequence::metadata()
{
    const std::string topic = some_topic();
    step made{.key = api::metadata, .version = std::max<std::int16_t>(version_of(api::metadata), 1)};
    const std::int16_t version = made.version;
    made.request = [=](const side&) {
        json wanted{{"name", topic}};
        json request{{"topics", json::array({wanted})}};
        if (version >= 4) request["allowAutoTopicCreation"] = false;
        return request;
    };
    if (version < 4) { // these versions would make the topic
        made.request = [name = topics_.begin()->first](const side&) { return json{{"topics", {{{"name", name}}}}}; };
    }
    return made;
}

step sequence::init_producer()
{
    const int number = next_producer_++;
    step made{.key = api::init_producer_id, .version = version_of(api::init_producer_id)};
    if (made.version > 5) made.version = 5;
    made.request = [](const side&) { return json{{"transactionalId", nullptr}, {"transactionTimeoutMs", 60'000}}; };
    made.learn = [number](side& of, const json& answer) {
        if (answer.value("errorCode", -1) == 0) of.producer_ids[number] = answer["producerId"];
    };
    producers_.push_back({.number = number, .epoch = 0, .next = {}});
    return made;
}

step sequence::alter_config()
{
    const std::string topic = some_topic();
    static constexpr std::array<std::pair<const char*, const char*>, 5> changes{{{"max.message.bytes", "900"},
                                                                                 {"retention.ms", "-1"},
                                                                                 {"min.insync.replicas", "1"},
                                                                                 {"retention.ms", "soon"},
                                                                                 {"no.such.setting", "1"}}};
    const auto& [name, value] = changes[static_cast<std::size_t>(draw(0, 4))];
    const std::int64_t operation = chance(0.7) ? 0 : 1;
    const bool only_check = chance(0.1);
    step made{.key = api::incremental_alter_configs, .version = version_of(api::incremental_alter_configs)};
    made.request = [=, name = std::string(name), value = std::string(value)](const side&) {
        json config{{"name", name}, {"configOperation", operation}, {"value", nullptr}};
        if (operation == 0) config["value"] = value;
        return json{{"resources", {{{"resourceType", 2}, {"resourceName", topic}, {"configs", json::array({config})}}}},
                    {"validateOnly", only_check}};
    };
    return made;
}

step sequence::describe_config()
{
    const std::string topic = some_topic();
    step made{.key = api::describe_configs, .version = std::max<std::int16_t>(version_of(api::describe_configs), 1)};
    made.request = [=](const side&) {
        return json{{"resources",
                     {{{"resourceType", 2},
                       {"resourceName", topic},
                       {"configurationKeys", {"max.message.bytes", "cleanup.policy", "message.timestamp.type"}}}}},
                    {"includeSynonyms", false}};
    };
    return made;
}

void sequence::told(const step& made, const json& answer)
{
    if (made.key == api::create_topics && !made.settles.empty() && answer["topics"][0]["errorCode"] == 0)
        topics_[made.settles] = static_cast<std::int32_t>(made.settled_partitions);
    if (made.key == api::delete_topics && answer["responses"][0]["errorCode"] == 0) topics_.erase(made.settles);
    if (made.key == api::create_partitions && answer["results"][0]["errorCode"] == 0)
        topics_[made.settles] = static_cast<std::int32_t>(made.settled_partitions);
    if (made.key == api::fetch && !sessions_.empty()) {
        if (answer.value("errorCode", 0) != 0 || answer.value("sessionId", 0) == 0) {
            sessions_.clear();
        } else {
            ++sessions_.back().epoch;
        }
    }
    if (made.key == api::produce) {
        const json* const said = only_partition(answer, "responses", "partitionResponses");
        if (said && (*said)["errorCode"] == 0 && said->contains("baseOffset"))
            ends_[made.about] = std::max(ends_[made.about], (*said)["baseOffset"].get<std::int64_t>() + 6);
    }
}

} // namespace odradek::conformance
