// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/tls.hpp>
#include <odradek/net/tls_context.hpp>
#include <odradek/net/tls_transport.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <asio/post.hpp>

#include <string>
#include <utility>

namespace odradek {
namespace {

// What the connections of a factory share.
struct shared_parts {
    std::shared_ptr<socket_factory> inner;
    tls_surroundings in;
    tls_context context;

    shared_parts(std::shared_ptr<socket_factory> below, tls options, tls_surroundings surroundings)
        : inner(std::move(below)), in(std::move(surroundings)), context(std::move(options))
    {}
};

// One call of connect(): the files if it is time to look at them, the transport below, the handshake. Ends `done_` once;
// whatever happens later finds it ended and does nothing.
class tls_attempt : public std::enable_shared_from_this<tls_attempt> {
public:
    tls_attempt(std::shared_ptr<shared_parts> parts, transport_request to,
                completion<void(std::error_code, std::unique_ptr<transport>)> done)
        : parts_(std::move(parts)), to_(std::move(to)), done_(std::move(done)),
          alarm_(parts_->in.clock->make_timer(to_.executor))
    {}

    void start()
    {
        done_.on_cancel([weak = weak_from_this(), executor = to_.executor] {
            asio::post(executor, [weak] {
                if (const auto self = weak.lock()) self->end(asio::error::operation_aborted, diagnostics{});
            });
        });
        alarm_->async_wait_until(to_.executor, to_.deadline, [self = shared_from_this()](std::error_code ec) {
            if (!ec) self->end(errc::connect_timed_out, diagnostics("not done in time: " + self->doing_));
        });
        if (parts_->context.is_due(parts_->in.clock->now()))
            refresh();
        else
            connect();
    }

private:
    using outcome = tls_context::outcome;

    void is_at(std::string what)
    {
        to_.waits_for(what);
        doing_ = std::move(what);
    }

    void refresh()
    {
        is_at("reading the files of TLS");
        run_blocking<outcome>(*parts_->in.blocking, to_.executor,
                              [parts = parts_, now = parts_->in.clock->now()] {
                                  return blocking_outcome<outcome>{{}, parts->context.refresh(now), {}};
                              },
                              {[self = shared_from_this()](std::error_code ec, outcome found) {
                                   self->on_refreshed(ec, std::move(found));
                               },
                               to_.executor});
    }

    void on_refreshed(std::error_code ec, outcome found)
    {
        if (!found.warning.empty()) parts_->in.log->write(log_level::warning, "tls", found.warning);
        if (!done_) return;
        if (ec) return end(ec, diagnostics{});
        if (found.ec) return end(found.ec, std::move(found.about));
        connect();
    }

    void connect()
    {
        is_at("connecting to " + to_string(to_.broker));
        parts_->inner->async_connect(
            to_, failure_.get(),
            asio::bind_cancellation_slot(
                stop_connecting_.slot(),
                [self = shared_from_this()](std::error_code ec, std::unique_ptr<transport> made) {
                    self->on_connected(ec, std::move(made));
                }));
        is_connecting_ = true;
    }

    void on_connected(std::error_code ec, std::unique_ptr<transport> made)
    {
        is_connecting_ = false;
        if (!done_) return;
        if (ec) return end(ec, std::move(*failure_));
        const tls& options = *parts_->context.client_options();
        auto [context, sessions] = parts_->context.current();
        tls_engine::options how;
        how.is_foreign = parts_->context.is_foreign();
        how.host = options.server_name.empty() ? to_.broker.host : options.server_name;
        how.verify = options.verify;
        how.verify_host = options.verify_host;
        how.broker = to_.broker;
        how.sessions = std::move(sessions);
        is_at("the TLS handshake with " + how.host);
        stream_ = std::make_unique<tls_transport>(std::move(made), to_.executor, context.get(), std::move(how));
        auto on_shaken = [self = shared_from_this()](std::error_code failed) { self->on_shaken(failed); };
        stream_->handshake({std::move(on_shaken), to_.executor, failure_.get()});
    }

    void on_shaken(std::error_code ec)
    {
        if (!done_) return;
        if (ec) return end(ec, std::move(*failure_));
        alarm_->cancel();
        auto ending = std::move(done_);
        ending.succeed(std::move(stream_));
    }

    void end(std::error_code ec, diagnostics about)
    {
        if (!done_) return;
        alarm_->cancel();
        auto ending = std::move(done_);
        if (is_connecting_) stop_connecting_.emit(asio::cancellation_type::all);
        if (stream_) stream_->close();
        about.set_peer(to_.broker, to_.node_id);
        ending.fail(ec, std::move(about));
    }

    std::shared_ptr<shared_parts> parts_;
    transport_request to_;
    completion<void(std::error_code, std::unique_ptr<transport>)> done_;
    std::unique_ptr<timer> alarm_;
    asio::cancellation_signal stop_connecting_;
    bool is_connecting_ = false;
    std::shared_ptr<diagnostics> failure_ = std::make_shared<diagnostics>();
    std::unique_ptr<tls_transport> stream_;
    std::string doing_;
};

class tls_factory final : public socket_factory {
public:
    explicit tls_factory(std::shared_ptr<shared_parts> parts) : parts_(std::move(parts)) {}

    void connect(transport_request to, completion<void(std::error_code, std::unique_ptr<transport>)> done) override
    {
        std::make_shared<tls_attempt>(parts_, std::move(to), std::move(done))->start();
    }

private:
    std::shared_ptr<shared_parts> parts_;
};

} // namespace

std::shared_ptr<socket_factory> make_tls_factory(std::shared_ptr<socket_factory> inner, tls options,
                                                 tls_surroundings in)
{
    return std::make_shared<tls_factory>(
        std::make_shared<shared_parts>(std::move(inner), std::move(options), std::move(in)));
}

} // namespace odradek
