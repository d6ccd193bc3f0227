// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/partition_operation.hpp>
#include <odradek/client/produce_exchange.hpp>
#include <odradek/client/producer/producer_core.hpp>
#include <odradek/client/request_policy.hpp>
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/generated/messages/produce.hpp>

#include <asio/post.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace odradek::detail {
namespace {

constexpr api_version first_version_with_zstd{7};
constexpr api_version last_version_by_name{12};

bool is_built_in(compression codec)
{
    return default_codecs().has(codec);
}

// What a broker that does not know `codec` takes.
compression fallback_of(compression codec)
{
    return codec == compression::zstd && is_built_in(compression::lz4) ? compression::lz4 : compression::none;
}

bool takes(const connection& on, compression codec)
{
    if (codec != compression::zstd) return true;
    const auto offered = on.versions().range(api::produce);
    return offered && offered->last >= first_version_with_zstd.value;
}

// Ends of a request, with what is known about a failure.
template <class Function>
struct answer_handler {
    Function function;
    diagnostics about{};

    void take_diagnostics(diagnostics found) { about = std::move(found); }
    void operator()(std::error_code ec, response_frame frame) { function(ec, std::move(about), std::move(frame)); }
};

} // namespace

// --- What is ready

void producer_core::mark_ready(partition_queue& p)
{
    if (p.is_ready || p.wants_picture || stopped_) return;
    if (p.leader < 0) return want_picture(p);
    p.is_ready = true;
    broker_line& line = brokers_[p.leader];
    line.node_id = p.leader;
    line.ready.push_back(&p);
}

void producer_core::pump()
{
    for (auto& [id, line] : brokers_) pump(line);
}

void producer_core::pump(broker_line& line)
{
    while (!line.ready.empty() && line.in_flight < options_.max_in_flight) {
        if (line.muted_until > client_->now() || line.acquiring) return;
        const auto on = line.on.lock();
        if (!on || on->current_state() != connection::state::ready) return acquire(line);
        if (!send_one_request(line, on)) return;
    }
}

void producer_core::acquire(broker_line& line)
{
    line.acquiring = true;
    struct handler {
        std::shared_ptr<producer_core> self;
        std::int32_t node_id;
        diagnostics about{};
        void take_diagnostics(diagnostics found) { about = std::move(found); }
        void operator()(std::error_code ec, const std::shared_ptr<connection>& made)
        {
            self->on_acquired(node_id, ec, std::move(about), made);
        }
    };
    const steady_time deadline = deadline_after(client_->now(), client_->options().default_api_timeout);
    client_->acquire(line.node_id, connection_role::produce, deadline,
                     {handler{shared_from_this(), line.node_id}, client_->world().strand});
}

void producer_core::on_acquired(std::int32_t node_id, std::error_code ec, diagnostics about,
                                const std::shared_ptr<connection>& made)
{
    broker_line& line = brokers_[node_id];
    line.acquiring = false;
    if (stopped_) return;
    if (!ec) {
        line.on = made;
        return step();
    }
    // Another broker may lead by now; whoever knows says so, and then it is tried again.
    about.add_context("broker " + std::to_string(node_id) + " cannot be reached");
    for (partition_queue* p : std::exchange(line.ready, {})) {
        if (p->leader != node_id) continue;
        p->is_ready = false;
        for (const batch_pointer& batch : p->batches) batch->last = {ec, about};
        retry_later(*p);
        want_picture(*p);
    }
    step();
}

// --- One request

