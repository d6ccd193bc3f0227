// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/client.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>

#include <asio/awaitable.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/redirect_error.hpp>
#include <asio/steady_timer.hpp>
#include <asio/this_coro.hpp>
#include <asio/use_awaitable.hpp>
#include <gmock/gmock.h>

#include <algorithm>
#include <memory>
#include <stdexcept>
#include <string>
#include <tests/support/fake_broker.hpp>
#include <tests/support/reverse_zone.hpp>
#include <vector>

namespace odradek {
namespace {

using namespace test;
using std::chrono_literals::operator""s;
using testing::HasSubstr;

struct canonical_bootstrap : testing::Test {
    canonical_bootstrap() { in.world.resolver = zone; }

    // Whom a client tries to reach, all of whom refuse.
    std::vector<endpoint> tried(client_options options)
    {
        options.default_api_timeout = 1s;
        client c(in.world, std::move(options));
        bool ended = false;
        c.async_request(about, any_broker, metadata_request{}, {},
                        [&](std::error_code, const response<metadata_response>&) { ended = true; });
        EXPECT_TRUE(in.time->run_until(in.io, [&] { return ended; }));
        std::vector<endpoint> all;
        for (const transport_request& one : in.network->attempts)
            if (std::find(all.begin(), all.end(), one.broker) == all.end()) all.push_back(one.broker);
        std::sort(all.begin(), all.end());
        return all;
    }

    fake_world in;
    std::shared_ptr<reverse_zone> zone = std::make_shared<reverse_zone>();
    diagnostics about;
};

TEST_F(canonical_bootstrap, is_where_a_client_begins_if_it_is_told_to)
{
    zone->names["kafka.test"] = {"node1.test", "node2.test"};
    EXPECT_EQ(tried({.brokers = {"kafka.test:7"}, .canonical_bootstrap_names = true}),
              (std::vector<endpoint>{{"node1.test", 7}, {"node2.test", 7}}));
}

TEST_F(canonical_bootstrap, is_not_asked_for_by_default)
{
    zone->names["kafka.test"] = {"node1.test", "node2.test"};
    EXPECT_EQ(tried({.brokers = {"kafka.test:7"}}), (std::vector<endpoint>{{"kafka.test", 7}}));
}

TEST_F(canonical_bootstrap, goes_for_servers_that_a_function_finds_too)
{
    zone->names["found.test"] = {"node3.test"};
    client_options options;
    options.brokers = broker_list{[](discovery) -> asio::awaitable<std::vector<endpoint>> {
        std::vector<endpoint> found;
        found.push_back({"found.test", 9});
        co_return found;
    }};
    options.canonical_bootstrap_names = true;
    EXPECT_EQ(tried(std::move(options)), (std::vector<endpoint>{{"node3.test", 9}}));
}

// One that throws before it gives an awaitable, and one that throws within.
TEST_F(canonical_bootstrap, a_function_that_throws_is_an_error_in_words)
{
    const auto at_once = [](discovery which) -> asio::awaitable<std::vector<endpoint>> {
        if (which.round > 0) throw std::runtime_error("no configuration");
        return []() -> asio::awaitable<std::vector<endpoint>> { co_return std::vector<endpoint>{}; }();
    };
    const auto within = [](discovery) -> asio::awaitable<std::vector<endpoint>> {
        co_await asio::this_coro::executor;
        throw std::runtime_error("no configuration");
    };
    for (const broker_list& each : {broker_list{at_once}, broker_list{within}}) {
        client_options options;
        options.brokers = each;
        EXPECT_TRUE(tried(std::move(options)).empty());
        EXPECT_THAT(about.to_string(), HasSubstr("the function of client_options::brokers threw: no configuration"));
    }
}

// A name server that does not answer, or a function that waits for something, keeps nobody who closes the client.
TEST_F(canonical_bootstrap, is_not_waited_for_once_the_client_is_closed)
{
    for (const bool by_function : {false, true}) {
        client_options options{.brokers = {"silent.test:7"}, .canonical_bootstrap_names = true};
        bool was_stopped = false;
        if (by_function)
            options.brokers = broker_list{[&was_stopped](discovery) -> asio::awaitable<std::vector<endpoint>> {
                asio::steady_timer never(co_await asio::this_coro::executor, asio::steady_timer::time_point::max());
                std::error_code ec;
                co_await never.async_wait(asio::redirect_error(asio::use_awaitable, ec));
                was_stopped = true;
                co_return std::vector<endpoint>{};
            }};
        auto c = std::make_unique<client>(in.world, std::move(options));
        std::error_code ended;
        c->async_request(any_broker, metadata_request{}, {},
                         [&](std::error_code ec, const response<metadata_response>&) { ended = ec; });
        in.settle();
        EXPECT_FALSE(ended);
        c.reset();
        in.io.restart();
        in.io.run(); // would not return
        EXPECT_EQ(ended, errc::closed);
        EXPECT_EQ(was_stopped, by_function);
    }
}

TEST_F(canonical_bootstrap, says_what_cannot_be_looked_up)
{
    EXPECT_TRUE(tried({.brokers = {"gone.test:7"}, .canonical_bootstrap_names = true}).empty());
    EXPECT_THAT(about.to_string(), HasSubstr("there is no gone.test"));
}

TEST(client_addresses, a_bind_address_that_is_none_is_an_invalid_option)
{
    fake_world in;
    client c(in.world, {.brokers = {"kafka.test:7"}, .bind_address = "eth0"});
    std::error_code ended;
    diagnostics about;
    c.async_request(about, any_broker, metadata_request{}, {},
                    [&](std::error_code ec, const response<metadata_response>&) { ended = ec; });
    in.settle();
    EXPECT_EQ(ended, errc::invalid_option);
    EXPECT_THAT(about.to_string(), HasSubstr("client_options::bind_address \"eth0\" is no numeric address"));
}

// The real world, but a port that refuses: what arrives there shows in the words.
TEST(client_addresses, options_reach_the_sockets)
{
    asio::io_context io;
    asio::ip::tcp::socket bound(io, asio::ip::tcp::v4());
    bound.bind({asio::ip::address_v4::loopback(), 0});
    const endpoint refusing{"127.0.0.1", bound.local_endpoint().port()};
    const auto words = [&](client_options options) {
        options.brokers = {"kafka.test:7"};
        options.default_api_timeout = std::chrono::milliseconds{200};
        client c(io.get_executor(), std::move(options));
        diagnostics about;
        c.async_request(about, any_broker, metadata_request{}, {},
                        [](std::error_code, const response<metadata_response>&) {});
        io.restart();
        io.run();
        return about.to_string();
    };
    const std::string mapped = words({.address_map = {{{"kafka.test", 7}, refusing}}});
    EXPECT_THAT(mapped, HasSubstr("kafka.test:7 is mapped to " + to_string(refusing)));
    EXPECT_THAT(mapped, HasSubstr("Connection refused"));
    EXPECT_THAT(
        words({.address_map = {{{"kafka.test", 7}, refusing}}, .bind_address = "192.0.2.1"}), // of nobody (RFC 5737)
        HasSubstr("bind_address 192.0.2.1: "));
}

} // namespace
} // namespace odradek
