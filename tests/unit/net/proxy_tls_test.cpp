// SPDX-License-Identifier: Apache-2.0
#include "tls_fixture.hpp"
#include <odradek/net/proxy.hpp>
#include <odradek/protocol/error.hpp>

#include <gmock/gmock.h>

#include <tests/support/virtual_clock.hpp>

namespace odradek::test {
namespace {

using std::chrono_literals::operator""s;
using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;

// Gives the client's end of a wire that the test holds.
class wire_factory final : public socket_factory {
public:
    explicit wire_factory(transport_pair& wire) : wire_(wire) {}
    void connect(transport_request to, completion<void(std::error_code, std::unique_ptr<transport>)> done) override
    {
        asked.push_back(to.broker);
        done.succeed(wire_.client());
    }
    std::vector<endpoint> asked{};

private:
    transport_pair& wire_;
};

class at_once final : public blocking_executor {
public:
    void execute(std::function<void()> job) override { job(); }
};

// The fixture's server is the proxy: its certificate is for "broker.test", which is the proxy's name here.
class proxy_tls_test : public tls_fixture {
protected:
    void use(const proxy_chain& chain) { factory = make_proxy_factory(inner, chain, in); }
    void make_server()
    {
        server.context = std::make_unique<tls_context>(server_options);
        ASSERT_FALSE(server.context->refresh(steady_time{}).ec);
    }
    [[nodiscard]] http_connect https_proxy() const
    {
        http_connect how{.address = "broker.test", .username = "alice", .password = "wonderland"};
        how.tls = client_options;
        return how;
    }
    struct attempt {
        std::optional<std::error_code> ec{};
        std::unique_ptr<transport> made{};
        diagnostics about{};
    };
    void start(attempt& to, socket_factory& through)
    {
        through.async_connect({{"far.test", 9093}, 7, {}, time->now() + 10s, io.get_executor()}, &to.about,
                              [&to](std::error_code ec, std::unique_ptr<transport> made) {
                                  to.ec = ec;
                                  to.made = std::move(made);
                              });
    }
    void answer()
    {
        server.stream = server_over(wire.server());
        begin(server);
        settle();
    }
    std::string hear(transport& from)
    {
        transfer got;
        start_read(from, got);
        settle();
        return got.ec && !*got.ec ? got.bytes : "nothing";
    }
    void say(transport& to, const std::string& text)
    {
        transfer written;
        start_write(to, written, {text});
        settle();
        EXPECT_EQ(written.ec, std::error_code{});
    }
    void settle() { virtual_clock::settle(io); }

