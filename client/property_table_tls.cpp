// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/cipher_names.hpp>
#include <odradek/client/property_security.hpp>
#include <odradek/client/property_table.hpp>

namespace odradek::detail {
namespace {

using s = property_settings;
using v = property_value;
using said = security_settings;
using enum property_use;

std::string set_host_check(s& out, const v& value)
{
    const std::string algorithm = upper(value.text);
    const bool on = algorithm == "HTTPS";
    if (!on && !algorithm.empty() && algorithm != "NONE") return "https is needed, or none, or nothing";
    out.security.verify_host = on;
    return {};
}

std::string set_enabled_protocols(s& out, const v& value)
{
    bool tls_1_2 = false;
    bool tls_1_3 = false;
    std::string_view rest = value.text;
    while (!rest.empty()) {
        std::string_view one = rest.substr(0, rest.find(','));
        rest.remove_prefix(std::min(rest.size(), one.size() + 1));
        while (one.starts_with(' ')) one.remove_prefix(1);
        while (one.ends_with(' ')) one.remove_suffix(1);
        const std::string version = upper(one);
        tls_1_2 = tls_1_2 || version == "TLSV1.2";
        tls_1_3 = tls_1_3 || version == "TLSV1.3";
        if (version != "TLSV1.2" && version != "TLSV1.3")
            return in_quotes(one) + " is not spoken: TLSv1.2 and TLSv1.3 are, or one of them";
    }
    if (!tls_1_2 && !tls_1_3) return "TLSv1.2 or TLSv1.3 is needed";
    out.security.enabled_tls_1_2 = tls_1_2;
    out.security.enabled_tls_1_3 = tls_1_3;
    return {};
}

// What Java makes of it: with TLSv1.2 newer versions are out, whatever ssl.enabled.protocols says.
std::string set_protocol(s& out, const v& value)
{
    const std::string protocol = upper(value.text);
    if (protocol != "TLS" && protocol != "TLSV1.2" && protocol != "TLSV1.3")
        return "TLSv1.3, TLSv1.2 or TLS is needed; older versions are not spoken";
    out.security.at_most_tls_1_2 = protocol == "TLSV1.2";
    return {};
}

std::string set_cipher_suites(s& out, const v& value)
{
    cipher_choice chosen = read_cipher_suites(value.text);
    if (!chosen.unknown.empty())
        return in_quotes(chosen.unknown) + " is not known by this name of Java's; OpenSSL's own names can be given";
    out.security.suite_list = value.text;
    out.security.ciphers = std::move(chosen.ciphers);
    out.security.cipher_suites = std::move(chosen.cipher_suites);
    out.security.all_suites_named = chosen.all_named;
    return {};
}

std::string set_verify(s& out, const v& value)
{
    out.security.verify = value.flag;
    return {};
}

constexpr property_rule store_type = one_of("JKS|PKCS12|PEM");

constexpr std::string_view java_machinery =
    "it chooses among Java's implementations of TLS; OpenSSL is what is used here";
constexpr std::string_view own_context =
    "there is no option for it: an SSL_CTX of your own can have it, as tls::context";

constexpr property_row rows[] = {
    {"security.protocol", both, one_of("PLAINTEXT|SSL|SASL_PLAINTEXT|SASL_SSL"), mapped,
     "client_options::security and client_options::sasl; which of the names `ssl...` and `sasl...` count",
     set_choice<&said::protocol>},
    {"security.providers", java, any_text, ignored, java_machinery},

    // Whom to trust
    {"ssl.truststore.type", java, store_type, mapped,
     "how ssl.truststore.location is read: PEM only; JKS (Java's default) and PKCS12 are refused with the command that "
     "converts them",
     set_choice<&said::truststore_type>},
    {"ssl.truststore.location", java, any_text, mapped, "tls::ca_file, with ssl.truststore.type = PEM",
     set_text<&said::truststore_location>},
    {"ssl.truststore.certificates", java, a_secret, mapped, "tls::ca_pem; on one line too",
     set_secret<&said::truststore_certificates>},
    {"ssl.truststore.password", java, a_secret, mapped,
     "what is said with a trust store in JKS or PKCS12; PEM has none, as in Java's client",
     set_secret<&said::truststore_password>},
    {"ssl.ca.location", librdkafka, any_text, mapped,
     "tls::ca_file, or tls::ca_directory if it is a folder; `probe` is tls::system_store",
     set_text<&said::ca_location>},
    {"ssl.ca.pem", librdkafka, a_secret, mapped, "tls::ca_pem", set_secret<&said::ca_pem>},
    {"ssl.ca.certificate.stores", librdkafka, any_text, refused,
     "certificate stores of Windows are not read: name a file with ssl.ca.location"},
    {"ssl.crl.location", librdkafka, any_text, refused, own_context},
    {"enable.ssl.certificate.verification", librdkafka, boolean, mapped, "tls::verify", set_verify},
    {"ssl.endpoint.identification.algorithm", both, any_text, mapped,
     "tls::verify_host: https is on; none (librdkafka) and nothing (Java) are off", set_host_check},

    // Who we are
    {"ssl.keystore.type", java, store_type, mapped,
     "how ssl.keystore.location is read: PKCS12 (without it too) or PEM; JKS is refused with the command that converts "
     "it",
     set_choice<&said::keystore_type>},
    {"ssl.keystore.location", both, any_text, mapped,
     "tls::pkcs12_file; with ssl.keystore.type = PEM tls::certificate_file and tls::key_file",
     set_text<&said::keystore_location>},
    {"ssl.keystore.password", both, a_secret, mapped, "tls::key_password, of PKCS12",
     set_secret<&said::keystore_password>},
    {"ssl.keystore.key", java, a_secret, mapped, "tls::key_pem; on one line too", set_secret<&said::keystore_key>},
    {"ssl.keystore.certificate.chain", java, a_secret, mapped, "tls::certificate_pem; on one line too",
     set_secret<&said::keystore_certificate_chain>},
    {"ssl.certificate.location", librdkafka, any_text, mapped, "tls::certificate_file",
     set_text<&said::certificate_location>},
    {"ssl.certificate.pem", librdkafka, a_secret, mapped, "tls::certificate_pem", set_secret<&said::certificate_pem>},
    {"ssl.key.location", librdkafka, any_text, mapped, "tls::key_file", set_text<&said::key_location>},
    {"ssl.key.pem", librdkafka, a_secret, mapped, "tls::key_pem", set_secret<&said::key_pem>},
    {"ssl.key.password", both, a_secret, mapped, "tls::key_password, of PEM", set_secret<&said::key_password>},

    // How it is done
    {"ssl.enabled.protocols", java, any_text, mapped,
     "tls::minimum_version and tls::maximum_version: TLSv1.2, TLSv1.3; older ones are refused", set_enabled_protocols},
    {"ssl.protocol", java, any_text, mapped, "tls::maximum_version with TLSv1.2; nothing with TLSv1.3 and TLS",
     set_protocol},
    {"ssl.cipher.suites", both, any_text, mapped,
     "tls::ciphers and tls::cipher_suites: standard names (Java), which then are all that may be used, or OpenSSL's "
     "notation "
     "(librdkafka)",
     set_cipher_suites},
    {"ssl.curves.list", librdkafka, any_text, mapped, "tls::groups", set_text<&said::groups>},
    {"ssl.sigalgs.list", librdkafka, any_text, refused, own_context},

    // Only sensible in the other program
    {"ssl.engine.factory.class", java, any_text, refused, "a class of the Java virtual machine"},
    {"ssl.engine.location", librdkafka, any_text, refused, own_context},
    {"ssl.engine.id", librdkafka, any_text, ignored, "it says nothing without ssl.engine.location"},
    {"ssl.providers", librdkafka, any_text, refused, own_context},
    {"ssl.keymanager.algorithm", java, any_text, ignored, java_machinery},
    {"ssl.trustmanager.algorithm", java, any_text, ignored, java_machinery},
    {"ssl.provider", java, any_text, ignored, java_machinery},
    {"ssl.secure.random.implementation", java, any_text, ignored, java_machinery},
};

} // namespace

std::span<const property_row> tls_property_rows() noexcept
{
    return rows;
}

} // namespace odradek::detail
