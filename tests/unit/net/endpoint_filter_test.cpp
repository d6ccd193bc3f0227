// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/endpoint_filter.hpp>
#include <odradek/protocol/error.hpp>

#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <optional>
#include <stdexcept>
#include <string>
#include <tests/support/fake_network.hpp>

namespace odradek {
namespace {

const endpoint named{"broker.test", 9092};

struct filtered_factory : testing::Test {
    std::error_code connect(endpoint_filter filter, std::int32_t node_id = 3)
    {
        network->listeners[named] = [](const std::shared_ptr<test::fake_stream>&) {};
        std::error_code ec = asio::error::would_block;
        make_filtered_factory(network, std::move(filter))
            ->async_connect({named, node_id, {}, steady_time{}, io.get_executor()}, &about,
                            [&](std::error_code e, const std::unique_ptr<transport>&) { ec = e; });
        io.restart();
        io.run();
        return ec;
    }

    asio::io_context io;
    std::shared_ptr<test::fake_network> network = std::make_shared<test::fake_network>();
    diagnostics about;
};

TEST_F(filtered_factory, asks_about_address_and_node)
{
    std::optional<endpoint> asked;
    std::int32_t node = -1;
    EXPECT_EQ(connect([&](const endpoint& where, std::int32_t node_id) {
                  asked = where;
                  node = node_id;
                  return true;
              }),
              std::error_code{});
    EXPECT_EQ(asked, named);
    EXPECT_EQ(node, 3);
    EXPECT_EQ(network->attempts.size(), 1u);
}

TEST_F(filtered_factory, refuses_what_the_function_denies)
{
    EXPECT_EQ(connect([](const endpoint&, std::int32_t) { return false; }), errc::endpoint_refused);
    EXPECT_EQ(about.client_message(), "node 3 at broker.test:9092 is refused by the endpoint filter: it is not among "
                                      "those that are allowed");
    EXPECT_EQ(about.peer(), named);
    EXPECT_EQ(about.node_id(), 3);
    EXPECT_TRUE(network->attempts.empty());
}

TEST_F(filtered_factory, gives_the_functions_own_reason)
{
    EXPECT_EQ(connect([](const endpoint& where, std::int32_t) { return "not in the zone: " + where.host; }),
              errc::endpoint_refused);
    EXPECT_EQ(about.client_message(),
              "node 3 at broker.test:9092 is refused by the endpoint filter: not in the zone: broker.test");
    EXPECT_EQ(connect([](const endpoint&, std::int32_t) { return ""; }), std::error_code{});
}

TEST_F(filtered_factory, lets_bootstrap_servers_pass_unasked)
{
    EXPECT_EQ(connect([](const endpoint&, std::int32_t) -> bool { throw std::logic_error("asked"); }, -1),
              std::error_code{});
}

TEST_F(filtered_factory, what_the_function_throws_becomes_words)
{
    EXPECT_EQ(connect([](const endpoint&, std::int32_t) -> bool { throw std::runtime_error("no list"); }),
              errc::callback_failed);
    EXPECT_EQ(about.client_message(), "node 3 at broker.test:9092: the endpoint filter threw: no list");
    EXPECT_EQ(connect([](const endpoint&, std::int32_t) -> std::string { throw 5; }), errc::callback_failed);
    EXPECT_EQ(about.client_message(), "node 3 at broker.test:9092: the endpoint filter threw");
    EXPECT_TRUE(network->attempts.empty());
}

TEST(endpoint_filter, is_empty_without_a_function_and_then_refuses_nobody)
{
    const endpoint_filter none;
    EXPECT_TRUE(none.empty());
    EXPECT_EQ(none(named, 3), "");
    const endpoint_filter some([](const endpoint&, std::int32_t) { return false; });
    const endpoint_filter copy = some;
    EXPECT_FALSE(copy.empty());
    EXPECT_NE(copy(named, 3), "");
}

} // namespace
} // namespace odradek
