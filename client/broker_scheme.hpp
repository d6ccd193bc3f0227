// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace odradek::detail {

/// What may stand before the address of a broker, as in "SASL_SSL://broker:9093": one of Kafka's security protocols. It chooses nothing; it
/// has to be what the other options say, lest somebody believe in TLS that is not there.
///
/// Free functions without state, for any thread.
[[nodiscard]] std::optional<std::string_view> scheme_of(std::string_view address) noexcept;

/// The name of a security protocol, whatever its case, in capitals; empty if it is none.
[[nodiscard]] std::string_view protocol_called(std::string_view name) noexcept;

/// "PLAINTEXT", "SSL", "SASL_PLAINTEXT" or "SASL_SSL".
[[nodiscard]] std::string_view protocol_name(bool with_tls, bool with_sasl) noexcept;

/// Why no broker can have a scheme of that name: words that go on a sentence about the address.
[[nodiscard]] std::string no_such_scheme(std::string_view scheme);

/// Why client_options::brokers cannot have this address where connections are of that protocol; empty if its scheme is fine, or if it has
/// none.
[[nodiscard]] std::string wrong_scheme(std::string_view address, std::string_view protocol);

} // namespace odradek::detail