// The batch that this partition sends next, sealed; null if there is none, or not yet.
producer_core::batch_pointer producer_core::next_batch(partition_queue& p, const connection& on)
{
    const steady_time now = client_->now();
    if (now < p.not_before) return nullptr;
    if (p.order.wants_new_epoch(identity_)) raise_epoch();
    batch_pointer batch;
    if (const auto number = p.order.next(identity_)) {
        const auto found =
            std::find_if(p.batches.begin(), p.batches.end(), [&](const auto& b) { return b->number == *number; });
        if (found == p.batches.end()) return nullptr;
        batch = *found;
    } else if (p.order.may_add(identity_) && (p.in_flush || !options_.manual_flush)) {
        constexpr auto at_once = std::chrono::microseconds{0};
        const steady_time begun_by = p.in_flush                   ? steady_time::max()
                                     : options_.linger == at_once ? now
                                                                  : now - options_.linger;
        batch = accumulator_.take(p, begun_by);
        if (!batch) {
            p.in_flush = false;
            return nullptr;
        }
        if (batch->records() == static_cast<std::int32_t>(batch->withdrawn.size())) { // nobody is left
            end(batch, {});
            return next_batch(p, on);
        }
        if (p.order.empty() && now - p.last_acknowledged > std::chrono::minutes{1}) p.order.forget_acknowledgements();
        const auto count = batch->records() - static_cast<std::int32_t>(batch->withdrawn.size());
        p.order.add(batch->number, count, batch->settings.numbered);
        p.batches.push_back(batch);
    } else {
        if (!identity_ && !p.order.empty()) {
            identity_waiters_.insert(&p);
            want_identity();
        }
        return nullptr;
    }
    if (batch->sealing) return nullptr;
    if (!batch->is_sealed() && !seal(batch, on)) return nullptr;
    if (batch->settings.numbered && !identity_) {
        identity_waiters_.insert(&p);
        want_identity();
        return nullptr;
    }
    if (!takes(on, batch->sealed.codec())) { // another broker than the one that it was made for
        recompress(batch, fallback_of(batch->sealed.codec()), {});
        return nullptr;
    }
    return batch;
}

bool producer_core::seal(const batch_pointer& batch, const connection& on)
{
    if (!takes(on, batch->settings.codec)) {
        const compression instead = fallback_of(batch->settings.codec);
        client_->log(log_level::warning, "producer",
                     std::string{name(batch->settings.codec)} + " is too new for broker " +
                         std::to_string(on.node_id()) + ", which gets " + std::string{name(instead)});
        batch->settings.codec = instead;
        batch->settings.level = default_compression_level;
    }
    {
        const std::lock_guard lock{metrics_mutex_};
        ++metrics_.batches;
        metrics_.batch_bytes += batch->builder.size();
        metrics_.batch_room += std::max(options_.batch_size, batch->builder.size());
        metrics_.queue_time.add(client_->now() - batch->created);
    }
    if (options_.compression_executor && batch->settings.codec != compression::none &&
        batch->builder.size() >= options_.compress_elsewhere_from) {
        seal_elsewhere(batch);
        return false;
    }
    on_sealed(batch, batch->seal(default_codecs()));
    return batch->is_sealed() && !batch->finished;
}

void producer_core::seal_elsewhere(const batch_pointer& batch)
{
    batch->sealing = true;
    asio::post(options_.compression_executor, [self = shared_from_this(), batch] {
        const compression_error error = batch->seal(default_codecs());
        asio::post(self->client_->world().strand, [self, batch, error] {
            batch->sealing = false;
            if (batch->doomed) return self->give_up(batch, std::exchange(batch->last, {})), self->step();
            self->on_sealed(batch, error);
            if (!batch->finished) self->mark_ready(*batch->partition);
            self->step();
        });
    });
}

void producer_core::on_sealed(const batch_pointer& batch, const compression_error& error)
{
    if (error) {
        give_up(batch, {error.code, diagnostics{std::string{"the batch cannot be made: "} + error.reason}});
        return;
    }
    const std::lock_guard lock{metrics_mutex_};
    metrics_.batch_wire_bytes += batch->sealed.size();
}

