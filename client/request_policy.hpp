// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/transport.hpp>
#include <odradek/protocol/broker_error.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/generated/api_keys.hpp>
#include <odradek/protocol/types.hpp>

namespace odradek {

/// What is known of each API that its definition does not say: whether it may be repeated, when its throttling is the
/// client's to keep, which of its errors are worth another attempt.
///
/// Pure functions over constant tables; any thread.

/// Whether a request whose answer was lost may simply be sent again: a second execution leaves the same state behind and
/// answers the same. Where this is false, the end of such a request is errc::outcome_unknown.
[[nodiscard]] ODRADEK_EXPORT bool is_safe_to_repeat(api key) noexcept;

/// Whether throttle_time_ms in an answer of this version asks the client to wait (KIP-219). Before, the broker had waited
/// itself, and waiting again would double the punishment.
[[nodiscard]] ODRADEK_EXPORT bool client_throttles(api key, api_version version) noexcept;

/// Whether an error that an answer carries as a whole is retried by the request itself.
[[nodiscard]] ODRADEK_EXPORT bool is_worth_retrying(api key, broker_errc code) noexcept;

/// Which of a broker's connections the API uses: what the broker may hold for a while has its own.
[[nodiscard]] ODRADEK_EXPORT connection_role role_of(api key) noexcept;

} // namespace odradek
