// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/server.hpp>

#include <asio/dispatch.hpp>
#include <asio/error.hpp>

#include <algorithm>
#include <string>
#include <utility>

namespace odradek::broker {
namespace {

constexpr std::chrono::milliseconds accept_pause{100}; // after a failure, as when there are no descriptors left

} // namespace

server::server(core::options how, surroundings in, server_limits limits)
    : core_(std::move(how)), in_(std::move(in)), limits_(limits), timer_(in_.clock->make_timer(in_.strand))
{}

std::error_code server::listen(const way_in& by, const endpoint& at)
{
    std::error_code error;
    auto made = by.from.listen({at, in_.strand}, error);
    if (!made) return error;
    const endpoint where = made->where();
    core_.cluster().set_address(by.node, {by.advertised.empty() ? where.host : std::string(by.advertised), where.port},
                                by.listener);
    doors_.push_back({.node = by.node, .listener = by.listener, .at = std::move(made)});
    return {};
}

void server::start()
{
    asio::dispatch(in_.strand, [weak = weak_from_this()] {
        const auto self = weak.lock();
        if (!self) return;
        const auto lock = self->lock();
        if (self->stopped_) return;
        for (std::size_t i = 0; i < self->doors_.size(); ++i) self->accept(i);
    });
}

void server::stop()
{
    // Never in place: whoever stops it may have been called from the middle of a request.
    asio::post(in_.strand, [self = shared_from_this()] {
        const auto lock = self->lock();
        self->stopped_ = true;
        for (door& one : self->doors_) one.at->stop();
        const auto all = std::exchange(self->connections_, {});
        for (const auto& [id, one] : all) self->drop(*one, {});
        self->waiting_.clear();
        self->armed_.reset();
        self->timer_->cancel();
    });
}

std::vector<endpoint> server::listening(std::size_t listener) const
{
    std::vector<endpoint> all;
    for (const door& one : doors_)
        if (one.listener == listener) all.push_back(one.at->where());
    return all;
}

void server::accept(std::size_t which)
{
    doors_[which].at->async_accept(
        in_.strand, [weak = weak_from_this(), which](std::error_code ec, std::unique_ptr<transport> stream) {
            if (const auto self = weak.lock()) self->on_accepted(which, ec, std::move(stream));
        });
}

void server::on_accepted(std::size_t which, std::error_code ec, std::unique_ptr<transport> stream)
{
    const auto locked = lock();
    if (stopped_ || ec == asio::error::operation_aborted) return;
    if (ec) {
        core_.note("cannot accept: " + ec.message());
        doors_[which].again = in_.clock->now() + accept_pause;
        return settle();
    }
    accept(which);
    const auto id = core_.open(doors_[which].node, doors_[which].listener);
    if (!id) return; // refused: the transport closes itself
    const auto made = std::make_shared<served_connection>(weak_from_this(), *id, std::move(stream), limits_.output_cap);
    made->follow(intake_of(*made));
    connections_.emplace(*id, made);
    grant(*made, patience::beginning);
    remember(made);
    settle();
}

void server::grant(served_connection& which, patience kind)
{
    auto& list = patient_[static_cast<std::size_t>(kind)];
    if (which.placed_) {
        list.splice(list.end(), patient_[static_cast<std::size_t>(which.patience_)], which.place_);
    } else {
        which.place_ = list.insert(list.end(), &which);
        which.placed_ = true;
    }
    which.patience_ = kind;
    which.since_ = in_.clock->now();
}

void server::drop(served_connection& which, std::string_view why)
{
    if (!why.empty() && closings_.admits(in_.clock->now())) {
        const std::size_t before = closings_.take_left_out();
        core_.note(
            "closing " + which.describe() + ": " + std::string(why) +
            (before == 0 ? std::string{} : " (" + std::to_string(before) + " others before it were not told of)"));
    }
    which.close();
    if (which.placed_) patient_[static_cast<std::size_t>(which.patience_)].erase(which.place_);
    which.placed_ = false;
    core_.closed(which.id());
    connections_.erase(which.id()); // whoever called us holds it
}

void server::carry_on()
{
    const auto locked = lock();
    if (!stopped_) settle();
}

void server::settle()
{
    if (std::exchange(settling_, true)) return;
    std::deque<std::shared_ptr<served_connection>> touched;
    for (;;) {
        for (action& one : core_.take_actions()) {
            const auto on = connections_.find(one.to);
            if (on != connections_.end()) on->second->perform(*this, std::move(one));
        }
        if (waiting_.empty()) break;
        const auto next = std::move(waiting_.front());
        waiting_.pop_front();
        if (auto request = next->take_request()) core_.receive(next->id(), std::move(*request), now());
        touched.push_back(next);
    }
    // Only now, so that the answers to what came together leave together.
    for (const auto& one : touched) one->go_on(*this);
    settling_ = false;
    arm();
}

void server::arm()
{
    std::optional<steady_time> wanted;
    const auto until = [&wanted](steady_time when) { wanted = std::min(wanted.value_or(when), when); };
    if (const auto wake = core_.wake_at())
        until(steady_time(std::chrono::duration_cast<steady_time::duration>(wake->steady)));
    for (std::size_t kind = 0; kind < patience_kinds; ++kind)
        if (!patient_[kind].empty()) until(patient_[kind].front()->since_ + length_of(static_cast<patience>(kind)));
    for (const door& one : doors_)
        if (one.again) until(*one.again);

    if (!wanted) {
        if (armed_) timer_->cancel();
        armed_.reset();
        return;
    }
    // One that comes too early sees that and waits again: cheaper than to move it with each request.
    if (armed_ && *armed_ <= *wanted) return;
    armed_ = wanted;
    timer_->async_wait_until(in_.strand, *wanted, [weak = weak_from_this()](std::error_code ec) {
        if (ec) return;
        if (const auto self = weak.lock()) self->on_timer();
    });
}

void server::on_timer()
{
    const auto locked = lock();
    if (stopped_) return;
    armed_.reset();
    const steady_time time = in_.clock->now();
    core_.wake(now());
    expire(time);
    for (std::size_t i = 0; i < doors_.size(); ++i) {
        if (!doors_[i].again || *doors_[i].again > time) continue;
        doors_[i].again.reset();
        accept(i);
    }
    settle();
}

void server::expire(steady_time time)
{
    static constexpr std::string_view reasons[patience_kinds] = {"no request in time", "idle for too long",
                                                                 "it does not take its answers"};
    for (std::size_t kind = 0; kind < patience_kinds; ++kind) {
        auto& list = patient_[kind];
        while (!list.empty() && list.front()->since_ + length_of(static_cast<patience>(kind)) <= time) {
            const auto last = list.front()->shared_from_this();
            drop(*last, reasons[kind]);
        }
    }
}

std::chrono::milliseconds server::length_of(patience kind) const noexcept
{
    switch (kind) {
    case patience::beginning: return limits_.first_request;
    case patience::idle: return limits_.max_idle;
    default: return limits_.stalled;
    }
}

moment server::now() const noexcept
{
    const auto wall = in_.clock->wall_now().time_since_epoch();
    return {in_.clock->now().time_since_epoch(), std::chrono::duration_cast<std::chrono::milliseconds>(wall).count()};
}

} // namespace odradek::broker
