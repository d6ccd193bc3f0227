// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/clock.hpp>
#include <odradek/net/resolver.hpp>
#include <odradek/net/transport.hpp>
#include <odradek/protocol/export.hpp>

#include <chrono>
#include <memory>

namespace odradek {

/// How TCP connections are made.
struct tcp_options {
    std::chrono::milliseconds attempt_timeout{10'000}; ///< For one address; then the next one is tried (KIP-601).
    bool no_delay = true;    ///< TCP_NODELAY: a request is written whole, so waiting for more gains nothing.
    bool keep_alive = false; ///< SO_KEEPALIVE.
    int send_buffer = 0;     ///< SO_SNDBUF in bytes; 0 leaves it to the system.
    int receive_buffer = 0;  ///< SO_RCVBUF in bytes; 0 leaves it to the system.
};

/// Plain TCP: resolves the host without blocking the executor, then tries every address in turn (KIP-302), each for at most
/// attempt_timeout, until one answers or the request's deadline comes. A failure's diagnostics name every address and why
/// it failed. The transports' operations end on the executor of the request.
[[nodiscard]] ODRADEK_EXPORT std::shared_ptr<socket_factory>
make_tcp_factory(std::shared_ptr<class resolver> names, std::shared_ptr<class clock> time, tcp_options options = {});

} // namespace odradek
