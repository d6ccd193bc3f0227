// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/produce_exchange.hpp>
#include <odradek/client/producer/producer_core.hpp>
#include <odradek/client/request_policy.hpp>
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/generated/messages/produce.hpp>

#include <algorithm>
#include <utility>

namespace odradek::detail {
namespace {

constexpr api_version last_version_by_name{12};

} // namespace

// --- Answers

void producer_core::on_answer(const std::shared_ptr<sent_request>& request, const peer_reference& by,
                              std::error_code ec, diagnostics about, response_frame frame)
{
    if (client_->abandoned()) return;
    --request->to->in_flight;
    if (ec) {
        on_lost(*request, {ec, std::move(about)});
        request->batches.clear();
        return step();
    }
    {
        const std::lock_guard lock{metrics_mutex_};
        metrics_.request_latency.add(client_->now() - request->at);
    }
    if (request->how == acks::none) { // nothing is answered: written is all that can be known (B15)
        for (const batch_pointer& batch : request->batches) {
            partition_queue& p = *batch->partition;
            (void)p.order.on_acknowledged(batch->number);
            std::erase(p.batches, batch);
            p.failures = 0;
            p.last = failure{};
            end(batch, {});
            mark_ready(p);
        }
        return step();
    }
    arena memory;
    produce_response response;
    if (const auto error = decode(frame.body, memory, frame.version, response)) {
        diagnostics words{"the answer cannot be read: " + error.message()};
        words.set_peer(by.where, by.node_id).set_request(api::produce, frame.version, frame.correlation_id);
        words.set_how_far(delivery::possibly_delivered);
        on_lost(*request, {errc::invalid_response, std::move(words)});
        return step();
    }
    const std::chrono::milliseconds throttled{response.throttle_time_ms};
    if (throttled.count() > 0) {
        client_->throttle(by, api::produce, frame.version, throttled, this);
        if (client_throttles(api::produce, frame.version))
            request->to->muted_until = std::max(request->to->muted_until, client_->now() + throttled);
        const std::lock_guard lock{metrics_mutex_};
        metrics_.throttled += throttled;
    }
    const auto answers = find_answers(*request, response, frame.version);
    const auto moved = take_hints(*request, response, answers, by.node_id);
    for (std::size_t i = 0; i < request->batches.size(); ++i)
        judge(request->batches[i], by, answers[i], frame, moved[i]);
    request->batches.clear(); // so that their memory is there for those who wait
    step();
}

// Of each batch; null where there is none. Answers come in the order of the request, nearly always.
std::vector<const producer_core::partition_answer*>
producer_core::find_answers(const sent_request& request, const produce_response& response, api_version version)
{
    std::vector<const partition_answer*> all;
    all.reserve(request.batches.size());
    std::size_t topic = 0;
    std::size_t partition = 0;
    for (std::size_t i = 0; i < request.batches.size(); ++i) {
        const produce_batch& batch = *request.batches[i];
        const uuid& id = request.topics[i]; // it may have been made anew since
        const partition_answer* found = nullptr;
        if (topic < response.responses.size() && partition == response.responses[topic].partition_responses.size()) {
            ++topic;
            partition = 0;
        }
        if (topic < response.responses.size()) {
            const auto& t = response.responses[topic];
            const bool is_topic = version > last_version_by_name ? t.topic_id == id : t.name == batch.topic->name;
            if (is_topic && partition < t.partition_responses.size() &&
                t.partition_responses[partition].index == batch.partition->index)
                found = &t.partition_responses[partition++];
        }
        if (found == nullptr) found = find_partition(response, batch.topic->name, id, batch.partition->index);
        all.push_back(found);
    }
    return all;
}

// The leaders that an answer names, all in one change: a broker that shuts down names one for each of its partitions. Says for
// each batch whether another broker leads by what is known now: several batches in flight may all hear of that.
std::vector<bool> producer_core::take_hints(const sent_request& request, const produce_response& response,
                                            const std::vector<const partition_answer*>& answers, std::int32_t asked)
{
    std::vector<bool> moved(answers.size(), false);
    std::vector<leader_hint> hints;
    std::vector<std::size_t> of; // which batch each is about
    for (std::size_t i = 0; i < answers.size(); ++i) {
        if (answers[i] == nullptr || answers[i]->error_code == broker_errc::none) continue;
        const auto& leader = answers[i]->current_leader;
        if (leader.leader_id < 0) continue;
        leader_hint hint{.topic = request.batches[i]->topic->name,
                         .partition = request.batches[i]->partition->index,
                         .leader = leader.leader_id,
                         .epoch = leader.leader_epoch};
        for (const auto& e : response.node_endpoints) {
            if (e.node_id != leader.leader_id) continue;
            hint.broker = broker_info{.id = e.node_id, .host = std::string{e.host}, .port = e.port};
            if (e.rack) hint.broker->rack = std::string{*e.rack};
        }
        hints.push_back(std::move(hint));
        of.push_back(i);
    }
    if (hints.empty()) return moved;
    const auto news = client_->take_leader_hints(hints);
    const auto picture = client_->snapshot();
    for (std::size_t i = 0; i < of.size(); ++i) {
        const topic_info* topic = picture->find_topic(hints[i].topic);
        const partition_info* known = topic == nullptr ? nullptr : topic->find_partition(hints[i].partition);
        const bool is_led_there = known != nullptr && known->leader == hints[i].leader && known->leader != asked;
        moved[of[i]] = news[i] || is_led_there;
    }
    return moved;
}

void producer_core::on_lost(const sent_request& request, const failure& why)
{
    const bool is_written = why.about.how_far() != delivery::not_delivered;
    for (const batch_pointer& batch : request.batches) {
        try_again(batch, is_written ? send_order::result::unknown : send_order::result::not_written, why);
        partition_queue& p = *batch->partition;
        if (p.order.empty()) continue;
        want_picture(p);
    }
}

// The batch is sent again when its turn comes, if it may be.
void producer_core::try_again(const batch_pointer& batch, send_order::result how, failure why)
{
    partition_queue& p = *batch->partition;
    batch->last = why;
    p.last = why;
    const bool is_written = how != send_order::result::not_written;
    const auto next = p.order.on_failed(batch->number, how);
    if (next == send_order::next_step::nothing) { // nobody waits for it; what is behind it may go on
        mark_ready(p);
        return;
    }
    if (next == send_order::next_step::give_up) {
        std::erase(p.batches, batch);
        why.about.add_context("an earlier attempt may have been written, and cannot be found out about: " +
                              why.ec.message());
        why.about.set_how_far(delivery::possibly_delivered);
        why.ec = errc::outcome_unknown;
        end(batch, std::move(why));
        mark_ready(p);
        return;
    }
    if (is_written && batch->resent++ >= options_.retries) return give_up(batch, std::move(why));
    if (how == send_order::result::out_of_order && !p.order.is_broken())
        return mark_ready(p); // another one is in its way
    retry_later(p, batch.get());
}

void producer_core::judge(const batch_pointer& batch, const peer_reference& by, const partition_answer* answer,
                          const response_frame& frame, bool moved)
{
    partition_queue& p = *batch->partition;
    diagnostics about;
    about.set_peer(by.where, by.node_id).set_request(api::produce, frame.version, frame.correlation_id);
    about.set_how_far(delivery::possibly_delivered);
    if (answer == nullptr) {
        about.set_client_message("the answer does not speak of this partition");
        return try_again(batch, send_order::result::unknown, {errc::invalid_response, std::move(about)});
    }
    const bool is_first = !p.batches.empty() && p.batches.front() == batch;
    const batch_verdict verdict = judge_batch(answer->error_code, answer->base_offset,
                                              {.numbered = batch->settings.numbered,
                                               .records = batch->records(),
                                               .compressed = batch->sealed.codec() != compression::none,
                                               .names_culprits = !answer->record_errors.empty(),
                                               .unknown_answers = is_first ? p.unknown_answers : 1});
    if (verdict == batch_verdict::done) {
        p.failures = 0;
        p.unknown_answers = 0;
        p.last = failure{};
        p.last_acknowledged = client_->now();
        (void)p.order.on_acknowledged(batch->number);
        std::erase(p.batches, batch);
        end(batch, {}, answer->base_offset, answer->log_append_time_ms);
        return mark_ready(p);
    }
    {
        const std::lock_guard lock{metrics_mutex_};
        ++metrics_.errors;
    }
    if (const std::string blamed = blamed_records(*answer); !blamed.empty()) about.set_client_message(blamed);
    if (answer->error_message) about.set_broker_message(*answer->error_message);
    const bool is_unknown_topic = answer->error_code == broker_errc::unknown_topic_or_partition ||
                                  answer->error_code == broker_errc::unknown_topic_id;
    if (is_unknown_topic && is_first) ++p.unknown_answers; // those behind it say the same of the same moment
    std::vector<std::int32_t> culprits;
    for (const auto& blamed : answer->record_errors) culprits.push_back(blamed.batch_index);
    std::sort(culprits.begin(), culprits.end());
    on_refused(batch, verdict, {answer->error_code, std::move(about)}, moved, culprits);
}

void producer_core::on_refused(const batch_pointer& batch, batch_verdict what, failure why, bool moved,
                               const std::vector<std::int32_t>& culprits)
{
    partition_queue& p = *batch->partition;
    using result = send_order::result;
    switch (what) {
    case batch_verdict::done: break;
    case batch_verdict::again:
        try_again(batch, result::not_appended, std::move(why));
        p.not_before = {};
        mark_ready(p);
        break;
    case batch_verdict::follow_or_wait:
    case batch_verdict::unknown_and_moved:
        try_again(batch, what == batch_verdict::unknown_and_moved ? result::unknown : result::not_appended,
                  std::move(why));
        if (moved && p.failures <= 1) p.not_before = {}; // the first hint is followed at once
        if (moved)
            mark_ready(p);
        else
            want_picture(p);
        break;
    case batch_verdict::wait: try_again(batch, result::not_appended, std::move(why)); break;
    case batch_verdict::unknown: try_again(batch, result::unknown, std::move(why)); break;
    case batch_verdict::out_of_order: try_again(batch, result::out_of_order, std::move(why)); break;
    case batch_verdict::producer_unknown: try_again(batch, result::producer_unknown, std::move(why)); break;
    case batch_verdict::split:
    case batch_verdict::culprits:
    case batch_verdict::other_codec:
    case batch_verdict::refused:
        if (p.order.on_failed(batch->number, result::not_appended) == send_order::next_step::nothing) {
            mark_ready(p);
            break;
        }
        if (what == batch_verdict::split) return split(batch, std::move(why));
        if (what == batch_verdict::culprits) return leave_out(batch, culprits, why);
        if (what == batch_verdict::other_codec) {
            batch->last = why;
            return recompress(batch, fallback_codec(batch->sealed.codec()), why);
        }
        give_up(batch, std::move(why));
        break;
    }
}

// --- Batches that become others

void producer_core::inherit(produce_batch& part, const produce_batch& whole, const failure& why)
{
    part.remade = true;
    part.resent = whole.resent;
    part.attempts = whole.attempts;
    part.last = why;
}

void producer_core::replace_in(partition_queue& p, const produce_batch& old, const std::vector<batch_pointer>& by)
{
    const auto at = std::find_if(p.batches.begin(), p.batches.end(), [&](const auto& b) { return b.get() == &old; });
    if (at != p.batches.end()) p.batches.insert(p.batches.erase(at), by.begin(), by.end());
    for (const batch_pointer& batch : by) {
        accumulator_.note_made(*batch);
        enlist(batch);
    }
}

void producer_core::split(const batch_pointer& batch, failure why)
{
    partition_queue& p = *batch->partition;
    const std::int32_t half = batch->records() / 2;
    const std::int32_t count = batch->records();
    auto first = take_records(*batch, accumulator_.next_number(), 0, half, {}, default_codecs());
    auto second = take_records(*batch, accumulator_.next_number(), half, count, {}, default_codecs());
    if (!first || !second) { // no memory: all of it is owed by the whole batch again
        for (std::size_t i = 0; first && i < first->deliveries.size(); ++i)
            batch->deliveries[i] = std::move(first->deliveries[i]);
        return give_up(batch, std::move(why));
    }
    // The next ones are smaller from the beginning.
    const std::size_t smaller = std::max<std::size_t>(batch->raw_size / 2 + batch_layout::records, 1024);
    const std::size_t before = p.batch_limit.load();
    p.batch_limit = before == 0 ? std::min(smaller, options_.batch_size) : std::min(before, smaller);
    {
        const std::lock_guard lock{metrics_mutex_};
        ++metrics_.splits;
    }
    const std::pair<send_order::batch_number, std::int32_t> parts[] = {{first->number, half},
                                                                       {second->number, count - half}};
    p.order.split(batch->number, parts);
    for (const auto& part : {first, second}) inherit(*part, *batch, why);
    replace_in(p, *batch, {first, second});
    retire(batch);
    mark_ready(p);
}

// Some records are refused for good, the others are sent without them (KIP-467).
void producer_core::leave_out(const batch_pointer& batch, const std::vector<std::int32_t>& culprits, const failure& why)
{
    partition_queue& p = *batch->partition;
    const auto left = static_cast<std::size_t>(batch->records());
    const bool some_are_left =
        std::any_of(culprits.begin(), culprits.end(),
                    [&](std::int32_t i) { return i >= 0 && static_cast<std::size_t>(i) < left; }) &&
        culprits.size() < left;
    if (!some_are_left || p.order.may_be_appended(batch->number)) return give_up(batch, why);
    auto rest = take_records(*batch, accumulator_.next_number(), 0, batch->records(), culprits, default_codecs());
    if (!rest) return give_up(batch, why);
    p.order.replace(batch->number, rest->number, rest->records());
    inherit(*rest, *batch, why);
    replace_in(p, *batch, {rest});
    std::erase(p.batches, batch);
    failure blamed = why;
    blamed.about.set_how_far(delivery::not_delivered);
    end(batch, std::move(blamed)); // what is left in it are the culprits
    ended_.back().records = static_cast<std::int32_t>(left) - rest->records();
    mark_ready(p);
}

void producer_core::recompress(const batch_pointer& batch, compression codec, const failure& why)
{
    partition_queue& p = *batch->partition;
    client_->log(log_level::warning, "producer",
                 std::string{name(batch->sealed.codec())} + " cannot be taken, the batch is sent as " +
                     std::string{name(codec)});
    auto other = take_records(*batch, accumulator_.next_number(), 0, batch->records(), {}, default_codecs());
    if (!other) return give_up(batch, why);
    other->settings.codec = codec;
    other->settings.level = default_compression_level;
    inherit(*other, *batch, batch->last.get());
    const std::pair<send_order::batch_number, std::int32_t> part[] = {{other->number, other->records()}};
    p.order.split(batch->number, part);
    replace_in(p, *batch, {other});
    retire(batch);
    mark_ready(p);
}

// Its records are in others now: it goes without telling anybody.
void producer_core::retire(const batch_pointer& batch)
{
    batch->finished = true;
    if (batch->listed) all_.erase(batch->place);
    batch->listed = false;
    accumulator_.note_ended(*batch);
}

} // namespace odradek::detail
