// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/core.hpp>
#include <odradek/client/coroutine.hpp>
#include <odradek/client/request.hpp>
#include <odradek/client/request_policy.hpp>
#include <odradek/net/one_line.hpp>
#include <odradek/protocol/generated/messages/find_coordinator.hpp>

#include <asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <optional>

namespace odradek::detail {

request_call::~request_call() = default;
user_call::~user_call() = default;

std::optional<api_version> client_core::choose(const connection& on, api key, const request_options& how, failure& why)
{
    const api_info* info = find_api(key);
    const std::string name = info != nullptr ? std::string{info->name} : "API " + std::to_string(static_cast<int>(key));
    const auto offered = on.versions().range(key);
    if (!offered) {
        why = {errc::unsupported_api,
               diagnostics{"the broker does not have " + name}.set_peer(on.peer(), on.node_id())};
        return std::nullopt;
    }
    const auto unstable = how.allow_unstable ? unstable_versions::allowed : unstable_versions::never;
    const auto version = how.highest_version ? choose_version(key, *offered, *how.highest_version, unstable)
                                             : choose_version(key, *offered, unstable);
    if (version) return version;
    std::string words = name + ": the broker has versions " + std::to_string(offered->first) + " to " +
                        std::to_string(offered->last) + ", this client ";
    if (info != nullptr && !info->negotiated.empty())
        words += std::to_string(info->negotiated.first) + " to " + std::to_string(info->negotiated.last);
    else
        words += "none";
    if (how.highest_version) words += ", and at most " + std::to_string(how.highest_version->value) + " was asked for";
    why = {errc::no_common_version, diagnostics{std::move(words)}.set_peer(on.peer(), on.node_id())};
    return std::nullopt;
}

asio::awaitable<attempt_result> client_core::send(std::shared_ptr<connection> on, outgoing_request request)
{
    attempt_result result;
    auto start = [&on, &request](completion<void(std::error_code, response_frame)> done) {
        const std::shared_ptr<connection> target = std::move(on); // not kept while the answer is awaited
        target->send(std::move(request), std::move(done));
    };
    auto sending = initiate<void(std::error_code, response_frame)>(world_.strand, &result.why.about, use_tuple, start);
    auto [ec, frame] = co_await std::move(sending);
    result.why.ec = ec;
    result.frame = std::move(frame);
    co_return result;
}

asio::awaitable<attempt_result> client_core::send(operation& op, std::shared_ptr<connection> on,
                                                  outgoing_request request)
{
    attempt_result result;
    if (op.cancelled()) { // in the moment when the connection was there: nobody will tell the connection
        result.why = {asio::error::operation_aborted, diagnostics{"cancelled before anything was sent"}};
        result.why.about.set_how_far(delivery::not_delivered);
        co_return result;
    }
    // The connection keeps a request's deadline, but lets a fetch that waits behind others have its time anew.
    if (request.deadline <= op.deadline && request.key != api::fetch)
        co_return co_await send(std::move(on), std::move(request));
    const auto ask = [this, &result](std::shared_ptr<connection> to, outgoing_request what) -> asio::awaitable<void> {
        result = co_await send(std::move(to), std::move(what));
    };
    const auto alarm = world_.clock->make_timer(world_.strand);
    const auto wait = [&alarm, this, when = op.deadline]() -> asio::awaitable<void> {
        auto waiting = alarm->async_wait_until(world_.strand, when, use_tuple);
        co_await std::move(waiting);
    };
    using namespace asio::experimental::awaitable_operators;
    auto either = ask(std::move(on), std::move(request)) || wait();
    co_await std::move(either);
    if (result.why.ec == asio::error::operation_aborted && !op.cancelled() && now() >= op.deadline) {
        result.why.ec = errc::operation_timed_out;
        result.why.about.set_client_message("there was no answer until the operation's deadline");
    }
    co_return result;
}

asio::awaitable<failure> client_core::acquire(operation& op, std::int32_t node_id, connection_role role,
                                              std::shared_ptr<connection>& out)
{
    if (op.cancelled())
        co_return failure{asio::error::operation_aborted}; // perhaps in the moment of what was awaited before
    if (metadata_.wants_rebootstrap(now())) kick_metadata();
    failure why;
    auto start = [this, node_id, role,
                  deadline = op.deadline](completion<void(std::error_code, broker_pool::acquired)> done) {
        if (node_id < 0)
            pool_->acquire_any(deadline, std::move(done));
        else
            pool_->acquire(node_id, role, deadline, std::move(done));
    };
    auto acquiring =
        initiate<void(std::error_code, broker_pool::acquired)>(world_.strand, &why.about, use_tuple, start);
    auto [ec, connection] = co_await std::move(acquiring);
    why.ec = ec;
    out = std::move(connection);
    if (node_id < 0) note_search(why);
    co_return why;
}

// For the trigger of a bootstrap (KIP-899): how long nobody could be reached counts, whoever looks for a broker.
void client_core::note_search(const failure& why)
{
    metadata_.on_reached(why ? pool_->last_reached() : now());
    if (why.ec != errc::no_broker_available && why.ec != broker_errc::rebootstrap_required) return;
    metadata_.on_nobody_reached(why.ec, now(), random());
    kick_metadata();
}

asio::awaitable<failure> client_core::pause(operation& op, backoff& pace, const failure& last)
{
    if (op.cancelled()) co_return failure{asio::error::operation_aborted};
    const steady_time when = deadline_after(now(), pace.on_failure(random()));
    if (when >= op.deadline) co_return last; // what stood in the way says more than that the time is over
    op.on_pause(last);
    const auto alarm = world_.clock->make_timer(world_.strand);
    auto waiting = alarm->async_wait_until(world_.strand, when, use_tuple);
    co_await std::move(waiting);
    if (op.cancelled()) co_return failure{asio::error::operation_aborted};
    note_retry(op, last);
    co_return failure{};
}

void client_core::note_retry(operation& op, const failure& last) const
{
    ++op.attempts;
    if (!events_->is_watching()) return;
    event e;
    e.kind = event_kind::retry;
    e.at = now();
    e.attempt = op.attempts;
    e.error = last.ec;
    e.message = last.about.client_message();
    if (const auto& peer = last.about.peer())
        e.broker = {.node_id = last.about.node_id(), .host = peer->host, .port = peer->port};
    e.api_key = last.about.request_api();
    e.version = last.about.request_version();
    events_->tell(e, op.whose);
}

failure client_core::judge_attempt(operation& op, failure why, bool safe_to_repeat) const
{
    if (op.cancelled()) return {asio::error::operation_aborted, std::move(why.about)};
    if (closed_) return {errc::closed, std::move(why.about)};
    if (why.about.how_far() == delivery::not_delivered) {
        if (why.ec == condition::retriable) return {};
        return why;
    }
    if (!safe_to_repeat) {
        why.about.add_context("the answer was lost (" + clause(why.ec.message()) +
                              "), the request may have been carried out");
        return {errc::outcome_unknown, std::move(why.about)};
    }
    if (why.ec != condition::retriable || op.resent >= options_.retries) return why;
    ++op.resent;
    return {};
}

void client_core::throttle(const peer_reference& by, api key, api_version version, std::chrono::milliseconds time,
                           const client_user* whose) const
{
    if (time.count() <= 0) return;
    if (events_->is_watching()) {
        event e;
        e.kind = event_kind::throttle;
        e.at = now();
        e.broker = {.node_id = by.node_id, .host = by.where.host, .port = by.where.port};
        e.api_key = key;
        e.version = version;
        e.throttle_time = time;
        events_->tell(e, whose);
    }
    if (!client_throttles(key, version)) return; // it has waited itself
    if (const auto on = by.on.lock()) on->mute_until(now() + time);
}

asio::awaitable<failure> client_core::locate(operation& op, const target& to, api key, std::shared_ptr<connection>& out,
                                             std::uint64_t& seen)
{
    const connection_role role = role_of(key);
    if (std::holds_alternative<any_broker_t>(to)) co_return co_await acquire(op, -1, role, out);

    std::int32_t node_id = -1;
    seen = metadata_.snapshot()->version();
    if (const auto* broker = std::get_if<broker_id>(&to)) {
        node_id = broker->id;
    } else if (const auto* leader = std::get_if<leader_of>(&to)) {
        const topic_key topic{.name = std::string{leader->topic}, .id = leader->topic_id};
        leader_place place = co_await find_leader(op, topic, leader->partition, false);
        if (place.why.ec == errc::no_leader) note_stale_topic(topic, place.seen);
        if (place.why) co_return place.why;
        node_id = place.node_id;
        seen = place.seen;
    } else if (std::holds_alternative<controller_t>(to)) {
        // One that said it is not the controller, or is gone, whoever found out, is not asked again before somebody has told
        // who is.
        if (metadata_.snapshot()->controller() < 0 || !metadata_.answered_since(stale_controller_)) {
            if (auto why = co_await refresh_brokers(op, seen)) co_return why;
        }
        seen = metadata_.snapshot()->version();
        node_id = metadata_.snapshot()->controller();
        if (node_id < 0) {
            co_return failure{errc::no_controller, diagnostics{"the cluster has no controller now"}};
        }
    } else {
        const auto& wanted = std::get<coordinator>(to);
        const coordinators::key key_of{.type = wanted.type, .name = std::string{wanted.key}};
        if (auto why = co_await find_coordinator(op, key_of, node_id)) co_return why;
    }

    failure why = co_await acquire(op, node_id, role, out);
    if (why.ec == errc::unknown_broker && metadata_.snapshot()->find_broker(node_id) == nullptr) {
        if (auto stale = co_await refresh_brokers(op, seen)) co_return stale; // it may have joined lately
        seen = metadata_.snapshot()->version();
        why = co_await acquire(op, node_id, role, out);
    }
    if (why && !op.cancelled()) note_unreachable(to, node_id, why.ec, seen);
    co_return why;
}

// Another broker may do its work by now, or it may have another address. Asking somebody tells, and notices if all are gone:
// those who name no topic would not bootstrap again otherwise.
void client_core::note_unreachable(const target& to, std::int32_t node_id, std::error_code why, std::uint64_t seen)
{
    // Looked up again, it may be another one; and if not, then its address comes along, which metadata may not have yet.
    if (const auto* wanted = std::get_if<coordinator>(&to))
        coordinators_.evict({.type = wanted->type, .name = std::string{wanted->key}}, node_id);
    if (const auto* leader = std::get_if<leader_of>(&to))
        return note_stale_topic({.name = std::string{leader->topic}, .id = leader->topic_id}, seen);
    if (std::holds_alternative<controller_t>(to)) stale_controller_ = std::max(stale_controller_, seen);
    if (why == errc::unknown_broker) return; // somebody was just asked
    metadata_.refresh_brokers(seen);
    kick_metadata();
}

asio::awaitable<failure> client_core::find_coordinator(operation& op, const coordinators::key& key,
                                                       std::int32_t& node_id)
{
    for (;;) {
        if (const auto known = coordinators_.find(key)) {
            node_id = *known;
            co_return failure{};
        }
        if (op.cancelled()) co_return failure{asio::error::operation_aborted};
        if (now() >= op.deadline)
            co_return failure{errc::no_coordinator,
                              diagnostics{"no coordinator of \"" + key.name + "\" was found in time"}};
        if (coordinators_.begin(key)) break;
        strand_wait other{*this, coordinator_waits_}; // somebody else is asking
        (void)co_await other.until(op.deadline);
    }
    failure why = co_await look_up_coordinator(op, key, node_id);
    if (why)
        coordinators_.on_failure(key);
    else
        coordinators_.on_found(key, node_id);
    for (strand_wait* wait : coordinator_waits_) wait->wake();
    co_return why;
}

asio::awaitable<failure> client_core::look_up_coordinator(operation& op, const coordinators::key& key,
                                                          std::int32_t& node_id)
{
    std::shared_ptr<connection> on;
    if (auto why = co_await acquire(op, -1, connection_role::general, on)) co_return why;
    failure why;
    const auto version = choose(*on, api::find_coordinator, {}, why);
    if (!version) co_return why;
    const peer_reference by{on};

    const std::string_view names[] = {key.name};
    find_coordinator_request request;
    request.key_type = static_cast<std::int8_t>(key.type);
    if (version->value >= 4)
        request.coordinator_keys = names;
    else
        request.key = key.name;
    outgoing_request out;
    out.key = api::find_coordinator;
    out.version = *version;
    out.deadline = deadline_after(now(), options_.request_timeout);
    if (const auto error = encode(request, *version, out.body))
        co_return failure{error.code(), diagnostics{error.message()}.set_peer(by.where, by.node_id)};
    attempt_result answer = co_await send(op, std::move(on), std::move(out));
    if (answer.why) co_return answer.why;

    arena memory;
    find_coordinator_response response;
    if (const auto error = decode(answer.frame.body, memory, *version, response))
        co_return failure{errc::invalid_response, diagnostics{error.message()}.set_peer(by.where, by.node_id)};
    throttle(by, api::find_coordinator, *version, std::chrono::milliseconds{response.throttle_time_ms}, op.whose);

    find_coordinator_response::coordinator found{.key = key.name,
                                                 .node_id = response.node_id,
                                                 .host = response.host,
                                                 .port = response.port,
                                                 .error_code = response.error_code,
                                                 .error_message = response.error_message};
    if (version->value >= 4) {
        const auto named = std::find_if(response.coordinators.begin(), response.coordinators.end(),
                                        [&](const auto& c) { return c.key == key.name; });
        if (named == response.coordinators.end())
            co_return failure{
                errc::invalid_response,
                diagnostics{"the answer does not name \"" + key.name + '"'}.set_peer(by.where, by.node_id)};
        found = *named;
    }
    if (found.error_code != broker_errc::none) {
        note_answer_error(any_broker, found.error_code, by.node_id, 0);
        diagnostics about{"no coordinator of \"" + key.name + "\" was found"};
        about.set_peer(by.where, by.node_id);
        if (found.error_message) about.set_broker_message(*found.error_message);
        co_return failure{found.error_code, std::move(about)};
    }
    node_id = found.node_id;
    if (metadata_.snapshot()->find_broker(node_id) == nullptr) {
        metadata_.on_broker({.id = node_id, .host = std::string{found.host}, .port = found.port});
        publish_brokers();
    }
    co_return failure{};
}

// What an answer's error says about where the request should have gone.
void client_core::note_answer_error(const target& to, broker_errc code, std::int32_t node_id, std::uint64_t seen)
{
    if (code == broker_errc::not_coordinator || code == broker_errc::coordinator_not_available) {
        if (const auto* wanted = std::get_if<coordinator>(&to))
            coordinators_.evict({.type = wanted->type, .name = std::string{wanted->key}}, node_id);
    }
    if (code == broker_errc::not_controller) stale_controller_ = std::max(stale_controller_, seen);
    if (code == broker_errc::rebootstrap_required) {
        metadata_.on_rebootstrap_required(now(), random());
        kick_metadata();
    }
    if (refreshes_metadata(code)) {
        if (const auto* leader = std::get_if<leader_of>(&to))
            note_stale_topic({.name = std::string{leader->topic}, .id = leader->topic_id}, seen);
    }
}

asio::awaitable<failure> client_core::exchange(operation& op, request_call& call, const target& to,
                                               const request_options& how)
{
    backoff pace = make_pace();
    std::optional<std::uint64_t> stale; // what was known of the brokers was wrong: first a newer picture
    failure last;                       // says more than that the time was over in the middle of an attempt
    for (;;) {
        if (stale) {
            if (auto why = co_await refresh_brokers(op, *stale)) {
                why.about.add_context(call.name());
                co_return why;
            }
            stale.reset();
        }
        std::uint64_t seen = metadata_.snapshot()->version();
        std::shared_ptr<connection> on;
        failure why = co_await locate(op, to, call.key(), on, seen);
        if (why) {
            why.about.add_context(call.name());
            const bool begin_again = why.ec == broker_errc::rebootstrap_required;
            // The cluster may call a broker by another name by now; a bootstrap server that does not exist never will.
            const bool renamed = why.ec == errc::host_not_found && !std::holds_alternative<any_broker_t>(to);
            const bool hopeless =
                why.ec == errc::unknown_topic || why.ec == errc::unknown_topic_id ||         // asked often enough
                (why.ec == errc::unknown_broker && std::holds_alternative<broker_id>(to)) || // and looked for
                (why.ec != condition::retriable && !begin_again && !renamed);
            if (op.cancelled() || !how.retry || hopeless) co_return why;
            if (begin_again) stale = seen;
            if (auto end = co_await pause(op, pace, why)) co_return end;
            continue;
        }

        const auto version = choose(*on, call.key(), how, why);
        if (!version) co_return why;
        const peer_reference by{on};
        outgoing_request out;
        out.key = call.key();
        out.version = *version;
        out.deadline = deadline_after(now(), how.attempt_timeout.value_or(options_.request_timeout));
        out.held_for = call.held_for();
        if (const auto error = call.encode(*version, out.body)) {
            diagnostics about{error.message()};
            about.set_peer(by.where, by.node_id).set_request(call.key(), *version);
            co_return failure{error.code(), std::move(about)};
        }
        attempt_result answer = co_await send(op, std::move(on), std::move(out));
        if (answer.why) {
            failure end = judge_attempt(op, answer.why, is_safe_to_repeat(call.key()));
            if (end.ec == errc::operation_timed_out && last) co_return last;
            if (end) co_return end;
            if (!how.retry) co_return answer.why;
            if (end = co_await pause(op, pace, answer.why); end) co_return end;
            last = std::move(answer.why);
            continue;
        }

        if (const auto error = call.decode(std::move(answer.frame), by.node_id)) {
            diagnostics about{error.message()};
            about.set_peer(by.where, by.node_id).set_request(call.key(), *version).set_how_far(delivery::persisted);
            co_return failure{errc::invalid_response, std::move(about)};
        }
        throttle(by, call.key(), *version, call.throttle(), op.whose);
        const broker_errc code = call.error();
        for (const broker_errc each : call.all_errors()) note_answer_error(to, each, by.node_id, seen);
        if (code == broker_errc::none) co_return failure{};
        const bool begin_again = code == broker_errc::rebootstrap_required;
        if (begin_again) stale = seen;
        const bool worth_it = begin_again || is_worth_retrying(call.key(), code);
        if (!how.retry || !worth_it || op.resent >= options_.retries) co_return failure{};
        ++op.resent;
        diagnostics words{std::string{call.name()} + " was refused"};
        words.set_peer(by.where, by.node_id).set_request(call.key(), *version);
        const failure refused{code, std::move(words)};
        if (co_await pause(op, pace, refused))
            co_return op.cancelled() ? failure{asio::error::operation_aborted} : failure{};
    }
}

} // namespace odradek::detail
