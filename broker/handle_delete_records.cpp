// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>

#include <deque>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

using topic_answer = delete_records_response::delete_records_topic_result;
using partition_answer = delete_records_response::delete_records_partition_result;
using wanted_partition = delete_records_request::delete_records_partition;

constexpr std::int64_t up_to_high_watermark = -1;

partition_answer failed(std::int32_t index, broker_errc error)
{
    return {.partition_index = index, .low_watermark = -1, .error_code = error};
}

partition_answer delete_before(core& in, const exchange& x, std::string_view topic_name, const wanted_partition& wanted)
{
    topic* const of = in.cluster().find_topic(topic_name);
    partition* const from = of ? of->find(wanted.partition_index) : nullptr;
    if (!from) return failed(wanted.partition_index, broker_errc::unknown_topic_or_partition);
    if (from->leader != x.node) return failed(wanted.partition_index, broker_errc::not_leader_or_follower);
    if (!of->settings.remove_old) // KIP-107 leaves topics alone that are only compacted
        return failed(wanted.partition_index, broker_errc::policy_violation);
    const std::int64_t offset = wanted.offset == up_to_high_watermark ? from->high_watermark() : wanted.offset;
    if (offset < 0 || offset > from->high_watermark())
        return failed(wanted.partition_index, broker_errc::offset_out_of_range);
    from->records.delete_before(offset);
    return {.partition_index = wanted.partition_index, .low_watermark = from->records.start_offset()};
}

template <class Describe>
void respond(core& in, exchange& x, const delete_records_request& request, Describe describe)
{
    std::vector<topic_answer> topics;
    std::deque<std::vector<partition_answer>> parts;
    std::map<std::pair<std::string_view, std::int32_t>, int> mentions; // the last one of each counts
    for (const auto& topic : request.topics)
        for (const auto& one : topic.partitions) ++mentions[{topic.name, one.partition_index}];
    for (const auto& topic : request.topics) {
        auto& partitions = parts.emplace_back();
        for (const auto& one : topic.partitions)
            if (--mentions[{topic.name, one.partition_index}] == 0) partitions.push_back(describe(topic.name, one));
        topics.push_back({.name = topic.name, .partitions = partitions});
    }
    delete_records_response response;
    response.topics = topics;
    in.respond(x, response);
}

} // namespace

void answer(core& in, const exchange_ptr& x, const delete_records_request& request)
{
    respond(in, *x, request,
            [&](std::string_view topic, const wanted_partition& one) { return delete_before(in, *x, topic, one); });
    in.notify();
}

void refuse(core& in, exchange& x, const delete_records_request& request, broker_errc why)
{
    respond(in, x, request,
            [why](std::string_view, const wanted_partition& one) { return failed(one.partition_index, why); });
}

} // namespace odradek::broker
