// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/environment.hpp>
#include <odradek/net/tcp.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace odradek::test {

// Answers what it is told to, without asking anybody.
class fixed_resolver final : public resolver {
public:
    std::vector<endpoint> answer;
    void resolve(const asio::any_io_executor&, endpoint,
                 completion<void(std::error_code, std::vector<endpoint>)> done) override
    {
        done.succeed(answer);
    }
};

// Real sockets on the loopback device: somebody who listens, and connections to wherever the resolver says.
class tcp_fixture : public testing::Test {
protected:
    using tcp = asio::ip::tcp;

    tcp_fixture()
        : world(make_environment(io.get_executor())), acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0))
    {
        names->answer = {{"127.0.0.1", port()}};
    }

    // Of the one who listens.
    [[nodiscard]] std::uint16_t port() const { return acceptor.local_endpoint().port(); }

    // A port of this machine that refuses: it was free a moment ago and is bound, but nobody listens there.
    std::uint16_t refusing_port()
    {
        bound.emplace(io, tcp::v4());
        bound->bind(tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        return bound->local_endpoint().port();
    }

    // An address that swallows everything: its full backlog answers nobody.
    endpoint swallowing_address()
    {
        full.emplace(io);
        full->open(tcp::v4());
        full->bind(tcp::endpoint(asio::ip::address_v4::loopback(), 0));
        full->listen(0);
        for (int i = 0; i < 8; ++i) {
            fillers.push_back(std::make_unique<tcp::socket>(io, tcp::v4()));
            fillers.back()->async_connect(full->local_endpoint(), [](std::error_code) {});
        }
        io.restart();
        io.run_for(std::chrono::milliseconds{100});
        return {"127.0.0.1", full->local_endpoint().port()};
    }

    struct attempt {
        std::optional<std::error_code> ec;
        std::unique_ptr<transport> made;
        diagnostics about;
        endpoint to{"broker.test", 9092};
        std::int32_t node_id = 1;
    };
    // All through one factory, which the first one makes.
    void connect(attempt& to, std::chrono::milliseconds patience = std::chrono::seconds{10}, tcp_options options = {},
                 asio::cancellation_slot slot = {})
    {
        if (!factory) factory = make_tcp_factory(names, world.clock, std::move(options));
        transport_request request{to.to, to.node_id, {}, world.clock->now() + patience, world.strand};
        factory->async_connect(
            std::move(request), &to.about,
            asio::bind_cancellation_slot(slot, [&to](std::error_code ec, std::unique_ptr<transport> made) {
                to.ec = ec;
                to.made = std::move(made);
            }));
    }
    void connect_pair(attempt& to, tcp::socket& server)
    {
        connect(to);
        acceptor.async_accept(server, [](std::error_code) {});
        run();
        ASSERT_TRUE(to.made) << to.about.to_string();
    }
    void run()
    {
        io.restart();
        io.run();
    }
    // Until it has ended, or half a minute is over: what else is pending may last for ever.
    void run_until_ended(const attempt& to)
    {
        io.restart();
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds{30};
        while (!to.ec && std::chrono::steady_clock::now() < end) io.run_one_until(end);
        ASSERT_TRUE(to.ec) << "hangs";
    }

    asio::io_context io;
    environment world;
    tcp::acceptor acceptor;
    std::optional<tcp::socket> bound;
    std::optional<tcp::acceptor> full;
    std::vector<std::unique_ptr<tcp::socket>> fillers;
    std::shared_ptr<fixed_resolver> names = std::make_shared<fixed_resolver>();
    std::shared_ptr<socket_factory> factory;
};

} // namespace odradek::test
