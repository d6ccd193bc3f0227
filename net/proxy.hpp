// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/proxy_options.hpp>
#include <odradek/net/resolver.hpp>
#include <odradek/net/tls.hpp>
#include <odradek/net/transport.hpp>
#include <odradek/protocol/export.hpp>

#include <memory>

namespace odradek {

/// Connections through proxies, over the transports of another factory: it is asked for the first proxy (TCP, as a rule), and each
/// proxy for the next one, the last for the broker. TLS to brokers goes over this one: make_tls_factory(make_proxy_factory(..), ..).
///
/// Whatever is decided for a broker, the request's deadline holds for all of it, and cancelling closes what is there. Names go to the
/// proxy as they are; where socks5::remote_names is off, `names` resolves them first, and every address of a broker is tried, each
/// from the beginning. `names` may be null: then it is the system's resolver on in.blocking. `in` is also for TLS to proxies.
///
/// Where names are resolved here, addresses that are link-local are passed over for brokers that the cluster names (node ids from 0 on),
/// unless `allow_link_local`.
///
/// Failures, besides those of `inner` and of TLS: errc::invalid_option (see check()), errc::callback_failed,
/// errc::proxy_authentication_failed, errc::proxy_failed when a proxy could not reach what is behind it, errc::proxy_refused when it
/// does not want to or is no such proxy, errc::connection_closed or connection_reset, errc::connect_timed_out. The diagnostics name
/// proxy, step and cause, and the broker as the peer.
[[nodiscard]] ODRADEK_EXPORT std::shared_ptr<socket_factory>
make_proxy_factory(std::shared_ptr<socket_factory> inner, proxy_options options, tls_surroundings in,
                   std::shared_ptr<resolver> names = {}, bool allow_link_local = true);

} // namespace odradek
