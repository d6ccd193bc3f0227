// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/tls_words.hpp>

namespace odradek::detail {
namespace {

constexpr unsigned char handshake_record = 22;
constexpr unsigned char alert_record = 21;

unsigned char octet(bytes_view bytes, std::size_t at) noexcept
{
    return std::to_integer<unsigned char>(bytes[at]);
}

} // namespace

std::string refusal_words(int error, X509* certificate, std::string_view host)
{
    const std::string whose = "the certificate of " + std::string(host) + " is refused: ";
    if (certificate == nullptr) return whose + X509_verify_cert_error_string(error);
    switch (error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return whose + subject_of(certificate) + " has expired on " + text_of(X509_get0_notAfter(certificate));
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return whose + subject_of(certificate) + " is valid only from " + text_of(X509_get0_notBefore(certificate));
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        return whose + "it is self-signed and not among the trusted ones (" + subject_of(certificate) + ")";
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        return whose + "its authority is not trusted (" + subject_of(certificate) + ")";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        return whose + "its authority is not known (" + issuer_of(certificate) + ")";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH: return whose + "it is not for this name but for " + names_of(certificate);
    default: return whose + X509_verify_cert_error_string(error) + " (" + subject_of(certificate) + ")";
    }
}

bool is_about_certificate(int alert) noexcept
{
    switch (alert) {
    case SSL_AD_BAD_CERTIFICATE:
    case SSL_AD_UNSUPPORTED_CERTIFICATE:
    case SSL_AD_CERTIFICATE_REVOKED:
    case SSL_AD_CERTIFICATE_EXPIRED:
    case SSL_AD_CERTIFICATE_UNKNOWN:
    case SSL_AD_UNKNOWN_CA:
    case SSL_AD_ACCESS_DENIED:
    case SSL_AD_CERTIFICATE_REQUIRED: return true;
    default: return false;
    }
}

std::string alert_words(int alert, bool is_server, own_certificate ours)
{
    const std::string named = " (alert " + std::to_string(alert) + ", " + SSL_alert_desc_string_long(alert) + ")";
    const std::string who = is_server ? "the client" : "the broker";
    // Brokers of old Java versions say handshake_failure where they miss a certificate.
    const bool wants_certificate = is_about_certificate(alert) || alert == SSL_AD_HANDSHAKE_FAILURE;
    if (wants_certificate && ours == own_certificate::missing)
        return who + " asks for a client certificate, and none is configured" + named;
    if (wants_certificate && ours == own_certificate::withheld)
        return who + " asks for a client certificate of other authorities than that of the configured one" + named;
    if (is_about_certificate(alert))
        return who + " refuses " + (is_server ? "our" : "the client's") + " certificate" + named;
    if (alert == SSL_AD_UNRECOGNIZED_NAME) return who + " does not know itself under this name" + named;
    if (alert == SSL_AD_PROTOCOL_VERSION) return who + " speaks none of our versions of TLS" + named;
    if (alert == SSL_AD_HANDSHAKE_FAILURE || alert == SSL_AD_INSUFFICIENT_SECURITY)
        return who + " accepts none of our ciphers, groups and signatures" + named;
    return who + " ended TLS" + named;
}

bool can_be_tls(bytes_view first) noexcept
{
    if (first.empty()) return true;
    const unsigned char type = octet(first, 0);
    return (type == handshake_record || type == alert_record) && (first.size() < 2 || octet(first, 1) == 3);
}

std::string stranger_words(bytes_view first, bool is_server)
{
    std::string whose = is_server ? "the client does not speak TLS" : "the other side does not speak TLS";
    const std::string_view text = first.text();
    if (text.starts_with("HTTP/")) return whose + ": this is an HTTP server";
    for (const std::string_view verb : {"GET ", "POST ", "PUT ", "HEAD ", "CONNECT ", "OPTIONS "})
        if (text.starts_with(verb)) return whose + ": this is an HTTP request";
    if (text.starts_with("SSH-")) return whose + ": this is SSH";
    // Kafka's frames begin with a length in four bytes, which is small here.
    if (octet(first, 0) == 0) return whose + ": this looks like Kafka without TLS";
    return whose;
}

} // namespace odradek::detail
