// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>

#include <algorithm>
#include <deque>
#include <limits>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace odradek::broker {
namespace {

using topic_answer = metadata_response::metadata_response_topic;
using partition_answer = metadata_response::metadata_response_partition;

constexpr std::int32_t no_operations = std::numeric_limits<std::int32_t>::min();
/// READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS and ALTER_CONFIGS of a topic, as bits (KIP-430).
constexpr std::int32_t all_topic_operations = 0x0df8;
/// CREATE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS and IDEMPOTENT_WRITE of the cluster.
constexpr std::int32_t all_cluster_operations = 0x1fa0;

/// The answer while it is put together: what its views refer to lives here.
class metadata_answer {
public:
    metadata_answer(core& in, const metadata_request& request) : in_(in), request_(request) {}

    void add(topic& of)
    {
        auto& partitions = partitions_.emplace_back();
        for (const auto& one : of.partitions) partitions.push_back(describe(*one));
        topic_answer& said = topics_.emplace_back();
        said.name = of.name;
        said.topic_id = of.id;
        said.is_internal = of.internal;
        said.partitions = partitions;
        said.topic_authorized_operations =
            request_.include_topic_authorized_operations ? all_topic_operations : no_operations;
    }

    void add_error(nullable<std::string_view> name, const uuid& id, broker_errc error)
    {
        topic_answer& said = topics_.emplace_back();
        said.error_code = error;
        said.name = name;
        said.topic_id = id;
    }

    void respond(exchange& x, broker_errc error = broker_errc::none)
    {
        metadata_response response;
        std::vector<metadata_response::metadata_response_broker> brokers;
        for (const node& one : in_.cluster().nodes()) {
            if (!one.up) continue;
            const address& where = one.seen_by(x.listener);
            brokers.push_back({.node_id = one.id, .host = where.host, .port = where.port});
            if (!one.rack.empty()) brokers.back().rack = one.rack;
        }
        response.brokers = brokers;
        response.cluster_id = in_.cluster().how().cluster_id;
        response.controller_id = in_.cluster().controller();
        response.topics = topics_;
        if (request_.include_cluster_authorized_operations)
            response.cluster_authorized_operations = all_cluster_operations;
        response.error_code = error;
        in_.respond(x, response);
    }

private:
    partition_answer describe(const partition& one)
    {
        partition_answer said;
        said.partition_index = one.index;
        said.leader_id = one.leader;
        said.leader_epoch = one.leader_epoch;
        said.replica_nodes = one.replicas;
        said.isr_nodes = one.isr;
        said.offline_replicas = offline_.emplace_back(in_.cluster().offline_replicas(one));
        if (one.leader == -1) said.error_code = broker_errc::leader_not_available;
        return said;
    }

    core& in_;
    const metadata_request& request_;
    std::vector<topic_answer> topics_;
    std::deque<std::vector<partition_answer>> partitions_;
    std::deque<std::vector<std::int32_t>> offline_;
};

/// A topic that a client asked for and that is not there: made, if both sides allow it.
topic* create_unasked(core& in, const metadata_request& request, std::string_view name, broker_errc& error)
{
    error = broker_errc::unknown_topic_or_partition;
    if (!check_topic_name(name).empty()) {
        error = broker_errc::invalid_topic_exception;
        return nullptr;
    }
    if (!request.allow_auto_topic_creation || !in.cluster().how().auto_create_topics) return nullptr;
    if (const refusal no = in.cluster().create({.name = std::string(name)})) {
        error = no.error;
        return nullptr;
    }
    return in.cluster().find_topic(name);
}

} // namespace

void answer(core& in, const exchange_ptr& x, const metadata_request& request)
{
    metadata_answer said{in, request};
    // No list means all topics; in version 0 an empty one does too.
    const bool all = !request.topics || (x->version == api_version{0} && request.topics->empty());
    if (all) {
        for (auto& [name, of] : in.cluster().topics()) said.add(of);
        return said.respond(*x);
    }
    // Once one topic is asked for by id, only ids count (KIP-516).
    const bool by_id = std::ranges::any_of(*request.topics, [](const auto& one) { return !one.topic_id.is_zero(); });
    const bool unnamed = std::ranges::any_of(*request.topics, [](const auto& one) { return !one.name; });
    if (by_id ? x->version < api_version{12} : unnamed) return refuse(in, *x, request, broker_errc::invalid_request);
    std::set<uuid> ids{uuid{}};
    std::set<std::string_view> names;
    for (const auto& wanted : *request.topics) {
        if (by_id) {
            if (!ids.insert(wanted.topic_id).second) continue;
            topic* const of = in.cluster().find_topic(wanted.topic_id);
            if (of) {
                said.add(*of);
            } else {
                said.add_error(nullptr, wanted.topic_id, broker_errc::unknown_topic_id);
            }
            continue;
        }
        const std::string_view name = *wanted.name;
        if (!names.insert(name).second) continue;
        if (topic* const of = in.cluster().find_topic(name)) {
            said.add(*of);
            continue;
        }
        broker_errc error{};
        if (topic* const made = create_unasked(in, request, name, error)) {
            said.add(*made);
        } else {
            said.add_error(name, {}, error);
        }
    }
    said.respond(*x);
}

void refuse(core& in, exchange& x, const metadata_request& request, broker_errc why)
{
    metadata_answer said{in, request};
    if (request.topics)
        for (const auto& wanted : *request.topics) {
            // An answer cannot name a topic by nothing before version 12.
            nullable<std::string_view> name = wanted.name;
            if (!name && x.version < api_version{12}) name = "";
            said.add_error(name, wanted.topic_id, why);
        }
    said.respond(x, why);
}

} // namespace odradek::broker
