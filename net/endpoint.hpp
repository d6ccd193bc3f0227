// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace odradek {

/// Where something listens: a host (a name or a numeric address, without brackets) and a TCP port.
///
/// A plain value, owned by whoever holds it, ordered so that containers of it iterate in the same order everywhere.
struct endpoint {
    std::string host{};
    std::uint16_t port = 9092; ///< Kafka's customary port when none is written.

    friend bool operator==(const endpoint&, const endpoint&) = default;
    friend auto operator<=>(const endpoint&, const endpoint&) = default;
};

/// "host:port", with brackets around an IPv6 address.
[[nodiscard]] ODRADEK_EXPORT std::string to_string(const endpoint& where);

/// Whether all of it are characters that names and numeric addresses (with a zone) have, 255 of them at most.
[[nodiscard]] ODRADEK_EXPORT bool is_host(std::string_view host) noexcept;

/// Reads "host:port", "host", "[::1]:9092", "::1" or any of these behind "NAME://", as in Kafka's bootstrap.servers. Nothing
/// when the host is empty or holds a character that no host has, or when the port is not between 1 and 65535.
[[nodiscard]] ODRADEK_EXPORT std::optional<endpoint> parse_endpoint(std::string_view text);

} // namespace odradek
