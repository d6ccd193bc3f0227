// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/pem_text.hpp>
#include <odradek/client/property_security.hpp>
#include <odradek/net/tls_check.hpp>

#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <system_error>
#include <utility>

namespace odradek::detail {
namespace {

bool is_pem(std::string_view type) noexcept
{
    return type == "pem";
}

bool looks_like_pem(std::string_view path) noexcept
{
    return path.ends_with(".pem") || path.ends_with(".crt") || path.ends_with(".cer") || path.ends_with(".key");
}

// Whether a file begins as key and trust stores of Java's own form do. Whoever reads it for good says what else is wrong.
bool is_jks(const std::string& path)
{
    constexpr std::array<char, 4> magic{'\xFE', '\xED', '\xFE', '\xED'};
    std::error_code ec;
    if (!std::filesystem::is_regular_file(path, ec)) return false; // out of a pipe these bytes would be gone
    std::array<char, 4> first{};
    std::ifstream file{path, std::ios::binary};
    return file.read(first.data(), first.size()) && first == magic;
}

property_error excluded(std::string_view name, std::string_view why)
{
    return complaint(name, in_quotes(name) + " is given, but " + std::string{why});
}

property_error only_as_pem(std::string_view name, std::string_view type_name, std::string_view type)
{
    return complaint(name, in_quotes(name) + " is a text in PEM, but " + in_quotes(type_name) + " is " +
                               in_quotes(upper(type)));
}

property_error fill_java_trust(const security_settings& said, tls& into)
{
    const bool has_location = !said.truststore_location.empty();
    const bool has_text = !said.truststore_certificates.empty();
    if (!said.truststore_password.empty() && (has_text || (has_location && is_pem(said.truststore_type))))
        return excluded("ssl.truststore.password", "certificates in PEM have no password");
    if (!said.truststore_password.empty() && !has_location)
        return excluded("ssl.truststore.password", R"(there is no "ssl.truststore.location")");
    if (has_text && has_location) return excluded("ssl.truststore.certificates", R"("ssl.truststore.location" too)");
    if (has_text) {
        if (!said.truststore_type.empty() && !is_pem(said.truststore_type))
            return only_as_pem("ssl.truststore.certificates", "ssl.truststore.type", said.truststore_type);
        into.ca_pem = pem_with_lines(said.truststore_certificates.reveal());
        return {};
    }
    if (!has_location) return {};
    const bool is_known_jks = is_jks(said.truststore_location);
    if (is_pem(said.truststore_type) && !is_known_jks) {
        into.ca_file = said.truststore_location;
        return {};
    }
    const std::string cure = R"(turn it into PEM with keytool -list -rfc -keystore FILE > FILE.pem, and say )"
                             R"("ssl.truststore.type" = "PEM")";
    if (is_known_jks)
        return complaint("ssl.truststore.location",
                         R"("ssl.truststore.location" = )" + in_quotes(said.truststore_location) +
                             ": this is a JKS file, and trust stores are read in PEM only: " + cure);
    if (said.truststore_type.empty())
        return complaint(
            "ssl.truststore.location",
            R"("ssl.truststore.location" needs "ssl.truststore.type" = "PEM"; without it Java takes the file )"
            "for JKS, and trust stores in JKS or PKCS12 are not read here: " +
                cure);
    return complaint("ssl.truststore.type", R"("ssl.truststore.type" = )" + in_quotes(upper(said.truststore_type)) +
                                                ": trust stores are read in PEM only: " + cure);
}

void fill_librdkafka_trust(const security_settings& said, tls& into)
{
    if (said.ca_location == "probe") {
        into.system_store = true;
    } else if (!said.ca_location.empty()) {
        std::error_code ignored; // whoever reads it says what is wrong
        if (std::filesystem::is_directory(said.ca_location, ignored))
            into.ca_directory = said.ca_location;
        else
            into.ca_file = said.ca_location;
    }
    into.ca_pem = pem_with_lines(said.ca_pem.reveal());
}

property_error fill_trust(const security_settings& said, tls& into)
{
    const bool as_java =
        !said.truststore_location.empty() || !said.truststore_certificates.empty() || !said.truststore_password.empty();
    const bool as_librdkafka = !said.ca_location.empty() || !said.ca_pem.empty();
    if (as_java && as_librdkafka)
        return complaint("ssl.truststore.location",
                         R"(whom to trust is said twice: leave out either "ssl.truststore..." or "ssl.ca...")");
    if (as_java) return fill_java_trust(said, into);
    fill_librdkafka_trust(said, into);
    return {};
}

// ssl.keystore.key and ssl.keystore.certificate.chain.
property_error fill_from_java_text(const security_settings& said, tls& into)
{
    if (!said.keystore_type.empty() && !is_pem(said.keystore_type))
        return only_as_pem("ssl.keystore.key", "ssl.keystore.type", said.keystore_type);
    if (said.keystore_key.empty())
        return excluded("ssl.keystore.certificate.chain", R"(there is no "ssl.keystore.key")");
    if (said.keystore_certificate_chain.empty())
        return excluded("ssl.keystore.key", R"(there is no "ssl.keystore.certificate.chain")");
    if (!said.keystore_password.empty())
        return excluded("ssl.keystore.password", R"(a key in PEM has only an "ssl.key.password")");
    into.certificate_pem = pem_with_lines(said.keystore_certificate_chain.reveal());
    into.key_pem = pem_with_lines(said.keystore_key.reveal());
    into.key_password = said.key_password;
    return {};
}

// ssl.keystore.location. Without a type it is PKCS#12: to librdkafka always, and Java's JKS reads that as well since Java 9.
property_error fill_from_keystore(const security_settings& said, tls& into)
{
    const std::string cure =
        R"(convert it with keytool -importkeystore -srckeystore FILE -destkeystore FILE.p12 -deststoretype PKCS12, )"
        R"(and say "ssl.keystore.type" = "PKCS12")";
    if (said.keystore_type != "jks" && is_jks(said.keystore_location))
        return complaint("ssl.keystore.location", R"("ssl.keystore.location" = )" + in_quotes(said.keystore_location) +
                                                      ": this is a JKS file, and such files are not read; " + cure);
    if (is_pem(said.keystore_type)) {
        if (!said.keystore_password.empty())
            return excluded("ssl.keystore.password", R"(a key in PEM has only an "ssl.key.password")");
        into.certificate_file = said.keystore_location;
        into.key_file = said.keystore_location;
        into.key_password = said.key_password;
        return {};
    }
    if (said.keystore_type == "jks")
        return complaint("ssl.keystore.type", R"("ssl.keystore.type" = "JKS": such files are not read; )" + cure +
                                                  ", which may be all, for keytool writes PKCS12 since Java 9");
    if (said.keystore_type.empty() && looks_like_pem(said.keystore_location))
        return complaint("ssl.keystore.location",
                         R"("ssl.keystore.location" = )" + in_quotes(said.keystore_location) +
                             R"(: without "ssl.keystore.type" = "PEM" it is taken for PKCS12)");
    if (!said.key_password.empty() && said.key_password != said.keystore_password)
        return complaint("ssl.key.password",
                         R"("ssl.key.password" is another than "ssl.keystore.password", but a PKCS12 )"
                         "file has one password for all that is in it");
    into.pkcs12_file = said.keystore_location;
    into.key_password = said.keystore_password;
    return {};
}

// ssl.certificate... and ssl.key...
property_error fill_from_librdkafka(const security_settings& said, tls& into)
{
    const bool has_certificate = !said.certificate_location.empty() || !said.certificate_pem.empty();
    if (!said.certificate_location.empty() && !said.certificate_pem.empty())
        return excluded("ssl.certificate.pem", R"("ssl.certificate.location" too)");
    if (!said.key_location.empty() && !said.key_pem.empty())
        return excluded("ssl.key.pem", R"("ssl.key.location" too)");
    if (!has_certificate)
        return excluded(said.key_location.empty() ? "ssl.key.pem" : "ssl.key.location",
                        R"(there is neither "ssl.certificate.location" nor "ssl.certificate.pem")");
    into.certificate_file = said.certificate_location;
    into.certificate_pem = pem_with_lines(said.certificate_pem.reveal());
    into.key_file = said.key_location;
    into.key_pem = pem_with_lines(said.key_pem.reveal());
    into.key_password = said.key_password;
    return {};
}

property_error fill_identity(const security_settings& said, tls& into)
{
    const bool as_java_text = !said.keystore_key.empty() || !said.keystore_certificate_chain.empty();
    const bool as_keystore = !said.keystore_location.empty();
    const bool as_librdkafka = !said.certificate_location.empty() || !said.certificate_pem.empty() ||
                               !said.key_location.empty() || !said.key_pem.empty();
    if (int{as_java_text} + int{as_keystore} + int{as_librdkafka} > 1)
        return complaint(
            "ssl.keystore.location",
            R"(the client's certificate is said twice: only one of "ssl.keystore.location", )"
            R"("ssl.keystore.key" with its chain, and "ssl.certificate..." with "ssl.key..." may be there)");
    if (as_java_text) return fill_from_java_text(said, into);
    if (!said.keystore_password.empty() && !as_keystore)
        return excluded("ssl.keystore.password", R"(there is no "ssl.keystore.location")");
    if (as_keystore) return fill_from_keystore(said, into);
    if (as_librdkafka) return fill_from_librdkafka(said, into);
    if (!said.key_password.empty()) return excluded("ssl.key.password", "there is no key that it could be for");
    return {};
}

property_error fill_versions(const security_settings& said, tls& into)
{
    // OpenSSL keeps the suites of the two versions apart, and a list of one leaves the other as it is. A list of Java's is all there is.
    const bool has_1_2 = said.enabled_tls_1_2 && !(said.all_suites_named && said.ciphers.empty());
    const bool has_1_3 =
        said.enabled_tls_1_3 && !said.at_most_tls_1_2 && !(said.all_suites_named && said.cipher_suites.empty());
    if (!has_1_2 && !has_1_3)
        return complaint("ssl.enabled.protocols", R"("ssl.enabled.protocols", "ssl.protocol" and "ssl.cipher.suites" )"
                                                  "leave no version of TLS that fits all of them");
    if (!has_1_2) into.minimum_version = tls_version::v1_3;
    if (!has_1_3) into.maximum_version = tls_version::v1_2;
    return {};
}

property_error check_lists(const security_settings& said, const tls& chosen)
{
    const refused_tls_list wrong = check_tls_lists(chosen);
    if (!wrong) return {};
    const bool is_groups = wrong.option == "groups";
    const std::string_view name = is_groups ? "ssl.curves.list" : "ssl.cipher.suites";
    return complaint(name, in_quotes(name) + " = " + in_quotes(is_groups ? said.groups : said.suite_list) +
                               ": OpenSSL finds nothing in it that it knows (" + wrong.reason + ')');
}

} // namespace

property_error fill_tls(const security_settings& said, tls& into)
{
    if (auto wrong = fill_trust(said, into)) return wrong;
    if (auto wrong = fill_identity(said, into)) return wrong;
    if (auto wrong = fill_versions(said, into)) return wrong;
    into.verify = said.verify;
    into.verify_host = said.verify_host;
    into.ciphers = said.ciphers;
    into.cipher_suites = said.cipher_suites;
    into.groups = said.groups;
    return check_lists(said, into);
}

} // namespace odradek::detail
