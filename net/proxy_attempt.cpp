// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/address_scope.hpp>
#include <odradek/net/http_connect_handshake.hpp>
#include <odradek/net/proxy_attempt.hpp>
#include <odradek/net/proxy_transport.hpp>
#include <odradek/net/socks5_handshake.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <asio/ip/address.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <array>
#include <limits>
#include <string>
#include <utility>

namespace odradek {
namespace {

constexpr std::size_t block_size = 4096;

bool is_numeric(const std::string& host)
{
    std::error_code ec;
    (void)asio::ip::make_address(host, ec);
    return !ec;
}

std::unique_ptr<proxy_handshake> make_handshake(const proxy_hop& hop, const endpoint& target)
{
    if (const auto* socks = std::get_if<socks5>(&hop)) return std::make_unique<socks5_handshake>(*socks, target);
    return std::make_unique<http_connect_handshake>(std::get<http_connect>(hop), target);
}

// "socks5 a:1080 and http b:80"
std::string describe_way(const proxy_chain& chain)
{
    std::string text;
    for (const proxy_hop& hop : chain) text += (text.empty() ? "" : " and ") + describe(hop);
    return text;
}

// One call of connect(): the first proxy, and for each one TLS if it wants that, then its handshake. Ends `done_` once; whatever
// happens later finds it ended and does nothing.
class proxy_attempt : public std::enable_shared_from_this<proxy_attempt> {
public:
    proxy_attempt(std::shared_ptr<const proxy_parts> parts, std::shared_ptr<const proxy_way> way, transport_request to,
                  completion<void(std::error_code, std::unique_ptr<transport>)> done)
        : parts_(std::move(parts)), way_(std::move(way)), to_(std::move(to)), done_(std::move(done)),
          alarm_(parts_->in.clock->make_timer(to_.executor)), patience_(parts_->in.clock->make_timer(to_.executor))
    {}

    void start()
    {
        done_.on_cancel([weak = weak_from_this(), executor = to_.executor] {
            asio::post(executor, [weak] {
                if (const auto self = weak.lock()) self->end(asio::error::operation_aborted, diagnostics{});
            });
        });
        alarm_->async_wait_until(to_.executor, to_.deadline, [self = shared_from_this()](std::error_code ec) {
            if (ec || !self->done_) return;
            const std::string whom = self->addresses_.empty() ? "" : ", for " + to_string(self->addresses_.front());
            self->end(errc::connect_timed_out, diagnostics("not done in time: " + self->doing_ + whom));
        });
        log("connecting to " + to_string(to_.broker) + " through " + describe_way(way_->chain));
        connect();
    }

private:
    void is_at(std::string what)
    {
        doing_ = std::move(what);
        if (to_.progress) to_.waits_for("proxy " + describe(way_->chain[at_]) + ": " + doing_);
    }

    // The handler of what makes a transport: goes on with `then`, or fails.
    auto when_made(void (proxy_attempt::*then)(std::unique_ptr<transport>))
    {
        return [self = shared_from_this(), then](std::error_code ec, std::unique_ptr<transport> made) {
            self->is_stoppable_ = false;
            if (!self->done_) return;
            if (ec) return self->end(ec, std::move(*self->failure_));
            (self.get()->*then)(std::move(made));
        };
    }

    void connect()
    {
        at_ = 0;
        early_.clear();
        transport_request first = to_;
        first.broker = *proxy_address(way_->chain.front());
        first.node_id = -1;
        first.progress.reset(); // it would not say that this is a proxy
        is_at("connecting");
        parts_->inner->async_connect(std::move(first), failure_.get(),
                                     asio::bind_cancellation_slot(stop_.slot(), when_made(&proxy_attempt::on_stream)));
        is_stoppable_ = true;
    }

    void on_stream(std::unique_ptr<transport> made)
    {
        stream_ = std::move(made);
        if (way_->secured[at_].tls)
            secure();
        else
            find_target();
    }

    void secure()
    {
        is_at("TLS");
        const proxy_tls& how = way_->secured[at_];
        ticket_ = how.handover->keep(std::move(stream_));
        ticket_hop_ = at_;
        transport_request through = to_;
        through.broker = *proxy_address(way_->chain[at_]);
        through.node_id = ticket_;
        through.progress.reset();
        how.tls->async_connect(std::move(through), failure_.get(),
                               asio::bind_cancellation_slot(stop_.slot(), when_made(&proxy_attempt::on_secured)));
        is_stoppable_ = true;
    }

    void on_secured(std::unique_ptr<transport> made)
    {
        ticket_ = 0;
        stream_ = std::move(made);
        find_target();
    }

