// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/address_map.hpp>
#include <odradek/protocol/error.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <gmock/gmock.h>

#include <stdexcept>
#include <string>
#include <tests/support/fake_network.hpp>

namespace odradek {
namespace {

using testing::HasSubstr;

const endpoint named{"broker.test", 9092};
const endpoint real{"127.0.0.1", 19092};

TEST(address_map, takes_the_first_line_that_fits_and_leaves_the_rest_alone)
{
    const address_map map{{{"a.test", 1}, {"x", 10}}, {{"A.TEST", 2}, {"y", 20}}, {{"a.test", 1}, {"z", 30}}};
    EXPECT_EQ(map({"a.test", 1}), (endpoint{"x", 10}));
    EXPECT_EQ(map({"a.test", 2}), (endpoint{"y", 20})) << "hosts have no case";
    EXPECT_EQ(map({"a.test", 3}), (endpoint{"a.test", 3}));
    EXPECT_EQ(map({"b.test", 1}), (endpoint{"b.test", 1}));
}

TEST(address_map, port_0_is_every_port_and_the_same_port)
{
    const address_map map{{{"a.test", 0}, {"x", 0}}, {{"b.test", 0}, {"y", 7}}};
    EXPECT_EQ(map({"a.test", 1}), (endpoint{"x", 1}));
    EXPECT_EQ(map({"a.test", 2}), (endpoint{"x", 2}));
    EXPECT_EQ(map({"b.test", 2}), (endpoint{"y", 7}));
}

TEST(address_map, is_empty_without_a_table_or_function)
{
    EXPECT_TRUE(address_map{}.empty());
    EXPECT_TRUE(address_map(std::vector<address_map::line>{}).empty());
    EXPECT_EQ(address_map{}(named), named);
    EXPECT_FALSE((address_map{{{"a", 1}, {"b", 1}}}.empty()));
    const address_map function([](const endpoint& from) { return endpoint{from.host, 7}; });
    EXPECT_FALSE(function.empty());
    EXPECT_EQ(address_map(function)(named), (endpoint{"broker.test", 7}));
}

struct mapped_factory : testing::Test {
    void connect(address_map map)
    {
        make_mapped_factory(network, std::move(map))
            ->async_connect(
                {named, 3, connection_role::fetch, steady_time{std::chrono::hours{1}}, io.get_executor()}, &about,
                asio::bind_cancellation_slot(signal.slot(), [this](std::error_code e, std::unique_ptr<transport> t) {
                    ec = e;
                    made = std::move(t);
                }));
    }
    void run()
    {
        io.restart();
        io.run();
    }

    asio::io_context io;
    asio::cancellation_signal signal;
    std::shared_ptr<test::fake_network> network = std::make_shared<test::fake_network>();
    std::error_code ec = asio::error::would_block;
    std::unique_ptr<transport> made;
    diagnostics about;
};

TEST_F(mapped_factory, connects_to_where_the_map_says_and_shows_both_addresses)
{
    std::shared_ptr<test::fake_stream> far;
    network->listeners[real] = [&](std::shared_ptr<test::fake_stream> stream) { far = std::move(stream); };
    connect({{named, real}});
    run();
    ASSERT_TRUE(made) << about.to_string();
    EXPECT_EQ(network->attempts[0].broker, real);
    EXPECT_EQ(network->attempts[0].node_id, 3);
    EXPECT_EQ(network->attempts[0].role, connection_role::fetch);
    EXPECT_EQ(network->attempts[0].deadline, steady_time{std::chrono::hours{1}});
    EXPECT_EQ(made->describe(), "memory, mapped from broker.test:9092");
}

TEST_F(mapped_factory, gives_a_transport_that_does_all_that_the_one_below_does)
{
    std::shared_ptr<test::fake_stream> far;
    network->listeners[real] = [&](std::shared_ptr<test::fake_stream> stream) { far = std::move(stream); };
    connect({{named, real}});
    run();
    ASSERT_TRUE(made) << about.to_string();
    EXPECT_EQ(made->probe(), transport::state::quiet);
    const std::vector<bytes_view> parts{bytes_view("a"), bytes_view("bc")};
    std::error_code written = asio::error::would_block;
    made->async_write(io.get_executor(), parts, [&](std::error_code e) { written = e; });
    std::string got(10, '\0');
    std::size_t size = 0;
    far->push(bytes_view("answer"));
    EXPECT_EQ(made->probe(), transport::state::readable);
    made->async_read_some(io.get_executor(), std::as_writable_bytes(std::span(got)),
                          [&](std::error_code, std::size_t n) { size = n; });
    run();
    EXPECT_FALSE(written);
    EXPECT_EQ(far->received, "abc");
    EXPECT_EQ(made->bytes_written(), 3u);
    EXPECT_EQ(got.substr(0, size), "answer");
    made->close();
    EXPECT_TRUE(far->closed_by_client);
    EXPECT_EQ(made->probe(), transport::state::closed);
}

TEST_F(mapped_factory, names_both_addresses_when_it_fails)
{
    connect({{named, real}});
    run();
    EXPECT_EQ(ec, asio::error::connection_refused);
    EXPECT_THAT(std::string(about.client_message()),
                HasSubstr("broker.test:9092 is mapped to 127.0.0.1:19092: cannot connect"));
    EXPECT_EQ(about.peer(), named);
    EXPECT_EQ(about.node_id(), 3);
}

TEST_F(mapped_factory, stays_out_of_the_way_of_what_is_not_mapped)
{
    network->listeners[named] = [](const std::shared_ptr<test::fake_stream>&) {};
    connect({{{"other.test", 9092}, real}});
    run();
    ASSERT_TRUE(made) << about.to_string();
    EXPECT_EQ(made->describe(), "memory");
}

TEST_F(mapped_factory, is_stopped_with_the_one_below)
{
    network->refusals[real] = asio::error::operation_aborted; // never answers
    connect({{named, real}});
    io.poll();
    signal.emit(asio::cancellation_type::terminal);
    run();
    EXPECT_EQ(ec, asio::error::operation_aborted);
}

TEST_F(mapped_factory, what_a_function_throws_becomes_words)
{
    connect(address_map([](const endpoint&) -> endpoint { throw std::runtime_error("no tunnel"); }));
    run();
    EXPECT_EQ(ec, errc::callback_failed);
    EXPECT_EQ(about.client_message(), "the address map threw for broker.test:9092: no tunnel");
    connect(address_map([](const endpoint&) -> endpoint { throw 5; }));
    run();
    EXPECT_EQ(ec, errc::callback_failed);
    EXPECT_EQ(about.client_message(), "the address map threw for broker.test:9092");
    EXPECT_TRUE(network->attempts.empty());
}

TEST_F(mapped_factory, refuses_an_address_that_is_none)
{
    for (const endpoint& none : {endpoint{"", 1}, endpoint{"host", 0}}) {
        connect(address_map([&](const endpoint&) { return none; }));
        run();
        EXPECT_EQ(ec, errc::invalid_option);
        EXPECT_THAT(std::string(about.client_message()), HasSubstr("broker.test:9092 \"" + to_string(none) + "\""));
    }
    EXPECT_TRUE(network->attempts.empty());
}

} // namespace
} // namespace odradek
