// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/secret.hpp>
#include <odradek/broker/core.hpp>
#include <odradek/broker/handlers.hpp>
#include <odradek/broker/service.hpp>
#include <odradek/broker/topic_config.hpp>
#include <odradek/protocol/broker_error.hpp>

#include <algorithm>
#include <cstring>
#include <iterator>
#include <span>
#include <utility>

namespace odradek::broker {
namespace {

/// Part of a frame, as it leaves a broker that dies while it writes.
writer first_half(const writer& whole)
{
    const std::vector<std::byte> bytes = whole.flatten();
    writer half;
    half.bytes(bytes_view{bytes.data(), bytes.size() / 2});
    return half;
}

constexpr std::size_t length_size = 4;
constexpr std::chrono::minutes retention_interval{5}; // log.retention.check.interval.ms
constexpr std::chrono::hours longest_sleep{24 * 365};

/// The frame with other bytes behind its length and correlation id.
writer replace_frame(const writer& whole, const std::function<void(std::vector<std::byte>&)>& change)
{
    const std::vector<std::byte> bytes = whole.flatten();
    std::vector<std::byte> frame(bytes.begin() + static_cast<std::ptrdiff_t>(length_size), bytes.end());
    change(frame);
    writer out;
    out.int32(static_cast<std::int32_t>(frame.size()));
    out.bytes(bytes_view{frame});
    return out;
}

/// Views into the request stay valid, and find nothing there any more.
void wipe_request(exchange& x)
{
    byte_buffer bytes = x.bytes.take();
    wipe(std::span{bytes.data(), bytes.size()});
    x.bytes = frame{std::move(bytes)};
}

core::options with_a_listener(core::options how)
{
    if (how.listeners.empty()) how.listeners.emplace_back();
    return how;
}

cluster_state::options with_defaults(cluster_state::options how, const release& as)
{
    how.defaults = default_settings(as);
    return how;
}

} // namespace

core::core(options how)
    : options_(with_a_listener(std::move(how))), before_kraft_(options_.as.column <= find_release("2.8")->column),
      cluster_(with_defaults(options_.cluster, options_.as)), faults_(options_.cluster.seed),
      users_(std::exchange(options_.authentication, {}), options_.cluster.seed)
{}

core::~core() = default;

std::optional<connection_id> core::open(std::int32_t node, std::size_t listener)
{
    const auto* const at = cluster_.find_node(node);
    if (!at || !at->up || faults_.refuses(node) || listener >= options_.listeners.size()) return {};
    connection& made = connections_[next_connection_];
    made.node = node;
    made.listener = listener;
    const listener_settings& by = options_.listeners[listener];
    if (!by.mechanisms.empty()) made.login = authenticator{users_, by};
    return next_connection_++;
}

intake core::intake_of(connection_id which, std::size_t largest) const
{
    const auto found = connections_.find(which);
    const authenticator& login = found == connections_.end() ? nobody_ : found->second.login;
    if (login.is_authenticated()) return {.frames = {.largest = largest}};
    frame_limits limits{.largest = std::min(largest, users_.how().largest_request)};
    if (login.expects_bare_token()) limits.smallest = 0;
    return {.frames = limits, .in_step = true};
}

std::string_view core::principal(connection_id which) const
{
    const auto found = connections_.find(which);
    return found == connections_.end() ? std::string_view{} : found->second.login.principal();
}

authenticator& core::login(const exchange& of)
{
    const auto found = connections_.find(of.connection);
    return found == connections_.end() ? nobody_ : found->second.login;
}

void core::closed(connection_id which)
{
    const auto found = connections_.find(which);
    if (found == connections_.end()) return;
    if (found->second.pending) {
        found->second.pending->done = true;
        std::erase_if(waiting_, [&](const waiting& one) { return one.what == found->second.pending; });
    }
    std::erase_if(delayed_, [which](const auto& entry) { return entry.second.to == which; });
    connections_.erase(found);
}

void core::receive(connection_id from, frame request, moment now)
{
    now_ = now;
    const auto found = connections_.find(from);
    if (found == connections_.end()) return;
    const auto x = std::make_shared<exchange>();
    found->second.pending = x;
    x->connection = from;
    x->node = found->second.node;
    x->listener = found->second.listener;
    x->bytes = std::move(request);
    x->arrived = now;
    if (found->second.login.expects_bare_token()) {
        take_token(x);
    } else {
        take_request(x, found->second);
    }
    if (x->key == api::sasl_authenticate) wipe_request(*x); // a token of PLAIN is a password
}

void core::take_request(const exchange_ptr& x, connection& from)
{
    request_header header;
    const auto error = read_request_header(x->bytes.bytes(), x->memory, header, x->body);
    x->key = static_cast<api>(header.request_api_key);
    x->version = api_version{header.request_api_version};
    x->correlation_id = header.correlation_id;
    x->client_id = std::string(header.client_id.value_or(""));
    if (error && error.code() != errc::unknown_message && error.code() != errc::unsupported_version)
        return hang_up(*x, error.message());
    dispatch(x, from.login.admit(x->key, now_));
}

void core::take_token(const exchange_ptr& x)
{
    x->key = api::sasl_authenticate;
    x->body = x->bytes.bytes();
    if (!faults_.empty()) x->fault = faults_.strike(x->key, x->node, x->client_id);
    if (x->fault.drop_request) return;
    if (x->fault.error != broker_errc::none) return refuse_bare_token(*this, *x, "a fault");
    answer_bare_token(*this, *x);
}

void core::dispatch(const exchange_ptr& x, authenticator::admission as)
{
    if (as == authenticator::admission::close)
        return hang_up(*x, "API " + std::to_string(static_cast<int>(x->key)) +
                               " without authentication, or after it expired");
    const service* const known = find_service(x->key);
    const bool spoken = known && served(options_.as, x->key).contains(x->version);
    if (as == authenticator::admission::refuse) {
        close_behind(*x, "another request than SaslAuthenticate");
        return spoken ? known->refuse(*this, x, broker_errc::illegal_sasl_state) : hang_up(*x, "it is not known");
    }
    if (!spoken) {
        // As Kafka's brokers, which answer an unknown version only once they know who asks.
        if (!login(*x).is_authenticated() && x->key != api::api_versions)
            return hang_up(*x, "a version of an API that is not known");
        return refuse_version(*this, *x);
    }
    if (!faults_.empty()) {
        x->fault = faults_.strike(x->key, x->node, x->client_id);
        if (x->fault.drop_request) return; // for ever: the connection is busy until it is closed
        if (x->fault.error != broker_errc::none) return known->refuse(*this, x, x->fault.error);
    }
    known->answer(*this, x);
}

void core::finish(exchange& to, writer out, std::vector<std::shared_ptr<const chunk>> holds, const encode_error& error)
{
    if (to.done) return;
    if (error) return hang_up(to, error.message());
    const auto what = to.is_last ? action::kind::close : action::kind::reply;
    emit(to, {.what = what, .to = to.connection, .bytes = std::move(out), .holds = std::move(holds)});
}

void core::close_behind(exchange& on, std::string_view why)
{
    if (std::exchange(on.is_last, true)) return;
    note("authentication failed on connection " + std::to_string(on.connection) + ": " + std::string(why));
}

void core::hang_up(exchange& on, std::string_view why)
{
    if (on.done) return;
    if (!on.is_last) note("closing connection " + std::to_string(on.connection) + ": " + std::string(why));
    emit(on, {.what = action::kind::close, .to = on.connection, .bytes = writer{}, .holds = {}});
}

void core::emit(exchange& to, action what)
{
    const fault_effect& fault = to.fault;
    if (what.bytes.size() != 0 && fault.rewrite)
        what.bytes = replace_frame(what.bytes, [&](auto& frame) { fault.rewrite(to.key, to.version, frame); });
    if (what.bytes.size() != 0 && fault.garbage)
        what.bytes = replace_frame(what.bytes, [](auto& frame) {
            for (std::size_t i = length_size; i < frame.size(); ++i) frame[i] = ~frame[i];
        });
    if (fault.where != cut::none) {
        what.what = action::kind::close;
        if (fault.where == cut::before) what.bytes.clear();
        if (fault.where == cut::inside) what.bytes = first_half(what.bytes);
    }
    // The connection stays busy until it is closed. Where nothing is answered (acks 0) there is nothing to drop.
    if (fault.drop_response && what.bytes.size() != 0) return;
    to.done = true;
    const auto on = connections_.find(to.connection);
    if (on == connections_.end()) return;
    const auto delay = to.is_last ? fault.delay + users_.how().failure_delay : fault.delay;
    if (delay.count() > 0) {
        delayed_.emplace(now_.later(delay), delayed{std::move(what), to.connection});
        return;
    }
    on->second.pending.reset();
    actions_.push_back(std::move(what));
}

void core::wake(moment now)
{
    now_ = now;
    while (!delayed_.empty() && delayed_.begin()->first <= now) {
        auto due = delayed_.extract(delayed_.begin());
        const auto on = connections_.find(due.mapped().to);
        if (on == connections_.end()) continue;
        on->second.pending.reset();
        actions_.push_back(std::move(due.mapped().what));
    }
    if (forgetting_ && *forgetting_ <= now) apply_retention(now);
    // Answering may call the user, who may do anything to the cluster: what is due is out of the list by then.
    std::list<waiting> due;
    for (auto one = waiting_.begin(); one != waiting_.end();) {
        const auto next = std::next(one);
        if (one->until <= now) due.splice(due.end(), waiting_, one);
        one = next;
    }
    for (const waiting& one : due)
        if (!one.what->done) one.is_answered(true);
}

std::optional<moment> core::wake_at() const
{
    std::optional<moment> first;
    if (!delayed_.empty()) first = delayed_.begin()->first;
    if (forgetting_ && (!first || *forgetting_ < *first)) first = forgetting_;
    for (const waiting& one : waiting_)
        if (!first || one.until < *first) first = one.until;
    return first;
}

void core::wait(exchange_ptr what, moment until, std::function<bool(bool)> is_answered)
{
    waiting_.push_back({std::move(what), until, std::move(is_answered)});
}

void core::notify()
{
    changed_ = true;
    if (std::exchange(notifying_, true)) return; // whoever is at it looks once more
    while (std::exchange(changed_, false)) {
        std::list<waiting> round = std::exchange(waiting_, {}); // as in wake()
        round.remove_if([](const waiting& one) { return one.what->done || one.is_answered(false); });
        waiting_.splice(waiting_.begin(), round);
    }
    notifying_ = false;
}

broker_errc core::check_admin(const exchange& x) const noexcept
{
    return !is_before_kraft() || x.node == cluster_.controller() ? broker_errc::none : broker_errc::not_controller;
}

void core::move_leader(std::string_view name, std::int32_t index, std::int32_t to)
{
    topic* const of = cluster_.find_topic(name);
    partition* const one = of ? of->find(index) : nullptr;
    if (!one || (to != -1 && !can_lead(*one, to))) return;
    cluster_.move_leader(*one, to);
    notify();
}

bool core::can_lead(const partition& of, std::int32_t node) const
{
    const auto* const at = cluster_.find_node(node);
    return at && at->up && std::ranges::find(of.replicas, node) != of.replicas.end();
}

void core::set_isr(std::string_view name, std::int32_t index, std::vector<std::int32_t> isr)
{
    topic* const of = cluster_.find_topic(name);
    partition* const one = of ? of->find(index) : nullptr;
    if (!one) return;
    const auto contains = [](const std::vector<std::int32_t>& all, std::int32_t id) {
        return std::ranges::find(all, id) != all.end();
    };
    std::erase_if(isr, [&](std::int32_t id) { return !contains(one->replicas, id); });
    if (one->leader >= 0 && !contains(isr, one->leader)) isr.insert(isr.begin(), one->leader);
    if (isr.empty()) return;
    one->isr = std::move(isr);
    notify();
}

void core::truncate(std::string_view name, std::int32_t index, std::int64_t offset)
{
    topic* const of = cluster_.find_topic(name);
    partition* const one = of ? of->find(index) : nullptr;
    if (!one) return;
    one->records.truncate_to(std::max(offset, one->records.start_offset()));
    one->producers.truncate_to(one->records.end_offset());
    const auto other =
        std::ranges::find_if(one->replicas, [&](std::int32_t id) { return id != one->leader && can_lead(*one, id); });
    cluster_.move_leader(*one, other == one->replicas.end() ? one->leader : *other);
    notify();
}

void core::set_up(std::int32_t node, bool up)
{
    cluster_.set_up(node, up);
    if (!up) {
        sessions_[node].clear();
        for (auto& [id, on] : connections_)
            if (on.node == node)
                actions_.push_back({.what = action::kind::close, .to = id, .bytes = writer{}, .holds = {}});
    }
    notify();
}

void core::compact(std::string_view name)
{
    if (topic* const of = cluster_.find_topic(name))
        for (const auto& one : of->partitions) one->records.compact();
}

void core::apply_retention(moment now)
{
    now_ = now;
    forgetting_.reset();
    const std::int64_t expiration = cluster_.how().producer_expiration_ms;
    for (auto& [name, of] : cluster_.topics()) {
        for (const auto& one : of.partitions) {
            broker::apply_retention(of, *one, now.wall_ms);
            one->producers.expire(now.wall_ms - expiration);
            forget_later(of, *one);
        }
    }
}

void core::forget_later(const topic& of, const partition& in)
{
    if (const auto oldest = in.records.oldest_timestamp();
        oldest && of.settings.remove_old && of.settings.retention_ms >= 0)
        forget_later(*oldest, of.settings.retention_ms);
    if (in.records.has_passed_segments()) forget_later(now_.wall_ms, 0);
    if (const auto oldest = in.producers.oldest_timestamp())
        forget_later(*oldest, cluster_.how().producer_expiration_ms);
}

void core::forget_later(std::int64_t timestamp, std::int64_t kept_ms)
{
    // Timestamps are the clients' own, and may be anything.
    const std::int64_t age =
        now_.wall_ms - std::clamp<std::int64_t>(timestamp, 0, std::max<std::int64_t>(now_.wall_ms, 0));
    const std::chrono::milliseconds left{std::max<std::int64_t>(kept_ms, 0) - age}; // older than this, not as old
    const moment due = now_.later(
        std::clamp<std::chrono::milliseconds>(left, retention_interval - std::chrono::milliseconds{1}, longest_sleep) +
        std::chrono::milliseconds{1});
    if (!forgetting_ || due < *forgetting_) forgetting_ = due;
}

} // namespace odradek::broker
