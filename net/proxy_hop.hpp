// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/secret.hpp>
#include <odradek/net/endpoint.hpp>
#include <odradek/net/tls_options.hpp>
#include <odradek/protocol/export.hpp>

#include <optional>
#include <string>
#include <system_error>
#include <variant>
#include <vector>

namespace odradek {

/// Proxies, as plain values: owned by whoever holds the options, no thread rule beyond that of any value. Nothing is checked while
/// they are filled in: check() says what is wrong, and so does the first connection.

/// A SOCKS5 proxy (RFC 1928). User name and password go to it in clear (RFC 1929).
struct socks5 {
    std::string address{};    ///< "host:port" or "host"; port 1080 when none is written.
    std::string username{};   ///< At most 255 bytes; without one no authentication is offered.
    secret password{};        ///< At most 255 bytes; only with a user name.
    bool remote_names = true; ///< The proxy resolves names; otherwise they are resolved here, and it is told addresses.
};

/// A header of a request to an HTTP proxy.
struct http_header {
    std::string name{}; ///< A token, as "X-Tenant".
    secret value{};     ///< Never shown; no control characters.
};

/// An HTTP proxy that makes tunnels (CONNECT, RFC 9110).
struct http_connect {
    std::string address{};              ///< "host:port" or "host"; port 80 when none is written, 443 with `tls`.
    std::string username{};             ///< For Basic authentication (RFC 7617), sent without being asked; no colon.
    secret password{};                  ///< See username; in clear unless there is `tls`.
    std::vector<http_header> headers{}; ///< Sent besides Host and Proxy-Authorization.
    std::optional<odradek::tls>
        tls{}; ///< TLS to the proxy itself ("an https proxy"); the broker's own goes through it.
};

/// One proxy on the way.
using proxy_hop = std::variant<socks5, http_connect>;

/// Proxies one behind the other, the nearest first; none: straight to the broker.
using proxy_chain = std::vector<proxy_hop>;

/// What is wrong with a proxy, or what went wrong on the way through it. A value; the words hold no secret.
struct proxy_failure {
    std::error_code ec{};
    std::string words{}; ///< One line without a full stop.

    /// True if this is a failure.
    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(ec); }
    friend bool operator==(const proxy_failure&, const proxy_failure&) = default;
};

/// Where the proxy listens; nothing when its address cannot be read.
[[nodiscard]] ODRADEK_EXPORT std::optional<endpoint> proxy_address(const proxy_hop& hop);

/// The proxy for people: "socks5 proxy.example:1080", "http proxy.example:80" or "https proxy.example:443".
[[nodiscard]] ODRADEK_EXPORT std::string describe(const proxy_hop& hop);

/// An address for people, in quotes; what stands before an "@" is not shown, since it may be a password.
[[nodiscard]] ODRADEK_EXPORT std::string shown_proxy_address(std::string_view address);

/// errc::invalid_option, and the option's name and value, when something of it cannot be.
[[nodiscard]] ODRADEK_EXPORT proxy_failure check(const proxy_hop& hop);

} // namespace odradek
