// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>

#include <deque>
#include <set>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

using topic_answer = describe_producers_response::topic_response;
using partition_answer = describe_producers_response::partition_response;
using producer = describe_producers_response::producer_state;

template <class Describe>
void respond(core& in, exchange& x, const describe_producers_request& request, Describe describe)
{
    std::vector<topic_answer> topics;
    std::deque<std::vector<partition_answer>> parts;
    std::set<std::pair<std::string_view, std::int32_t>> seen; // each once, lest the answer grow beyond all bounds
    for (const auto& topic : request.topics) {
        auto& partitions = parts.emplace_back();
        for (const std::int32_t index : topic.partition_indexes)
            if (seen.emplace(topic.name, index).second) partitions.push_back(describe(topic.name, index));
        topics.push_back({.name = topic.name, .partitions = partitions});
    }
    describe_producers_response response;
    response.topics = topics;
    in.respond(x, response);
}

} // namespace

void answer(core& in, const exchange_ptr& x, const describe_producers_request& request)
{
    std::deque<std::vector<producer>> producers;
    respond(in, *x, request, [&](std::string_view name, std::int32_t index) {
        topic* const of = in.cluster().find_topic(name);
        partition* const from = of ? of->find(index) : nullptr;
        partition_answer said{.partition_index = index};
        if (!check_topic_name(name).empty()) {
            said.error_code = broker_errc::invalid_topic_exception;
            return said;
        }
        if (!from || from->leader != x->node) {
            said.error_code = from ? broker_errc::not_leader_or_follower : broker_errc::unknown_topic_or_partition;
            return said;
        }
        auto& all = producers.emplace_back();
        for (const auto& [id, state] : from->producers.all())
            all.push_back({.producer_id = id,
                           .producer_epoch = state.epoch,
                           .last_sequence = state.last_sequence(),
                           .last_timestamp = state.last_timestamp,
                           .coordinator_epoch = -1});
        said.active_producers = all;
        return said;
    });
}

void refuse(core& in, exchange& x, const describe_producers_request& request, broker_errc why)
{
    respond(in, x, request, [why](std::string_view, std::int32_t index) {
        return partition_answer{.partition_index = index, .error_code = why};
    });
}

} // namespace odradek::broker
