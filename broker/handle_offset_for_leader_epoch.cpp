// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>
#include <odradek/broker/leadership.hpp>

#include <deque>
#include <vector>

namespace odradek::broker {
namespace {

using topic_answer = offset_for_leader_epoch_response::offset_for_leader_topic_result;
using partition_answer = offset_for_leader_epoch_response::epoch_end_offset;
using wanted_partition = offset_for_leader_epoch_request::offset_for_leader_partition;

partition_answer failed(std::int32_t index, broker_errc error)
{
    return {.error_code = error, .partition = index};
}

partition_answer find_end(core& in, const exchange& x, std::string_view topic_name, const wanted_partition& wanted)
{
    topic* const of = in.cluster().find_topic(topic_name);
    partition* const from = of ? of->find(wanted.partition) : nullptr;
    if (!from) return failed(wanted.partition, broker_errc::unknown_topic_or_partition);
    if (const auto error = check_leader(*from, x.node, wanted.current_leader_epoch); error != broker_errc::none)
        return failed(wanted.partition, error);
    partition_answer said{.partition = wanted.partition};
    const auto end = from->records.epochs().end_of(wanted.leader_epoch, from->records.end_offset());
    said.leader_epoch = end.epoch;
    said.end_offset = end.offset;
    return said;
}

template <class Describe>
void respond(core& in, exchange& x, const offset_for_leader_epoch_request& request, Describe describe)
{
    std::vector<topic_answer> topics;
    std::deque<std::vector<partition_answer>> parts;
    for (const auto& topic : request.topics) {
        auto& partitions = parts.emplace_back();
        for (const auto& one : topic.partitions) partitions.push_back(describe(topic.topic, one));
        topics.push_back({.topic = topic.topic, .partitions = partitions});
    }
    offset_for_leader_epoch_response response;
    response.topics = topics;
    in.respond(x, response);
}

} // namespace

void answer(core& in, const exchange_ptr& x, const offset_for_leader_epoch_request& request)
{
    respond(in, *x, request,
            [&](std::string_view topic, const wanted_partition& one) { return find_end(in, *x, topic, one); });
}

void refuse(core& in, exchange& x, const offset_for_leader_epoch_request& request, broker_errc why)
{
    respond(in, x, request,
            [why](std::string_view, const wanted_partition& one) { return failed(one.partition, why); });
}

} // namespace odradek::broker
