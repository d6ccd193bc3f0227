// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>

#include <string_view>

namespace odradek {

/// What can be said of an address by looking at it.
///
/// Free functions without state, for any thread. Text that is no numeric address is none of these.

/// Whether it is a numeric address, IPv4 or IPv6, the latter perhaps with a zone ("fe80::1%eth0").
[[nodiscard]] ODRADEK_EXPORT bool is_numeric_address(std::string_view text) noexcept;

/// Whether it is only good on this link, or on this very machine's virtual one: 169.254.0.0/16 (also written as an IPv4-mapped IPv6
/// address), fe80::/10, and fd00:ec2::/32, where AWS serves over IPv6 what other clouds serve at 169.254.169.254.
///
/// Source: RFC 3927, RFC 4291 section 2.5.6.
[[nodiscard]] ODRADEK_EXPORT bool is_link_local(std::string_view numeric) noexcept;

} // namespace odradek
