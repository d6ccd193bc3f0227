// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/connection_setup.hpp>
#include <odradek/net/credentials.hpp>
#include <odradek/net/run_job.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/error.hpp>

#include <span>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>

namespace odradek {
connection_setup::connection_setup(environment world, const connection_options& options, transport_request to)
    : world_(std::move(world)), frame_limit_(options.setup_frame_limit), frame_limit_when_ready_(options.frame_limit),
      to_(std::move(to)), who_(options.credentials), handshake_(handshake_options(options)),
      deadline_(world_.clock->make_timer(world_.strand))
{
    to_.progress = std::make_shared<std::string>();
}

handshake::options connection_setup::handshake_options(const connection_options& from)
{
    handshake::options options;
    options.client_id = from.client_id;
    options.software_name = from.software_name;
    options.software_version = from.software_version;
    options.expected_cluster_id = from.expected_cluster_id;
    if (from.expected_cluster_id) options.expected_node_id = to_.node_id;
    if (!who_) return options;
    options.mechanism = [this] { // which owns the handshake
        identity_ = who_->identity();
        return who_->begin(*world_.random, to_.broker);
    };
    return options;
}

void connection_setup::start(completion<void(std::error_code, established)> done)
{
    done_ = std::move(done);
    deadline_->async_wait_until(world_.strand, to_.deadline, [self = shared_from_this()](std::error_code ec) {
        if (ec) return;
        self->stop(errc::connect_timed_out, diagnostics("not ready in time, waited for " + self->awaiting()));
    });
    connect();
}

std::string connection_setup::awaiting() const
{
    if (stream_) return handshake_.awaiting();
    return to_.progress->empty() ? std::string("a connection") : *to_.progress;
}

void connection_setup::connect()
{
    splitter_ = frame_splitter({.largest = frame_limit_});
    to_.progress->clear();
    world_.sockets->async_connect(
        to_, &connect_failure_,
        asio::bind_cancellation_slot(
            stop_connecting_.slot(),
            [self = shared_from_this()](std::error_code ec, std::unique_ptr<transport> stream) {
                self->on_connected(ec, std::move(stream));
            }));
}

void connection_setup::on_connected(std::error_code ec, std::unique_ptr<transport> stream)
{
    if (!done_) return;
    if (ec) return stop(ec, std::move(connect_failure_));
    stream_ = std::move(stream);
    world_.log->write(log_level::debug, "connection", "connected to " + stream_->describe());
    go_on();
}

void connection_setup::go_on()
{
    auto action = handshake_.next();
    if (auto* send = std::get_if<handshake::send>(&action)) return write(std::move(send->bytes));
    if (auto* work = std::get_if<handshake::compute>(&action)) return run(std::move(work->job));
    if (auto* receive = std::get_if<handshake::receive>(&action)) return read(receive->is_bare);
    if (auto* failure = std::get_if<handshake::failed>(&action)) return stop(failure->ec, std::move(failure->about));
    if (auto* ready = std::get_if<handshake::ready>(&action)) {
        deadline_->cancel();
        splitter_.set_limits({.largest = frame_limit_when_ready_});
        auto ending = std::move(done_);
        ending.succeed(
            {std::move(stream_), std::move(splitter_), std::move(ready->versions), ready->session_lifetime, identity_});
        return;
    }
    stream_->close(); // handshake::reconnect
    stream_.reset();
    connect();
}

void connection_setup::write(secret bytes)
{
    outgoing_ = std::move(bytes);
    outgoing_view_ = outgoing_.bytes();
    stream_->async_write(world_.strand, std::span(&outgoing_view_, 1), [self = shared_from_this()](std::error_code ec) {
        self->outgoing_.clear();
        if (!self->done_) return;
        if (ec) return self->on_lost(ec);
        self->go_on();
    });
}

void connection_setup::run(std::function<void()> job)
{
    computing_ = true;
    run_job(*world_.blocking, world_.strand, std::move(job), stop_job_.slot(),
            [self = shared_from_this()](std::error_code ec) {
                self->computing_ = false;
                if (!self->done_) return;
                if (ec) return self->stop(ec, diagnostics("the authentication's computation did not run"));
                self->handshake_.on_computed();
                self->go_on();
            });
}

void connection_setup::read(bool bare)
{
    frame_limits limits{.largest = frame_limit_};
    if (bare) limits.smallest = 0;
    splitter_.set_limits(limits);
    read_some();
}

void connection_setup::read_some()
{
    frame received;
    if (splitter_.next(received)) {
        handshake_.on_frame(received.bytes());
        return go_on();
    }
    if (splitter_.error()) return stop(splitter_.error().code(), diagnostics(splitter_.error().message()));
    auto on_read = [self = shared_from_this()](std::error_code ec, std::size_t size) { self->on_read(ec, size); };
    stream_->read_some(splitter_.buffer(), {std::move(on_read), world_.strand, &read_failure_});
}

void connection_setup::on_read(std::error_code ec, std::size_t size)
{
    if (!done_) return;
    // With TLS 1.3 a broker judges the client's certificate when for the client the handshake is over.
    if (ec == errc::tls_handshake_failed) return stop(ec, std::move(read_failure_));
    if (ec) return on_lost(ec);
    splitter_.commit(size);
    read_some();
}

void connection_setup::on_lost(std::error_code ec)
{
    handshake_.on_disconnect(ec);
    go_on();
}

void connection_setup::stop(std::error_code ec, diagnostics about)
{
    if (!done_) return;
    deadline_->cancel();
    auto ending = std::move(done_);
    if (stream_)
        stream_->close();
    else
        stop_connecting_.emit(asio::cancellation_type::all);
    if (computing_) stop_job_.emit(asio::cancellation_type::all);
    about.set_peer(to_.broker, to_.node_id);
    ending.fail(ec, std::move(about));
}

} // namespace odradek
