// SPDX-License-Identifier: Apache-2.0
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/base64.hpp>
#include <odradek/protocol/record_set_reader.hpp>

#include <algorithm>
#include <tests/conformance/normal_form.hpp>

namespace odradek::conformance {
namespace {

/// Words, addresses and clocks: of no concern here.
const std::set<std::string> left_out{"errorMessage",
                                     "throttleTimeMs",
                                     "brokers",
                                     "nodeEndpoints",
                                     "clusterId",
                                     "controllerId",
                                     "replicaNodes",
                                     "isrNodes",
                                     "offlineReplicas",
                                     "leaderId",
                                     "lastTimestamp",
                                     "clusterAuthorizedOperations",
                                     "topicAuthorizedOperations",
                                     "coordinatorEpoch",
                                     "logAppendTimeMs",
                                     "batchIndexErrorMessage"};

template <class Map, class Value>
json name_of(const Map& names, const Value& value, const char* kind)
{
    for (const auto& [name, known] : names)
        if (known == value) return json{{kind, name}};
    return value;
}

/// What is in the batches of a fetched partition.
json describe_records(const std::string& base64, bool append_time)
{
    json all = json::array();
    const auto size = base64_size(base64, base64_alphabet::standard);
    std::vector<std::byte> bytes(size.value_or(0));
    if (!size || !from_base64(base64, base64_alphabet::standard, bytes.data())) return base64;
    batch_memory memory;
    record_set_reader reader{bytes_view{bytes}, memory, {.codecs = &default_codecs()}};
    for (batch_view batch; reader.next(batch);) {
        json records = json::array();
        for (const record_view& record : batch) {
            json one{{"offset", record.offset()}, {"key", nullptr}, {"value", nullptr}};
            if (!append_time) one["time"] = record.timestamp();
            if (record.key()) one["key"] = std::string(record.key()->text());
            if (record.value()) one["value"] = std::string(record.value()->text());
            records.push_back(std::move(one));
        }
        all.push_back({{"base", batch.base_offset()},
                       {"greatestTime", append_time ? json{} : json{batch.max_timestamp()}},
                       {"last", batch.last_offset()},
                       {"epoch", batch.partition_leader_epoch()},
                       {"attributes", batch.attributes()},
                       {"idempotent", batch.producer_id() >= 0},
                       {"producerEpoch", batch.producer_epoch()},
                       {"sequence", batch.base_sequence()},
                       {"records", std::move(records)}});
    }
    if (reader.error()) all.push_back(reader.error().message());
    return all;
}

class normaliser {
public:
    normaliser(const side& of, const std::set<std::string>& append_time) : of_(of), append_time_(append_time) {}

    void walk(json& value, bool append_time)
    {
        if (value.is_array()) {
            for (json& one : value) walk(one, append_time);
            sort(value);
        } else if (value.is_object()) {
            if (const std::string topic = topic_of(value); !topic.empty()) append_time = append_time_.contains(topic);
            for (auto entry = value.begin(); entry != value.end();) {
                if (left_out.contains(entry.key())) {
                    entry = value.erase(entry);
                    continue;
                }
                replace(entry.key(), entry.value(), append_time);
                ++entry;
            }
        }
    }

private:
    std::string topic_of(const json& value) const
    {
        for (const char* const key : {"name", "topic"}) {
            const auto found = value.find(key);
            if (found != value.end() && found->is_string() && !found->get<std::string>().empty()) return *found;
        }
        const auto id = value.find("topicId");
        if (id == value.end()) return {};
        const json name = name_of(of_.topic_ids, id->get<std::string>(), "topic");
        return name.is_object() ? name["topic"].get<std::string>() : std::string{};
    }

    void replace(const std::string& key, json& value, bool append_time)
    {
        if (key == "topicId" && value.is_string()) {
            value = name_of(of_.topic_ids, value.get<std::string>(), "topic");
            if (value.is_string() && value != "AAAAAAAAAAAAAAAAAAAAAA") value = "some id";
        } else if (key == "producerId" && value.is_number()) {
            value = name_of(of_.producer_ids, value.get<std::int64_t>(), "producer");
        } else if (key == "sessionId") {
            value = name_of(of_.session_ids, value.get<std::int32_t>(), "session");
        } else if (key == "records" && value.is_string()) {
            value = describe_records(value, append_time);
        } else if (key == "timestamp" && append_time && value.is_number() && value.get<std::int64_t>() >= 0) {
            value = "the broker's time";
        } else {
            walk(value, append_time);
        }
    }

    /// Lists whose order means nothing.
    static void sort(json& list)
    {
        const auto key = [](const json& one) {
            for (const char* const name : {"name", "topic", "topicId", "partitionIndex", "partition", "producerId"})
                if (one.is_object() && one.contains(name)) return one[name].dump();
            return std::string{};
        };
        std::stable_sort(list.begin(), list.end(), [&](const json& a, const json& b) { return key(a) < key(b); });
    }

    const side& of_;
    const std::set<std::string>& append_time_;
};

} // namespace

json normal_form(const side& of, api, json answer, const std::set<std::string>& append_time)
{
    normaliser{of, append_time}.walk(answer, false);
    return answer;
}

std::string first_difference(const json& theirs, const json& ours, const std::string& path)
{
    if (theirs == ours) return {};
    if (theirs.is_object() && ours.is_object()) {
        for (const auto& [key, value] : theirs.items()) {
            const json mine = ours.contains(key) ? ours[key] : json{};
            const std::string at = std::string(path).append(".").append(key);
            if (std::string found = first_difference(value, mine, at); !found.empty()) return found;
        }
        if (theirs.size() == ours.size()) return {};
    }
    // Each release has settings of its own; those that both have are compared.
    if (path.ends_with(".configs") && theirs.is_array() && ours.is_array()) {
        if (ours.empty() && !theirs.empty()) return path + ": there are none of ours";
        for (const json& left : theirs) {
            const auto right = std::ranges::find_if(ours, [&](const json& one) { return one["name"] == left["name"]; });
            if (right == ours.end()) continue;
            const std::string at = path + "." + left["name"].get<std::string>();
            if (std::string found = first_difference(left, *right, at); !found.empty()) return found;
        }
        return {};
    }
    if (theirs.is_array() && ours.is_array() && theirs.size() == ours.size()) {
        for (std::size_t i = 0; i < theirs.size(); ++i) {
            const std::string at = path + "[" + std::to_string(i) + "]";
            if (std::string found = first_difference(theirs[i], ours[i], at); !found.empty()) return found;
        }
        return {};
    }
    return path + ": theirs " + theirs.dump() + ", ours " + ours.dump();
}

} // namespace odradek::conformance
