// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/clock.hpp>
#include <odradek/net/resolver.hpp>
#include <odradek/net/transport.hpp>
#include <odradek/protocol/export.hpp>

#include <chrono>
#include <memory>
#include <string>

namespace odradek {

/// How TCP connections are made. What a system does not have of it (the times of SO_KEEPALIVE, TCP_USER_TIMEOUT: Linux has all) is left
/// out there, and so is what it refuses: a connection without its favourite option is better than none. Only a bind_address is a
/// condition.
struct tcp_options {
    std::chrono::milliseconds attempt_timeout{10'000}; ///< For one address (KIP-601).
    bool no_delay = true;    ///< TCP_NODELAY: a request is written whole, so waiting for more gains nothing.
    bool keep_alive = false; ///< SO_KEEPALIVE.
    int send_buffer = 0;     ///< SO_SNDBUF in bytes; 0 leaves it to the system.
    int receive_buffer = 0;  ///< SO_RCVBUF in bytes; 0 leaves it to the system.
    /// After so long without an answer from one address the next one is tried as well (RFC 8305); shorter than 10 ms counts as 10 ms.
    std::chrono::milliseconds attempt_delay{250};
    std::chrono::seconds keep_alive_idle{0};       ///< TCP_KEEPIDLE, with keep_alive; 0 leaves it to the system.
    std::chrono::seconds keep_alive_interval{0};   ///< TCP_KEEPINTVL, with keep_alive; 0 leaves it to the system.
    int keep_alive_count = 0;                      ///< TCP_KEEPCNT, with keep_alive; 0 leaves it to the system.
    std::chrono::milliseconds tcp_user_timeout{0}; ///< TCP_USER_TIMEOUT (RFC 5482); 0 leaves it to the system.
    /// The local address, numeric, that connections come from; the system's choice if empty. An address of the other family is not
    /// tried, and one that cannot be bound to fails every connection.
    std::string bind_address{};
    /// Whether brokers that the cluster's metadata names (transport_request::node_id is not -1) may be at a link-local address, as
    /// is_link_local() in net/address_scope.hpp says. Not by default: whoever answers as a broker could otherwise make its clients talk
    /// to the metadata service of the cloud that they run in.
    bool allow_link_local = false;
};

/// Plain TCP: resolves the host without blocking the executor, then tries its addresses (KIP-302) as RFC 8305 says: the families in
/// turn, the address that worked last first, a further one after each attempt_delay and after each failure, every one for at most
/// attempt_timeout, until one answers, which ends the other attempts, or the request's deadline comes. The transports' operations end on
/// the executor of the request.
///
/// A failure's diagnostics name every address and why it failed. Its error is that of the last attempt; errc::connect_timed_out at the
/// deadline; errc::endpoint_refused when every address is link-local and that is not allowed; errc::no_address when none is of
/// bind_address's family; errc::invalid_option when that is no numeric address, and the system's error when it cannot be bound to.
[[nodiscard]] ODRADEK_EXPORT std::shared_ptr<socket_factory>
make_tcp_factory(std::shared_ptr<class resolver> names, std::shared_ptr<class clock> time, tcp_options options = {});

} // namespace odradek
