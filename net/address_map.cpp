// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/address_map.hpp>
#include <odradek/protocol/error.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/post.hpp>

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>

namespace odradek {
namespace {

char lower(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool is_same_host(std::string_view one, std::string_view other) noexcept
{
    return std::equal(one.begin(), one.end(), other.begin(), other.end(),
                      [](char a, char b) { return lower(a) == lower(b); });
}

// Says where it leads and whom it is for; all else is the transport's below.
class mapped_transport final : public transport {
public:
    mapped_transport(std::unique_ptr<transport> inner, const endpoint& named)
        : inner_(std::move(inner)), named_(to_string(named))
    {}

    void read_some(std::span<std::byte> into, completion<void(std::error_code, std::size_t)> done) override
    {
        inner_->read_some(into, std::move(done));
    }
    void write(std::span<const bytes_view> parts, completion<void(std::error_code)> done) override
    {
        inner_->write(parts, std::move(done));
    }
    [[nodiscard]] std::uint64_t bytes_written() const noexcept override { return inner_->bytes_written(); }
    [[nodiscard]] std::size_t read_now(std::span<std::byte> into) noexcept override { return inner_->read_now(into); }
    [[nodiscard]] state probe() noexcept override { return inner_->probe(); }
    void close() noexcept override { inner_->close(); }
    [[nodiscard]] std::string describe() const override { return inner_->describe() + ", mapped from " + named_; }

private:
    std::unique_ptr<transport> inner_;
    std::string named_;
};

// One call of connect() whose address is another one below.
class mapped_attempt : public std::enable_shared_from_this<mapped_attempt> {
public:
    mapped_attempt(transport_request to, endpoint target,
                   completion<void(std::error_code, std::unique_ptr<transport>)> done)
        : to_(std::move(to)), target_(std::move(target)), done_(std::move(done))
    {}

    void start(socket_factory& inner)
    {
        done_.on_cancel([weak = weak_from_this(), executor = to_.executor] {
            asio::post(executor, [weak] {
                if (const auto self = weak.lock()) self->stop_.emit(asio::cancellation_type::terminal);
            });
        });
        transport_request below = to_;
        below.broker = target_;
        inner.async_connect(
            std::move(below), &failure_,
            asio::bind_cancellation_slot(
                stop_.slot(), [self = shared_from_this()](std::error_code ec, std::unique_ptr<transport> made) {
                    self->end(ec, std::move(made));
                }));
    }

private:
    void end(std::error_code ec, std::unique_ptr<transport> made)
    {
        auto ending = std::move(done_);
        if (!ec) return ending.succeed(std::make_unique<mapped_transport>(std::move(made), to_.broker));
        failure_.add_context(to_string(to_.broker) + " is mapped to " + to_string(target_));
        failure_.set_peer(to_.broker, to_.node_id);
        ending.fail(ec, std::move(failure_));
    }

    transport_request to_;
    endpoint target_;
    completion<void(std::error_code, std::unique_ptr<transport>)> done_;
    asio::cancellation_signal stop_;
    diagnostics failure_;
};

class mapped_factory final : public socket_factory {
public:
    mapped_factory(std::shared_ptr<socket_factory> inner, address_map map)
        : inner_(std::move(inner)), map_(std::move(map))
    {}

    void connect(transport_request to, completion<void(std::error_code, std::unique_ptr<transport>)> done) override
    {
        endpoint target;
        std::string thrown;
        try {
            target = map_(to.broker);
        } catch (const std::exception& e) {
            thrown = std::string{"threw for "} + to_string(to.broker) + ": " + e.what();
        } catch (...) {
            thrown = "threw for " + to_string(to.broker);
        }
        if (!thrown.empty()) return refuse(to, std::move(done), errc::callback_failed, "the address map " + thrown);
        if (target.host.empty() || target.port == 0)
            return refuse(to, std::move(done), errc::invalid_option,
                          "the address map gives " + to_string(to.broker) + " \"" + to_string(target) +
                              "\", which lacks a host or a port");
        if (target == to.broker) return inner_->connect(std::move(to), std::move(done));
        std::make_shared<mapped_attempt>(std::move(to), std::move(target), std::move(done))->start(*inner_);
    }

private:
    static void refuse(const transport_request& to, completion<void(std::error_code, std::unique_ptr<transport>)> done,
                       errc why, std::string words)
    {
        diagnostics about{std::move(words)};
        about.set_peer(to.broker, to.node_id);
        done.fail(why, std::move(about));
    }

    std::shared_ptr<socket_factory> inner_;
    address_map map_;
};

} // namespace

address_map::address_map(std::vector<line> table)
{
    if (table.empty()) return;
    map_ = [table = std::move(table)](const endpoint& named) {
        for (const line& one : table) {
            if (!is_same_host(one.from.host, named.host)) continue;
            if (one.from.port != 0 && one.from.port != named.port) continue;
            return endpoint{one.to.host, one.to.port == 0 ? named.port : one.to.port};
        }
        return named;
    };
}

std::shared_ptr<socket_factory> make_mapped_factory(std::shared_ptr<socket_factory> inner, address_map map)
{
    return std::make_shared<mapped_factory>(std::move(inner), std::move(map));
}

} // namespace odradek
