// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>

#include <deque>
#include <vector>

// Stands in for handlers that the broker does not have yet: ListOffsets knows the two ends of a log, the rest hangs up.
namespace odradek::broker {

void answer(core& in, const exchange_ptr& x, const list_offsets_request& request)
{
    std::deque<std::vector<list_offsets_response::list_offsets_partition_response>> partitions;
    std::vector<list_offsets_response::list_offsets_topic_response> topics;
    for (const auto& wanted : request.topics) {
        topic* const of = in.cluster().find_topic(wanted.name);
        auto& said = partitions.emplace_back();
        for (const auto& one : wanted.partitions) {
            partition* const at = of ? of->find(one.partition_index) : nullptr;
            auto& answer = said.emplace_back();
            answer.partition_index = one.partition_index;
            if (!at)
                answer.error_code = broker_errc::unknown_topic_or_partition;
            else if (at->leader != x->node)
                answer.error_code = broker_errc::not_leader_or_follower;
            else
                answer.offset = one.timestamp == -2 ? at->records.start_offset() : at->high_watermark();
        }
        topics.push_back({.name = wanted.name, .partitions = said});
    }
    list_offsets_response response;
    response.topics = topics;
    in.respond(*x, response);
}

void refuse(core& in, exchange& x, const list_offsets_request& request, broker_errc why)
{
    std::deque<std::vector<list_offsets_response::list_offsets_partition_response>> partitions;
    std::vector<list_offsets_response::list_offsets_topic_response> topics;
    for (const auto& wanted : request.topics) {
        auto& said = partitions.emplace_back();
        for (const auto& one : wanted.partitions)
            said.push_back({.partition_index = one.partition_index, .error_code = why});
        topics.push_back({.name = wanted.name, .partitions = said});
    }
    list_offsets_response response;
    response.topics = topics;
    in.respond(x, response);
}

template <class Request>
void hang_up(core& in, exchange& x, const Request&)
{
    in.hang_up(x, "not served yet");
}

#define ODRADEK_DOUBLE(request)                                                                                        \
    void answer(core& in, const exchange_ptr& x, const request& what)                                                  \
    {                                                                                                                  \
        hang_up(in, *x, what);                                                                                         \
    }                                                                                                                  \
    void refuse(core& in, exchange& x, const request& what, broker_errc)                                               \
    {                                                                                                                  \
        hang_up(in, x, what);                                                                                          \
    }
ODRADEK_DOUBLE(offset_for_leader_epoch_request)
ODRADEK_DOUBLE(create_topics_request)
ODRADEK_DOUBLE(delete_topics_request)
ODRADEK_DOUBLE(create_partitions_request)
ODRADEK_DOUBLE(delete_records_request)
ODRADEK_DOUBLE(describe_configs_request)
ODRADEK_DOUBLE(incremental_alter_configs_request)
ODRADEK_DOUBLE(describe_cluster_request)
ODRADEK_DOUBLE(describe_topic_partitions_request)
ODRADEK_DOUBLE(describe_producers_request)

} // namespace odradek::broker