    std::shared_ptr<virtual_clock> time = std::make_shared<virtual_clock>();
    tls_surroundings in{time, std::make_shared<at_once>(), std::make_shared<logger>()};
    std::shared_ptr<wire_factory> inner = std::make_shared<wire_factory>(wire);
    std::shared_ptr<socket_factory> factory;
};

TEST_F(proxy_tls_test, asks_an_https_proxy_through_tls_and_twice_with_one_context)
{
    make_server();
    use({https_proxy()});
    for (int i = 0; i < 2; ++i) {
        wire = {};
        attempt to;
        start(to, *factory);
        answer();
        EXPECT_THAT(hear(*server.stream),
                    AllOf(StartsWith("CONNECT far.test:9093 HTTP/1.1\r\n"), HasSubstr("Proxy-Authorization: Basic ")));
        EXPECT_EQ(wire.to_server->unread.find("CONNECT"), std::string::npos);
        say(*server.stream, "HTTP/1.1 200 OK\r\n\r\nearly");
        ASSERT_EQ(to.ec, std::error_code{}) << to.about.to_string();
        EXPECT_EQ(inner->asked.back(), (endpoint{"broker.test", 443}));
        EXPECT_EQ(to.made->describe(), "far.test:9093 through https broker.test:443");
        EXPECT_EQ(hear(*to.made), "early");
        EXPECT_EQ(pass(*to.made, *server.stream, "question"), "question");
        EXPECT_EQ(pass(*server.stream, *to.made, "answer"), "answer");
        EXPECT_EQ(server.stream->was_resumed(), i == 1);
        EXPECT_EQ(time->pending(), 0u);
    }
}

TEST_F(proxy_tls_test, an_https_proxy_may_be_the_second_one)
{
    make_server();
    use({socks5{"first.test"}, https_proxy()});
    attempt to;
    start(to, *factory);
    settle();
    // The first proxy speaks in clear on the same wire.
    auto plain = wire.server();
    EXPECT_EQ(hear(*plain), std::string("\5\1\0", 3));
    say(*plain, std::string("\5\0", 2));
    EXPECT_THAT(hear(*plain), HasSubstr("broker.test"));
    say(*plain, std::string("\5\0\0\1\0\0\0\0\0\0", 10));
    server.stream = server_over(std::move(plain));
    begin(server);
    settle();
    EXPECT_THAT(hear(*server.stream), StartsWith("CONNECT far.test:9093 "));
    say(*server.stream, "HTTP/1.1 200 OK\r\n\r\n");
    ASSERT_EQ(to.ec, std::error_code{}) << to.about.to_string();
    EXPECT_EQ(to.made->describe(), "far.test:9093 through socks5 first.test:1080 and https broker.test:443");
    EXPECT_EQ(pass(*to.made, *server.stream, "question"), "question");
}

TEST_F(proxy_tls_test, tls_to_the_broker_goes_through_unchanged)
{
    serve(authority().issue({.name = "far.test", .names = "DNS:far.test"}));
    make_server();
    use({http_connect{.address = "proxy.test:3128"}});
    const auto secured = make_tls_factory(factory, client_options, in);
    attempt to;
    start(to, *secured);
    settle();
    auto plain = wire.server();
    EXPECT_THAT(hear(*plain), StartsWith("CONNECT far.test:9093 "));
    say(*plain, "HTTP/1.1 200 OK\r\n\r\n");
    server.stream = server_over(std::move(plain));
    begin(server);
    settle();
    ASSERT_EQ(to.ec, std::error_code{}) << to.about.to_string();
    EXPECT_EQ(pass(*to.made, *server.stream, "question"), "question");
    EXPECT_THAT(to.made->describe(), HasSubstr("far.test:9093 through http proxy.test:3128"));
}

TEST_F(proxy_tls_test, names_the_proxy_whose_certificate_it_refuses)
{
    serve(authority().issue({.names = "DNS:other.test"}));
    make_server();
    use({https_proxy()});
    attempt to;
    start(to, *factory);
    answer();
    EXPECT_EQ(to.ec, errc::tls_certificate_refused);
    EXPECT_THAT(std::string(to.about.client_message()),
                AllOf(StartsWith("proxy https broker.test:443: "), HasSubstr("not for this name but for other.test")));
    EXPECT_EQ(to.about.peer(), (endpoint{"far.test", 9093}));
    EXPECT_EQ(to.about.node_id(), 7);
    EXPECT_TRUE(wire.to_server->is_ended);
}

TEST_F(proxy_tls_test, closes_the_tunnel_when_the_files_of_tls_cannot_be_used)
{
    make_server();
    http_connect how = https_proxy();
    how.tls->ca_pem.clear();
    how.tls->ca_file = "/missing/ca.pem";
    use({how});
    attempt to;
    start(to, *factory);
    settle();
    EXPECT_EQ(to.ec, errc::file_not_readable);
    EXPECT_THAT(std::string(to.about.client_message()),
                AllOf(StartsWith("proxy https broker.test:443: "), HasSubstr("/missing/ca.pem")));
    EXPECT_TRUE(wire.to_server->is_ended);
    EXPECT_EQ(time->pending(), 0u);
}

TEST_F(proxy_tls_test, gives_up_at_the_deadline_while_the_proxy_shakes_no_hands)
{
    use({https_proxy()});
    attempt to;
    start(to, *factory);
    time->run_for(io, 11s);
    EXPECT_EQ(to.ec, errc::connect_timed_out);
    EXPECT_THAT(std::string(to.about.client_message()), StartsWith("proxy https broker.test:443: not done in time: "));
    EXPECT_TRUE(wire.to_server->is_ended);
}

} // namespace
} // namespace odradek::test
