// SPDX-License-Identifier: Apache-2.0
//
// Kafka over sockets of one's own: a client and an embedded broker that meet at a Unix domain socket, as behind a tunnel or a
// side-car. TLS and SASL would be spoken over it as over any other.
//
//     07_custom_socket /tmp/kafka.sock
#include <odradek/broker/cluster.hpp>
#include <odradek/net/listener.hpp>
#include <odradek/net/transport.hpp>
#include <odradek/odradek.hpp>

#include <asio/local/stream_protocol.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>

#include <array>
#include <cstdio>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace kafka = odradek;
using local = asio::local::stream_protocol;

// A connected stream of bytes: what everything above needs to know about a socket.
class local_transport final : public kafka::transport {
public:
    explicit local_transport(local::socket socket) : socket_(std::move(socket))
    {
        std::error_code ignored;
        socket_.non_blocking(true, ignored); // for probe()
    }

    void read_some(std::span<std::byte> into, kafka::completion<void(std::error_code, std::size_t)> done) override
    {
        socket_.async_read_some(asio::buffer(into.data(), into.size()),
                                [done = std::move(done)](std::error_code ec, std::size_t size) mutable {
                                    ec ? done.fail(ec) : done.succeed(size);
                                });
    }

    void write(std::span<const kafka::bytes_view> parts, kafka::completion<void(std::error_code)> done) override
    {
        std::vector<asio::const_buffer> buffers;
        for (const kafka::bytes_view part : parts) buffers.emplace_back(part.data(), part.size());
        asio::async_write(socket_, buffers,
                          [written = written_, done = std::move(done)](std::error_code ec, std::size_t size) mutable {
                              *written +=
                                  size; // whether anything of a request went out decides whether it may be repeated
                              ec ? done.fail(ec) : done.succeed();
                          });
    }

    [[nodiscard]] std::uint64_t bytes_written() const noexcept override { return *written_; }

    [[nodiscard]] state probe() noexcept override
    {
        std::array<std::byte, 1> first{};
        std::error_code ec;
        const std::size_t size = socket_.receive(asio::buffer(first), local::socket::message_peek, ec);
        if (ec == asio::error::would_block || ec == asio::error::try_again) return state::quiet;
        return ec || size == 0 ? state::closed : state::readable;
    }

    void close() noexcept override
    {
        std::error_code ignored;
        socket_.close(ignored);
    }

    [[nodiscard]] std::string describe() const override { return "a Unix domain socket"; }

private:
    local::socket socket_;
    std::shared_ptr<std::uint64_t> written_ = std::make_shared<std::uint64_t>(0); // a write may end after this is gone
};

// The client's side: whatever broker is asked for, it is reached through this one socket.
class local_factory final : public kafka::socket_factory {
public:
    explicit local_factory(std::string path) : path_(std::move(path)) {}

    void connect(kafka::transport_request to,
                 kafka::completion<void(std::error_code, std::unique_ptr<kafka::transport>)> done) override
    {
        auto socket = std::make_shared<local::socket>(to.executor);
        socket->async_connect(local::endpoint(path_), [socket, done = std::move(done)](std::error_code ec) mutable {
            if (ec) return done.fail(ec);
            done.succeed(std::make_unique<local_transport>(std::move(*socket)));
        });
    }

private:
    std::string path_;
};

// The broker's side.
class local_listener final : public kafka::listener {
public:
    local_listener(local::acceptor acceptor, kafka::endpoint where, asio::any_io_executor executor)
        : acceptor_(std::move(acceptor)), where_(std::move(where)), executor_(std::move(executor))
    {}

    [[nodiscard]] kafka::endpoint where() const override { return where_; }

    void accept(kafka::completion<void(std::error_code, std::unique_ptr<kafka::transport>)> done) override
    {
        acceptor_.async_accept(executor_, [done = std::move(done)](std::error_code ec, local::socket socket) mutable {
            if (ec) return done.fail(ec);
            done.succeed(std::make_unique<local_transport>(std::move(socket)));
        });
    }

    void stop() noexcept override
    {
        std::error_code ignored;
        acceptor_.close(ignored);
    }

private:
    local::acceptor acceptor_;
    kafka::endpoint where_;
    asio::any_io_executor executor_;
};

class local_listeners final : public kafka::listener_factory {
public:
    explicit local_listeners(std::string path) : path_(std::move(path)) {}

    [[nodiscard]] std::unique_ptr<kafka::listener> listen(const kafka::listen_request& request,
                                                          std::error_code& error) override
    {
        std::remove(path_.c_str()); // of an earlier run
        local::acceptor acceptor(request.executor);
        acceptor.open(local(), error);
        if (!error) acceptor.bind(local::endpoint(path_), error);
        if (!error) acceptor.listen(local::acceptor::max_listen_connections, error);
        if (error) return nullptr;
        return std::make_unique<local_listener>(std::move(acceptor), request.at, request.executor);
    }

private:
    std::string path_;
};

asio::awaitable<void> run(kafka::broker::cluster& cluster, kafka::client& client)
{
    kafka::producer producer{client};
    kafka::placed at = co_await producer.async_send({.topic = "letters", .key = "milena", .value = "Dear M."});
    std::cout << "at offset " << at.offset << ", without TCP\n";
    co_await producer.async_close(std::chrono::seconds{5});
    co_await client.async_close(std::chrono::seconds{5});
    cluster.stop();
}

int main(int argc, char** argv)
{
    const std::string path = argc > 1 ? argv[1] : "/tmp/odradek-example.sock";
    asio::io_context io;
    kafka::broker::cluster_options how{.topics = {{"letters", 3}}, .listen = "127.0.0.1:9092"}; // a name, no more
    how.listeners = std::make_shared<local_listeners>(path);
    kafka::broker::cluster cluster{io, how};
    if (cluster.error()) {
        std::cerr << cluster.error_text() << '\n';
        return 1;
    }
    kafka::client_options options{.brokers = cluster.bootstrap()};
    options.socket_factory = std::make_shared<local_factory>(path);
    kafka::client client{io, options};
    int status = 0;
    asio::co_spawn(io, run(cluster, client), [&](std::exception_ptr thrown) {
        try {
            if (thrown) std::rethrow_exception(thrown);
        } catch (const kafka::error& e) {
            std::cerr << e.what() << '\n';
            status = 1;
            cluster.stop();
        }
    });
    io.run();
    std::remove(path.c_str());
    return status;
}
