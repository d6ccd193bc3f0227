// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/endpoint.hpp>
#include <odradek/net/transport.hpp>

#include <asio/buffer.hpp>
#include <asio/error.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace odradek {

/// A connected TCP socket, whoever connected it: net/tcp.cpp or net/tcp_listener.cpp.
///
/// Owned and used as every transport is; operations end on the socket's executor.
class tcp_transport final : public transport {
public:
    /// Takes over a connected socket; `address` is the peer.
    tcp_transport(asio::ip::tcp::socket socket, const endpoint& address)
        : socket_(std::move(socket)), description_(to_string(address))
    {
        std::error_code ignored;
        socket_.non_blocking(true, ignored); // for probe()
    }

    void read_some(std::span<std::byte> into, completion<void(std::error_code, std::size_t)> done) override
    {
        socket_.async_read_some(
            asio::buffer(into.data(), into.size()),
            [done = std::move(done)](std::error_code ec, std::size_t size) mutable { done.dispatch(ec, size); });
    }

    void write(std::span<const bytes_view> parts, completion<void(std::error_code)> done) override
    {
        std::vector<asio::const_buffer> buffers;
        buffers.reserve(parts.size());
        for (const bytes_view part : parts) buffers.emplace_back(part.data(), part.size());
        // Without a condition of its own Asio writes at most 64 KiB with each system call.
        const auto without_limit = [](std::error_code ec, std::size_t) {
            return ec ? std::size_t{0} : std::numeric_limits<std::size_t>::max();
        };
        asio::async_write(socket_, buffers, without_limit,
                          [written = written_, done = std::move(done)](std::error_code ec, std::size_t size) mutable {
                              *written += size;
                              done.dispatch(ec);
                          });
    }

    [[nodiscard]] std::uint64_t bytes_written() const noexcept override { return *written_; }

    [[nodiscard]] std::size_t read_now(std::span<std::byte> into) noexcept override
    {
        std::error_code ec;
        const std::size_t size = socket_.receive(asio::buffer(into.data(), into.size()), 0, ec);
        return ec ? 0 : size;
    }

    [[nodiscard]] state probe() noexcept override
    {
        if (!socket_.is_open()) return state::closed;
        std::array<std::byte, 1> first{};
        std::error_code ec;
        const std::size_t size = socket_.receive(asio::buffer(first), asio::ip::tcp::socket::message_peek, ec);
        if (ec == asio::error::would_block || ec == asio::error::try_again) return state::quiet;
        return ec || size == 0 ? state::closed : state::readable;
    }

    void close() noexcept override
    {
        std::error_code ignored;
        socket_.close(ignored);
    }

    [[nodiscard]] std::string describe() const override { return description_; }

private:
    asio::ip::tcp::socket socket_;
    std::string description_;
    std::shared_ptr<std::uint64_t> written_ = std::make_shared<std::uint64_t>(0); // outlives this in pending writes
};

} // namespace odradek
