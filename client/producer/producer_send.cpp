// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/partition_operation.hpp>
#include <odradek/client/produce_exchange.hpp>
#include <odradek/client/producer/producer_core.hpp>
#include <odradek/client/request_policy.hpp>
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/generated/messages/produce.hpp>

#include <asio/execution.hpp>
#include <asio/post.hpp>
#include <asio/prefer.hpp>

#include <algorithm>
#include <limits>
#include <utility>

namespace odradek::detail {
namespace {

constexpr api_version first_version_with_zstd{7};
constexpr api_version last_version_by_name{12};

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

// Whether a flush, or a lack of memory, wants the first batch of the line; those that were begun later linger.
bool is_wanted_at_once(partition_queue& p)
{
    const std::lock_guard lock{p.mutex};
    const produce_batch* first = p.line.closed.empty() ? p.line.open.get() : p.line.closed.front().get();
    return first != nullptr && first->number <= p.hurry_up_to;
}

} // namespace

// --- What is ready

void producer_core::mark_ready(partition_queue& p)
{
    if (p.wants_picture || stopped_) return;
    if (p.leader < 0) return want_picture(p);
    if (p.ready_at == p.leader) return;
    p.ready_at = p.leader;
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
    std::shared_ptr<connection> used;
    while (!line.ready.empty() && line.in_flight < options_.max_in_flight) {
        if (line.muted_until > client_->now() || line.acquiring) break;
        const auto on = line.on.lock();
        if (!on || !on->is_usable()) {
            acquire(line);
            break;
        }
        if (!send_one_request(line, on)) break;
        used = on;
    }
    if (used) used->flush();
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
        if (p->ready_at != node_id) continue;
        p->ready_at = -1;
        if (p->leader != node_id) {
            mark_ready(*p);
            continue;
        }
        const failure why{ec, about};
        p->last = why;
        for (const batch_pointer& batch : p->batches)
            if (!batch->doomed) batch->last = why;
        retry_later(*p);
        want_picture(*p);
    }
    step();
}

// --- One request

// The next batch of this partition that the order lets go: one that waits to be sent again, or a new one. Null if there is none.
producer_core::batch_pointer producer_core::choose_batch(partition_queue& p)
{
    if (p.order.wants_new_epoch(identity_)) raise_epoch();
    if (const auto number = p.order.next(identity_)) {
        const auto found =
            std::find_if(p.batches.begin(), p.batches.end(), [&](const auto& b) { return b->number == *number; });
        return found == p.batches.end() ? nullptr : *found;
    }
    const bool is_hurried = is_wanted_at_once(p);
    if (!p.order.may_add(identity_) || (options_.manual_flush && !is_hurried)) {
        if (!identity_ && !p.order.empty()) wait_for_identity(p);
        return nullptr;
    }
    const steady_time now = client_->now();
    batch_pointer batch;
    std::int32_t count = 0;
    for (;;) {
        batch = accumulator_.take(p, is_hurried ? steady_time::max() : now - options_.linger);
        if (!batch) return nullptr;
        batch->taken = true;
        count = batch->records() - static_cast<std::int32_t>(batch->withdrawn.size());
        if (count != 0) break;
        retire(batch); // all were withdrawn
    }
    if (p.order.empty() && now - p.last_acknowledged > std::chrono::minutes{1}) p.order.forget_acknowledgements();
    p.order.add(batch->number, count, batch->settings.numbered);
    p.batches.push_back(batch);
    return batch;
}

// The batch that this partition sends next, sealed; null if there is none, or not yet.
producer_core::batch_pointer producer_core::next_batch(partition_queue& p, const connection& on)
{
    if (client_->now() < p.not_before) return nullptr;
    // What is under way elsewhere comes first: another leader may know nothing of it, and take what is behind it.
    if (p.sent_to != on.node_id() && p.order.in_flight() != 0) return nullptr;
    while (batch_pointer batch = choose_batch(p)) {
        if (batch->sealing) return nullptr;
        if (!batch->is_sealed() && !seal(batch, on)) {
            if (batch->sealing) return nullptr;
            continue; // it could not be made, and has ended
        }
        if (batch->settings.numbered && !identity_) {
            wait_for_identity(p);
            return nullptr;
        }
        if (!batch->being_written.expired()) { // a connection that is closing still reads the bytes
            retry_later(p);
            return nullptr;
        }
        if (takes(on, batch->sealed.codec())) return batch;
        // Another broker than the one that it was made for.
        recompress(batch, fallback_codec(batch->sealed.codec()),
                   {errc::out_of_memory, diagnostics{"the batch cannot be compressed anew"}});
    }
    return nullptr;
}

