// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/tcp_socket.hpp>
#include <odradek/protocol/error.hpp>

#include <gmock/gmock.h>

#include <cerrno>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <tests/unit/net/tcp_fixture.hpp>

namespace odradek {
namespace {

using std::chrono_literals::operator""h;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::HasSubstr;
using tcp = asio::ip::tcp;

const tcp::endpoint v4_target(asio::ip::address_v4::loopback(), 9092);

int value_of(tcp::socket& socket, int level, int name)
{
    int value = -1;
    socklen_t size = sizeof(value);
    EXPECT_EQ(::getsockopt(socket.native_handle(), level, name, &value, &size), 0);
    return value;
}

class socket_options : public testing::Test {
protected:
    void open(const tcp_options& options) { EXPECT_EQ(open_socket(socket, v4_target, options).words, ""); }

    asio::io_context io;
    tcp::socket socket{io};
};

TEST_F(socket_options, are_sent_at_once_and_not_probed_by_default)
{
    open({});
    EXPECT_NE(value_of(socket, IPPROTO_TCP, TCP_NODELAY), 0);
    EXPECT_EQ(value_of(socket, SOL_SOCKET, SO_KEEPALIVE), 0);
}

TEST_F(socket_options, delay_when_they_are_told_to)
{
    open({.no_delay = false});
    EXPECT_EQ(value_of(socket, IPPROTO_TCP, TCP_NODELAY), 0);
}

#ifdef __linux__
TEST_F(socket_options, carry_the_times_of_keep_alive_and_of_unacknowledged_bytes)
{
    open({.keep_alive = true,
          .keep_alive_idle = 61s,
          .keep_alive_interval = 7s,
          .keep_alive_count = 4,
          .tcp_user_timeout = 12'345ms});
    EXPECT_NE(value_of(socket, SOL_SOCKET, SO_KEEPALIVE), 0);
    EXPECT_EQ(value_of(socket, IPPROTO_TCP, TCP_KEEPIDLE), 61);
    EXPECT_EQ(value_of(socket, IPPROTO_TCP, TCP_KEEPINTVL), 7);
    EXPECT_EQ(value_of(socket, IPPROTO_TCP, TCP_KEEPCNT), 4);
    EXPECT_EQ(value_of(socket, IPPROTO_TCP, TCP_USER_TIMEOUT), 12'345);
}

TEST_F(socket_options, leave_to_the_system_what_is_not_said)
{
    tcp::socket untouched(io, tcp::v4());
    open({.keep_alive = true});
    for (const int name : {TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT})
        EXPECT_EQ(value_of(socket, IPPROTO_TCP, name), value_of(untouched, IPPROTO_TCP, name)) << name;
}

// The system takes at most 32767 seconds and 127 probes.
TEST_F(socket_options, that_the_system_refuses_are_left_out)
{
    tcp::socket untouched(io, tcp::v4());
    open({.keep_alive = true,
          .keep_alive_idle = 1'000'000h,
          .keep_alive_count = 1'000'000,
          .tcp_user_timeout = std::chrono::milliseconds::max()});
    EXPECT_EQ(value_of(socket, IPPROTO_TCP, TCP_KEEPIDLE), value_of(untouched, IPPROTO_TCP, TCP_KEEPIDLE));
    EXPECT_EQ(value_of(socket, IPPROTO_TCP, TCP_KEEPCNT), value_of(untouched, IPPROTO_TCP, TCP_KEEPCNT));
}
#endif

using bind_address = test::tcp_fixture;

TEST_F(bind_address, is_where_connections_come_from)
{
    factory = make_tcp_factory(names, world.clock, {.bind_address = "127.0.0.3"});
    attempt to;
    tcp::socket server(io);
    connect_pair(to, server);
    EXPECT_EQ(server.remote_endpoint().address().to_string(), "127.0.0.3");
}

TEST_F(bind_address, leaves_out_the_other_family)
{
    names->answer = {{"::1", port()}, {"127.0.0.1", port()}};
    attempt to;
    connect(to, 10s, {.bind_address = "127.0.0.1"});
    run();
    ASSERT_TRUE(to.made) << to.about.to_string();

    names->answer.pop_back();
    attempt without;
    connect(without);
    run();
    ASSERT_TRUE(without.ec);
    EXPECT_EQ(*without.ec, errc::no_address) << without.ec->message();
    EXPECT_THAT(std::string(without.about.client_message()), HasSubstr("not of the family of bind_address 127.0.0.1"));
}

TEST_F(bind_address, that_cannot_be_bound_to_fails_the_connection_by_name_and_value)
{
    attempt to;
    connect(to, 10s, {.bind_address = "192.0.2.1"}); // of nobody (RFC 5737)
    run();
    ASSERT_TRUE(to.ec);
    EXPECT_EQ(to.ec->value(), EADDRNOTAVAIL) << to.ec->message();
    EXPECT_THAT(std::string(to.about.client_message()), HasSubstr("bind_address 192.0.2.1: "));
}

TEST_F(bind_address, that_is_none_is_an_invalid_option)
{
    attempt to;
    connect(to, 10s, {.bind_address = "eth0"});
    run();
    ASSERT_TRUE(to.ec);
    EXPECT_EQ(*to.ec, errc::invalid_option) << to.ec->message();
    EXPECT_THAT(std::string(to.about.client_message()), HasSubstr("bind_address \"eth0\""));
}

} // namespace
} // namespace odradek
