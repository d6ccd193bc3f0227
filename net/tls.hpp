// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/blocking.hpp>
#include <odradek/net/clock.hpp>
#include <odradek/net/listener.hpp>
#include <odradek/net/log.hpp>
#include <odradek/net/tls_options.hpp>
#include <odradek/net/transport.hpp>
#include <odradek/protocol/export.hpp>

#include <memory>

namespace odradek {

/// What TLS needs of an environment.
struct tls_surroundings {
    std::shared_ptr<class clock> clock{};
    std::shared_ptr<blocking_executor> blocking{}; ///< Where files are read and keys are unlocked.
    std::shared_ptr<logger> log{};
};

/// TLS over the transports of another factory, whatever that is: TCP, a proxy, TLS itself. Connects through `inner`, then shakes
/// hands with the broker that was asked for (transport_request::broker, or tls::server_name), all of it before the request's
/// deadline. Files are looked at again at a new connection, at most once a second; new ones that cannot be used leave the old
/// ones in force, and a warning in the log.
///
/// Failures, besides those of `inner` and of the options (see tls): errc::tls_certificate_refused when the broker's certificate
/// is not trusted, errc::tls_handshake_failed when the two sides find no common ground or the other side speaks no TLS,
/// errc::connection_closed or connection_reset when the stream ended, errc::connect_timed_out at the deadline. The diagnostics
/// name the host and the cause. With TLS 1.3 a broker that refuses the client's certificate says so only after the handshake:
/// then the first read fails with errc::tls_handshake_failed and diagnostics.
[[nodiscard]] ODRADEK_EXPORT std::shared_ptr<socket_factory> make_tls_factory(std::shared_ptr<socket_factory> inner,
                                                                              tls options, tls_surroundings in);

/// The server's side: listeners whose connections speak TLS over those of another factory. A connection is accepted at once and
/// shakes hands with its first read or write, so a client that dawdles holds up nobody else. Certificate and key are read by
/// listen(), in place, and again when they change, at most once a second, at an accept.
[[nodiscard]] ODRADEK_EXPORT std::shared_ptr<listener_factory>
make_tls_listener_factory(std::shared_ptr<listener_factory> inner, tls_server options,
                          std::shared_ptr<class clock> time, std::shared_ptr<logger> log);

} // namespace odradek
