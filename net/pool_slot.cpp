// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/pool_slot.hpp>

#include <asio/error.hpp>

#include <algorithm>
#include <cstdint>
#include <string>
#include <utility>

namespace odradek {
namespace {

std::string words_for(std::error_code ec, const diagnostics& about)
{
    std::string all = describe(ec, about);
    return all == about.to_string() ? all : "cannot connect: " + all;
}

} // namespace

pool_slot::pool_slot(environment world, options o, endpoint where, std::int32_t node_id, connection_role role,
                     lost_handler lost)
    : world_(std::move(world)), options_(std::move(o)), where_(std::move(where)), node_id_(node_id), role_(role),
      lost_(std::move(lost)), backoff_(options_.reconnect), timer_(world_.clock->make_timer(world_.strand))
{}

void pool_slot::acquire(steady_time deadline, std::uint64_t ticket, acquire_completion done)
{
    close_when_idle(world_.clock->now());
    if (is_ready()) return done.succeed(connection_);
    waiters_.push_back({deadline, ticket, std::move(done)});
    go_on();
}

// Starts what is due, and waits for what comes next.
void pool_slot::go_on()
{
    if (waiters_.empty()) {
        timer_->cancel();
        if (connection_ && opening_)
            drop_connection(asio::error::operation_aborted, "nobody waits for the connection any more");
        return;
    }
    const bool may_connect = !connection_ && retry_at_ <= world_.clock->now();
    if (may_connect) connect();
    steady_time next = std::min_element(waiters_.begin(), waiters_.end(), [](const waiter& a, const waiter& b) {
                           return a.deadline < b.deadline;
                       })->deadline;
    if (!connection_) next = std::min(next, retry_at_);
    timer_->async_wait_until(world_.strand, next, [weak = weak_from_this()](std::error_code ec) {
        const auto self = weak.lock();
        if (!ec && self) self->on_timer();
    });
}

void pool_slot::on_timer()
{
    const steady_time now = world_.clock->now();
    for (auto it = waiters_.begin(); it != waiters_.end();) {
        if (it->deadline > now) {
            ++it;
            continue;
        }
        diagnostics about(opening_ ? "not ready before the deadline, waited for " + connection_->awaiting()
                                   : "no connection before the deadline");
        about.set_peer(where_, node_id_);
        it->done.fail(errc::operation_timed_out, std::move(about));
        it = waiters_.erase(it);
    }
    go_on();
}

void pool_slot::connect()
{
    opening_ = true;
    connection_ = connection::make(world_, options_.connection, where_, node_id_, role_);
    connection_->on_close(
        [weak = weak_from_this(), made = connection_.get()](std::error_code ec, const diagnostics& about) {
            if (const auto self = weak.lock()) self->on_closed(*made, ec, about);
        });
    const auto about = std::make_shared<diagnostics>();
    auto opened = [self = shared_from_this(), made = connection_, about](std::error_code ec) {
        self->on_opened(made, ec, *about);
    };
    connection_->open({std::move(opened), world_.strand, about.get()});
}

void pool_slot::on_opened(const std::shared_ptr<connection>& made, std::error_code ec, const diagnostics& about)
{
    if (made != connection_) return ec ? void() : made->close(); // given up, perhaps in the very moment of success
    opening_ = false;
    if (!ec && made->current_state() != connection::state::ready) ec = errc::connection_closed; // lost as soon as made
    std::list<waiter> ending;
    ending.swap(waiters_);
    if (ec) {
        connection_.reset();
        retry_at_ = deadline_after(world_.clock->now(), backoff_.on_failure(world_.random->uniform()));
        world_.log->write(log_level::warning, "broker_pool", words_for(ec, about));
        last_failure_ = {ec, about};
        for (waiter& one : ending) one.done.fail(ec, about);
        if (lost_) lost_(*this, ec, about);
    } else {
        last_failure_ = {};
        last_reached_ = made->ready_since();
        // Connections that were made together must not end, and come back, together.
        const double spread = 0.1 * world_.random->uniform() * static_cast<double>(options_.idle_timeout.count());
        idle_after_ = options_.idle_timeout - std::chrono::milliseconds{static_cast<std::int64_t>(spread)};
        for (waiter& one : ending) one.done.succeed(made);
    }
    go_on();
}

void pool_slot::on_closed(const connection& gone, std::error_code why, const diagnostics& about)
{
    if (connection_.get() != &gone || opening_) return; // while it opens, on_opened() tells the same
    const steady_time now = world_.clock->now();
    last_reached_ = gone.last_used();
    if (deadline_after(gone.ready_since(), options_.stable_after) <= now) {
        backoff_.on_stable();
        retry_at_ = now;
    } else {
        retry_at_ = deadline_after(now, backoff_.on_failure(world_.random->uniform()));
    }
    if (retry_at_ > now) last_failure_ = {why, about};
    const auto keep = std::exchange(connection_, nullptr); // `gone` itself
    // A broker that tidies up is as well as before. One that is gone is told of by the next attempt to connect.
    if (lost_ && !gone.was_closed_idle()) lost_(*this, why, about);
    go_on();
}

void pool_slot::cancel(std::uint64_t ticket)
{
    const auto found =
        std::find_if(waiters_.begin(), waiters_.end(), [&](const waiter& w) { return w.ticket == ticket; });
    if (found == waiters_.end()) return;
    found->done.fail(asio::error::operation_aborted, diagnostics("cancelled while a connection was awaited"));
    waiters_.erase(found);
    go_on();
}

void pool_slot::close(std::error_code why)
{
    std::list<waiter> ending;
    ending.swap(waiters_);
    for (waiter& one : ending) one.done.fail(why, diagnostics("closed while a connection was awaited"));
    timer_->cancel();
    drop_connection(why, "closed by this client");
}

// On our own wish: no failure, nothing lost, no backoff.
void pool_slot::drop_connection(std::error_code why, std::string words)
{
    const auto dropped = std::exchange(connection_, nullptr);
    if (!dropped) return;
    if (!std::exchange(opening_, false)) last_reached_ = dropped->last_used();
    dropped->close(why, diagnostics(std::move(words)));
}

bool pool_slot::close_when_free()
{
    if (connection_ && connection_->in_flight() == 0 && waiters_.empty())
        drop_connection(errc::connection_closed, "the broker is not at this address any more");
    if (connection_) return false;
    close(errc::connection_closed); // whoever waits for the next attempt here has to look where the broker is now
    return true;
}

void pool_slot::close_when_idle(steady_time now)
{
    if (!connection_ || options_.idle_timeout.count() == 0 || connection_->in_flight() != 0 ||
        connection_->current_state() != connection::state::ready ||
        deadline_after(connection_->last_used(), idle_after_) > now)
        return;
    backoff_.on_stable();
    drop_connection(errc::connection_closed, "idle for too long");
}

bool pool_slot::is_ready()
{
    const auto looked_at = connection_; // is_usable() may close it, which takes it away from here
    return looked_at && looked_at->is_usable();
}

std::optional<steady_time> pool_slot::last_reached() const
{
    if (connection_ && !opening_) return connection_->last_used();
    return last_reached_;
}

} // namespace odradek
