// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/error.hpp>

#include <asio/error.hpp>
#include <gmock/gmock.h>

#include <sys/socket.h>
#include <tests/unit/net/tcp_fixture.hpp>

namespace odradek {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::HasSubstr;

using tcp_addresses = test::tcp_fixture;

// The times are so long that whoever waits for one of them hangs.
TEST_F(tcp_addresses, an_address_that_swallows_everything_does_not_hold_up_the_next_one)
{
    names->answer = {swallowing_address(), {"127.0.0.1", port()}};
    attempt to;
    connect(to, 1h, {.attempt_timeout = 1h, .attempt_delay = 10ms});
    run_until_ended(to);
    ASSERT_TRUE(to.made) << to.about.to_string();
    EXPECT_EQ(to.made->describe(), to_string(names->answer[1]));
}

TEST_F(tcp_addresses, a_refusal_makes_the_next_attempt_begin_at_once)
{
    names->answer = {{"127.0.0.1", refusing_port()}, {"127.0.0.1", port()}};
    attempt to;
    connect(to, 1h, {.attempt_timeout = 1h, .attempt_delay = 1h});
    run_until_ended(to);
    ASSERT_TRUE(to.made) << to.about.to_string();
    EXPECT_EQ(to.made->describe(), to_string(names->answer[1]));
}

TEST_F(tcp_addresses, both_families_reach_a_broker_that_listens_on_one)
{
    std::error_code ec;
    const tcp::endpoint v6(asio::ip::address_v6::loopback(), 0);
    tcp::acceptor other(io);
    if (other.open(v6.protocol(), ec) || other.bind(v6, ec) || other.listen(5, ec)) GTEST_SKIP() << ec.message();
    names->answer = {{"127.0.0.1", refusing_port()}, {"::1", other.local_endpoint().port()}};
    attempt to;
    connect(to);
    run_until_ended(to);
    ASSERT_TRUE(to.made) << to.about.to_string();
    EXPECT_EQ(to.made->describe(), to_string(names->answer[1]));
}

TEST_F(tcp_addresses, tries_the_address_first_that_worked_last_for_this_host)
{
    names->answer = {{"127.0.0.1", refusing_port()}, {"127.0.0.2", port()}};
    acceptor.close();
    acceptor = tcp::acceptor(io, tcp::endpoint(asio::ip::make_address("127.0.0.2"), 0));
    names->answer[1].port = port();
    attempt first;
    connect(first);
    run();
    ASSERT_TRUE(first.made) << first.about.to_string();
    ASSERT_EQ(first.made->describe(), to_string(names->answer[1]));

    ASSERT_EQ(::listen(bound->native_handle(), 5), 0); // now both answer
    attempt second;
    connect(second);
    run();
    ASSERT_TRUE(second.made) << second.about.to_string();
    EXPECT_EQ(second.made->describe(), to_string(names->answer[1]));
    attempt elsewhere;
    elsewhere.to.host = "other.test";
    connect(elsewhere);
    run();
    ASSERT_TRUE(elsewhere.made) << elsewhere.about.to_string();
    EXPECT_EQ(elsewhere.made->describe(), to_string(names->answer[0]));

    acceptor.close(); // and now the favourite does not
    attempt third;
    connect(third);
    run();
    ASSERT_TRUE(third.made) << third.about.to_string();
    EXPECT_EQ(third.made->describe(), to_string(names->answer[0]));
}

TEST_F(tcp_addresses, names_every_address_at_the_deadline)
{
    const endpoint swallows = swallowing_address();
    names->answer = {{"127.0.0.1", refusing_port()}, swallows};
    attempt to;
    connect(to, 1s, {.attempt_timeout = 1h, .attempt_delay = 10ms});
    run_until_ended(to);
    ASSERT_TRUE(to.ec);
    EXPECT_EQ(*to.ec, errc::connect_timed_out) << to.ec->message();
    const std::string words(to.about.client_message());
    EXPECT_THAT(words, HasSubstr("broker.test:9092 ("));
    EXPECT_THAT(words, HasSubstr(to_string(swallows) + ": no answer until the deadline"));
    EXPECT_THAT(words, HasSubstr(to_string(names->answer[0]) + ": Connection refused"));
}

TEST_F(tcp_addresses, cancelling_ends_every_attempt)
{
    const endpoint swallows = swallowing_address();
    names->answer = {swallows, swallows, swallows};
    asio::cancellation_signal signal;
    attempt to;
    connect(to, 1h, {.attempt_timeout = 1h, .attempt_delay = 10ms}, signal.slot());
    io.restart();
    io.run_for(100ms);
    signal.emit(asio::cancellation_type::terminal);
    fillers.clear();
    run(); // returns, since nothing is pending any more
    ASSERT_TRUE(to.ec);
    EXPECT_EQ(*to.ec, asio::error::operation_aborted);
}

// Remembers whether its only wait was cancelled, and else does nothing.
class silent_resolver final : public resolver {
public:
    bool cancelled = false;
    completion<void(std::error_code, std::vector<endpoint>)> kept;
    void resolve(const asio::any_io_executor&, endpoint,
                 completion<void(std::error_code, std::vector<endpoint>)> done) override
    {
        done.on_cancel([this] {
            cancelled = true;
            kept.fail(asio::error::operation_aborted);
        });
        kept = std::move(done);
    }
};

TEST_F(tcp_addresses, the_deadline_and_a_cancellation_end_the_look_up_too)
{
    for (const bool by_deadline : {true, false}) {
        const auto silent = std::make_shared<silent_resolver>();
        factory = make_tcp_factory(silent, world.clock);
        asio::cancellation_signal signal;
        attempt to;
        connect(to, by_deadline ? 10ms : std::chrono::milliseconds{1h}, {}, signal.slot());
        io.restart();
        if (!by_deadline) {
            io.poll();
            signal.emit(asio::cancellation_type::terminal);
        }
        run();
        ASSERT_TRUE(to.ec);
        EXPECT_TRUE(silent->cancelled);
        if (by_deadline) {
            EXPECT_EQ(*to.ec, errc::connect_timed_out);
            EXPECT_THAT(std::string(to.about.client_message()), HasSubstr("was not resolved until the deadline"));
        } else {
            EXPECT_EQ(*to.ec, asio::error::operation_aborted);
        }
    }
}

TEST_F(tcp_addresses, refuses_link_local_addresses_that_the_clusters_metadata_names)
{
    names->answer = {{"169.254.169.254", 80}, {"::ffff:169.254.1.1", 80}, {"fe80::1", 80}};
    attempt to;
    to.node_id = 3;
    connect(to);
    run();
    ASSERT_TRUE(to.ec);
    EXPECT_EQ(*to.ec, errc::endpoint_refused) << to.ec->message();
    const std::string words(to.about.client_message());
    for (const char* part : {"broker.test:9092", "169.254.169.254:80: ", "[::ffff:169.254.1.1]:80: ", "[fe80::1]:80: ",
                             "node 3", "allow_link_local"})
        EXPECT_THAT(words, HasSubstr(part));
}

TEST_F(tcp_addresses, goes_on_to_addresses_that_are_not_link_local)
{
    names->answer = {{"169.254.169.254", 80}, {"127.0.0.1", port()}};
    attempt to;
    connect(to);
    run();
    ASSERT_TRUE(to.made) << to.about.to_string();
}

// However a name says it: what counts is what it resolves to.
TEST_F(tcp_addresses, sees_through_other_ways_to_write_a_link_local_address)
{
    factory = make_tcp_factory(make_system_resolver(world.blocking), world.clock);
    for (const char* host : {"2852039166", "0xa9fea9fe", "169.16689662", "169.254.169.254", "::ffff:a9fe:a9fe"}) {
        attempt to;
        to.to = {host, 80};
        connect(to);
        run();
        ASSERT_TRUE(to.ec);
        EXPECT_EQ(*to.ec, errc::endpoint_refused) << host << ": " << to.about.to_string();
    }
}

// What comes from the loopback address goes nowhere, so nobody is bothered.
TEST_F(tcp_addresses, link_local_addresses_of_the_user_or_with_his_permission_are_tried)
{
    names->answer = {{"169.254.1.1", 80}};
    for (const bool allowed : {false, true}) {
        factory = make_tcp_factory(names, world.clock, {.bind_address = "127.0.0.1", .allow_link_local = allowed});
        attempt to;
        to.node_id = allowed ? 3 : -1;
        connect(to, 100ms);
        run();
        ASSERT_TRUE(to.ec);
        EXPECT_NE(*to.ec, errc::endpoint_refused) << to.about.to_string();
    }
}

} // namespace
} // namespace odradek
