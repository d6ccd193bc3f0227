// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/environment.hpp>
#include <odradek/net/tcp.hpp>
#include <odradek/net/tcp_listener.hpp>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>

#include <optional>
#include <span>
#include <string>
#include <vector>

namespace odradek {
namespace {

using asio::ip::tcp;

class tcp_listener_test : public testing::Test {
protected:
    std::unique_ptr<listener> listen(const std::string& host, std::uint16_t port)
    {
        return factory->listen({{host, port}, world.strand}, error);
    }
    void accept(listener& at)
    {
        at.async_accept(world.strand, [this](std::error_code ec, std::unique_ptr<transport> stream) {
            ended = ec;
            accepted = std::move(stream);
        });
    }
    void run()
    {
        io.restart();
        io.run();
    }

    asio::io_context io;
    environment world = make_environment(io.get_executor());
    std::shared_ptr<listener_factory> factory = make_tcp_listener_factory();
    std::error_code error;
    std::optional<std::error_code> ended;
    std::unique_ptr<transport> accepted;
};

TEST_F(tcp_listener_test, finds_a_port_and_takes_connections_that_came_before_it_accepted)
{
    const auto at = listen("127.0.0.1", 0);
    ASSERT_TRUE(at) << error.message();
    EXPECT_EQ(at->where().host, "127.0.0.1");
    EXPECT_NE(at->where().port, 0);

    tcp::socket client(io);
    client.connect({asio::ip::address_v4::loopback(), at->where().port});
    asio::write(client, asio::buffer("question", 8));
    accept(*at);
    run();
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->describe(), "127.0.0.1:" + std::to_string(client.local_endpoint().port()));

    std::string question(100, '\0');
    std::size_t size = 0;
    accepted->async_read_some(world.strand, std::as_writable_bytes(std::span(question)),
                              [&](std::error_code, std::size_t n) { size = n; });
    const std::vector<bytes_view> parts{bytes_view("ans"), bytes_view("wer")};
    accepted->async_write(world.strand, parts, [](std::error_code) {});
    run();
    EXPECT_EQ(question.substr(0, size), "question");
    std::string answer(6, '\0');
    asio::read(client, asio::buffer(answer));
    EXPECT_EQ(answer, "answer");
}

TEST_F(tcp_listener_test, takes_localhost_for_an_address_and_waits_for_no_other_name)
{
    EXPECT_EQ(listen("localhost", 0)->where().host, "127.0.0.1");
    EXPECT_FALSE(listen("broker.test", 0));
    EXPECT_TRUE(error);
}

TEST_F(tcp_listener_test, says_so_when_the_port_is_taken_and_takes_it_again_once_it_is_free)
{
    auto first = listen("127.0.0.1", 0);
    const std::uint16_t port = first->where().port;
    EXPECT_FALSE(listen("127.0.0.1", port));
    EXPECT_EQ(error, asio::error::address_in_use);
    first->stop();
    EXPECT_TRUE(listen("127.0.0.1", port)) << error.message();
}

TEST_F(tcp_listener_test, ends_a_pending_accept_when_it_stops_or_goes)
{
    auto at = listen("127.0.0.1", 0);
    accept(*at);
    at->stop();
    run();
    EXPECT_EQ(ended, asio::error::operation_aborted);

    at = listen("127.0.0.1", 0);
    ended.reset();
    accept(*at);
    at.reset();
    run();
    EXPECT_EQ(ended, asio::error::operation_aborted);
}

TEST_F(tcp_listener_test, leaves_accepted_connections_alone_when_it_stops)
{
    auto at = listen("127.0.0.1", 0);
    tcp::socket client(io);
    client.connect({asio::ip::address_v4::loopback(), at->where().port});
    accept(*at);
    run();
    at.reset();
    ASSERT_TRUE(accepted);
    EXPECT_EQ(accepted->probe(), transport::state::quiet);
    accepted.reset();
    std::error_code ec;
    std::string nothing(1, '\0');
    client.read_some(asio::buffer(nothing), ec);
    EXPECT_EQ(ec, asio::error::eof);
}

} // namespace
} // namespace odradek
