// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/diagnostics.hpp>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pkcs12.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace odradek::detail {

/// What TLS's own files share of OpenSSL: owners of its objects and the words of its errors. Private; needs OpenSSL's headers.
template <auto Free>
struct openssl_deleter {
    template <class T>
    void operator()(T* object) const noexcept
    {
        Free(object);
    }
};
template <class T, auto Free>
using openssl_ptr = std::unique_ptr<T, openssl_deleter<Free>>;

inline void free_certificates(STACK_OF(X509) * all) noexcept
{
    sk_X509_pop_free(all, X509_free);
}

using bio_ptr = openssl_ptr<BIO, BIO_free_all>;
using x509_ptr = openssl_ptr<X509, X509_free>;
using key_ptr = openssl_ptr<EVP_PKEY, EVP_PKEY_free>;
using pkcs12_ptr = openssl_ptr<PKCS12, PKCS12_free>;
using certificates_ptr = openssl_ptr<STACK_OF(X509), free_certificates>;
using ssl_ptr = openssl_ptr<SSL, SSL_free>;

/// A failure with words, or none.
struct tls_failure {
    std::error_code ec{};
    diagnostics about{};

    tls_failure() = default;
    tls_failure(std::error_code code, std::string words) : ec(code), about(std::move(words)) {}
    explicit operator bool() const noexcept { return static_cast<bool>(ec); }
};

/// What OpenSSL's functions on this thread have complained of since the last call, and forgets it: the reason of the first
/// complaint, which is the cause of the others. "no reason given" if there is none.
[[nodiscard]] std::string take_openssl_reason();

/// At most `longest` characters of what a peer sent, those that do not print as '.'.
[[nodiscard]] std::string printable(std::string_view text, std::size_t longest);

/// A certificate's subject, for people; a peer's words.
[[nodiscard]] std::string subject_of(X509* certificate);
/// Who issued it, for people; a peer's words.
[[nodiscard]] std::string issuer_of(X509* certificate);
/// The names and addresses that it is for, for people; a peer's words, cut to a few.
[[nodiscard]] std::string names_of(X509* certificate);
/// "Jan  2 03:04:05 2026 GMT".
[[nodiscard]] std::string text_of(const ASN1_TIME* time);

} // namespace odradek::detail
