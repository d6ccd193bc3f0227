// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "proxy_talk.hpp"
#include <odradek/net/proxy.hpp>
#include <odradek/protocol/error.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <tests/support/fake_network.hpp>
#include <tests/support/virtual_clock.hpp>
#include <vector>

namespace odradek::test {

using std::chrono_literals::operator""s;

/// A resolver that answers what it is told to; that nobody knows the name if that is nothing.
class told_resolver final : public resolver {
public:
    std::vector<endpoint> answer{};
    std::vector<endpoint> asked{};
    void resolve(const asio::any_io_executor&, endpoint name,
                 completion<void(std::error_code, std::vector<endpoint>)> done) override
    {
        asked.push_back(std::move(name));
        if (answer.empty()) return done.fail(errc::host_not_found, diagnostics("nobody knows it"));
        done.succeed(answer);
    }
};

/// A factory of proxies over a network that the test plays.
class proxy_fixture : public testing::Test {
public:
    ~proxy_fixture() override { settle(); }

protected:
    static inline const endpoint broker{"broker.test", 9093};
    static inline const endpoint first{"first.test", 1080};
    static inline const endpoint second{"second.test", 3128};
    static inline const std::string greeting = bytes({5, 1, 0});
    static inline const std::string no_method_needed = bytes({5, 0});
    static inline const std::string connected = bytes({5, 0, 0, 1, 0, 0, 0, 0, 0, 0});
    static inline const std::string tunnel = "HTTP/1.1 200 Connection established\r\n\r\n";

    static std::string socks_request(const endpoint& to)
    {
        return bytes({5, 1, 0, 3, static_cast<int>(to.host.size())}) + to.host + bytes({to.port >> 8, to.port & 255});
    }
    static std::string http_request(const endpoint& to)
    {
        return "CONNECT " + to_string(to) + " HTTP/1.1\r\nHost: " + to_string(to) + "\r\n\r\n";
    }

    proxy_fixture()
    {
        logs->set_sink([this](log_level, std::string_view, std::string_view text) { told += std::string(text) + '\n'; },
                       log_level::debug);
    }

    struct exchange {
        std::string question;
        std::string answer;
    };
    // A proxy that says each answer once it has got all questions up to there; a question that is wrong is never answered.
    void serve(const endpoint& where, std::vector<exchange> script)
    {
        network->listeners[where] = [this, script = std::move(script)](std::shared_ptr<fake_stream> accepted) {
            fake_stream* one = accepted.get();
            one->read_at_most = piece;
            streams.push_back(std::move(accepted));
            one->on_received = [one, script, step = std::size_t{0}, expected = std::string()]() mutable {
                if (step == script.size() || one->received != expected + script[step].question) return;
                expected += script[step].question;
                one->push(bytes_view(script[step++].answer));
            };
        };
    }
    struct attempt {
        std::optional<std::error_code> ec{};
        std::unique_ptr<transport> made{};
        diagnostics about{};
    };
    void use(proxy_options options)
    {
        factory = make_proxy_factory(network, std::move(options), {time, nullptr, logs}, names);
    }
    void start(attempt& to, asio::cancellation_slot slot = {}, connection_role role = connection_role::general)
    {
        to.ec.reset();
        transport_request request{broker, 1, role, time->now() + 10s, io.get_executor()};
        factory->async_connect(
            std::move(request), &to.about,
            asio::bind_cancellation_slot(slot, [this, &to](std::error_code ec, std::unique_ptr<transport> made) {
                to.ec = ec;
                to.made = std::move(made);
                told += to.about.to_string() + '\n' + describe(ec, to.about) + '\n';
                if (to.made) told += to.made->describe() + '\n';
            }));
    }
    // Connects; "connected", or the words.
    std::string connect(attempt& to)
    {
        start(to);
        settle();
        if (!to.ec) return "still connecting";
        return *to.ec ? std::string(to.about.client_message()) : "connected";
    }
    std::string read(transport& from, std::size_t most = 1000)
    {
        std::string into(most, '\0');
        std::string got = "nothing yet";
        from.async_read_some(
            io.get_executor(), std::as_writable_bytes(std::span(into)),
            [&](std::error_code ec, std::size_t size) { got = ec ? ec.message() : into.substr(0, size); });
        settle();
        if (got == "nothing yet") {
            from.close();
            settle();
        }
        return got;
    }
    void settle() { virtual_clock::settle(io); }

    asio::io_context io;
    std::shared_ptr<virtual_clock> time = std::make_shared<virtual_clock>();
    std::shared_ptr<logger> logs = std::make_shared<logger>();
    std::shared_ptr<fake_network> network = std::make_shared<fake_network>();
    std::shared_ptr<told_resolver> names = std::make_shared<told_resolver>();
    std::shared_ptr<socket_factory> factory;
    std::vector<std::shared_ptr<fake_stream>> streams;
    std::size_t piece = ~std::size_t{0};
    std::string told; // all that was logged, and all words
};

} // namespace odradek::test
