// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/tcp.hpp>

#include <asio/ip/tcp.hpp>

#include <string>
#include <system_error>

namespace odradek {

/// Why a socket cannot be opened for an address.
struct open_failure {
    /// How far the reason reaches.
    enum class kind {
        none,     ///< It is open.
        address,  ///< This address cannot be reached from here.
        mismatch, ///< The address does not fit tcp_options::bind_address.
        options,  ///< tcp_options::bind_address is of no use with any address.
    };
    kind what = kind::none;
    std::error_code ec{};
    std::string words{};
};

/// Opens `socket` for a connection to `target`, with all that the options say: what may differ is set, the local address is bound.
///
/// A free function; `socket` is the caller's.
[[nodiscard]] ODRADEK_EXPORT open_failure open_socket(asio::ip::tcp::socket& socket,
                                                      const asio::ip::tcp::endpoint& target,
                                                      const tcp_options& options);

} // namespace odradek
