// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>
#include <odradek/broker/topic_config.hpp>

#include <algorithm>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

using topic_answer = create_topics_response::creatable_topic_result;
using config_answer = create_topics_response::creatable_topic_configs;
using wanted_topic = create_topics_request::creatable_topic;

constexpr std::int64_t most_partitions = 10'000; // that one request may ask for

/// One CreateTopics request being carried out; what the views of the answer refer to lives here.
class creating {
public:
    creating(core& in, exchange& x, const create_topics_request& request) : in_(in), x_(x), request_(request) {}

    void run(broker_errc why)
    {
        if (why == broker_errc::none && partitions_wanted() > most_partitions) why = broker_errc::policy_violation;
        std::map<std::string_view, int> times;
        for (const wanted_topic& wanted : request_.topics) ++times[wanted.name];
        for (const wanted_topic& wanted : request_.topics) {
            if (why != broker_errc::none) {
                fail(wanted.name, {why});
            } else if (times[wanted.name] == 1) {
                create(wanted);
            } else if (times[wanted.name] > 1) {
                fail(wanted.name, {broker_errc::invalid_request, "Found multiple entries for this topic."});
                times[wanted.name] = 0; // said once
            }
        }
        create_topics_response response;
        response.topics = topics_;
        in_.respond(x_, response);
    }

private:
    [[nodiscard]] std::int64_t partitions_wanted() const
    {
        std::int64_t count = 0;
        for (const wanted_topic& wanted : request_.topics) {
            if (!wanted.assignments.empty()) {
                count += static_cast<std::int64_t>(wanted.assignments.size());
            } else {
                count += wanted.num_partitions == -1 ? in_.cluster().how().default_partitions
                                                     : std::max(wanted.num_partitions, 0);
            }
        }
        return count;
    }

    void fail(std::string_view name, const refusal& why)
    {
        topic_answer& said = topics_.emplace_back();
        said.name = name;
        said.error_code = why.error;
        said.error_message = nullptr;
        if (!why.text.empty()) said.error_message = texts_.emplace_back(error_text(why.text));
    }

    void create(const wanted_topic& wanted)
    {
        // KRaft's controller looks at the rest first.
        if (in_.is_before_kraft() && in_.cluster().find_topic(wanted.name))
            return fail(wanted.name, {broker_errc::topic_already_exists,
                                      "Topic '" + std::string(wanted.name) + "' already exists."});
        new_topic made{.name = std::string(wanted.name),
                       .partitions = wanted.num_partitions,
                       .replication_factor = wanted.replication_factor};
        std::map<std::int32_t, std::vector<std::int32_t>> assigned;
        for (const auto& one : wanted.assignments)
            if (!assigned.emplace(one.partition_index, std::vector(one.broker_ids.begin(), one.broker_ids.end()))
                     .second)
                return fail(wanted.name,
                            {broker_errc::invalid_replica_assignment, "Found multiple assignments for a partition."});
        for (auto& [index, replicas] : assigned) {
            if (index != static_cast<std::int32_t>(made.assignment.size()))
                return fail(wanted.name, {broker_errc::invalid_replica_assignment,
                                          "partitions should be a consecutive 0-based integer sequence"});
            made.assignment.push_back(std::move(replicas));
        }
        for (const auto& config : wanted.configs) {
            if (!config.value)
                return fail(wanted.name, {broker_errc::invalid_config,
                                          "Null value not supported for topic configs: " + std::string(config.name)});
            made.config[std::string(config.name)] = std::string(*config.value);
        }
        // The controller with ZooKeeper looked at the numbers before it looked at the name and the settings.
        if (in_.is_before_kraft() && made.assignment.empty() && made.partitions != -1 && made.partitions <= 0)
            return fail(wanted.name, {broker_errc::invalid_partitions, "Number of partitions must be larger than 0."});
        uuid id;
        if (const refusal no = in_.cluster().create(made, request_.validate_only, &id)) return fail(wanted.name, no);

        topic_answer& said = topics_.emplace_back();
        said.name = wanted.name;
        said.error_message = nullptr;
        const auto& how = in_.cluster().how();
        if (!made.assignment.empty()) {
            said.num_partitions = static_cast<std::int32_t>(made.assignment.size());
            said.replication_factor = static_cast<std::int16_t>(made.assignment.front().size());
        } else {
            said.num_partitions = made.partitions == -1 ? how.default_partitions : made.partitions;
            said.replication_factor =
                made.replication_factor == -1 ? how.default_replication_factor : made.replication_factor;
        }
        if (!request_.validate_only || !in_.is_before_kraft()) said.topic_id = id;
        auto& configs = configs_.emplace_back();
        for (const topic_config_entry& entry : describe_topic_config(made.config, how.config, in_.as()))
            configs.push_back({.name = entry.known->name,
                               .value = texts_.emplace_back(entry.value),
                               .config_source = static_cast<std::int8_t>(entry.source)});
        said.configs = list<config_answer>{configs};
    }

    core& in_;
    exchange& x_;
    const create_topics_request& request_;
    std::vector<topic_answer> topics_;
    std::deque<std::vector<config_answer>> configs_;
    std::deque<std::string> texts_;
};

} // namespace

void answer(core& in, const exchange_ptr& x, const create_topics_request& request)
{
    creating{in, *x, request}.run(in.check_admin(*x));
}

void refuse(core& in, exchange& x, const create_topics_request& request, broker_errc why)
{
    creating{in, x, request}.run(why);
}

} // namespace odradek::broker
