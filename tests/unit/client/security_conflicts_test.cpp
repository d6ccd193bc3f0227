// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/client.hpp>
#include <odradek/client/properties.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>
#include <odradek/tests/unit/client/security_words.hpp>

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <string_view>
#include <tests/support/fake_broker.hpp>
#include <vector>

namespace odradek {
namespace {

constexpr std::string_view wonder = "wonder-of-alice"; // in place of every secret

struct conflict {
    std::string text;
    std::string_view name;  // the property that is to blame
    std::string_view words; // a part of what is said
};

// Each contradiction that there is.
std::vector<conflict> conflicts()
{
    const std::string over_tls = "security.protocol=SSL\n";
    const std::string with_sasl = "security.protocol=SASL_SSL\n";
    const std::string secret = std::string{wonder} + '\n';
    const std::string as_plain = with_sasl + "sasl.mechanism=PLAIN\n";
    const std::string plain_jaas = "sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required ";
    const std::string pair = "sasl.username=u\nsasl.password=" + secret;
    return {
        {"bootstrap.servers=SSL://a:1\n", "bootstrap.servers", "SSL://"},

        {with_sasl + pair, "sasl.mechanism", R"("security.protocol" = "SASL_SSL" needs "sasl.mechanism")"},
        {with_sasl + pair + "sasl.mechanism=GSSAPI\n", "sasl.mechanism", "this release has no GSSAPI (Kerberos)"},
        {with_sasl + pair + "sasl.mechanism=OAUTHBEARER\n", "sasl.mechanism", "this release has no OAUTHBEARER"},
        {with_sasl + pair + "sasl.mechanism=AWS_MSK_IAM\n", "sasl.mechanism", "this release has no AWS_MSK_IAM"},
        {as_plain, "sasl.username", R"("sasl.mechanism" = "PLAIN" needs "sasl.username" and "sasl.password", or )"},
        {as_plain + "sasl.password=" + secret, "sasl.username", R"("sasl.username" is missing)"},
        {as_plain + "sasl.username=u\n", "sasl.password", R"("sasl.password" is missing)"},
        {as_plain + "sasl.username=u\nsasl.password=\n", "sasl.password", R"("sasl.password" is missing)"},
        {as_plain + pair + plain_jaas + "username=\"u\" password=\"" + std::string{wonder} + "\";\n",
         "sasl.jaas.config", "excludes"},
        {as_plain + "sasl.username=u\n" + plain_jaas + "username=\"u\" password=\"" + std::string{wonder} + "\";\n",
         "sasl.jaas.config", "excludes"},
        {as_plain + plain_jaas + "username=\"u\";\n", "sasl.jaas.config", "PlainLoginModule has no password"},
        {with_sasl + "sasl.mechanism=SCRAM-SHA-256\n" + plain_jaas + "username=\"u\" password=\"" +
             std::string{wonder} + "\";\n",
         "sasl.jaas.config", "needs the login module"},
        {as_plain + pair + "sasl.username=a\\u0000b\n", "sasl.mechanism", "username contains a NUL"},
        {"security.protocol=SASL_PLAINTEXT\n", "sasl.mechanism", "SASL_PLAINTEXT"},

        {over_tls + "ssl.truststore.location=/t.jks\n", "ssl.truststore.location", "keytool -list -rfc"},
        {over_tls + "ssl.truststore.location=/t.pem\n", "ssl.truststore.location", R"("ssl.truststore.type" = "PEM")"},
        {over_tls + "ssl.truststore.location=/t\nssl.truststore.type=JKS\n", "ssl.truststore.type",
         "keytool -list -rfc"},
        {over_tls + "ssl.truststore.location=/t\nssl.truststore.type=PKCS12\nssl.truststore.password=" + secret,
         "ssl.truststore.type", R"("ssl.truststore.type" = "PKCS12": trust stores are read in PEM only)"},
        {over_tls + "ssl.truststore.location=/t\nssl.truststore.type=PEM\nssl.truststore.password=" + secret,
         "ssl.truststore.password", "have no password"},
        {over_tls + "ssl.truststore.certificates=c\nssl.truststore.password=" + secret, "ssl.truststore.password",
         "have no password"},
        {over_tls + "ssl.truststore.password=" + secret, "ssl.truststore.password", R"(no "ssl.truststore.location")"},
        {over_tls + "ssl.truststore.location=/t\nssl.truststore.type=PEM\nssl.truststore.certificates=c\n",
         "ssl.truststore.certificates", "too"},
        {over_tls + "ssl.truststore.type=JKS\nssl.truststore.certificates=" + secret, "ssl.truststore.certificates",
         R"("ssl.truststore.type" is "JKS")"},
        {over_tls + "ssl.truststore.type=PEM\nssl.truststore.location=/t\nssl.ca.location=/c\n",
         "ssl.truststore.location", "said twice"},

        {over_tls + "ssl.keystore.location=/k\nssl.keystore.type=JKS\n", "ssl.keystore.type",
         "keytool -importkeystore"},
        {over_tls + "ssl.keystore.location=/k.pem\n", "ssl.keystore.location", R"("ssl.keystore.type" = "PEM")"},
        {over_tls + "ssl.keystore.location=/k\nssl.keystore.type=PEM\nssl.keystore.password=" + secret,
         "ssl.keystore.password", "ssl.key.password"},
        {over_tls + "ssl.keystore.password=" + secret, "ssl.keystore.password", R"(no "ssl.keystore.location")"},
        {over_tls + "ssl.keystore.location=/k\nssl.keystore.password=other\nssl.key.password=" + secret,
         "ssl.key.password", "one password"},
        {over_tls + "ssl.key.password=" + secret, "ssl.key.password", "no key"},
        {over_tls + "ssl.keystore.key=" + secret, "ssl.keystore.key", R"(no "ssl.keystore.certificate.chain")"},
        {over_tls + "ssl.keystore.certificate.chain=" + secret, "ssl.keystore.certificate.chain",
         R"(no "ssl.keystore.key")"},
        {over_tls + "ssl.keystore.type=PKCS12\nssl.keystore.certificate.chain=c\nssl.keystore.key=" + secret,
         "ssl.keystore.key", R"("ssl.keystore.type" is "PKCS12")"},
        {over_tls + "ssl.keystore.certificate.chain=c\nssl.keystore.key=k\nssl.keystore.password=" + secret,
         "ssl.keystore.password", "ssl.key.password"},
        {over_tls + "ssl.keystore.location=/k\nssl.keystore.certificate.chain=c\nssl.keystore.key=" + secret,
         "ssl.keystore.location", "said twice"},
        {over_tls + "ssl.keystore.location=/k\nssl.certificate.location=/c\n", "ssl.keystore.location", "said twice"},
        {over_tls + "ssl.certificate.location=/c\nssl.certificate.pem=" + secret, "ssl.certificate.pem", "too"},
        {over_tls + "ssl.certificate.location=/c\nssl.key.location=/k\nssl.key.pem=" + secret, "ssl.key.pem", "too"},
        {over_tls + "ssl.key.location=/k\n", "ssl.key.location", "neither"},
        {over_tls + "ssl.key.pem=" + secret, "ssl.key.pem", "neither"},

        {over_tls + "ssl.protocol=TLSv1.2\nssl.enabled.protocols=TLSv1.3\n", "ssl.enabled.protocols",
         "no version of TLS"},
        {over_tls + "ssl.enabled.protocols=TLSv1.2\nssl.cipher.suites=TLS_AES_256_GCM_SHA384\n",
         "ssl.enabled.protocols", "no version of TLS"},
    };
}

TEST(security_conflicts, are_told_with_the_name_and_without_a_secret)
{
    for (const conflict& one : conflicts()) {
        const properties p = properties::parse(one.text);
        EXPECT_TRUE(p.ok()) << one.text << p.error().message;
        const property_error told = p.client_conflict();
        EXPECT_EQ(told.name, one.name) << one.text << told.message;
        EXPECT_EQ(told.line, 0u);
        EXPECT_NE(told.message.find(one.words), std::string::npos) << one.text << told.message;
        EXPECT_EQ(told.message.find(wonder), std::string::npos) << told.message;
        EXPECT_EQ(told.message.find('\n'), std::string::npos) << told.message;
    }
}

TEST(security_conflicts, leave_options_that_nobody_connects_with)
{
    for (const conflict& one : conflicts()) {
        const client_options options = properties::parse(one.text).client();
        const tls* t = std::get_if<tls>(&options.security);
        ASSERT_NE(t, nullptr) << one.text << "nothing may go in clear";
        ASSERT_TRUE(t->maximum_version) << one.text;
        EXPECT_LT(*t->maximum_version, t->minimum_version) << one.text;
        ASSERT_TRUE(options.sasl) << one.text;
        EXPECT_TRUE(check(*options.sasl)) << one.text;
        EXPECT_EQ(security_words(options).find(wonder), std::string::npos) << one.text;
        EXPECT_EQ(options.problem, properties::parse(one.text).client_conflict().message) << one.text;
    }
}

TEST(security_conflicts, are_what_the_first_operation_says)
{
    test::fake_world in;
    for (const conflict& one : conflicts()) {
        const properties p = properties::parse("bootstrap.servers=kafka.test:7\n" + one.text);
        client c(in.world, p.client());
        std::error_code ended;
        diagnostics about;
        c.async_request(about, any_broker, metadata_request{}, {},
                        [&](std::error_code ec, const response<metadata_response>&) { ended = ec; });
        in.settle();
        EXPECT_EQ(ended, errc::invalid_option) << one.text;
        EXPECT_EQ(about.client_message(), p.client_conflict().message) << one.text;
        EXPECT_TRUE(in.network->attempts.empty()) << one.text;
    }
}

TEST(security_conflicts, are_none_where_the_protocol_leaves_the_names_out)
{
    for (const conflict& one : conflicts()) {
        if (one.name == "bootstrap.servers") continue;
        properties p = properties::parse(one.text);
        EXPECT_FALSE(p.set("security.protocol", "PLAINTEXT"));
        EXPECT_FALSE(p.client_conflict()) << one.text;
        EXPECT_EQ(security_words(p.client()), "") << one.text;
    }
}

TEST(security_conflicts, name_a_file_that_is_jks_and_how_to_convert_it)
{
    const std::filesystem::path folder = std::filesystem::path{testing::TempDir()} / "odradek_conflicts_jks";
    std::filesystem::create_directories(folder);
    const std::string path = (folder / "store").string();
    std::ofstream{path, std::ios::binary} << "\xFE\xED\xFE\xED and more";
    const auto told = [&](const std::string& name, const std::string& type) {
        const std::string said = type.empty() ? "" : "ssl." + name + ".type=" + type + "\n";
        return properties::parse("security.protocol=SSL\nssl." + name + ".location=" + path + "\n" + said)
            .client_conflict()
            .message;
    };
    const std::string is_jks = "\" = \"" + path + "\": this is a JKS file, and ";
    for (const char* type : {"", "PKCS12", "PEM"}) {
        const std::string of_keys = told("keystore", type);
        EXPECT_TRUE(of_keys.starts_with("\"ssl.keystore.location" + is_jks)) << of_keys;
        EXPECT_NE(
            of_keys.find("keytool -importkeystore -srckeystore FILE -destkeystore FILE.p12 -deststoretype PKCS12"),
            std::string::npos)
            << of_keys;
        const std::string of_trust = told("truststore", type);
        EXPECT_TRUE(of_trust.starts_with("\"ssl.truststore.location" + is_jks)) << of_trust;
        EXPECT_NE(of_trust.find("keytool -list -rfc"), std::string::npos) << of_trust;
    }
    std::ofstream{path, std::ios::binary} << "\xFE\xED\xFE";
    EXPECT_EQ(told("keystore", ""), "");
    std::filesystem::remove_all(folder);
}

TEST(security_conflicts, can_be_mended_by_a_later_setting)
{
    properties p = properties::parse("security.protocol=SASL_SSL\nsasl.mechanism=GSSAPI\nsasl.username=u\n");
    EXPECT_EQ(p.client_conflict().name, "sasl.mechanism");
    EXPECT_FALSE(p.set("sasl.mechanism", "scram-sha-256"));
    EXPECT_EQ(p.client_conflict().name, "sasl.password");
    EXPECT_FALSE(p.set("sasl.password", "p"));
    EXPECT_FALSE(p.client_conflict());
    EXPECT_EQ(security_words(p.client()), "tls\nmechanism=SCRAM-SHA-256\nusername=u\npassword=p\n");
    EXPECT_FALSE(p.set("sasl.password", ""));
    EXPECT_TRUE(p.client_conflict()) << "an empty value takes it back";
}

TEST(security_conflicts, are_not_what_a_jaas_text_is_that_cannot_be_read)
{
    const std::string broken =
        "client.id=x\nsasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required password=\"" +
        std::string{wonder} + "\n";
    const properties p = properties::parse(broken);
    ASSERT_EQ(p.errors().size(), 1u);
    EXPECT_EQ(p.error().line, 2u);
    EXPECT_EQ(p.error().message.substr(0, 37), R"(line 2: "sasl.jaas.config": line 1, c)");
    EXPECT_EQ(p.error().message.find(wonder), std::string::npos);
}

TEST(security_conflicts, cannot_come_from_names_that_are_refused_at_once)
{
    const auto refusal = [](std::string_view text) { return properties::parse(text).error().message; };
    EXPECT_EQ(refusal("sasl.kerberos.keytab=/k"),
              R"(line 1: "sasl.kerberos.keytab" is refused: this release has no GSSAPI (Kerberos))");
    EXPECT_EQ(refusal("sasl.oauthbearer.token.endpoint.url=https://x"),
              R"(line 1: "sasl.oauthbearer.token.endpoint.url" is refused: this release has no OAUTHBEARER)");
    EXPECT_EQ(
        refusal("ssl.crl.location=/x"),
        R"(line 1: "ssl.crl.location" is refused: there is no option for it: an SSL_CTX of your own can have it, )"
        "as tls::context");
    EXPECT_NE(refusal("ssl.sigalgs.list=RSA+SHA256"), "");
    EXPECT_NE(refusal("ssl.engine.location=/x"), "");
    EXPECT_NE(refusal("ssl.engine.factory.class=com.example.Mine"), "");
    EXPECT_EQ(refusal("sasl.oauthbearer.scope=s"), "") << "it does nothing by itself";
}

} // namespace
} // namespace odradek
