// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/properties.hpp>
#include <odradek/tests/unit/client/security_words.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <random>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace odradek {
namespace {

// What the options say about TLS and SASL, for a text that is in order.
std::string words_of(const std::string& text)
{
    const properties p = properties::parse(text);
    EXPECT_TRUE(p.ok()) << text << '\n' << p.error().message;
    EXPECT_FALSE(p.client_conflict()) << text << '\n' << p.client_conflict().message;
    return security_words(p.client());
}

std::string conflict_of(const std::string& text)
{
    const properties p = properties::parse(text);
    EXPECT_TRUE(p.ok()) << text << '\n' << p.error().message;
    return p.client_conflict().message;
}

std::string error_of(std::string_view text)
{
    return properties::parse(text).error().message;
}

constexpr const char* scram_module = "org.apache.kafka.common.security.scram.ScramLoginModule";
constexpr const char* plain_module = "org.apache.kafka.common.security.plain.PlainLoginModule";

std::string jaas(const std::string& module, const std::string& options)
{
    return "sasl.jaas.config=" + module + " required " + options + ";\n";
}

TEST(security_properties, leave_connections_in_clear_when_nothing_is_said)
{
    for (const char* text : {"", "security.protocol=PLAINTEXT\n", "ssl.ca.location=/ca.pem\n", "sasl.password=x\n"})
        EXPECT_EQ(words_of(text), "") << text;
}

TEST(security_properties, name_a_protocol_in_any_case)
{
    EXPECT_EQ(words_of("security.protocol=ssl"), "tls\n");
    EXPECT_EQ(words_of("security.protocol=Ssl"), "tls\n");
    const std::string who = "sasl.mechanism=PLAIN\nsasl.username=u\nsasl.password=p\n";
    const std::string as_plain = "mechanism=PLAIN\nusername=u\npassword=p\n";
    EXPECT_EQ(words_of("security.protocol=sasl_ssl\n" + who), "tls\n" + as_plain);
    EXPECT_EQ(words_of("security.protocol=SASL_PLAINTEXT\n" + who), "plaintext\n" + as_plain)
        << "said in so many words, so the password may be sent";
    EXPECT_EQ(error_of("security.protocol=TLS"),
              R"(line 1: "security.protocol" = "TLS": one of PLAINTEXT, SSL, SASL_PLAINTEXT, SASL_SSL is needed)");
}

TEST(security_properties, of_a_java_client_with_a_certificate_in_pem_become_options)
{
    EXPECT_EQ(
        words_of("security.protocol=SSL\n"
                 "ssl.truststore.type=PEM\nssl.truststore.location=/etc/ca.pem\n"
                 "ssl.keystore.type=PEM\nssl.keystore.location=/etc/me.pem\nssl.key.password=k\n"
                 "ssl.enabled.protocols=TLSv1.3\n"),
        "tls\nca_file=/etc/ca.pem\ncertificate_file=/etc/me.pem\nkey_file=/etc/me.pem\nkey_password=k\nfrom 1.3\n");
}

TEST(security_properties, of_a_java_client_with_texts_in_pem_become_options)
{
    // One line each, as Java's client reads it and OpenSSL does not.
    EXPECT_EQ(words_of("security.protocol=SSL\n"
                       "ssl.truststore.certificates=-----BEGIN CERTIFICATE----- AAAA -----END CERTIFICATE-----\n"
                       "ssl.keystore.certificate.chain=-----BEGIN CERTIFICATE----- BBBB -----END CERTIFICATE-----\n"
                       "ssl.keystore.key=-----BEGIN PRIVATE KEY----- CCCC -----END PRIVATE KEY-----\n"),
              "tls\nca_pem=-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n\n"
              "certificate_pem=-----BEGIN CERTIFICATE-----\nBBBB\n-----END CERTIFICATE-----\n\n"
              "key_pem=-----BEGIN PRIVATE KEY-----\nCCCC\n-----END PRIVATE KEY-----\n\n");
    const std::string ca = "security.protocol=SSL\nssl.truststore.certificates=c\n";
    EXPECT_EQ(words_of(ca), words_of(ca + "ssl.truststore.type=pem\n")) << "it can be nothing else";
}

TEST(security_properties, take_a_key_store_for_pkcs12_when_no_type_is_said)
{
    const std::string expected = "tls\npkcs12_file=/me.p12\nkey_password=secret\n";
    const std::string store = "security.protocol=SSL\nssl.keystore.location=/me.p12\nssl.keystore.password=secret\n";
    EXPECT_EQ(words_of(store), expected);
    EXPECT_EQ(words_of(store + "ssl.keystore.type=PKCS12\n"), expected);
    EXPECT_EQ(words_of(store + "ssl.key.password=secret\n"), expected) << "the same password";
    EXPECT_EQ(words_of("security.protocol=SSL\nssl.keystore.location=/me.jks\n"), "tls\npkcs12_file=/me.jks\n");
}

TEST(security_properties, of_librdkafka_become_options)
{
    EXPECT_EQ(
        words_of("security.protocol=ssl\nssl.ca.location=/ca.pem\nssl.certificate.location=/me.pem\n"
                 "ssl.key.location=/me.key\nssl.key.password=k\nssl.curves.list=X25519:P-256\n"
                 "ssl.cipher.suites=ECDHE+AESGCM:!aNULL\nenable.ssl.certificate.verification=false\n"
                 "ssl.endpoint.identification.algorithm=none\n"),
        "tls\nca_file=/ca.pem\ncertificate_file=/me.pem\nkey_file=/me.key\nkey_password=k\nno verify\nno verify_host\n"
        "ciphers=ECDHE+AESGCM:!aNULL\ngroups=X25519:P-256\n");
    EXPECT_EQ(words_of("security.protocol=ssl\nssl.ca.location=" ODRADEK_SOURCE_DIR "/docs\n"),
              "tls\nca_directory=" ODRADEK_SOURCE_DIR "/docs\n");
    EXPECT_EQ(words_of("security.protocol=ssl\nssl.ca.location=probe\n"), "tls\nsystem_store\n");
    EXPECT_EQ(words_of("security.protocol=ssl\nssl.ca.location=\n"), "tls\n") << "an empty value says nothing";
}

TEST(security_properties, name_the_mechanism_and_who_we_are)
{
    for (const std::string name : {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"}) {
        const std::string expected = "tls\nmechanism=" + name + "\nusername=alice\npassword=wonder\n";
        const std::string start = "security.protocol=SASL_SSL\n";
        const std::string pair = "sasl.username=alice\nsasl.password=wonder\n";
        EXPECT_EQ(words_of(start + "sasl.mechanism=" + name + '\n' + pair), expected);
        EXPECT_EQ(words_of(start + "sasl.mechanisms=" + name + '\n' + pair), expected);
        EXPECT_EQ(
            words_of(start + "sasl.mechanism=" + name + '\n' +
                     jaas(name == "PLAIN" ? plain_module : scram_module, R"(username="alice" password="wonder")")),
            expected);
    }
    EXPECT_EQ(words_of("security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-512\n" +
                       jaas(scram_module, R"(username="id" password="hmac" tokenauth="true")")),
              "tls\nmechanism=SCRAM-SHA-512\nusername=id\npassword=hmac\ntoken_auth\n");
    EXPECT_EQ(error_of("sasl.mechanism=SCRAM-SHA-265"),
              R"(line 1: "sasl.mechanism" = "SCRAM-SHA-265": one of PLAIN, SCRAM-SHA-256, SCRAM-SHA-512, GSSAPI, )"
              "OAUTHBEARER, AWS_MSK_IAM is needed");
}

TEST(security_properties, choose_the_host_check_as_both_clients_do)
{
    const std::string start = "security.protocol=SSL\nssl.endpoint.identification.algorithm=";
    EXPECT_EQ(words_of(start + "https"), "tls\n");
    EXPECT_EQ(words_of(start + "HTTPS"), "tls\n");
    EXPECT_EQ(words_of(start), "tls\nno verify_host\n") << "Java's way";
    EXPECT_EQ(words_of(start + "none"), "tls\nno verify_host\n") << "librdkafka's way";
    EXPECT_EQ(error_of("ssl.endpoint.identification.algorithm=LDAPS"),
              R"(line 1: "ssl.endpoint.identification.algorithm" = "LDAPS": https is needed, or none, or nothing)");
}

TEST(security_properties, choose_versions_of_tls)
{
    const std::string start = "security.protocol=SSL\n";
    EXPECT_EQ(words_of(start + "ssl.enabled.protocols=TLSv1.2, TLSv1.3"), "tls\n");
    EXPECT_EQ(words_of(start + "ssl.enabled.protocols=TLSv1.2"), "tls\nup to 1.2\n");
    EXPECT_EQ(words_of(start + "ssl.enabled.protocols=TLSv1.3"), "tls\nfrom 1.3\n");
    EXPECT_EQ(words_of(start + "ssl.protocol=TLSv1.2"), "tls\nup to 1.2\n");
    EXPECT_EQ(words_of(start + "ssl.protocol=TLSv1.2\nssl.enabled.protocols=TLSv1.2,TLSv1.3"), "tls\nup to 1.2\n");
    EXPECT_EQ(words_of(start + "ssl.protocol=TLSv1.3"), "tls\n");
    EXPECT_EQ(words_of(start + "ssl.protocol=TLS"), "tls\n");
    EXPECT_EQ(
        error_of("ssl.enabled.protocols=TLSv1.2,TLSv1.1"),
        R"(line 1: "ssl.enabled.protocols" = "TLSv1.2,TLSv1.1": "TLSv1.1" is not spoken: TLSv1.2 and TLSv1.3 are, )"
        "or one of them");
    EXPECT_NE(error_of("ssl.enabled.protocols="), "");
    EXPECT_NE(error_of("ssl.protocol=TLSv1.1"), "");
    EXPECT_NE(error_of("ssl.protocol=SSLv3"), "");
}

TEST(security_properties, take_javas_cipher_suites_for_all_that_may_be_used)
{
    const std::string start = "security.protocol=SSL\nssl.cipher.suites=";
    EXPECT_EQ(words_of(start + "TLS_AES_256_GCM_SHA384"), "tls\nfrom 1.3\ncipher_suites=TLS_AES_256_GCM_SHA384\n");
    EXPECT_EQ(words_of(start + "TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
              "tls\nup to 1.2\nciphers=ECDHE-RSA-AES128-GCM-SHA256\n");
    EXPECT_EQ(words_of(start + "TLS_AES_256_GCM_SHA384,TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256"),
              "tls\nciphers=ECDHE-RSA-AES128-GCM-SHA256\ncipher_suites=TLS_AES_256_GCM_SHA384\n");
    EXPECT_EQ(words_of(start + "ECDHE-RSA-AES128-GCM-SHA256"), "tls\nciphers=ECDHE-RSA-AES128-GCM-SHA256\n")
        << "librdkafka's list says nothing about TLS 1.3";
    EXPECT_EQ(words_of(start), "tls\n");
    EXPECT_EQ(
        error_of("ssl.cipher.suites=TLS_RSA_WITH_3DES_EDE_CBC_SHA"),
        R"(line 1: "ssl.cipher.suites" = "TLS_RSA_WITH_3DES_EDE_CBC_SHA": "TLS_RSA_WITH_3DES_EDE_CBC_SHA" is not )"
        "known by this name of Java's; OpenSSL's own names can be given");
}

// A property, and what has to stand around it so that it changes something.
struct example {
    std::string_view name;
    std::string value;
    std::string around;
};

std::vector<example> examples()
{
    const std::string over_tls = "security.protocol=SSL\n";
    const std::string with_sasl = "security.protocol=SASL_SSL\n";
    const std::string pem_store = over_tls + "ssl.keystore.type=PEM\nssl.keystore.location=/k\n";
    return {
        {"ssl.truststore.location", "/ca", over_tls + "ssl.truststore.type=PEM\n"},
        {"ssl.truststore.certificates", "c", over_tls},
        {"ssl.ca.location", "/ca", over_tls},
        {"ssl.ca.pem", "c", over_tls},
        {"enable.ssl.certificate.verification", "false", over_tls},
        {"ssl.endpoint.identification.algorithm", "none", over_tls},
        {"ssl.keystore.type", "PEM", over_tls + "ssl.keystore.location=/k\n"},
        {"ssl.keystore.location", "/k", over_tls},
        {"ssl.keystore.password", "p", over_tls + "ssl.keystore.location=/k\n"},
        {"ssl.certificate.location", "/c", over_tls},
        {"ssl.certificate.pem", "c", over_tls},
        {"ssl.key.location", "/k", over_tls + "ssl.certificate.pem=c\n"},
        {"ssl.key.pem", "k", over_tls + "ssl.certificate.pem=c\n"},
        {"ssl.key.password", "p", pem_store},
        {"ssl.enabled.protocols", "TLSv1.2", over_tls},
        {"ssl.protocol", "TLSv1.2", over_tls},
        {"ssl.cipher.suites", "AES128-SHA", over_tls},
        {"ssl.curves.list", "P-256", over_tls},
        {"sasl.mechanism", "SCRAM-SHA-256", with_sasl + "sasl.mechanisms=PLAIN\nsasl.username=u\nsasl.password=p\n"},
        {"sasl.mechanisms", "SCRAM-SHA-256", with_sasl + "sasl.mechanism=PLAIN\nsasl.username=u\nsasl.password=p\n"},
        {"sasl.username", "x", with_sasl + "sasl.mechanism=PLAIN\nsasl.username=u\nsasl.password=p\n"},
        {"sasl.password", "x", with_sasl + "sasl.mechanism=PLAIN\nsasl.username=u\nsasl.password=p\n"},
        {"sasl.jaas.config", std::string{plain_module} + R"( required username="x" password="p";)",
         with_sasl + "sasl.mechanism=PLAIN\n" + jaas(plain_module, R"(username="u" password="p")")},
    };
}

TEST(security_properties, each_change_the_options_and_only_with_their_protocol)
{
    // These say something only together, or only to be complained of.
    std::set<std::string_view> seen{"ssl.keystore.key", "ssl.keystore.certificate.chain", "ssl.truststore.type",
                                    "ssl.truststore.password"};
    for (const example& one : examples()) {
        seen.insert(one.name);
        const std::string line = std::string{one.name} + '=' + one.value + '\n';
        EXPECT_NE(words_of(one.around + line), words_of(one.around)) << one.name;

        const properties in_clear = properties::parse(line);
        EXPECT_TRUE(in_clear.ok()) << one.name;
        EXPECT_EQ(security_words(in_clear.client()), "") << one.name;
        const auto told = in_clear.ignored();
        ASSERT_EQ(told.size(), 1u) << one.name;
        EXPECT_EQ(told[0].name, one.name);
        EXPECT_EQ(told[0].use, property_use::ignored);
        EXPECT_NE(told[0].note.find("security.protocol"), std::string_view::npos);
        EXPECT_TRUE(properties::parse(one.around + line).ignored().empty()) << one.name;
    }
    for (const auto& row : all_properties()) {
        const bool secures =
            row.name.starts_with("ssl.") || row.name.starts_with("sasl.") || row.name.starts_with("enable.ssl.");
        if (secures && row.use == property_use::mapped) {
            EXPECT_TRUE(seen.contains(row.name)) << row.name;
        }
    }
}

TEST(security_properties, that_do_not_count_are_told_once_and_after_the_others)
{
    properties p = properties::parse("sasl.username=a\nsasl.username=b\nssl.ca.location=/c\nkey.serializer=k\n");
    const auto told = p.ignored();
    ASSERT_EQ(told.size(), 3u);
    EXPECT_EQ(told[0].name, "key.serializer");
    EXPECT_EQ(told[1].name, "sasl.username");
    EXPECT_EQ(told[1].note, R"(it counts only with "security.protocol" = "SASL_SSL" or "SASL_PLAINTEXT")");
    EXPECT_EQ(told[2].note, R"(it counts only with "security.protocol" = "SSL" or "SASL_SSL")");
    EXPECT_FALSE(p.set("security.protocol", "SSL"));
    ASSERT_EQ(p.ignored().size(), 2u);
    EXPECT_EQ(p.ignored()[1].name, "sasl.username");
}

TEST(security_properties, mean_the_same_in_any_order)
{
    const std::vector<std::vector<std::string>> texts{
        {"security.protocol=SASL_SSL", "sasl.mechanism=SCRAM-SHA-512", "sasl.username=u", "sasl.password=p",
         "ssl.ca.location=/ca", "ssl.keystore.location=/k", "ssl.keystore.password=s", "ssl.protocol=TLSv1.2"},
        {"security.protocol=SASL_PLAINTEXT", "sasl.mechanism=PLAIN", "bootstrap.servers=SASL_PLAINTEXT://a:9092",
         R"(sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="u" password="p";)"},
        {"security.protocol=SSL", "ssl.keystore.type=PEM", "ssl.keystore.location=/k", "ssl.key.password=p",
         "ssl.truststore.type=PEM", "ssl.truststore.location=/t", "ssl.enabled.protocols=TLSv1.3",
         "ssl.cipher.suites=TLS_AES_128_GCM_SHA256", "ssl.endpoint.identification.algorithm="},
    };
    std::mt19937 random{1};
    for (std::vector<std::string> lines : texts) {
        const auto joined = [&lines] {
            std::string text;
            for (const std::string& line : lines) text += line + '\n';
            return text;
        };
        const std::string expected = words_of(joined());
        EXPECT_NE(expected, "");
        for (int round = 0; round < 50; ++round) {
            std::shuffle(lines.begin(), lines.end(), random);
            EXPECT_EQ(words_of(joined()), expected) << joined();
        }
    }
}

TEST(security_properties, let_addresses_name_the_protocol_that_is_chosen_and_no_other)
{
    const properties p =
        properties::parse("bootstrap.servers=SASL_SSL://a:9092,sasl_ssl://b:1,c:2\nsecurity.protocol=SASL_SSL\n"
                          "sasl.mechanism=PLAIN\nsasl.username=u\nsasl.password=p\n");
    EXPECT_FALSE(p.client_conflict()) << p.client_conflict().message;
    EXPECT_EQ(p.client().brokers.addresses(), (std::vector<std::string>{"a:9092", "b:1", "c:2"}));
    EXPECT_EQ(conflict_of("bootstrap.servers=SSL://a:9093"),
              R"("bootstrap.servers" has "SSL://a:9093", but "security.protocol" is "PLAINTEXT")");
    EXPECT_EQ(conflict_of("bootstrap.servers=PLAINTEXT://a:9093\nsecurity.protocol=SSL"),
              R"("bootstrap.servers" has "PLAINTEXT://a:9093", but "security.protocol" is "SSL")");
    EXPECT_EQ(conflict_of("bootstrap.servers=PLAINTEXT://a:9093"), "");
}

TEST(security_properties, of_the_guides_examples_are_in_order)
{
    std::ifstream in{ODRADEK_SOURCE_DIR "/docs/properties.md", std::ios::binary};
    ASSERT_TRUE(in);
    const std::string guide{std::istreambuf_iterator<char>{in}, {}};
    std::vector<std::string> found;
    const std::string begin = "```properties\n";
    for (std::size_t at = 0; (at = guide.find(begin, at)) != std::string::npos;) {
        at += begin.size();
        const std::string text = guide.substr(at, guide.find("```", at) - at);
        found.push_back(words_of(text));
        EXPECT_TRUE(properties::parse(text).ignored().empty()) << text;
    }
    EXPECT_EQ(found,
              (std::vector<std::string>{
                  "tls\nca_file=/etc/kafka/ca.pem\ncertificate_file=/etc/kafka/client.pem\n"
                  "key_file=/etc/kafka/client.pem\nkey_password=the-password-of-the-key\n",
                  "tls\nca_file=/etc/kafka/ca.pem\nmechanism=SCRAM-SHA-512\nusername=alice\npassword=the-password\n",
                  "tls\nmechanism=PLAIN\nusername=the-key\npassword=the-secret\n"}));
}

} // namespace
} // namespace odradek