bool producer_core::send_one_request(broker_line& line, const std::shared_ptr<connection>& on)
{
    auto request = std::make_shared<sent_request>();
    std::size_t bytes = 0;
    bool by_name = false;
    const batch_settings* common = nullptr;
    for (std::size_t left = line.ready.size(); left > 0; --left) {
        partition_queue& p = *line.ready.front();
        if (p.leader != line.node_id || p.wants_picture) { // it is somebody else's by now
            line.ready.pop_front();
            if (p.wants_picture) p.is_ready = false;
            continue;
        }
        const batch_pointer batch = next_batch(p, *on);
        if (!batch) {
            // Whatever stands in the way tells when it no longer does.
            if (!line.ready.empty() && line.ready.front() == &p) line.ready.pop_front();
            p.is_ready = false;
            continue;
        }
        const bool fits =
            common == nullptr || (common->acks == batch->settings.acks && common->timeout == batch->settings.timeout &&
                                  bytes + batch->sealed.size() <= options_.max_request_size);
        if (!fits) break;
        common = &batch->settings;
        bytes += batch->sealed.size();
        by_name = by_name || p.topic.id.is_zero();
        request->batches.push_back(batch);
        line.ready.pop_front();
        line.ready.push_back(&p); // it may have more
    }
    if (request->batches.empty()) return false;

    failure why;
    request_options limits;
    if (by_name) limits.highest_version = last_version_by_name;
    const auto version = client_core::choose(*on, api::produce, limits, why);
    if (!version) {
        for (const batch_pointer& batch : request->batches) give_up(batch, why);
        return true;
    }
    request->to = &line;
    request->at = client_->now();
    request->version = *version;
    request->how = common->acks;
    request->seen = picture_ ? picture_->version() : 0;

    // Partitions of one topic follow each other in the message.
    std::stable_sort(request->batches.begin(), request->batches.end(),
                     [](const batch_pointer& a, const batch_pointer& b) { return a->topic->name < b->topic->name; });
    std::vector<produce_request::partition_produce_data> partitions;
    partitions.reserve(request->batches.size());
    std::vector<produce_request::topic_produce_data> topics;
    for (std::size_t i = 0; i < request->batches.size(); ++i) {
        produce_batch& batch = *request->batches[i];
        const batch_stamp stamp = batch.partition->order.begin(batch.number, identity_);
        if (stamp.by) batch.sealed.set_producer(stamp.by.id, stamp.by.epoch, stamp.base_sequence);
        if (batch.attempts++ > 0) {
            const std::lock_guard lock{metrics_mutex_};
            ++metrics_.retries;
        }
        partitions.push_back({.index = batch.partition->index, .records = batch.sealed.bytes()});
        const bool is_new = i == 0 || request->batches[i - 1]->topic != batch.topic;
        if (is_new) {
            produce_request::topic_produce_data of_topic;
            if (*version <= last_version_by_name)
                of_topic.name = batch.topic->name;
            else
                of_topic.topic_id = batch.topic->id;
            of_topic.partition_data = list{&partitions[i], 1};
            topics.push_back(of_topic);
        } else {
            auto& data = topics.back().partition_data;
            data = list{data.data(), data.size() + 1};
        }
    }
    produce_request message;
    message.acks = static_cast<std::int16_t>(common->acks);
    message.timeout_ms = static_cast<std::int32_t>(
        std::clamp<std::int64_t>(common->timeout.count(), 0, std::numeric_limits<std::int32_t>::max()));
    message.topic_data = topics;

    outgoing_request out;
    out.key = api::produce;
    out.version = *version;
    out.expects_response = common->acks != acks::none;
    const auto held = common->acks == acks::all ? common->timeout : std::chrono::milliseconds{0};
    out.deadline = deadline_after(request->at, in_sequence(client_->options().request_timeout, held));
    if (const auto error = encode(message, *version, out.body)) {
        failure bad{error.code(), diagnostics{error.message()}};
        bad.about.set_peer(on->peer(), on->node_id()).set_request(api::produce, *version);
        for (const batch_pointer& batch : request->batches) {
            (void)batch->partition->order.on_failed(batch->number, send_order::result::not_written);
            give_up(batch, bad);
        }
        return true;
    }
    out.keep_alive = request;
    ++line.in_flight;
    {
        const std::lock_guard lock{metrics_mutex_};
        ++metrics_.requests;
    }
    const peer_reference by{on};
    auto on_end = [self = shared_from_this(), request, by](std::error_code ec, diagnostics about,
                                                           response_frame frame) {
        self->on_answer(request, by, ec, std::move(about), std::move(frame));
    };
    on->send(std::move(out), {answer_handler<decltype(on_end)>{std::move(on_end)}, client_->world().strand});
    return true;
}

// --- Answers

