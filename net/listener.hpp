// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/completion.hpp>
#include <odradek/net/endpoint.hpp>
#include <odradek/net/transport.hpp>
#include <odradek/protocol/export.hpp>

#include <asio/any_io_executor.hpp>

#include <memory>
#include <system_error>
#include <utility>

namespace odradek {

/// Where connections come in: the server's side of what a socket_factory is for a client.
///
/// Made by a listener_factory, owned by one server, used on its strand. At most one accept is pending at a time. Destroying it
/// stops it; an accept that was pending then still ends, with operation_aborted.
class ODRADEK_EXPORT listener {
public:
    virtual ~listener() = default;

    /// Where it listens: the numeric address, and the port that was found if any was asked for.
    [[nodiscard]] virtual endpoint where() const = 0;

    /// Ends with the next connection, whose operations end on the executor of the request. A failure that is not
    /// operation_aborted is this one connection's, or a lack of descriptors that may pass: accept again, but not at once.
    virtual void accept(completion<void(std::error_code, std::unique_ptr<transport>)> done) = 0;

    /// Listens no more: a pending accept ends with operation_aborted, connections that were accepted live on.
    virtual void stop() noexcept = 0;

    /// accept with any completion token.
    template <class Token>
    auto async_accept(const asio::any_io_executor& executor, Token&& token)
    {
        return initiate<void(std::error_code, std::unique_ptr<transport>)>(
            executor, nullptr, std::forward<Token>(token),
            [this](completion<void(std::error_code, std::unique_ptr<transport>)> done) { accept(std::move(done)); });
    }
};

/// What a listener_factory needs to know to make one listener.
struct listen_request {
    /// A numeric address or "localhost", since nobody can wait for a name here, and a port; 0 means any that is free.
    endpoint at{};
    asio::any_io_executor executor{}; ///< The strand that the listener and its transports are used on.
};

/// Makes listeners: TCP, or whatever the simulator plugs in. Shared; called on one thread at a time.
class ODRADEK_EXPORT listener_factory {
public:
    virtual ~listener_factory() = default;

    /// Listens from now on: who connects waits until accept() takes it. Null and `error` if that cannot be.
    [[nodiscard]] virtual std::unique_ptr<listener> listen(const listen_request& request, std::error_code& error) = 0;
};

} // namespace odradek