    void find_target()
    {
        const bool is_last = at_ + 1 == way_->chain.size();
        endpoint target = is_last ? to_.broker : *proxy_address(way_->chain[at_ + 1]);
        const auto* socks = std::get_if<socks5>(&way_->chain[at_]);
        if (socks == nullptr || socks->remote_names || is_numeric(target.host)) return shake(target);
        if (is_last && !addresses_.empty()) return shake(addresses_.front());
        is_at("resolving " + target.host);
        auto on_resolved = [self = shared_from_this(), is_last](std::error_code ec, std::vector<endpoint> found) {
            self->is_stoppable_ = false;
            if (!self->done_) return;
            if (ec) return self->end(ec, std::move(*self->failure_));
            if (found.empty()) return self->end(errc::no_address, diagnostics(self->doing_ + ": there is no address"));
            if (is_last && self->to_.node_id >= 0 && !self->parts_->allow_link_local) {
                std::erase_if(found, [](const endpoint& one) { return is_link_local(one.host); });
                if (found.empty())
                    return self->end(errc::endpoint_refused,
                                     diagnostics(self->doing_ +
                                                 ": a link-local address, named by the cluster's metadata for node " +
                                                 std::to_string(self->to_.node_id) +
                                                 ", which allow_link_local would have to allow"));
            }
            const endpoint first = found.front();
            if (is_last) self->addresses_ = std::move(found);
            self->shake(first);
        };
        parts_->names->async_resolve(to_.executor, std::move(target), failure_.get(),
                                     asio::bind_cancellation_slot(stop_.slot(), std::move(on_resolved)));
        is_stoppable_ = true;
    }

    void shake(const endpoint& target)
    {
        handshake_ = make_handshake(way_->chain[at_], target);
        go_on();
    }

    void go_on()
    {
        for (;;) {
            auto action = handshake_->next();
            if (auto* failed = std::get_if<proxy_failure>(&action)) return on_refused(std::move(*failed));
            is_at(std::string(handshake_->step()));
            if (std::holds_alternative<proxy_handshake::done>(action)) return on_tunnel();
            if (auto* out = std::get_if<proxy_handshake::send>(&action)) return write(std::move(out->bytes));
            if (early_.empty()) {
                if (has_other_address() && handshake_->tries_target()) await_address();
                return read();
            }
            const std::size_t used = handshake_->on_bytes(bytes_view(early_.data(), early_.size()));
            early_.erase(early_.begin(), early_.begin() + static_cast<std::ptrdiff_t>(used));
        }
    }

    // Each address of the broker may take its part of what time is left: a proxy can wait for long where nobody answers.
    void await_address()
    {
        if (std::exchange(is_patient_, true)) return;
        const steady_time now = parts_->in.clock->now();
        const auto part = (to_.deadline - now) / static_cast<std::int64_t>(addresses_.size());
        patience_->async_wait_until(to_.executor, now + part,
                                    [self = shared_from_this(), which = tried_](std::error_code ec) {
                                        if (!ec && self->done_ && self->tried_ == which)
                                            self->next_address(to_string(self->addresses_.front()) +
                                                               ": it did not answer in its part of the time");
                                    });
    }

    [[nodiscard]] bool has_other_address() const { return at_ + 1 == way_->chain.size() && addresses_.size() > 1; }

    // From the beginning, since SOCKS has one request a connection.
    void next_address(const std::string& why)
    {
        tried_in_vain_ += (tried_in_vain_.empty() ? "" : "; ") + why;
        log(describe(way_->chain[at_]) + ": " + why + "; trying the next address");
        addresses_.erase(addresses_.begin());
        ++tried_;
        is_patient_ = false;
        patience_->cancel();
        stream_->close();
        connect();
    }

    void write(secret bytes)
    {
        out_ = std::move(bytes);
        parts_out_[0] = out_.bytes();
        auto on_written = [self = shared_from_this()](std::error_code ec) {
            self->out_.clear();
            if (!self->done_) return;
            if (ec) return self->on_lost(ec);
            self->go_on();
        };
        stream_->write(parts_out_, {std::move(on_written), to_.executor, failure_.get()});
    }

    void read()
    {
        auto on_read = [self = shared_from_this(), which = tried_](std::error_code ec, std::size_t size) {
            if (!self->done_ || self->tried_ != which) return;
            if (ec) return self->on_lost(ec);
            self->early_.assign(self->block_.begin(), self->block_.begin() + static_cast<std::ptrdiff_t>(size));
            self->go_on();
        };
        stream_->read_some(block_, {std::move(on_read), to_.executor, failure_.get()});
    }

    void on_tunnel()
    {
        handshake_.reset();
        patience_->cancel();
        const bool is_last = ++at_ == way_->chain.size();
        if (is_last) return succeed();
        // What came early is the next proxy's, and TLS to that one reads from the stream.
        if (!early_.empty()) {
            std::string same = stream_->describe();
            stream_ = std::make_unique<proxy_transport>(std::move(stream_), std::exchange(early_, {}), std::move(same));
        }
        on_stream(std::move(stream_));
    }

