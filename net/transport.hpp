// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/clock.hpp>
#include <odradek/net/completion.hpp>
#include <odradek/net/endpoint.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/export.hpp>

#include <asio/any_io_executor.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <system_error>
#include <utility>

namespace odradek {

/// A connected stream of bytes to one peer: the point where TCP, TLS, proxies, test doubles and the simulator are plugged in.
///
/// Made by a socket_factory, owned by one connection, used on that connection's strand. At most one read and one write are
/// pending at a time. Implementations may stack: a transport may own another one and speak through it. Destroying one
/// closes it; operations that were pending then still end, with operation_aborted.
class ODRADEK_EXPORT transport {
public:
    /// What probe() sees.
    enum class state {
        quiet,    ///< Open, and nothing to read.
        readable, ///< There are bytes (or the end of the stream, where that cannot be told apart).
        closed,   ///< The peer has closed or reset it, or close() was called.
    };

    virtual ~transport() = default;

    /// Reads at least one byte into `into`, as many as are there. The end of the stream is the error asio::error::eof.
    /// `into` must stay valid until the end.
    virtual void read_some(std::span<std::byte> into, completion<void(std::error_code, std::size_t)> done) = 0;

    /// Writes all of `parts`, in order. The list and what it refers to must stay valid until the end.
    virtual void write(std::span<const bytes_view> parts, completion<void(std::error_code)> done) = 0;

    /// Bytes of writes that were handed over to the peer's side so far, also by writes that failed.
    [[nodiscard]] virtual std::uint64_t bytes_written() const noexcept = 0;

    /// Reads what is there already, without waiting; 0 if that is nothing, or if the transport cannot do it, which it need not. Ends
    /// and errors are probe()'s to tell. Only while no read is pending: what lets a transport that speaks through this one
    /// see whether what came is more than its own housekeeping.
    [[nodiscard]] virtual std::size_t read_now(std::span<std::byte> into) noexcept
    {
        (void)into;
        return 0;
    }

    /// Looks, without waiting and without reading. Only while no read is pending: what decides whether a connection that
    /// was idle may be written to.
    [[nodiscard]] virtual state probe() noexcept = 0;

    /// Closes at once; what is pending ends with operation_aborted. Harmless when closed.
    virtual void close() noexcept = 0;

    /// The peer for people: the numeric address that was reached, and by which way.
    [[nodiscard]] virtual std::string describe() const = 0;

    /// read_some with any completion token.
    template <class Token>
    auto async_read_some(const asio::any_io_executor& executor, std::span<std::byte> into, Token&& token)
    {
        return initiate<void(std::error_code, std::size_t)>(
            executor, nullptr, std::forward<Token>(token),
            [this, into](completion<void(std::error_code, std::size_t)> done) { read_some(into, std::move(done)); });
    }

    /// write with any completion token.
    template <class Token>
    auto async_write(const asio::any_io_executor& executor, std::span<const bytes_view> parts, Token&& token)
    {
        return initiate<void(std::error_code)>(
            executor, nullptr, std::forward<Token>(token),
            [this, parts](completion<void(std::error_code)> done) { write(parts, std::move(done)); });
    }
};

/// What a connection is for: a broker has one of each at most, so that long waits do not hold up other requests, since a broker
/// answers one connection in order.
enum class connection_role : std::uint8_t {
    general, ///< Requests that are answered at once.
    produce, ///< Produces: large bodies, and held until the replicas have them.
    fetch,   ///< Fetches, which the broker holds until there is something: nothing else may wait behind one.
};

/// "general", "produce" or "fetch".
[[nodiscard]] ODRADEK_EXPORT std::string_view name(connection_role role) noexcept;

/// What a socket_factory needs to know to make one transport.
struct transport_request {
    endpoint broker{};         ///< Whom to reach, as configured or as the cluster names it.
    std::int32_t node_id = -1; ///< The broker's id; -1 for a bootstrap server.
    connection_role role{};    ///< What the connection is for.
    steady_time deadline{};    ///< When to give up: connection set-up as a whole ends there (KIP-601).
    asio::any_io_executor
        executor{}; ///< The strand that the transport is used on: its operations end there by default.
    /// Where a factory may say, on that strand, what it waits for just now ("the TLS handshake with b1"), if this is set: words of
    /// whoever gives up before the factory does. No secrets.
    std::shared_ptr<std::string> progress{};

    /// Says it.
    void waits_for(std::string what) const
    {
        if (progress) *progress = std::move(what);
    }
};

/// Makes connected transports: plain TCP, or TLS over it, or through a proxy, or whatever the user plugs in.
///
/// Shared by the connections of one client through its environment; called on the client's strand only.
class ODRADEK_EXPORT socket_factory {
public:
    virtual ~socket_factory() = default;

    /// Ends with a transport that is ready to carry Kafka's frames. The completion's cancellation slot, if it has one, stops
    /// the attempt. The deadline is the factory's to keep; the caller keeps it too.
    virtual void connect(transport_request to, completion<void(std::error_code, std::unique_ptr<transport>)> done) = 0;

    /// connect with any completion token; `out`, if given, receives the diagnostics of a failure.
    template <class Token>
    auto async_connect(transport_request to, diagnostics* out, Token&& token)
    {
        asio::any_io_executor executor = to.executor;
        return initiate<void(std::error_code, std::unique_ptr<transport>)>(
            executor, out, std::forward<Token>(token),
            [this, to = std::move(to)](completion<void(std::error_code, std::unique_ptr<transport>)> done) mutable {
                connect(std::move(to), std::move(done));
            });
    }
};

} // namespace odradek
