// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace odradek::detail {

/// What ssl.cipher.suites says, in OpenSSL's terms.
struct cipher_choice {
    std::string ciphers{};       ///< Of TLS 1.2, in OpenSSL's notation; empty if none is named.
    std::string cipher_suites{}; ///< Of TLS 1.3.
    bool all_named = false;      ///< Every entry is a name of Java's, so the list is complete for both versions.
    std::string unknown{}; ///< The first entry that looks like a name of Java's and means nothing here; else empty.
};

/// Reads the list that Java's client (standard names with commas) and librdkafka (OpenSSL's notation with colons) have under one name.
/// Names that begin with TLS_ are Java's: those of TLS 1.2 are translated, since OpenSSL 3.0 does not know them. All else is
/// OpenSSL's, and taken as it is.
///
/// A pure function. Source: the TLS cipher suite registry; "openssl ciphers -stdname".
[[nodiscard]] cipher_choice read_cipher_suites(std::string_view text);

} // namespace odradek::detail
