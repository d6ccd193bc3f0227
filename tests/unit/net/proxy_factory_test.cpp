// SPDX-License-Identifier: Apache-2.0
#include "proxy_fixture.hpp"

#include <gmock/gmock.h>

namespace odradek::test {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class proxy_factory_test : public proxy_fixture {};

TEST_F(proxy_factory_test, goes_straight_without_a_proxy)
{
    serve(broker, {});
    use({});
    attempt to;
    EXPECT_EQ(connect(to), "connected");
    ASSERT_EQ(network->attempts.size(), 1u);
    EXPECT_EQ(network->attempts[0].broker, broker);
    EXPECT_EQ(network->attempts[0].node_id, 1);
    EXPECT_EQ(to.made->describe(), "memory");
}

TEST_F(proxy_factory_test, asks_a_socks_proxy_for_the_brokers_name)
{
    serve(first, {{greeting, no_method_needed}, {socks_request(broker), connected + "early"}});
    use(socks5{"first.test"});
    attempt to;
    ASSERT_EQ(connect(to), "connected");
    EXPECT_EQ(network->attempts[0].broker, first);
    EXPECT_EQ(network->attempts[0].deadline, time->now() + 10s);
    EXPECT_EQ(to.made->describe(), "broker.test:9093 through socks5 first.test:1080");
    EXPECT_TRUE(names->asked.empty());
    EXPECT_EQ(time->pending(), 0u);

    EXPECT_EQ(to.made->probe(), transport::state::readable);
    EXPECT_EQ(read(*to.made, 3), "ear");
    EXPECT_EQ(to.made->probe(), transport::state::readable);
    EXPECT_EQ(read(*to.made), "ly");
    EXPECT_EQ(to.made->probe(), transport::state::quiet);
    streams[0]->push("later");
    EXPECT_EQ(read(*to.made), "later");
    const std::uint64_t before = to.made->bytes_written();
    const std::vector<bytes_view> parts{"to the ", "broker"};
    to.made->async_write(io.get_executor(), parts, [](std::error_code ec) { EXPECT_FALSE(ec); });
    settle();
    EXPECT_THAT(streams[0]->received, testing::EndsWith("to the broker"));
    EXPECT_EQ(to.made->bytes_written() - before, 13u);
}

TEST_F(proxy_factory_test, hands_over_early_bytes_to_who_reads_without_waiting)
{
    serve(second, {{http_request(broker), tunnel + "early"}});
    use(http_connect{.address = "second.test:3128"});
    attempt to;
    ASSERT_EQ(connect(to), "connected");
    std::string into(8, '.');
    EXPECT_EQ(to.made->read_now(std::as_writable_bytes(std::span(into))), 5u);
    EXPECT_EQ(into, "early...");
    EXPECT_EQ(to.made->read_now(std::as_writable_bytes(std::span(into))), 0u) << "the fake below cannot";
    to.made->close();
    EXPECT_EQ(to.made->probe(), transport::state::closed);
}

TEST_F(proxy_factory_test, goes_through_a_chain_whatever_the_pieces)
{
    for (piece = 1; piece < 200; piece += 7) {
        serve(first, {{greeting, no_method_needed},
                      {socks_request(second), connected},
                      {http_request(broker), tunnel},
                      {"question", "answer"}});
        use(proxy_chain{socks5{"first.test"}, http_connect{.address = "second.test:3128"}});
        attempt to;
        ASSERT_EQ(connect(to), "connected") << piece;
        EXPECT_EQ(to.made->describe(), "broker.test:9093 through socks5 first.test:1080 and http second.test:3128");
        const std::vector<bytes_view> question{"question"};
        to.made->async_write(io.get_executor(), question, [](std::error_code ec) { EXPECT_FALSE(ec); });
        settle();
        EXPECT_EQ(read(*to.made), std::string("answer").substr(0, piece)) << piece;
    }
    EXPECT_THAT(told,
                HasSubstr("connecting to broker.test:9093 through socks5 first.test:1080 and http second.test:3128"));
}

TEST_F(proxy_factory_test, what_came_early_of_the_next_proxy_is_not_lost)
{
    // A proxy that greets before it is asked stands for any that is fast.
    serve(first, {{greeting, no_method_needed}, {socks_request(second), connected + tunnel + "early"}});
    use(proxy_chain{socks5{"first.test"}, http_connect{.address = "second.test:3128"}});
    attempt to;
    ASSERT_EQ(connect(to), "connected");
    EXPECT_EQ(read(*to.made), "early");
}

TEST_F(proxy_factory_test, names_proxy_and_step_wherever_the_stream_ends)
{
    const std::string all = bytes({5, 2, 1, 0}) + connected + tunnel;
    for (std::size_t size = 0; size < all.size(); ++size) {
        network->listeners[first] = [&](std::shared_ptr<fake_stream> accepted) {
            accepted->push(bytes_view(all).subview(0, size));
            accepted->end();
            streams.push_back(std::move(accepted));
        };
        use(proxy_chain{socks5{"first.test", "alice", "wonderland"}, http_connect{.address = "second.test:3128"}});
        attempt to;
        const std::string words = connect(to);
        const std::string step = size < 2 ? "the choice of a method" : size < 4 ? "the login" : "the request";
        const bool is_second = size >= 4 + connected.size();
        EXPECT_EQ(words, "proxy " + std::string(is_second ? "http second.test:3128" : "socks5 first.test:1080") +
                             ": it closed the connection during " + (is_second ? "the request CONNECT" : step))
            << size;
        EXPECT_EQ(to.ec, errc::connection_closed) << size;
        EXPECT_EQ(to.about.peer(), broker);
        EXPECT_EQ(to.about.node_id(), 1);
        EXPECT_TRUE(streams.back()->closed_by_client);
        EXPECT_EQ(time->pending(), 0u);
    }
}

TEST_F(proxy_factory_test, says_that_the_connection_broke)
{
    network->listeners[first] = [&](std::shared_ptr<fake_stream> accepted) {
        accepted->accept_at_most = 2;
        streams.push_back(std::move(accepted));
    };
    use(socks5{"first.test"});
    attempt to;
    EXPECT_EQ(connect(to), "proxy socks5 first.test:1080: the connection broke during the choice of a method");
    EXPECT_EQ(to.ec, errc::connection_reset);
}

TEST_F(proxy_factory_test, says_that_the_proxy_cannot_be_reached)
{
    use(socks5{"first.test"});
    attempt to;
    EXPECT_THAT(connect(to), StartsWith("proxy socks5 first.test:1080: cannot connect: "));
    EXPECT_EQ(to.ec, asio::error::connection_refused);
    EXPECT_EQ(to.about.peer(), broker);
}

TEST_F(proxy_factory_test, passes_on_what_each_proxy_says)
{
    serve(first, {{greeting, no_method_needed}, {socks_request(second), bytes({5, 4})}});
    use(proxy_chain{socks5{"first.test"}, http_connect{.address = "second.test:3128"}});
    attempt to;
    EXPECT_EQ(connect(to),
              "proxy socks5 first.test:1080: the request: no way to second.test:3128: host unreachable (reply 4)");
    EXPECT_EQ(to.ec, errc::proxy_failed);
    serve(first, {{greeting, no_method_needed},
                  {socks_request(second), connected},
                  {http_request(broker), "HTTP/1.1 403 Filtered\r\n\r\n"}});
    EXPECT_EQ(connect(to),
              "proxy http second.test:3128: the request CONNECT: no tunnel to broker.test:9093: 403 \"Filtered\"");
    EXPECT_EQ(to.ec, errc::proxy_refused);
}

TEST_F(proxy_factory_test, gives_up_at_the_deadline_whatever_it_waits_for)
{
    attempt to;
    network->refusals[first] = asio::error::operation_aborted;
    use(socks5{"first.test"});
    start(to);
    time->run_for(io, 11s);
    EXPECT_EQ(to.ec, errc::connect_timed_out);
    EXPECT_EQ(to.about.client_message(), "proxy socks5 first.test:1080: not done in time: connecting");

    network->refusals.clear();
    serve(first, {{greeting, no_method_needed}});
    start(to);
    time->run_for(io, 11s);
    EXPECT_EQ(to.ec, errc::connect_timed_out);
    EXPECT_EQ(to.about.client_message(), "proxy socks5 first.test:1080: not done in time: the request");
    EXPECT_TRUE(streams.back()->closed_by_client);

    network->listeners[first] = [&](std::shared_ptr<fake_stream> accepted) {
        accepted->hold_writes = true;
        streams.push_back(std::move(accepted));
    };
    start(to);
    time->run_for(io, 11s);
    EXPECT_EQ(to.about.client_message(), "proxy socks5 first.test:1080: not done in time: the choice of a method");
}

TEST_F(proxy_factory_test, stops_when_it_is_cancelled_and_closes_what_is_there)
{
    serve(first, {{greeting, no_method_needed}});
    use(socks5{"first.test"});
    attempt to;
    asio::cancellation_signal stop;
    start(to, stop.slot());
    settle();
    ASSERT_FALSE(to.ec);
    stop.emit(asio::cancellation_type::terminal);
    settle();
    EXPECT_EQ(to.ec, asio::error::operation_aborted);
    EXPECT_TRUE(streams.back()->closed_by_client);
    EXPECT_EQ(time->pending(), 0u);

    network->refusals[first] = asio::error::operation_aborted;
    start(to, stop.slot());
    settle();
    ASSERT_FALSE(to.ec);
    stop.emit(asio::cancellation_type::all);
    settle();
    EXPECT_EQ(to.ec, asio::error::operation_aborted);
}

TEST_F(proxy_factory_test, a_write_may_outlive_its_attempt)
{
    network->listeners[first] = [&](std::shared_ptr<fake_stream> accepted) {
        accepted->hold_writes = true;
        accepted->close_waits_for_writes = true;
        streams.push_back(std::move(accepted));
    };
    use(socks5{"first.test"});
    attempt to;
    start(to);
    time->run_for(io, 11s);
    EXPECT_EQ(to.ec, errc::connect_timed_out);
    streams.back()->release_writes(); // reads what was to be written, which is still there
    settle();
}

TEST_F(proxy_factory_test, says_meanwhile_what_it_waits_for)
{
    serve(first, {{greeting, no_method_needed}});
    use(socks5{"first.test"});
    const auto progress = std::make_shared<std::string>();
    factory->async_connect({broker, 1, {}, time->now() + 10s, io.get_executor(), progress}, nullptr,
                           [](std::error_code, const std::unique_ptr<transport>&) {});
    settle();
    EXPECT_EQ(*progress, "proxy socks5 first.test:1080: the request");
    time->run_for(io, 11s);
}

TEST_F(proxy_factory_test, lets_a_function_choose_for_each_connection)
{
    serve(first, {{greeting, no_method_needed}, {socks_request(broker), connected}});
    serve(broker, {});
    std::vector<std::string> asked;
    use([&asked](const transport_request& to) {
        asked.push_back(to_string(to.broker) + ' ' + std::to_string(to.node_id) + ' ' + std::string(name(to.role)));
        return to.role == connection_role::fetch ? proxy_chain{socks5{"first.test"}} : proxy_chain{};
    });
    attempt to;
    EXPECT_EQ(connect(to), "connected");
    EXPECT_EQ(network->attempts.back().broker, broker);
    start(to, {}, connection_role::fetch);
    settle();
    EXPECT_EQ(network->attempts.back().broker, first);
    EXPECT_THAT(asked, testing::ElementsAre("broker.test:9093 1 general", "broker.test:9093 1 fetch"));
}

TEST_F(proxy_factory_test, says_what_is_wrong_with_what_a_function_chose)
{
    const std::string whom = "proxy: the function that chooses, for broker.test:9093: ";
    attempt to;
    use([](const transport_request&) { return proxy_chain{socks5{"u:wonderland@x"}}; });
    EXPECT_THAT(connect(to), StartsWith(whom + "proxy: socks5: address is \"***@x\""));
    EXPECT_EQ(to.ec, errc::invalid_option);
    use([](const transport_request&) -> proxy_chain { throw std::runtime_error("no idea"); });
    EXPECT_EQ(connect(to), whom + "it threw an exception: no idea");
    EXPECT_EQ(to.ec, errc::callback_failed);
    use([](const transport_request&) -> proxy_chain { throw 1; });
    EXPECT_EQ(connect(to), whom + "it threw an exception");
    EXPECT_TRUE(network->attempts.empty());
}

TEST_F(proxy_factory_test, goes_straight_to_exceptions)
{
    serve(broker, {});
    proxy_options options = socks5{"first.test"};
    options.no_proxy = {".test:9093"};
    use(options);
    attempt to;
    EXPECT_EQ(connect(to), "connected");
    EXPECT_EQ(network->attempts.back().broker, broker);
    options.no_proxy = {".test:9094"};
    use(options);
    EXPECT_NE(connect(to), "connected");
    EXPECT_EQ(network->attempts.back().broker, first);
}

TEST_F(proxy_factory_test, reports_options_that_cannot_be_with_the_first_connection)
{
    use(socks5{"first.test:0"});
    attempt to;
    EXPECT_THAT(connect(to), StartsWith("proxy: socks5: address is \"first.test:0\""));
    EXPECT_EQ(to.ec, errc::invalid_option);
    EXPECT_EQ(to.about.peer(), broker);
    EXPECT_TRUE(network->attempts.empty());
}

TEST_F(proxy_factory_test, no_log_and_no_words_hold_credentials_or_headers)
{
    const std::string logins = bytes({1, 5}) + "alice" + bytes({10}) + "wonderland";
    const std::string encoded = "YWxpY2U6d29uZGVybGFuZA==";
    http_connect http{.address = "second.test:3128", .username = "alice", .password = "wonderland"};
    http.headers = {{"X-Tenant", "tenant-secret"}};
    const proxy_chain way{socks5{"first.test", "alice", "wonderland"}, http};
    const std::string answers[] = {
        bytes({5, 255}),
        bytes({5, 2, 1, 1}),
        bytes({5, 2, 1, 0, 5, 1}),
        bytes({5, 2, 1, 0}) + connected + "HTTP/1.1 407 alice wonderland\r\nProxy-Authenticate: " + encoded +
            "\r\n\r\n",
        bytes({5, 2, 1, 0}) + connected + "HTTP/1.1 403 " + encoded + " tenant-secret\r\n\r\n",
        bytes({5, 2, 1, 0}) + connected + "HTTP wonderland\r\n\r\n",
        bytes({5, 2, 1, 0}) + connected + tunnel,
    };
    int ended_well = 0;
    for (const std::string& answer : answers) {
        network->listeners[first] = [&](std::shared_ptr<fake_stream> accepted) {
            accepted->push(answer);
            streams.push_back(std::move(accepted));
        };
        use(way);
        attempt to;
        if (connect(to) == "connected") ++ended_well;
        EXPECT_TRUE(to.ec) << answer;
    }
    EXPECT_EQ(ended_well, 1);
    EXPECT_THAT(streams.back()->received, AllOf(HasSubstr(logins), HasSubstr(encoded), HasSubstr("tenant-secret")));
    EXPECT_THAT(told, HasSubstr("connected to broker.test:9093 through socks5 first.test:1080"));
    for (const char* hidden : {"wonderland", "alice", "YWxpY2U6", "tenant-secret", "X-Tenant"})
        EXPECT_THAT(told, Not(HasSubstr(hidden)));
}
} // namespace
} // namespace odradek::test
