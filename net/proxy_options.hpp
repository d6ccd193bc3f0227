// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/proxy_hop.hpp>
#include <odradek/net/transport.hpp>
#include <odradek/protocol/export.hpp>

#include <functional>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

namespace odradek {

/// The way to one broker: what is asked for (whom, its node id, what the connection is for) gives the proxies to go through, none
/// for a straight way. Called on the client's strand for each connection; what it throws fails the connection with
/// errc::callback_failed.
using proxy_choice = std::function<proxy_chain(const transport_request& to)>;

/// Which proxies connections to brokers go through: `o.proxy = socks5{"proxy.example:1080"}`, `o.proxy = http_connect{...}`, a
/// proxy_chain, or a function (see proxy_choice). By default none.
///
/// A plain value, copied into the client. Nothing is checked here: the first connection ends with errc::invalid_option when something
/// cannot be. An https proxy that a function returns reads the files of its TLS anew for each connection.
struct proxy_options {
    proxy_options() = default;                                                  ///< Straight to the brokers.
    proxy_options(socks5 proxy) { chain.emplace_back(std::move(proxy)); }       ///< Through one SOCKS5 proxy.
    proxy_options(http_connect proxy) { chain.emplace_back(std::move(proxy)); } ///< Through one HTTP proxy.
    proxy_options(proxy_chain proxies) noexcept : chain(std::move(proxies)) {}  ///< Through all of these.
    /// The way is chosen for each connection.
    template <class Choose>
        requires std::is_invocable_r_v<proxy_chain, Choose&, const transport_request&>
    proxy_options(Choose function) : choose(std::move(function))
    {}

    proxy_chain chain{};   ///< For all brokers.
    proxy_choice choose{}; ///< Instead of chain, if set.
    /// Brokers that are gone to straight, as curl's NO_PROXY: "host" and ".host" stand for the host and all names below it, an address
    /// for itself, "10.0.0.0/8" and "fd00::/8" for addresses, "*" for everybody; ":port" behind a name or address (with brackets
    /// around IPv6) narrows it. What is compared is how the broker is named: no name is resolved for this.
    std::vector<std::string> no_proxy{};
    /// Set by what could not read these options from elsewhere (proxy_from_environment()): the words that each connection fails with.
    std::string problem{};
};

/// errc::invalid_option, and the option's name and value, when something of it cannot be.
[[nodiscard]] ODRADEK_EXPORT proxy_failure check(const proxy_options& options);

/// The same for the proxies alone.
[[nodiscard]] ODRADEK_EXPORT proxy_failure check(const proxy_chain& chain);

/// What an environment variable holds; null if it is not set. As std::getenv.
using environment_variable = std::function<const char*(const char* name)>;

/// The proxy that the environment's variables name, read when this is called, never else: ALL_PROXY, or HTTPS_PROXY if there is none,
/// and NO_PROXY; each in lower case first; one that is empty counts as not set. None: straight to the brokers.
///
/// The forms are "socks5h://user:password@host:port" (socks5 without h resolves names here), "http://..", "https://.." (TLS to the
/// proxy, with the system's authorities) and "host:port", which is http; user and password are percent-decoded. What cannot be read is
/// told by the first connection, with the variable's name and without user and password. Entries of NO_PROXY that mean nothing
/// here match nothing.
[[nodiscard]] ODRADEK_EXPORT proxy_options proxy_from_environment();

/// The same from variables of the caller's.
[[nodiscard]] ODRADEK_EXPORT proxy_options proxy_from_environment(const environment_variable& variable);

} // namespace odradek
