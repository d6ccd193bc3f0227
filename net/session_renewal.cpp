// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/credentials.hpp>
#include <odradek/net/error.hpp>
#include <odradek/net/run_job.hpp>
#include <odradek/net/session_renewal.hpp>

#include <algorithm>
#include <span>
#include <utility>
#include <variant>

namespace odradek {
namespace {

// Kafka's brokers refuse to authenticate a connection more often.
constexpr std::chrono::milliseconds shortest_between{1'001};

// What may pass between a broker's clock and ours.
constexpr std::chrono::milliseconds longest_way{1'000};

// Requests of one renewal at most: the mechanism's name, then its messages.
constexpr std::int32_t ids_each = client_mechanism::max_messages + 1;

} // namespace

session_renewal::session_renewal(environment world, const connection_options& options, endpoint broker)
    : world_(std::move(world)), client_id_(options.client_id), patience_(options.setup_timeout),
      who_(options.credentials), broker_(std::move(broker))
{}

void session_renewal::on_session(std::chrono::milliseconds lifetime, std::uint64_t identity)
{
    identity_ = identity;
    due_.reset();
    ends_.reset();
    if (lifetime.count() <= 0) return;
    // Connections that began together must not all come at once.
    const double part = 0.8 + 0.1 * world_.random->uniform();
    const std::chrono::milliseconds after{static_cast<std::int64_t>(part * static_cast<double>(lifetime.count()))};
    const steady_time now = world_.clock->now();
    due_ = deadline_after(now, std::max(after, shortest_between));
    // The broker counts from when it sent the answer, and what it gets needs time to get there.
    ends_ = deadline_after(now, lifetime - std::min(longest_way, lifetime / 20));
}

void session_renewal::start(transport& stream, const broker_versions& versions, std::weak_ptr<const void> owner,
                            ending done)
{
    done_ = std::move(done);
    owner_ = std::move(owner);
    stream_ = &stream;
    if (who_->identity() != identity_)
        return end(errc::connection_closed, diagnostics("the session of another user or mechanism is over"));
    exchange_.emplace(who_->begin(*world_.random, broker_), versions,
                      authentication::options{.client_id = client_id_, .first_correlation_id = next_correlation_id_});
    next_correlation_id_ += ids_each;
    if (next_correlation_id_ > -2 * ids_each) next_correlation_id_ = first_correlation_id;
    if (!deadline_) deadline_ = world_.clock->make_timer(world_.strand);
    deadline_->async_wait_until(
        world_.strand, deadline_after(world_.clock->now(), patience_), [weak = weak_from_this()](std::error_code ec) {
            const auto self = weak.lock();
            if (ec || !self || !self->is_running()) return;
            self->end(errc::request_timed_out,
                      diagnostics("not authenticated again in time, waited for " + self->awaiting()));
        });
    go_on();
}

void session_renewal::go_on()
{
    if (!is_running() || writing_) return;
    auto wanted = exchange_->next();
    if (auto* send = std::get_if<authentication::send>(&wanted)) return write(std::move(send->bytes));
    if (auto* work = std::get_if<authentication::compute>(&wanted)) return run(std::move(work->job));
    if (std::holds_alternative<authentication::receive>(wanted)) return; // the connection reads
    if (auto* failure = std::get_if<authentication::failed>(&wanted)) return end(failure->ec, failure->about);
    on_session(std::get<authentication::done>(wanted).session_lifetime, identity_);
    world_.log->write(log_level::debug, "connection", "renewed the session with " + to_string(broker_));
    end({}, {});
}

void session_renewal::write(secret bytes)
{
    outgoing_ = std::move(bytes);
    outgoing_view_ = outgoing_.bytes();
    writing_ = true;
    stream_->async_write(world_.strand, std::span(&outgoing_view_, 1),
                         [self = shared_from_this(), owner = owner_.lock()](std::error_code ec) {
                             self->outgoing_.clear();
                             self->writing_ = false;
                             if (!self->is_running()) return;
                             if (ec) self->exchange_->on_disconnect(ec);
                             self->go_on();
                         });
}

void session_renewal::run(std::function<void()> job)
{
    computing_ = true;
    run_job(*world_.blocking, world_.strand, std::move(job), stop_job_.slot(),
            [self = shared_from_this(), owner = owner_.lock()](std::error_code ec) {
                self->computing_ = false;
                if (!self->is_running()) return;
                if (ec) return self->end(ec, diagnostics("the authentication's computation did not run"));
                self->exchange_->on_computed();
                self->go_on();
            });
}

void session_renewal::on_frame(bytes_view payload)
{
    exchange_->on_frame(payload);
    go_on();
}

void session_renewal::stop()
{
    done_ = nullptr;
    end({}, {});
}

void session_renewal::end(std::error_code ec, const diagnostics& about)
{
    const auto owner = std::exchange(owner_, {}).lock();
    const auto done = std::exchange(done_, nullptr);
    exchange_.reset();
    stream_ = nullptr;
    if (deadline_) deadline_->cancel();
    if (computing_) stop_job_.emit(asio::cancellation_type::all);
    if (done) done(ec, about);
}

} // namespace odradek
