// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/event_hub.hpp>
#include <odradek/net/connection.hpp>
#include <odradek/protocol/api.hpp>

#include <algorithm>
#include <utility>

namespace odradek::detail {
namespace {

event about_connection(event_kind kind, const connection& which, steady_time now)
{
    event e;
    e.kind = kind;
    e.at = now;
    e.broker = {.node_id = which.node_id(), .host = which.peer().host, .port = which.peer().port};
    return e;
}

event about_request(event_kind kind, const connection& on, const inflight::request& which, steady_time now)
{
    event e = about_connection(kind, on, now);
    e.api_key = which.key;
    e.version = which.version;
    e.correlation_id = which.id;
    e.request_size = which.size;
    e.created_at = which.created_at;
    if (which.at == inflight::stage::queued) {
        e.pending_duration = now - which.created_at;
        return e;
    }
    e.sent_at = which.sent_at;
    e.pending_duration = which.sent_at - which.created_at;
    e.duration = now - which.sent_at;
    return e;
}

} // namespace

event_remover event_hub::add(event_listener listener, const client_user* whose)
{
    if (!listener) return {};
    auto added = std::make_shared<entry>();
    added->whose = whose;
    added->listener = std::move(listener);
    const std::lock_guard lock{mutex_};
    if (closed_) return {};
    added->number = ++last_number_;
    auto all = listeners_ ? std::make_shared<entries>(*listeners_) : std::make_shared<entries>();
    all->push_back(added);
    listeners_ = std::move(all);
    set_watching(true);
    return {weak_from_this(), added->number};
}

// What is removed is destroyed at the end, without the lock: a listener may own what removes others as it goes.
template <class Predicate>
void event_hub::remove_if(Predicate is_gone) noexcept
{
    std::shared_ptr<const entries> before;
    const std::lock_guard lock{mutex_};
    if (!listeners_) return;
    auto left = std::make_shared<entries>();
    for (const auto& one : *listeners_) {
        if (is_gone(*one))
            one->removed = true;
        else
            left->push_back(one);
    }
    set_watching(!left->empty());
    before = std::exchange(listeners_, std::move(left));
}

void event_hub::remove(std::uint64_t number) noexcept
{
    remove_if([number](const entry& one) { return one.number == number; });
}

void event_hub::remove_all_of(const client_user* whose) noexcept
{
    remove_if([whose](const entry& one) { return one.whose == whose; });
}

void event_hub::close() noexcept
{
    {
        const std::lock_guard lock{mutex_};
        closed_ = true;
    }
    remove_if([](const entry&) { return true; });
}

template <class Predicate>
void event_hub::call(event& what, Predicate concerns) const
{
    std::shared_ptr<const entries> all;
    {
        const std::lock_guard lock{mutex_};
        all = listeners_;
    }
    if (!all) return;
    what.client_id = client_id_;
    const api_info* const info = what.api_key ? find_api(*what.api_key) : nullptr;
    if (info != nullptr) what.api_name = info->name;
    for (const auto& one : *all)
        if (concerns(*one) && !one->removed) one->listener(what);
}

void event_hub::tell_all(event& what) const
{
    call(what, [](const entry&) { return true; });
}

void event_hub::tell(event& what, const client_user* whose) const
{
    call(what, [whose](const entry& one) { return one.whose == nullptr || one.whose == whose; });
}

void event_hub::on_ready(const connection& which, steady_time began, steady_time now)
{
    event e = about_connection(event_kind::connect, which, now);
    e.duration = now - began;
    tell_all(e);
}

void event_hub::on_failed(const connection& which, std::error_code why, const diagnostics& about, steady_time began,
                          steady_time now)
{
    event e = about_connection(event_kind::connect_failed, which, now);
    e.duration = now - began;
    e.error = why;
    e.message = about.client_message();
    tell_all(e);
}

void event_hub::on_closed(const connection& which, std::error_code why, const diagnostics& about, steady_time now)
{
    event e = about_connection(event_kind::disconnect, which, now);
    e.duration = now - which.ready_since();
    e.error = why;
    e.message = about.client_message();
    tell_all(e);
}

void event_hub::on_answered(const connection& on, const inflight::request& which, std::size_t response_size,
                            steady_time now)
{
    event e = about_request(event_kind::request, on, which, now);
    e.response_size = response_size;
    tell_all(e);
}

void event_hub::on_timed_out(const connection& on, const inflight::request& which, steady_time now)
{
    event e = about_request(event_kind::request_timeout, on, which, now);
    e.error = errc::request_timed_out;
    tell_all(e);
}

void event_hub::on_queue_size(const connection& on, std::size_t queued, steady_time now)
{
    event e = about_connection(event_kind::request_queue_size, on, now);
    e.queue_size = queued;
    tell_all(e);
}

} // namespace odradek::detail
