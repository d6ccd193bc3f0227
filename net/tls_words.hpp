// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/tls_openssl.hpp>
#include <odradek/protocol/bytes.hpp>

#include <string>
#include <string_view>

namespace odradek::detail {

/// The words of failing handshakes: pure functions from what OpenSSL knows to one line for people. Private to tls_engine.

/// Why a certificate is refused: `error` is one of X509_V_ERR_*, `certificate` the one that it is about.
[[nodiscard]] std::string refusal_words(int error, X509* certificate, std::string_view host);

/// What is known about our own certificate when the other side refuses it.
enum class own_certificate : std::uint8_t {
    not_asked_for,
    missing,  ///< Asked for, and none is configured.
    withheld, ///< Asked for, but of other authorities than those of ours.
    sent,
};

/// Whether an alert is about the receiver's certificate.
[[nodiscard]] bool is_about_certificate(int alert) noexcept;

/// What an alert of the peer means.
[[nodiscard]] std::string alert_words(int alert, bool is_server, own_certificate ours);

/// Whether a stream can begin like this, where TLS is expected.
[[nodiscard]] bool can_be_tls(bytes_view first) noexcept;

/// What a stream is that begins like this and is no TLS.
[[nodiscard]] std::string stranger_words(bytes_view first, bool is_server);

} // namespace odradek::detail