bool producer_core::seal(const batch_pointer& batch, const connection& on)
{
    if (!takes(on, batch->settings.codec)) {
        const compression instead = fallback_codec(batch->settings.codec);
        client_->log(log_level::warning, "producer",
                     std::string{name(batch->settings.codec)} + " is too new for broker " +
                         std::to_string(on.node_id()) + ", which gets " + std::string{name(instead)});
        batch->settings.codec = instead;
        batch->settings.level = default_compression_level;
    }
    if (!batch->remade) {
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
    // Meanwhile nothing else may be pending on the executor, which must not end.
    const auto strand = asio::prefer(client_->world().strand, asio::execution::outstanding_work.tracked);
    asio::post(options_.compression_executor, [self = shared_from_this(), strand, batch] {
        const compression_error error = batch->seal(default_codecs());
        asio::post(strand, [self, batch, error] {
            batch->sealing = false;
            if (batch->doomed) return self->give_up(batch, std::exchange(batch->last, failure{}).get()), self->step();
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
    // What was compressed is not needed uncompressed any more, and the next batch may be written there.
    byte_buffer uncompressed = batch->builder.release();
    batch->recharge();
    if (uncompressed.capacity() != 0) accumulator_.recycle(std::move(uncompressed));
    const std::lock_guard lock{metrics_mutex_};
    if (!batch->remade) metrics_.batch_wire_bytes += batch->sealed.size();
}

// Bytes that a request has apart from the batches that stay where they are, a little more at most.
std::size_t producer_core::copied_bytes(const sent_request& request, std::size_t external_from)
{
    constexpr std::size_t of_partition = 16;
    constexpr std::size_t of_topic = 264;
    std::size_t size = 64;
    const topic_queue* topic = nullptr;
    for (const batch_pointer& batch : request.batches) {
        size += of_partition + (batch->topic == topic ? 0 : of_topic);
        if (batch->sealed.size() < external_from) size += batch->sealed.size();
        topic = batch->topic;
    }
    return size;
}

bool producer_core::send_one_request(broker_line& line, const std::shared_ptr<connection>& on)
{
    auto request = std::make_shared<sent_request>();
    const std::uint64_t number = ++request_count_;
    std::size_t bytes = 0;
    bool by_name = false;
    const batch_settings* common = nullptr;
    for (std::size_t left = line.ready.size(); left > 0; --left) {
        partition_queue& p = *line.ready.front();
        const bool is_ours = p.ready_at == line.node_id && p.last_request != number;
        if (!is_ours) { // it was here before, and is somebody else's by now, or here twice
            line.ready.pop_front();
            continue;
        }
        const bool is_led_here = p.leader == line.node_id && !p.wants_picture;
        const batch_pointer batch = is_led_here ? next_batch(p, *on) : nullptr;
        if (!batch) {
            // Whatever stands in the way tells when it no longer does.
            line.ready.pop_front();
            p.ready_at = -1;
            if (!is_led_here) mark_ready(p);
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
        p.last_request = number;
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

    // Partitions of one topic follow each other in the message.
    std::stable_sort(request->batches.begin(), request->batches.end(),
                     [](const batch_pointer& a, const batch_pointer& b) { return a->topic->name < b->topic->name; });
    std::vector<produce_request::partition_produce_data> partitions;
    partitions.reserve(request->batches.size());
    std::vector<produce_request::topic_produce_data> topics;
    for (std::size_t i = 0; i < request->batches.size(); ++i) {
        produce_batch& batch = *request->batches[i];
        batch.partition->sent_to = line.node_id;
        request->topics.push_back(batch.topic->id);
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
    out.body = writer{gathered_from};
    out.key = api::produce;
    out.version = *version;
    out.expects_response = common->acks != acks::none;
    const auto held = common->acks == acks::all ? common->timeout : std::chrono::milliseconds{0};
    out.deadline = deadline_after(request->at, in_sequence(client_->options().request_timeout, held));
    out.body.reserve(copied_bytes(*request, out.body.external_from()));
    if (const auto error = encode(message, *version, out.body)) {
        failure bad{error.code(), diagnostics{error.message()}};
        bad.about.set_peer(on->peer(), on->node_id()).set_request(api::produce, *version);
        for (const batch_pointer& batch : request->batches) {
            (void)batch->partition->order.on_failed(batch->number, send_order::result::not_written);
            give_up(batch, bad);
        }
        return true;
    }
    // The connection lets go of this once nothing reads the bytes any more.
    const auto keep_alive = std::make_shared<const std::vector<batch_pointer>>(request->batches);
    for (const batch_pointer& batch : request->batches) batch->being_written = keep_alive;
    out.keep_alive = keep_alive;
    out.waits_for_flush = true;
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
    if (client_->events().is_watching()) tell_retries(*request, by);
    on->send(std::move(out), {answer_handler<decltype(on_end)>{std::move(on_end)}, client_->world().strand});
    return true;
}

// One for each that metrics() counts.
void producer_core::tell_retries(const sent_request& request, const peer_reference& to) const
{
    for (const batch_pointer& batch : request.batches) {
        if (batch->attempts < 2) continue;
        event e;
        e.kind = event_kind::retry;
        e.at = request.at;
        e.broker = {.node_id = to.node_id, .host = to.where.host, .port = to.where.port};
        e.api_key = api::produce;
        e.version = request.version;
        e.error = batch->last.get().ec;
        e.message = batch->last.get().about.client_message();
        e.topic = batch->topic->name;
        e.partition = batch->partition->index;
        e.attempt = batch->attempts;
        client_->events().tell(e, this);
    }
}

} // namespace odradek::detail
