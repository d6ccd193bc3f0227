// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/fetch_operation.hpp>
#include <odradek/protocol/codec.hpp>

#include <algorithm>
#include <limits>

namespace odradek::detail {
namespace {

constexpr api_version last_version_by_name{12};
constexpr std::int32_t largest_fetch = 1 << 30;

const fetched::partition_answer* find(const fetch_response& response, const leader_place& place) noexcept
{
    for (const auto& topic : response.responses) {
        if (topic.topic_id.is_zero() ? topic.topic != place.topic : topic.topic_id != place.topic_id) continue;
        for (const auto& p : topic.partitions)
            if (p.partition_index == place.partition) return &p;
    }
    return nullptr;
}

} // namespace

fetch_operation::fetch_operation(const client_core& core, const fetch_position& from, const fetch_options& options,
                                 completion_type done)
    : partition_operation(topic_key{.name = std::string{from.topic}}, from.partition), offset_(from.offset),
      options_(options), done_(std::move(done))
{
    const auto longest = options.timeout.value_or(core.options().default_api_timeout);
    deadline = deadline_after(
        core.now(), std::max(longest, options.timeout ? longest : in_sequence(options.max_wait, options.max_wait)));
}

asio::awaitable<failure> fetch_operation::run(client_core& core)
{
    if (topic().name.empty())
        co_return failure{errc::invalid_argument, diagnostics{"fetch: the position names no topic"}};
    if (offset_ < offset::beginning)
        co_return failure{errc::invalid_argument, diagnostics{"fetch: offset " + std::to_string(offset_)}};
    if (offset_ < 0)
        if (auto why = co_await ask_offset(core, offset_, offset_)) co_return why;
    failure end = co_await partition_operation::run(core);
    if (end.ec != broker_errc::offset_out_of_range) co_return end;

    std::int64_t first = -1;
    std::int64_t last = -1; // both are words for people: without them the error says a little less
    if (co_await ask_offset(core, offset::beginning, first)) co_return end;
    if (co_await ask_offset(core, offset::end, last)) co_return end;
    end.about.set_client_message("offset " + std::to_string(offset_) + " of \"" + topic().name + "\", partition " +
                                 std::to_string(partition()) + " is out of range: the log goes from " +
                                 std::to_string(first) + " to " + std::to_string(last));
    co_return end;
}

asio::awaitable<failure> fetch_operation::ask_offset(client_core& core, std::int64_t timestamp, std::int64_t& offset)
{
    listed_offset found;
    list_offsets_operation asking{topic(), partition(), timestamp, options_.isolation, deadline, found};
    asking.follow(*this);
    failure why = co_await asking.run(core);
    if (!why) offset = found.offset;
    co_return why;
}

request_options fetch_operation::limits(const leader_place& place) const
{
    request_options how;
    if (place.topic_id.is_zero()) how.highest_version = last_version_by_name;
    return how;
}

std::chrono::milliseconds fetch_operation::attempt_timeout(const client_core& core) const
{
    return in_sequence(core.options().request_timeout, options_.max_wait);
}

failure fetch_operation::encode(api_version version, const leader_place& place, outgoing_request& out)
{
    const fetch_request::fetch_partition partitions[] = {{.partition = place.partition,
                                                          .current_leader_epoch = place.leader_epoch,
                                                          .fetch_offset = offset_,
                                                          .partition_max_bytes = options_.partition_max_bytes}};
    fetch_request::fetch_topic of_topic;
    if (version <= last_version_by_name)
        of_topic.topic = place.topic;
    else
        of_topic.topic_id = place.topic_id;
    of_topic.partitions = partitions;
    const fetch_request::fetch_topic topics[] = {of_topic};
    constexpr std::int64_t longest = std::numeric_limits<std::int32_t>::max();
    fetch_request request;
    request.max_wait_ms = static_cast<std::int32_t>(std::clamp<std::int64_t>(options_.max_wait.count(), 0, longest));
    out.held_for = std::chrono::milliseconds{request.max_wait_ms};
    request.min_bytes = options_.min_bytes;
    request.max_bytes = options_.max_bytes;
    request.isolation_level = static_cast<std::int8_t>(options_.isolation);
    request.topics = topics;
    if (const auto error = odradek::encode(request, version, out.body))
        return {error.code(), diagnostics{error.message()}};
    return {};
}

verdict fetch_operation::judge(client_core& core, const peer_reference& by, const leader_place& place,
                               response_frame frame)
{
    diagnostics about{"fetch from " + spoken(place) + " at offset " + std::to_string(offset_)};
    about.set_peer(by.where, by.node_id).set_request(api::fetch, frame.version, frame.correlation_id);
    arena memory;
    fetch_response response;
    if (const auto error = decode(frame.body, memory, frame.version, response)) {
        about.set_client_message(error.message());
        return {verdict::step::fail, {errc::invalid_response, std::move(about)}};
    }
    core.throttle(by, api::fetch, frame.version, std::chrono::milliseconds{response.throttle_time_ms});
    if (response.error_code != broker_errc::none) {
        const bool again = is_retriable(response.error_code);
        return {again ? verdict::step::refresh : verdict::step::fail, {response.error_code, std::move(about)}};
    }
    const auto* answer = find(response, place);
    if (answer == nullptr) {
        about.add_context("the answer does not speak of the partition");
        return {verdict::step::fail, {errc::invalid_response, std::move(about)}};
    }
    if (answer->error_code != broker_errc::none) return judge_error(core, place, response, *answer, std::move(about));

    fetched result;
    const auto bad = result.take(place.topic, offset_, options_, *answer, std::move(frame), std::move(memory));
    if (!bad) {
        done_.succeed(std::move(result));
        return {verdict::step::done};
    }
    about.set_client_message("fetch from " + spoken(place) + " at offset " + std::to_string(offset_) + ": " +
                             bad.message());
    if (bad.code() == errc::batch_too_large && options_.partition_max_bytes < largest_fetch) { // R2
        options_.partition_max_bytes = std::clamp(options_.partition_max_bytes, 1 << 19, largest_fetch / 2) * 2;
        options_.max_bytes = std::max(options_.max_bytes, options_.partition_max_bytes);
        return {verdict::step::again, {bad.code(), std::move(about)}};
    }
    return {verdict::step::fail, {bad.code(), std::move(about)}};
}

verdict fetch_operation::judge_error(client_core& core, const leader_place& place, const fetch_response& response,
                                     const fetched::partition_answer& answer, diagnostics about)
{
    const broker_errc code = answer.error_code;
    failure why{code, std::move(about)};
    if (!is_retriable(code)) return {verdict::step::fail, std::move(why)};
    if (follow_leader_hint(core, place, answer.current_leader, response.node_endpoints))
        return {verdict::step::again, std::move(why)};
    const bool stale = refreshes_metadata(code) || code == broker_errc::unknown_leader_epoch;
    return {stale ? verdict::step::refresh : verdict::step::pause, std::move(why)};
}

} // namespace odradek::detail
