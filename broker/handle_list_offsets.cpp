// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>
#include <odradek/broker/leadership.hpp>
#include <odradek/broker/releases.hpp>

#include <deque>
#include <map>
#include <optional>
#include <string_view>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

using topic_answer = list_offsets_response::list_offsets_topic_response;
using partition_answer = list_offsets_response::list_offsets_partition_response;
using wanted_partition = list_offsets_request::list_offsets_partition;

/// Timestamps that name a place instead of a time (KIP-79, KIP-734, KIP-405, KIP-1005, KIP-1023).
namespace place {
constexpr std::int64_t latest = -1;
constexpr std::int64_t earliest = -2;
constexpr std::int64_t max_timestamp = -3;
constexpr std::int64_t earliest_local = -4;
constexpr std::int64_t latest_tiered = -5;
constexpr std::int64_t earliest_pending_upload = -6;
} // namespace place

/// The first version that knows a place.
std::int16_t first_version_with(std::int64_t timestamp) noexcept
{
    switch (timestamp) {
    case place::max_timestamp: return 7;
    case place::earliest_local: return 8;
    case place::latest_tiered: return 9;
    case place::earliest_pending_upload: return 11;
    default: return 0;
    }
}

partition_answer failed(std::int32_t index, broker_errc error)
{
    return {.partition_index = index, .error_code = error};
}

/// The offset that is asked for; its epoch is left out later where the version has no room for it.
partition_answer find_offset(core& in, const exchange& x, std::string_view topic_name, const wanted_partition& wanted)
{
    const bool is_unknown_place =
        wanted.timestamp < place::earliest_pending_upload || x.version.value < first_version_with(wanted.timestamp);
    if (is_unknown_place && !in.is_before_kraft())
        return failed(wanted.partition_index, broker_errc::unsupported_version);
    topic* const of = in.cluster().find_topic(topic_name);
    partition* const from = of ? of->find(wanted.partition_index) : nullptr;
    if (!from) return failed(wanted.partition_index, broker_errc::unknown_topic_or_partition);
    if (const auto error = check_leader(*from, x.node, wanted.current_leader_epoch); error != broker_errc::none)
        return failed(wanted.partition_index, error);
    if (is_unknown_place) return failed(wanted.partition_index, broker_errc::unsupported_version);

    partition_answer said{.partition_index = wanted.partition_index};
    switch (wanted.timestamp) {
    case place::latest:
        said.offset = from->high_watermark();
        said.leader_epoch = from->leader_epoch;
        return said;
    case place::earliest:
    case place::earliest_local:
        said.offset = from->records.start_offset();
        said.leader_epoch = from->records.epochs().epoch_at(said.offset);
        return said;
    case place::latest_tiered:
    case place::earliest_pending_upload: return said; // nothing is tiered here, so nothing is found
    default: break;
    }
    const auto found = wanted.timestamp == place::max_timestamp ? from->records.find_greatest_time()
                                                                : from->records.find_by_time(wanted.timestamp);
    if (found) {
        said.offset = found->offset;
        said.timestamp = found->timestamp;
        said.leader_epoch = found->leader_epoch;
    }
    return said;
}

template <class Describe>
void respond(core& in, exchange& x, const list_offsets_request& request, Describe describe)
{
    std::vector<topic_answer> topics;
    std::deque<std::vector<partition_answer>> parts;
    for (const auto& topic : request.topics) {
        auto& partitions = parts.emplace_back();
        for (const auto& one : topic.partitions) {
            const std::optional<partition_answer> said = describe(topic.name, one);
            if (!said) continue;
            partitions.push_back(*said);
            if (x.version < api_version{4}) partitions.back().leader_epoch = -1;
        }
        topics.push_back({.name = topic.name, .partitions = partitions});
    }
    list_offsets_response response;
    response.topics = topics;
    in.respond(x, response);
}

} // namespace

void answer(core& in, const exchange_ptr& x, const list_offsets_request& request)
{
    std::map<std::pair<std::string_view, std::int32_t>, int> times;
    for (const auto& topic : request.topics)
        for (const auto& one : topic.partitions) ++times[{topic.name, one.partition_index}];
    const bool once = in.as().column >= find_release("4.0")->column; // before, each mention was answered
    respond(in, *x, request,
            [&](std::string_view topic, const wanted_partition& one) -> std::optional<partition_answer> {
                int& mentions = times[{topic, one.partition_index}];
                if (mentions == 0) return {}; // said already
                if (mentions == 1) return find_offset(in, *x, topic, one);
                if (once) mentions = 0;
                return failed(one.partition_index, broker_errc::invalid_request); // which of them would be meant?
            });
}

void refuse(core& in, exchange& x, const list_offsets_request& request, broker_errc why)
{
    respond(in, x, request, [why](std::string_view, const wanted_partition& one) {
        return std::optional{failed(one.partition_index, why)};
    });
}

} // namespace odradek::broker
