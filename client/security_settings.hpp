// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/secret.hpp>

#include <string>
#include <string_view>
#include <vector>

namespace odradek::detail {

/// What property names have said about TLS and SASL, as it was given: what it means depends on several names that come in any
/// order, so it becomes options only when somebody asks for them (property_security.hpp).
///
/// A value inside `properties`; empty is "not said", as an empty value is to the other clients. Passwords, keys and what Java's
/// client takes for a password are secrets, so that each copy wipes itself.
struct security_settings {
    std::string protocol{};                    ///< security.protocol, in lower case.
    std::vector<std::string> broker_schemes{}; ///< Addresses of bootstrap.servers that have a protocol before them.

    std::string truststore_type{};     ///< ssl.truststore.type, in lower case.
    std::string truststore_location{}; ///< ssl.truststore.location
    secret truststore_certificates{};  ///< ssl.truststore.certificates
    secret truststore_password{};      ///< ssl.truststore.password
    std::string ca_location{};         ///< ssl.ca.location
    secret ca_pem{};                   ///< ssl.ca.pem

    std::string keystore_type{};         ///< ssl.keystore.type, in lower case.
    std::string keystore_location{};     ///< ssl.keystore.location
    secret keystore_password{};          ///< ssl.keystore.password
    secret keystore_key{};               ///< ssl.keystore.key
    secret keystore_certificate_chain{}; ///< ssl.keystore.certificate.chain
    std::string certificate_location{};  ///< ssl.certificate.location
    secret certificate_pem{};            ///< ssl.certificate.pem
    std::string key_location{};          ///< ssl.key.location
    secret key_pem{};                    ///< ssl.key.pem
    secret key_password{};               ///< ssl.key.password

    bool verify = true;            ///< enable.ssl.certificate.verification
    bool verify_host = true;       ///< ssl.endpoint.identification.algorithm
    bool enabled_tls_1_2 = true;   ///< ssl.enabled.protocols has it.
    bool enabled_tls_1_3 = true;   ///< ssl.enabled.protocols has it.
    bool at_most_tls_1_2 = false;  ///< ssl.protocol says so.
    std::string suite_list{};      ///< ssl.cipher.suites, as it was given.
    std::string ciphers{};         ///< Those of TLS 1.2 in ssl.cipher.suites, in OpenSSL's notation.
    std::string cipher_suites{};   ///< Those of TLS 1.3 in ssl.cipher.suites.
    bool all_suites_named = false; ///< ssl.cipher.suites is a list of Java's names: nothing else may be used.
    std::string groups{};          ///< ssl.curves.list

    std::string mechanism{}; ///< sasl.mechanism, in upper case.
    std::string username{};  ///< sasl.username
    secret password{};       ///< sasl.password
    secret jaas_config{};    ///< sasl.jaas.config
};

/// Whether security.protocol asks for TLS.
[[nodiscard]] inline bool wants_tls(const security_settings& said) noexcept
{
    return said.protocol == "ssl" || said.protocol == "sasl_ssl";
}

/// Whether security.protocol asks for SASL.
[[nodiscard]] inline bool wants_sasl(const security_settings& said) noexcept
{
    return said.protocol == "sasl_plaintext" || said.protocol == "sasl_ssl";
}

} // namespace odradek::detail
