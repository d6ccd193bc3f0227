// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/option_check.hpp>
#include <odradek/client/produce_operation.hpp>
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/codec.hpp>

#include <asio/error.hpp>

#include <algorithm>
#include <limits>

namespace odradek::detail {
namespace {

constexpr api_version first_version_with_zstd{7};
constexpr api_version last_version_by_name{12};

std::int64_t milliseconds_of(wall_time time)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(time.time_since_epoch()).count();
}

nullable<bytes_view> nullable_of(const std::optional<bytes_view>& bytes)
{
    if (!bytes) return nullptr;
    return *bytes;
}

failure invalid(std::string words)
{
    return {errc::invalid_argument, diagnostics{std::move(words)}};
}

} // namespace

produce_operation::produce_operation(const client_core& core, const destination& to, std::span<const record> records,
                                     const produce_options& options, completion_type done)
    : partition_operation(topic_key{.name = std::string{to.topic}}, to.partition.value_or(-1)), options_(options),
      done_(std::move(done)), choose_partition_(!to.partition), exchange_(options.retry_duplicates)
{
    deadline = deadline_after(core.now(), options.delivery_timeout);
    invalid_ = fill(records, to, milliseconds_of(core.world().clock->wall_now()));
}

// How the last attempt ended does not undo what one before may have done.
void produce_operation::fail(failure why)
{
    if (may_be_done() || exchange_.may_be_appended()) {
        if (why.about.how_far() == delivery::not_delivered) why.about.set_how_far(delivery::possibly_delivered);
        if (why.ec != errc::outcome_unknown && why.ec != errc::closed && why.ec != asio::error::operation_aborted) {
            why.about.add_context("an earlier attempt may have been carried out, the last one failed: " +
                                  why.ec.message());
            why.ec = errc::outcome_unknown;
        }
    }
    done_.fail(why.ec, std::move(why.about));
}

failure produce_operation::fill(std::span<const record> records, const destination& to, std::int64_t now)
{
    if (to.topic.empty()) return invalid("produce: the destination names no topic");
    if (to.partition && *to.partition < 0) return invalid("produce: partition " + std::to_string(*to.partition));
    if (records.empty()) return invalid("produce: there is no record to send");
    if (options_.delivery_timeout.count() <= 0)
        return invalid("produce: delivery_timeout must be above 0, not " +
                       std::to_string(options_.delivery_timeout.count()) + " ms");
    if (!is_known(options_.acks)) return invalid("produce: " + wrong_acks("acks", options_.acks));
    if (!is_known(options_.compression)) return invalid("produce: " + wrong_codec("compression", options_.compression));
    for (std::size_t i = 0; i < records.size(); ++i) {
        const record& r = records[i];
        const std::string which = "produce: record " + std::to_string(i);
        if (!r.topic.empty() && r.topic != to.topic)
            return invalid(which + " is for topic \"" + std::string{r.topic} + "\", not for \"" +
                           std::string{to.topic} + '"');
        if (r.partition && r.partition != to.partition)
            return invalid(which + " is for partition " + std::to_string(*r.partition) + ", not for the destination's");
        const std::int64_t timestamp = r.timestamp ? milliseconds_of(*r.timestamp) : now;
        if (i == 0) first_timestamp_ = timestamp;
        const errc refused = builder_.append(timestamp, nullable_of(r.key), nullable_of(r.value),
                                             list<record_header>{r.headers.data(), r.headers.size()});
        if (refused != errc{}) return {refused, diagnostics{which + ": " + std::string{text(refused)}}};
    }
    return {};
}

failure produce_operation::seal()
{
    const seal_options how{.codec = options_.compression, .level = options_.level.value_or(default_compression_level)};
    auto batch = std::make_shared<sealed_batch>();
    if (const auto error = builder_.seal(how, default_codecs(), *batch))
        return {error.code, diagnostics{std::string{"produce: "} + error.reason}};
    batch_ = std::move(batch);
    return {};
}

failure produce_operation::before_attempt(client_core& core)
{
    if (invalid_) return invalid_;
    if (!batch_)
        if (auto why = seal()) return why;
    // Where it may lie already it stays: sent again to another partition it would be there twice, and nobody could tell.
    if (!choose_partition_ || may_be_done() || exchange_.may_be_appended()) return {};
    const auto picture = core.snapshot();
    const topic_info* known = picture->find_topic(topic().name);
    if (known == nullptr || known->partitions.empty())
        return {errc::no_leader, diagnostics{'"' + topic().name + "\" has no partitions yet"}};
    std::vector<std::int32_t> led;
    for (const partition_info& p : known->partitions)
        if (p.leader >= 0) led.push_back(p.index);
    if (led.empty()) // all the same then: one will get a leader (B13)
        for (const partition_info& p : known->partitions) led.push_back(p.index);
    if (std::find(led.begin(), led.end(), partition()) == led.end())
        set_partition(led[static_cast<std::size_t>(core.world().random->below(led.size()))]);
    return {};
}

