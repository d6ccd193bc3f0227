// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/fetch_operation.hpp>
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/generated/messages/list_offsets.hpp>

namespace odradek::detail {
namespace {

// The first version whose brokers know what this special timestamp means.
api_version needed_version(std::int64_t timestamp) noexcept
{
    switch (timestamp) {
    case offset_query::max_timestamp: return {7};
    case offset_query::earliest_local: return {8};
    case offset_query::latest_tiered: return {9};
    case offset_query::earliest_pending_upload: return {11};
    default: return {0};
    }
}

const list_offsets_response::list_offsets_partition_response* find(const list_offsets_response& response,
                                                                   const leader_place& place) noexcept
{
    for (const auto& topic : response.topics) {
        if (topic.name != place.topic) continue;
        for (const auto& p : topic.partitions)
            if (p.partition_index == place.partition) return &p;
    }
    return nullptr;
}

} // namespace

list_offsets_operation::list_offsets_operation(const client_core& core, const timed_position& at,
                                               const list_offsets_options& options, completion_type done)
    : partition_operation(topic_key{.name = std::string{at.topic}}, at.partition), timestamp_(at.timestamp),
      isolation_(options.isolation), done_(std::move(done))
{
    deadline = deadline_after(core.now(), options.timeout.value_or(core.options().default_api_timeout));
}

list_offsets_operation::list_offsets_operation(topic_key topic, std::int32_t partition, std::int64_t timestamp,
                                               isolation_level isolation, steady_time until, listed_offset& out)
    : partition_operation(std::move(topic), partition), timestamp_(timestamp), isolation_(isolation), out_(&out)
{
    deadline = until;
}

void list_offsets_operation::fail(failure why)
{
    if (done_) done_.fail(why.ec, std::move(why.about));
}

failure list_offsets_operation::encode(api_version version, const leader_place& place, outgoing_request& out)
{
    if (const api_version needed = needed_version(timestamp_); version < needed)
        return {errc::feature_not_available,
                diagnostics{"ListOffsets with timestamp " + std::to_string(timestamp_) + " needs version " +
                            std::to_string(needed.value) + ", the broker has " + std::to_string(version.value)}};
    const list_offsets_request::list_offsets_partition partitions[] = {
        {.partition_index = place.partition, .current_leader_epoch = place.leader_epoch, .timestamp = timestamp_}};
    const list_offsets_request::list_offsets_topic topics[] = {{.name = place.topic, .partitions = partitions}};
    list_offsets_request request;
    request.replica_id = -1;
    request.isolation_level = version.value >= 2 ? static_cast<std::int8_t>(isolation_) : std::int8_t{0};
    request.topics = topics;
    request.timeout_ms = 30'000;
    if (const auto error = odradek::encode(request, version, out.body))
        return {error.code(), diagnostics{error.message()}};
    return {};
}

verdict list_offsets_operation::judge(client_core& core, const peer_reference& by, const leader_place& place,
                                      response_frame frame)
{
    diagnostics about{"offsets of " + spoken(place)};
    about.set_peer(by.where, by.node_id).set_request(api::list_offsets, frame.version, frame.correlation_id);
    arena memory;
    list_offsets_response response;
    if (const auto error = decode(frame.body, memory, frame.version, response)) {
        about.set_client_message(error.message());
        return {verdict::step::fail, {errc::invalid_response, std::move(about)}};
    }
    core.throttle(by, api::list_offsets, frame.version, std::chrono::milliseconds{response.throttle_time_ms});
    const auto* answer = find(response, place);
    if (answer == nullptr) {
        about.set_client_message("the answer does not speak of " + spoken(place));
        return {verdict::step::fail, {errc::invalid_response, std::move(about)}};
    }
    if (answer->error_code != broker_errc::none) {
        const auto next = !is_retriable(answer->error_code)        ? verdict::step::fail
                          : refreshes_metadata(answer->error_code) ? verdict::step::refresh
                                                                   : verdict::step::pause;
        return {next, {answer->error_code, std::move(about)}};
    }
    const listed_offset found{
        .offset = answer->offset, .timestamp = answer->timestamp, .leader_epoch = answer->leader_epoch};
    if (out_ != nullptr) *out_ = found;
    if (done_) done_.succeed(found);
    return {verdict::step::done};
}

} // namespace odradek::detail