void producer_core::on_answer(const std::shared_ptr<sent_request>& request, const peer_reference& by,
                              std::error_code ec, diagnostics about, response_frame frame)
{
    --request->to->in_flight;
    if (client_->abandoned()) return;
    if (ec) {
        on_lost(*request, {ec, std::move(about)});
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
        words.set_how_far(delivery::possibly_written);
        on_lost(*request, {errc::invalid_response, std::move(words)});
        return step();
    }
    const std::chrono::milliseconds throttled{response.throttle_time_ms};
    if (throttled.count() > 0) {
        client_->throttle(by, api::produce, frame.version, throttled);
        if (client_throttles(api::produce, frame.version))
            request->to->muted_until = std::max(request->to->muted_until, client_->now() + throttled);
        const std::lock_guard lock{metrics_mutex_};
        metrics_.throttled += throttled;
    }
    // Answers come in the order of the request, nearly always.
    std::size_t topic = 0;
    std::size_t partition = 0;
    for (const batch_pointer& batch : request->batches) {
        const produce_response::partition_produce_response* found = nullptr;
        if (topic < response.responses.size() && partition == response.responses[topic].partition_responses.size()) {
            ++topic;
            partition = 0;
        }
        if (topic < response.responses.size()) {
            const auto& t = response.responses[topic];
            const bool is_topic =
                frame.version > last_version_by_name ? t.topic_id == batch->topic->id : t.name == batch->topic->name;
            if (is_topic && partition < t.partition_responses.size() &&
                t.partition_responses[partition].index == batch->partition->index)
                found = &t.partition_responses[partition++];
        }
        if (found == nullptr)
            found = find_partition(response, batch->topic->name, batch->topic->id, batch->partition->index);
        judge(*request, batch, by, response, found, frame);
    }
    step();
}

void producer_core::on_lost(const sent_request& request, const failure& why)
{
    const bool is_written = why.about.how_far() != delivery::not_written;
    for (const batch_pointer& batch : request.batches) {
        batch->was_written = batch->was_written || is_written;
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
        why.about.set_how_far(delivery::possibly_written);
        why.ec = errc::outcome_unknown;
        end(batch, std::move(why));
        mark_ready(p);
        return;
    }
    if (is_written && batch->resent++ >= options_.retries) return give_up(batch, std::move(why));
    if (how == send_order::result::out_of_order && !p.order.is_broken())
        return mark_ready(p); // another one is in its way
    retry_later(p);
}

void producer_core::judge(const sent_request& request, const batch_pointer& batch, const peer_reference& by,
                          const produce_response& response, const produce_response::partition_produce_response* answer,
                          const response_frame& frame)
{
    partition_queue& p = *batch->partition;
    batch->was_written = true;
    diagnostics about;
    about.set_peer(by.where, by.node_id).set_request(api::produce, frame.version, frame.correlation_id);
    about.set_how_far(delivery::possibly_written);
    if (answer == nullptr) {
        about.set_client_message("the answer does not speak of this partition");
        return try_again(batch, send_order::result::unknown, {errc::invalid_response, std::move(about)});
    }
    const batch_verdict verdict = judge_batch(answer->error_code, answer->base_offset,
                                              {.numbered = batch->settings.numbered,
                                               .records = batch->records(),
                                               .compressed = batch->sealed.codec() != compression::none,
                                               .names_culprits = !answer->record_errors.empty(),
                                               .unknown_answers = p.unknown_answers});
    if (verdict == batch_verdict::done) {
        p.failures = 0;
        p.unknown_answers = 0;
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
    if (is_unknown_topic) ++p.unknown_answers;
    std::optional<broker_info> hinted;
    for (const auto& e : response.node_endpoints) {
        if (e.node_id != answer->current_leader.leader_id) continue;
        hinted = broker_info{.id = e.node_id, .host = std::string{e.host}, .port = e.port};
        if (e.rack) hinted->rack = std::string{*e.rack};
    }
    const bool moved = answer->current_leader.leader_id >= 0 &&
                       client_->take_leader_hint(p.topic.name, p.index, answer->current_leader.leader_id,
                                                 answer->current_leader.leader_epoch, hinted);
    std::vector<std::int32_t> culprits;
    for (const auto& blamed : answer->record_errors) culprits.push_back(blamed.batch_index);
    std::sort(culprits.begin(), culprits.end());
    on_refused(batch, verdict, {answer->error_code, std::move(about)}, moved, culprits);
    (void)request;
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
        if (what == batch_verdict::other_codec) return recompress(batch, fallback_of(batch->sealed.codec()), why);
        give_up(batch, std::move(why));
        break;
    }
}

// --- Batches that become others

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
    if (!first || !second) return give_up(batch, std::move(why));
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
    for (const auto& part : {first, second}) {
        part->was_written = batch->was_written;
        part->resent = batch->resent;
        part->attempts = batch->attempts;
        part->last = why;
    }
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
    rest->last = why;
    replace_in(p, *batch, {rest});
    std::erase(p.batches, batch);
    failure blamed = why;
    blamed.about.set_how_far(delivery::not_written);
    end(batch, std::move(blamed)); // what is left in it are the culprits
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
    other->was_written = batch->was_written;
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