request_options produce_operation::limits(const leader_place& place) const
{
    request_options how;
    if (place.topic_id.is_zero()) how.highest_version = last_version_by_name;
    return how;
}

void produce_operation::explain_no_version(const connection& on, failure& why) const
{
    const auto offered = on.versions().range(api::produce);
    if (offered && offered->last < produce_request::negotiated.first)
        why.about.add_context("the broker is older than Kafka 0.11 and cannot take record batches of format 2");
}

std::chrono::milliseconds produce_operation::attempt_timeout(const client_core& core) const
{
    const auto held = options_.acks == acks::all ? options_.timeout : std::chrono::milliseconds{0};
    return in_sequence(core.options().request_timeout, held);
}

failure produce_operation::encode(api_version version, const leader_place& place, outgoing_request& out)
{
    if (options_.compression == compression::zstd && version < first_version_with_zstd)
        return {broker_errc::unsupported_compression_type,
                diagnostics{"zstd needs Kafka 2.1 (Produce 7): the broker speaks Produce up to " +
                            std::to_string(version.value)}};
    constexpr std::int64_t longest = std::numeric_limits<std::int32_t>::max();
    const produce_request::partition_produce_data data[] = {{.index = place.partition, .records = batch_->bytes()}};
    produce_request::topic_produce_data of_topic;
    if (version <= last_version_by_name)
        of_topic.name = place.topic;
    else
        of_topic.topic_id = place.topic_id;
    of_topic.partition_data = data;
    const produce_request::topic_produce_data topics[] = {of_topic};
    produce_request request;
    request.acks = static_cast<std::int16_t>(options_.acks);
    request.timeout_ms = static_cast<std::int32_t>(std::clamp<std::int64_t>(options_.timeout.count(), 0, longest));
    request.topic_data = topics;
    if (const auto error = odradek::encode(request, version, out.body))
        return {error.code(), diagnostics{error.message()}};
    out.keep_alive = batch_;
    out.expects_response = options_.acks != acks::none;
    return {};
}

void produce_operation::succeed(const leader_place& place, std::int64_t offset, std::int64_t append_time)
{
    done_.succeed({.topic = place.topic,
                   .partition = place.partition,
                   .offset = offset,
                   .timestamp = append_time >= 0 ? append_time : first_timestamp_});
}

verdict produce_operation::judge(client_core& core, const peer_reference& by, const leader_place& place,
                                 response_frame frame)
{
    if (options_.acks == acks::none) { // nothing is answered: written is all that can be known (B15)
        succeed(place, -1, -1);
        return {verdict::step::done};
    }
    diagnostics about;
    about.set_peer(by.where, by.node_id).set_request(api::produce, frame.version, frame.correlation_id);
    about.set_how_far(delivery::possibly_delivered);

    arena memory;
    produce_response response;
    if (const auto error = decode(frame.body, memory, frame.version, response)) {
        about.set_client_message("the answer cannot be read: " + error.message());
        return {verdict::step::fail, {errc::outcome_unknown, std::move(about)}};
    }
    core.throttle(by, api::produce, frame.version, std::chrono::milliseconds{response.throttle_time_ms});
    const auto* answer = find_partition(response, place.topic, place.topic_id, place.partition);
    if (answer == nullptr) {
        about.set_client_message("the answer does not speak of " + spoken(place));
        return {verdict::step::fail, {errc::outcome_unknown, std::move(about)}};
    }

    about.set_client_message("produce to " + spoken(place));
    if (const std::string blamed = blamed_records(*answer); !blamed.empty())
        about.set_client_message("produce to " + spoken(place) + ": " + blamed);
    if (answer->error_message) about.set_broker_message(*answer->error_message);
    failure refused{answer->error_code, std::move(about)};

    switch (exchange_.on_answer(answer->error_code, answer->base_offset)) {
    case produce_exchange::step::done:
        succeed(place, answer->base_offset, answer->log_append_time_ms);
        return {verdict::step::done};
    case produce_exchange::step::again: return {verdict::step::again, std::move(refused)};
    case produce_exchange::step::follow_or_wait:
        if (answer->base_offset < 0) refused.about.set_how_far(delivery::not_delivered);
        if (follow_leader_hint(core, place, answer->current_leader, response.node_endpoints))
            return {verdict::step::again, std::move(refused)};
        return {verdict::step::refresh, std::move(refused)};
    case produce_exchange::step::wait: return {verdict::step::pause, std::move(refused)};
    case produce_exchange::step::refused:
        refused.about.set_how_far(delivery::not_delivered);
        return {verdict::step::fail, std::move(refused)};
    case produce_exchange::step::outcome_unknown:
        refused.about.add_context(name(answer->error_code));
        refused.ec = errc::outcome_unknown;
        return {verdict::step::fail, std::move(refused)};
    }
    return {verdict::step::fail, std::move(refused)};
}

} // namespace odradek::detail
