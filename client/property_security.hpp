// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/sasl_options.hpp>
#include <odradek/client/client_options.hpp>
#include <odradek/client/properties.hpp>
#include <odradek/client/security_settings.hpp>
#include <odradek/net/tls_options.hpp>

#include <string>
#include <string_view>

namespace odradek::detail {

/// How what names have said about TLS and SASL becomes options. Pure functions on values, but for a look whether
/// ssl.ca.location is a folder, and stores are JKS. Each returns the first complaint, and then what it filled in is of no use. Private.

/// All of it: security.protocol decides which of the others count.
[[nodiscard]] property_error fill_security(const security_settings& said, client_options& into);

/// What is said about TLS.
[[nodiscard]] property_error fill_tls(const security_settings& said, tls& into);

/// What is said about SASL.
[[nodiscard]] property_error fill_sasl(const security_settings& said, sasl_options& into);

/// A complaint about names as a whole, so without a line.
[[nodiscard]] property_error complaint(std::string_view name, std::string words);

/// A name or a value between quotes.
[[nodiscard]] std::string in_quotes(std::string_view text);

/// In upper case, as protocols and mechanisms are shown; only ASCII changes.
[[nodiscard]] std::string upper(std::string_view text);

} // namespace odradek::detail
