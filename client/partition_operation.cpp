// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/partition_operation.hpp>
#include <odradek/client/request_policy.hpp>

#include <algorithm>

namespace odradek::detail {

std::string spoken(const leader_place& place)
{
    return '"' + place.topic + "\", partition " + std::to_string(place.partition);
}

asio::awaitable<failure> partition_operation::run(client_core& core)
{
    backoff pace = core.make_pace();
    for (;;) {
        verdict v = co_await attempt(core);
        if (v.next == verdict::step::done) co_return failure{};
        if (cancelled()) co_return failure{asio::error::operation_aborted, std::move(v.why.about)};
        if (v.next == verdict::step::fail) co_return v.why;
        if (v.refused && resent++ >= core.options().retries) co_return v.why;
        if (v.next == verdict::step::again) {
            if (core.now() >= deadline) co_return v.why;
            core.note_retry(*this, v.why);
            continue;
        }

        if (v.next == verdict::step::refresh) core.note_stale_topic(topic_, seen_);
        if (auto end = co_await core.pause(*this, pace, v.why)) co_return end;
        if (v.next != verdict::step::refresh) continue;
        if (auto end = co_await core.refresh_topic(*this, topic_, seen_)) {
            // What went wrong before says more than that the time is over; but not more than that there is no such topic.
            const bool vanished = end.ec == errc::unknown_topic || end.ec == errc::unknown_topic_id;
            if (end.ec != condition::retriable || vanished || !v.why) co_return end;
            co_return v.why;
        }
    }
}

asio::awaitable<verdict> partition_operation::attempt(client_core& core)
{
    if (auto why = co_await core.find_topic(*this, topic_, allow_creation()))
        co_return verdict{verdict::step::fail, std::move(why)};
    if (auto why = before_attempt(core)) co_return verdict{verdict::step::fail, std::move(why)};
    leader_place place = co_await core.find_leader(*this, topic_, partition_, allow_creation());
    seen_ = place.seen;
    if (place.why.ec == errc::no_leader) co_return verdict{verdict::step::refresh, std::move(place.why)};
    if (place.why) co_return verdict{verdict::step::fail, std::move(place.why)};
    co_return co_await send_to(core, std::move(place));
}

asio::awaitable<verdict> partition_operation::send_to(client_core& core, leader_place place)
{
    std::shared_ptr<connection> on;
    if (auto why = co_await core.acquire(*this, place.node_id, role_of(key()), on)) {
        // The leader cannot be reached, or is a broker that the picture does not have: another one may lead by now. One that
        // asks for bootstrapping again has had the core note that, so a newer picture comes from there.
        const bool retriable = why.ec == condition::retriable || why.ec == errc::unknown_broker ||
                               why.ec == broker_errc::rebootstrap_required ||
                               why.ec == errc::host_not_found; // it may have another name by now
        why.about.add_context("leader of " + spoken(place));
        co_return verdict{retriable ? verdict::step::refresh : verdict::step::fail, std::move(why)};
    }
    failure why;
    const auto version = client_core::choose(*on, key(), limits(place), why);
    if (!version) {
        explain_no_version(*on, why);
        co_return verdict{verdict::step::fail, std::move(why)};
    }
    const peer_reference by{on};
    outgoing_request out;
    out.key = key();
    out.version = *version;
    out.deadline = deadline_after(core.now(), attempt_timeout(core));
    why = encode(*version, place, out);
    if (why) {
        why.about.set_peer(by.where, by.node_id).set_request(key(), *version);
        co_return verdict{verdict::step::fail, std::move(why)};
    }
    attempt_result answer = co_await core.send(*this, std::move(on), std::move(out));
    if (!answer.why) {
        verdict v = judge(core, by, place, std::move(answer.frame));
        v.refused = static_cast<bool>(v.why);
        co_return v;
    }
    may_be_done_ = may_be_done_ || answer.why.about.how_far() != delivery::not_delivered;
    failure end = core.judge_attempt(*this, answer.why, is_safe());
    if (end) co_return verdict{verdict::step::fail, std::move(end)};
    co_return verdict{verdict::step::refresh, std::move(answer.why)}; // the leader may be gone
}

} // namespace odradek::detail
