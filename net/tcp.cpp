// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/address_memory.hpp>
#include <odradek/net/address_scope.hpp>
#include <odradek/net/happy_eyeballs.hpp>
#include <odradek/net/tcp.hpp>
#include <odradek/net/tcp_socket.hpp>
#include <odradek/net/tcp_transport.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>

#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace odradek {
namespace {

using asio::ip::tcp;

// What the connections of a factory share.
struct shared_parts {
    std::shared_ptr<resolver> names;
    std::shared_ptr<clock> time;
    tcp_options options;

    // Clients may share a factory after all, so this is locked.
    std::mutex mutex{};
    address_memory memory{};

    shared_parts(std::shared_ptr<resolver> n, std::shared_ptr<clock> t, tcp_options o)
        : names(std::move(n)), time(std::move(t)), options(std::move(o))
    {}

    std::string favourite(std::string_view host)
    {
        const std::lock_guard lock(mutex);
        return memory.find(host);
    }
    void note(std::string_view host, std::string_view address)
    {
        const std::lock_guard lock(mutex);
        memory.note(host, address);
    }
};

// One call of connect(): the name, then its addresses as happy_eyeballs says. Ends `done_` once; whatever happens later finds
// it ended and does nothing.
class tcp_attempt : public std::enable_shared_from_this<tcp_attempt> {
public:
    tcp_attempt(std::shared_ptr<shared_parts> parts, transport_request to,
                completion<void(std::error_code, std::unique_ptr<transport>)> done)
        : parts_(std::move(parts)), to_(std::move(to)), done_(std::move(done)),
          alarm_(parts_->time->make_timer(to_.executor))
    {}

    void start()
    {
        done_.on_cancel([weak = weak_from_this(), executor = to_.executor] {
            asio::post(executor, [weak] {
                if (const auto self = weak.lock()) self->end(asio::error::operation_aborted, diagnostics{});
            });
        });
        wait_until(to_.deadline);
        to_.waits_for("the addresses of " + to_.broker.host);
        is_resolving_ = true;
        parts_->names->async_resolve(
            to_.executor, to_.broker, &resolve_failure_,
            asio::bind_cancellation_slot(stop_resolving_.slot(),
                                         [self = shared_from_this()](std::error_code ec, std::vector<endpoint> found) {
                                             self->is_resolving_ = false;
                                             self->on_resolved(ec, std::move(found));
                                         }));
    }

private:
    using eyes = happy_eyeballs;

    void on_resolved(std::error_code ec, std::vector<endpoint> found)
    {
        if (!done_) return;
        if (ec) return end(ec, std::move(resolve_failure_));
        to_.waits_for("a connection to " + to_string(to_.broker));
        has_choice_ = found.size() > 1;
        const std::string favourite = has_choice_ ? parts_->favourite(to_.broker.host) : std::string{};
        eyes_.emplace(order_addresses(std::move(found), favourite),
                      eyes::options{.attempt_delay = parts_->options.attempt_delay,
                                    .attempt_timeout = parts_->options.attempt_timeout,
                                    .deadline = to_.deadline});
        go_on();
    }

    // Does what is to be done now, up to the next wait or the end.
    void go_on()
    {
        while (done_) {
            const eyes::action wanted = eyes_->next(parts_->time->now());
            if (const auto* pause = std::get_if<eyes::wait>(&wanted)) return wait_until(pause->until);
            if (const auto* begin = std::get_if<eyes::connect>(&wanted))
                connect(begin->address);
            else if (const auto* over = std::get_if<eyes::give_up>(&wanted))
                sockets_.erase(over->address);
            else if (const auto* best = std::get_if<eyes::won>(&wanted))
                succeed(best->address);
            else
                fail(std::get<eyes::failed>(wanted).ec);
        }
    }

    void wait_until(steady_time when)
    {
        if (alarm_at_ == when) return;
        alarm_at_ = when;
        alarm_->async_wait_until(to_.executor, when, [self = shared_from_this()](std::error_code ec) {
            if (ec || !self->done_) return;
            self->alarm_at_.reset();
            if (self->eyes_)
                self->go_on();
            else
                self->end(errc::connect_timed_out,
                          diagnostics("connecting took too long: " + to_string(self->to_.broker) +
                                      " (the name was not resolved until the deadline)"));
        });
    }

