// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/tls_engine.hpp>
#include <odradek/net/transport.hpp>
#include <odradek/protocol/export.hpp>

#include <asio/any_io_executor.hpp>

#include <memory>
#include <span>
#include <string>
#include <system_error>

namespace odradek {

/// TLS over another transport, whatever that is: the driver of a tls_engine.
///
/// Owned and used as every transport is, on the strand whose executor it is given. It shakes hands when it is told to or with its
/// first read or write, whichever comes first. Reads and writes go on independently: what a read has to answer (a new key, an
/// alert) waits until the write at hand is done. A write that is pending may outlive close() for as long as that of the inner
/// transport does. A byte counts as written once the record that carries it was handed over whole: of less the peer can make
/// nothing.
class ODRADEK_EXPORT tls_transport final : public transport {
public:
    /// `context` is what the connection is made with (tls_context::current()).
    tls_transport(std::unique_ptr<transport> inner, const asio::any_io_executor& executor, ssl_ctx_st* context,
                  tls_engine::options how);
    ~tls_transport() override;
    tls_transport(const tls_transport&) = delete;
    tls_transport& operator=(const tls_transport&) = delete;

    /// Ends when the handshake has ended, well or not. Once, before any read or write.
    void handshake(completion<void(std::error_code)> done);

    void read_some(std::span<std::byte> into, completion<void(std::error_code, std::size_t)> done) override;
    void write(std::span<const bytes_view> parts, completion<void(std::error_code)> done) override;
    [[nodiscard]] std::uint64_t bytes_written() const noexcept override;
    [[nodiscard]] std::size_t read_now(std::span<std::byte> into) noexcept override;
    /// Works off what is there and is not application data, as sessions tickets: exact over a transport that can read_now().
    [[nodiscard]] state probe() noexcept override;
    /// Says farewell, if that is possible without waiting.
    void close() noexcept override;
    [[nodiscard]] std::string describe() const override;
    /// Whether the handshake has resumed a session.
    [[nodiscard]] bool was_resumed() const noexcept;

private:
    class stream;
    std::shared_ptr<stream> stream_; // what is pending below keeps it alive
};

} // namespace odradek
