// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/tcp.hpp>
#include <odradek/net/tcp_transport.hpp>

#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

namespace odradek {
namespace {

using asio::ip::tcp;

// One call of connect(): the name, then its addresses one after the other. Ends `done_` once; whatever happens later finds
// it ended and does nothing.
class tcp_attempt : public std::enable_shared_from_this<tcp_attempt> {
public:
    tcp_attempt(std::shared_ptr<resolver> names, std::shared_ptr<clock> time, tcp_options options, transport_request to,
                completion<void(std::error_code, std::unique_ptr<transport>)> done)
        : names_(std::move(names)), clock_(std::move(time)), options_(options), to_(std::move(to)),
          done_(std::move(done)), alarm_(clock_->make_timer(to_.executor)), socket_(to_.executor)
    {}

    void start()
    {
        done_.on_cancel([weak = weak_from_this(), executor = to_.executor] {
            asio::post(executor, [weak] {
                if (const auto self = weak.lock()) self->end(asio::error::operation_aborted, diagnostics{});
            });
        });
        alarm_->async_wait_until(to_.executor, to_.deadline, [self = shared_from_this()](std::error_code ec) {
            if (!ec) self->out_of_time();
        });
        names_->async_resolve(to_.executor, to_.broker, &resolve_failure_,
                              [self = shared_from_this()](std::error_code ec, std::vector<endpoint> addresses) {
                                  self->on_resolved(ec, std::move(addresses));
                              });
    }

private:
    void on_resolved(std::error_code ec, std::vector<endpoint> addresses)
    {
        if (!done_) return;
        if (ec) return end(ec, std::move(resolve_failure_));
        addresses_ = std::move(addresses);
        try_next();
    }

    void try_next()
    {
        if (next_ == addresses_.size()) return end(last_error_, diagnostics(words("cannot connect to ")));
        const endpoint& address = addresses_[next_];
        std::error_code ec;
        const auto numeric = asio::ip::make_address(address.host, ec);
        const tcp::endpoint target(numeric, address.port);
        if (!ec) open(target.protocol(), ec);
        if (ec) return on_failed(ec, ec.message());

        const steady_time attempt_ends = deadline_after(clock_->now(), options_.attempt_timeout);
        const bool is_last_chance = to_.deadline <= attempt_ends;
        alarm_->async_wait_until(to_.executor, std::min(to_.deadline, attempt_ends),
                                 [self = shared_from_this(), is_last_chance, tried = next_](std::error_code waited) {
                                     if (waited || tried != self->next_) return;
                                     if (is_last_chance)
                                         self->out_of_time();
                                     else
                                         self->interrupt();
                                 });
        socket_.async_connect(target, [self = shared_from_this()](std::error_code connected) {
            if (!self->done_) return;
            if (!self->socket_.is_open()) // the alarm interrupted it, perhaps in the very moment of success
                self->on_failed(asio::error::timed_out,
                                "no answer within " + std::to_string(self->options_.attempt_timeout.count()) + " ms");
            else if (connected)
                self->on_failed(connected, connected.message());
            else
                self->succeed();
        });
    }

    void interrupt()
    {
        std::error_code ignored;
        socket_.close(ignored); // ends async_connect, whose handler goes on with the next address
    }

    void open(const tcp& protocol, std::error_code& ec)
    {
        std::error_code ignored; // a connection without its favourite option is better than none
        if (socket_.is_open()) socket_.close(ignored);
        if (socket_.open(protocol, ec)) return;
        socket_.set_option(tcp::no_delay(options_.no_delay), ignored);
        socket_.set_option(tcp::socket::keep_alive(options_.keep_alive), ignored);
        if (options_.send_buffer > 0) socket_.set_option(tcp::socket::send_buffer_size(options_.send_buffer), ignored);
        if (options_.receive_buffer > 0)
            socket_.set_option(tcp::socket::receive_buffer_size(options_.receive_buffer), ignored);
    }

    void on_failed(std::error_code ec, std::string_view why)
    {
        if (!tried_.empty()) tried_ += "; ";
        tried_ += to_string(addresses_[next_]) + ": ";
        tried_ += why;
        last_error_ = ec;
        ++next_;
        try_next();
    }

    void succeed()
    {
        alarm_->cancel();
        auto connected = std::make_unique<tcp_transport>(std::move(socket_), addresses_[next_]);
        auto ending = std::move(done_);
        ending.succeed(std::move(connected));
    }

    void out_of_time()
    {
        if (next_ < addresses_.size()) {
            if (!tried_.empty()) tried_ += "; ";
            tried_ += to_string(addresses_[next_]) + ": no answer until the deadline";
        } else if (addresses_.empty()) {
            tried_ = "the name was not resolved until the deadline";
        }
        end(errc::connect_timed_out, diagnostics(words("connecting took too long: ")));
    }

    [[nodiscard]] std::string words(std::string_view what) const
    {
        return std::string(what) + to_string(to_.broker) + (tried_.empty() ? "" : " (" + tried_ + ")");
    }

    void end(std::error_code ec, diagnostics about)
    {
        if (!done_) return;
        alarm_->cancel();
        std::error_code ignored;
        socket_.close(ignored);
        about.set_peer(to_.broker, to_.node_id);
        auto ending = std::move(done_);
        ending.fail(ec, std::move(about));
    }

    std::shared_ptr<resolver> names_;
    std::shared_ptr<clock> clock_;
    tcp_options options_;
    transport_request to_;
    completion<void(std::error_code, std::unique_ptr<transport>)> done_;
    std::unique_ptr<timer> alarm_;
    tcp::socket socket_;
    diagnostics resolve_failure_;
    std::vector<endpoint> addresses_;
    std::size_t next_ = 0;
    std::string tried_;
    std::error_code last_error_;
};

class tcp_factory final : public socket_factory {
public:
    tcp_factory(std::shared_ptr<resolver> names, std::shared_ptr<clock> time, tcp_options options)
        : names_(std::move(names)), clock_(std::move(time)), options_(options)
    {}

    void connect(transport_request to, completion<void(std::error_code, std::unique_ptr<transport>)> done) override
    {
        std::make_shared<tcp_attempt>(names_, clock_, options_, std::move(to), std::move(done))->start();
    }

private:
    std::shared_ptr<resolver> names_;
    std::shared_ptr<clock> clock_;
    tcp_options options_;
};

} // namespace

std::shared_ptr<socket_factory> make_tcp_factory(std::shared_ptr<resolver> names, std::shared_ptr<clock> time,
                                                 tcp_options options)
{
    return std::make_shared<tcp_factory>(std::move(names), std::move(time), options);
}

} // namespace odradek