    void connect(std::size_t which)
    {
        const endpoint& address = eyes_->addresses()[which];
        if (to_.node_id >= 0 && !parts_->options.allow_link_local && is_link_local(address.host))
            return eyes_->on_skipped(which, errc::endpoint_refused,
                                     "a link-local address, named by the cluster's metadata for node " +
                                         std::to_string(to_.node_id) + ", which allow_link_local would have to allow");
        std::error_code ec;
        const auto numeric = asio::ip::make_address(address.host, ec);
        if (ec) return eyes_->on_failed(which, ec, ec.message());
        const tcp::endpoint target(numeric, address.port);
        tcp::socket socket(to_.executor);
        const open_failure why = open_socket(socket, target, parts_->options);
        switch (why.what) {
        case open_failure::kind::none: break;
        case open_failure::kind::address: return eyes_->on_failed(which, why.ec, why.words);
        case open_failure::kind::mismatch: return eyes_->on_skipped(which, why.ec, why.words);
        case open_failure::kind::options:
            return end(why.ec, diagnostics("cannot connect to " + to_string(to_.broker) + ": " + why.words));
        }
        const auto place = sockets_.insert_or_assign(which, std::move(socket)).first;
        place->second.async_connect(target, [self = shared_from_this(), which](std::error_code connected) {
            if (!self->done_) return;
            if (connected)
                self->eyes_->on_failed(which, connected, connected.message());
            else
                self->eyes_->on_connected(which);
            self->go_on();
        });
    }

    void succeed(std::size_t which)
    {
        const endpoint& address = eyes_->addresses()[which];
        if (has_choice_) parts_->note(to_.broker.host, address.host);
        auto connected = std::make_unique<tcp_transport>(std::move(sockets_.at(which)), address);
        auto ending = std::move(done_);
        stop();
        ending.succeed(std::move(connected));
    }

    void fail(std::error_code ec)
    {
        const char* what = parts_->time->now() >= to_.deadline ? "connecting took too long: " : "cannot connect to ";
        const std::string tried = eyes_->words();
        end(ec, diagnostics(what + to_string(to_.broker) + (tried.empty() ? "" : " (" + tried + ")")));
    }

    void end(std::error_code ec, diagnostics about)
    {
        if (!done_) return;
        about.set_peer(to_.broker, to_.node_id);
        auto ending = std::move(done_);
        stop();
        ending.fail(ec, std::move(about));
    }

    void stop()
    {
        alarm_->cancel();
        sockets_.clear();
        if (is_resolving_) stop_resolving_.emit(asio::cancellation_type::terminal);
    }

    std::shared_ptr<shared_parts> parts_;
    transport_request to_;
    completion<void(std::error_code, std::unique_ptr<transport>)> done_;
    std::unique_ptr<timer> alarm_;
    std::optional<steady_time> alarm_at_;
    asio::cancellation_signal stop_resolving_;
    bool is_resolving_ = false;
    diagnostics resolve_failure_;
    bool has_choice_ = false; // more than one address
    std::optional<happy_eyeballs> eyes_;
    std::map<std::size_t, tcp::socket> sockets_; // those that try to connect, by the place of their address
};

class tcp_factory final : public socket_factory {
public:
    explicit tcp_factory(std::shared_ptr<shared_parts> parts) : parts_(std::move(parts)) {}

    void connect(transport_request to, completion<void(std::error_code, std::unique_ptr<transport>)> done) override
    {
        std::make_shared<tcp_attempt>(parts_, std::move(to), std::move(done))->start();
    }

private:
    std::shared_ptr<shared_parts> parts_;
};

} // namespace

std::shared_ptr<socket_factory> make_tcp_factory(std::shared_ptr<resolver> names, std::shared_ptr<clock> time,
                                                 tcp_options options)
{
    return std::make_shared<tcp_factory>(
        std::make_shared<shared_parts>(std::move(names), std::move(time), std::move(options)));
}

} // namespace odradek
