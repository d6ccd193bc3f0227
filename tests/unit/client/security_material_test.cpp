// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/properties.hpp>
#include <odradek/net/tls_context.hpp>
#include <odradek/protocol/error.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <tests/support/certificates.hpp>

namespace odradek::test {
namespace {

namespace fs = std::filesystem;

// What OpenSSL makes of options that come from properties.
class security_material : public testing::Test {
protected:
    void TearDown() override { fs::remove_all(folder); }

    static fs::path make_folder()
    {
        std::string pattern = (fs::temp_directory_path() / "odradek_properties_XXXXXX").string();
        return ::mkdtemp(pattern.data());
    }
    [[nodiscard]] std::string file(const std::string& name, const std::string& text) const
    {
        std::ofstream(folder / name, std::ios::binary) << text;
        return (folder / name).string();
    }
    // In one property's value.
    static std::string one_line(std::string text)
    {
        std::replace(text.begin(), text.end(), '\n', ' ');
        return text;
    }
    // "well", or what is wrong with a connection's SSL_CTX. `text` need not say which protocol it is.
    [[nodiscard]] std::string outcome(const std::string& text) const
    {
        const properties p = properties::parse(text + "\nsecurity.protocol=SSL\n");
        EXPECT_TRUE(p.ok()) << p.error().message;
        EXPECT_FALSE(p.client_conflict()) << p.client_conflict().message;
        const client_options options = p.client();
        const tls* chosen = std::get_if<tls>(&options.security);
        if (chosen == nullptr) return "in clear";
        tls_context context{*chosen};
        const auto made = context.refresh(steady_time{});
        return made.ec ? describe(made.ec, made.about) : "well";
    }