    void succeed()
    {
        alarm_->cancel();
        const std::string way = to_string(to_.broker) + " through " + describe_way(way_->chain);
        log("connected to " + way);
        auto made = std::make_unique<proxy_transport>(std::move(stream_), std::move(early_), way);
        auto ending = std::move(done_);
        ending.succeed(std::move(made));
    }

    void on_refused(proxy_failure why)
    {
        const bool may_help = why.ec == errc::proxy_failed || why.ec == errc::proxy_refused;
        if (may_help && has_other_address()) return next_address(why.words); // which name the address
        end(why.ec, diagnostics(doing_ + ": " + why.words));
    }

    void on_lost(std::error_code ec)
    {
        if (has_other_address() && handshake_->tries_target())
            return next_address(to_string(addresses_.front()) + ": the stream ended: " + ec.message());
        if (ec == asio::error::eof)
            return end(errc::connection_closed, diagnostics("it closed the connection during " + doing_));
        if (ec == asio::error::connection_reset || ec == asio::error::broken_pipe)
            return end(errc::connection_reset, diagnostics("the connection broke during " + doing_));
        diagnostics about = std::move(*failure_);
        if (about.client_message().empty()) about.set_client_message(doing_ + ": " + ec.message());
        end(ec, std::move(about));
    }

    void end(std::error_code ec, diagnostics about)
    {
        if (!done_) return;
        alarm_->cancel();
        patience_->cancel();
        auto ending = std::move(done_);
        if (is_stoppable_) stop_.emit(asio::cancellation_type::all);
        if (ticket_ != 0) way_->secured[ticket_hop_].handover->drop(ticket_);
        if (stream_) stream_->close();
        const std::size_t hop = std::min(at_, way_->chain.size() - 1);
        if (!tried_in_vain_.empty())
            about.set_client_message(std::string(about.client_message()) + " (before: " + tried_in_vain_ + ')');
        about.add_context("proxy " + describe(way_->chain[hop]));
        about.set_peer(to_.broker, to_.node_id);
        ending.fail(ec, std::move(about));
    }

    void log(const std::string& text) const
    {
        const auto& to = parts_->in.log;
        if (to && to->enabled(log_level::debug)) to->write(log_level::debug, "proxy", text);
    }

    std::shared_ptr<const proxy_parts> parts_;
    std::shared_ptr<const proxy_way> way_;
    transport_request to_;
    completion<void(std::error_code, std::unique_ptr<transport>)> done_;
    std::unique_ptr<timer> alarm_;
    std::unique_ptr<timer> patience_; // with one of several addresses
    asio::cancellation_signal stop_;
    bool is_stoppable_ = false; // something is under way that stop_ ends
    std::shared_ptr<diagnostics> failure_ = std::make_shared<diagnostics>();
    std::string doing_;

    std::size_t at_ = 0; // which proxy of the chain
    std::int32_t ticket_ = 0;
    std::size_t ticket_hop_ = 0;
    std::unique_ptr<transport> stream_;
    std::unique_ptr<proxy_handshake> handshake_;
    std::string tried_in_vain_;       // addresses of the broker, and what became of them
    std::vector<endpoint> addresses_; // of the broker, those that are left to try, where they are looked up here
    std::size_t tried_ = 0;           // of them
    bool is_patient_ = false;         // with the first of them, that is, patience_ runs
    std::vector<std::byte> early_;    // read, and not the handshake's so far
    secret out_;                      // being written
    std::array<bytes_view, 1> parts_out_{};
    std::vector<std::byte> block_ = std::vector<std::byte>(block_size);
};

} // namespace

std::int32_t handover_factory::keep(std::unique_ptr<transport> one)
{
    do last_ = last_ == std::numeric_limits<std::int32_t>::max() ? 1 : last_ + 1;
    while (kept_.contains(last_));
    kept_.emplace(last_, std::move(one));
    return last_;
}

void handover_factory::connect(transport_request to, completion<void(std::error_code, std::unique_ptr<transport>)> done)
{
    auto found = kept_.extract(to.node_id);
    if (found.empty()) return done.fail(asio::error::operation_aborted);
    done.succeed(std::move(found.mapped()));
}

std::shared_ptr<const proxy_way> make_proxy_way(proxy_chain chain, const tls_surroundings& in)
{
    auto way = std::make_shared<proxy_way>();
    way->chain = std::move(chain);
    for (const proxy_hop& hop : way->chain) {
        proxy_tls& secured = way->secured.emplace_back();
        const auto* http = std::get_if<http_connect>(&hop);
        if (http == nullptr || !http->tls) continue;
        secured.handover = std::make_shared<handover_factory>();
        secured.tls = make_tls_factory(secured.handover, *http->tls, in);
    }
    return way;
}

void start_proxy_attempt(std::shared_ptr<const proxy_parts> parts, std::shared_ptr<const proxy_way> way,
                         transport_request to, completion<void(std::error_code, std::unique_ptr<transport>)> done)
{
    std::make_shared<proxy_attempt>(std::move(parts), std::move(way), std::move(to), std::move(done))->start();
}

} // namespace odradek
