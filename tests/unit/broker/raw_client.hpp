// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/cluster.hpp>
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/header.hpp>
#include <odradek/protocol/writer.hpp>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <tests/support/virtual_clock.hpp>
#include <vector>

namespace odradek::broker::test {

/// A cluster on real sockets in virtual time.
struct served {
    explicit served(cluster_options options = {}) : cluster(io, with_clock(std::move(options))) {}

    void settle() { odradek::test::virtual_clock::settle(io); }
    void pass(std::chrono::milliseconds span) { time->run_for(io, span); }

    asio::io_context io;
    std::shared_ptr<odradek::test::virtual_clock> time = std::make_shared<odradek::test::virtual_clock>();
    broker::cluster cluster;

private:
    cluster_options with_clock(cluster_options options)
    {
        options.clock = time;
        return options;
    }
};

/// A client that sends whatever bytes a test wants, and never blocks: it asks for what must have come.
class raw_client {
public:
    explicit raw_client(served& to, std::size_t broker = 0)
        : raw_client(to, parse_endpoint(to.cluster.bootstrap().at(broker)))
    {}
    raw_client(served& to, std::size_t broker, std::string_view listener)
        : raw_client(to, parse_endpoint(to.cluster.bootstrap(listener).at(broker)))
    {}

private:
    raw_client(served& to, const std::optional<endpoint>& at) : served_(to), socket_(to.io)
    {
        socket_.connect({asio::ip::address_v4::loopback(), at.value().port});
        socket_.set_option(asio::ip::tcp::no_delay(true)); // no time passes in which a byte could wait for others
        socket_.non_blocking(true);
        served_.settle();
    }

public:
    /// A request's bytes.
    template <class Request>
    static std::vector<std::byte> frame_of(const Request& request, std::int16_t version, std::int32_t correlation)
    {
        writer out;
        const auto error = write_request_frame(out, request, api_version{version}, correlation, "raw");
        EXPECT_FALSE(error) << error.message();
        return out.flatten();
    }

    void send(const std::vector<std::byte>& bytes)
    {
        std::error_code ec;
        asio::write(socket_, asio::buffer(bytes), ec);
        served_.settle();
    }
    template <class Request>
    void ask(const Request& request, std::int16_t version, std::int32_t correlation)
    {
        send(frame_of(request, version, correlation));
    }
    void shut_down_sending() { socket_.shutdown(asio::ip::tcp::socket::shutdown_send); }

    /// What has come and was not looked at yet.
    const std::vector<std::byte>& received()
    {
        std::vector<std::byte> more(1 << 16);
        for (;;) {
            served_.settle();
            std::error_code ec;
            const std::size_t size = socket_.read_some(asio::buffer(more), ec);
            received_.insert(received_.end(), more.begin(), more.begin() + static_cast<std::ptrdiff_t>(size));
            if (ec == asio::error::would_block) break;
            if (ec) {
                closed_ = true;
                break;
            }
        }
        return received_;
    }
    /// The correlation ids of the whole answers that came, which are then forgotten.
    std::vector<std::int32_t> answers()
    {
        std::vector<std::int32_t> ids;
        received();
        while (received_.size() >= 8) {
            const auto size = static_cast<std::size_t>(load_big<std::int32_t>(received_.data())) + 4;
            if (received_.size() < size) break;
            ids.push_back(load_big<std::int32_t>(received_.data() + 4));
            received_.erase(received_.begin(), received_.begin() + static_cast<std::ptrdiff_t>(size));
        }
        return ids;
    }
    bool is_closed()
    {
        received();
        return closed_;
    }

private:
    served& served_;
    asio::ip::tcp::socket socket_;
    std::vector<std::byte> received_;
    bool closed_ = false;
};

} // namespace odradek::broker::test