    const fs::path folder = make_folder(); // first: the others put something there
    const certificate authority = certificate::authority();
    const certificate alice = authority.issue({.name = "alice", .names = {}});
    const std::string trust =
        "ssl.truststore.type=PEM\nssl.truststore.location=" + file("ca.pem", authority.pem()) + '\n';
};

TEST_F(security_material, is_what_java_reads_from_files)
{
    const std::string both = file("alice.pem", alice.key_pem("rabbit") + alice.pem());
    const std::string store = trust + "ssl.keystore.type=PEM\nssl.keystore.location=" + both + '\n';
    EXPECT_EQ(outcome(store + "ssl.key.password=rabbit\n"), "well");
    EXPECT_NE(outcome(store + "ssl.key.password=hare\n").find("cannot be decrypted"), std::string::npos);
    EXPECT_NE(outcome(store).find("there is no key_password"), std::string::npos);

    const std::string pkcs12 = trust + "ssl.keystore.location=" + file("alice.jks", alice.pkcs12("rabbit")) + '\n';
    EXPECT_EQ(outcome(pkcs12 + "ssl.keystore.password=rabbit\n"), "well") << "PKCS12 by whatever name";
    EXPECT_NE(outcome(pkcs12 + "ssl.keystore.password=hare\n").find("cannot be opened"), std::string::npos);
    EXPECT_NE(outcome(trust + "ssl.keystore.location=" + file("none.p12", "none")).find("not a PKCS#12 file"),
              std::string::npos);
    EXPECT_NE(outcome("ssl.truststore.type=PEM\nssl.truststore.location=/no/such/ca.pem").find("/no/such/ca.pem"),
              std::string::npos);
}

TEST_F(security_material, is_what_java_reads_from_one_line)
{
    EXPECT_EQ(outcome("ssl.truststore.certificates=" + one_line(authority.pem() + certificate::authority().pem()) +
                      "\nssl.keystore.certificate.chain=" + one_line(alice.pem() + authority.pem()) +
                      "\nssl.keystore.key=" + one_line(alice.key_pem("rabbit")) + "\nssl.key.password=rabbit\n"),
              "well");
    EXPECT_NE(outcome("ssl.truststore.certificates=" + one_line(authority.pem()).substr(0, 200) +
                      "\nssl.keystore.certificate.chain=c\nssl.keystore.key=k"),
              "well");
}

TEST_F(security_material, is_what_librdkafka_reads)
{
    const std::string names = "ssl.certificate.location=" + file("alice.crt", alice.pem()) +
                              "\nssl.key.location=" + file("alice.key", alice.key_pem("rabbit")) +
                              "\nssl.key.password=rabbit\nssl.curves.list=X25519:P-256\n";
    EXPECT_EQ(outcome(names + "ssl.ca.location=" + file("authority.pem", authority.pem())), "well");
    fs::create_directory(folder / "authorities");
    const std::string in_folder = names + "ssl.ca.location=" + (folder / "authorities").string();
    EXPECT_NE(outcome(in_folder), "well") << "there is no certificate yet";
    (void)file("authorities/one.pem", authority.pem());
    EXPECT_EQ(outcome(in_folder), "well");
    EXPECT_EQ(outcome("ssl.ca.pem=" + one_line(authority.pem()) + "\nssl.certificate.pem=" + one_line(alice.pem()) +
                      "\nssl.key.pem=" + one_line(alice.key_pem())),
              "well");
}

TEST_F(security_material, has_cipher_suites_that_openssl_knows)
{
    const std::string suites = trust + "ssl.cipher.suites=";
    // The list of Java 21, without those that need another authentication than by certificate.
    for (const char* name : {"TLS_AES_256_GCM_SHA384",
                             "TLS_AES_128_GCM_SHA256",
                             "TLS_CHACHA20_POLY1305_SHA256",
                             "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384",
                             "TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256",
                             "TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256",
                             "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384",
                             "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
                             "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256",
                             "TLS_DHE_RSA_WITH_AES_256_GCM_SHA384",
                             "TLS_DHE_RSA_WITH_CHACHA20_POLY1305_SHA256",
                             "TLS_DHE_DSS_WITH_AES_256_GCM_SHA384",
                             "TLS_DHE_RSA_WITH_AES_128_GCM_SHA256",
                             "TLS_DHE_DSS_WITH_AES_128_GCM_SHA256",
                             "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384",
                             "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA384",
                             "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA256",
                             "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA256",
                             "TLS_DHE_RSA_WITH_AES_256_CBC_SHA256",
                             "TLS_DHE_DSS_WITH_AES_256_CBC_SHA256",
                             "TLS_DHE_RSA_WITH_AES_128_CBC_SHA256",
                             "TLS_DHE_DSS_WITH_AES_128_CBC_SHA256",
                             "TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA",
                             "TLS_ECDHE_RSA_WITH_AES_256_CBC_SHA",
                             "TLS_DHE_RSA_WITH_AES_256_CBC_SHA",
                             "TLS_DHE_DSS_WITH_AES_256_CBC_SHA",
                             "TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA",
                             "TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA",
                             "TLS_DHE_RSA_WITH_AES_128_CBC_SHA",
                             "TLS_DHE_DSS_WITH_AES_128_CBC_SHA",
                             "TLS_RSA_WITH_AES_256_GCM_SHA384",
                             "TLS_RSA_WITH_AES_128_GCM_SHA256",
                             "TLS_RSA_WITH_AES_256_CBC_SHA256",
                             "TLS_RSA_WITH_AES_128_CBC_SHA256",
                             "TLS_RSA_WITH_AES_256_CBC_SHA",
                             "TLS_RSA_WITH_AES_128_CBC_SHA"})
        EXPECT_EQ(outcome(suites + name), "well") << name;
    EXPECT_EQ(outcome(suites + "ECDHE+AESGCM:!aNULL"), "well");
}

TEST_F(security_material, that_openssl_does_not_know_is_told_by_name_and_value)
{
    const auto told = [](const std::string& text) {
        return properties::parse("security.protocol=SSL\n" + text).client_conflict();
    };
    const property_error suites = told("ssl.cipher.suites=NOTHING-OF,THE-KIND");
    EXPECT_EQ(suites.name, "ssl.cipher.suites");
    EXPECT_EQ(suites.message,
              R"("ssl.cipher.suites" = "NOTHING-OF,THE-KIND": OpenSSL finds nothing in it that it knows )"
              "(no cipher match)");
    const property_error groups = told("ssl.curves.list=X25519:nonsense");
    EXPECT_EQ(groups.name, "ssl.curves.list");
    EXPECT_TRUE(groups.message.starts_with(R"("ssl.curves.list" = "X25519:nonsense": OpenSSL finds nothing in it)"))
        << groups.message;
    EXPECT_EQ(told("ssl.cipher.suites=ECDHE+AESGCM\nssl.curves.list=X25519:P-256").message, "");
}

TEST_F(security_material, of_a_conflict_connects_nobody)
{
    const properties p = properties::parse("security.protocol=SSL\nssl.truststore.location=/t.jks\n");
    ASSERT_TRUE(p.client_conflict());
    tls_context context{std::get<tls>(p.client().security)};
    EXPECT_EQ(context.refresh(steady_time{}).ec, errc::invalid_option);
}

} // namespace
} // namespace odradek::test
