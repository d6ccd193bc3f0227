// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/cipher_names.hpp>

#include <gtest/gtest.h>

#include <string>

namespace odradek::detail {
namespace {

TEST(cipher_names, of_java_are_translated_to_those_of_openssl)
{
    // Pairs from "openssl ciphers -stdname".
    const std::pair<const char*, const char*> pairs[] = {
        {"TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384", "ECDHE-ECDSA-AES256-GCM-SHA384"},
        {"TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256", "ECDHE-RSA-AES128-GCM-SHA256"},
        {"TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256", "ECDHE-RSA-CHACHA20-POLY1305"},
        {"TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA384", "ECDHE-ECDSA-AES256-SHA384"},
        {"TLS_DHE_RSA_WITH_AES_256_CBC_SHA256", "DHE-RSA-AES256-SHA256"},
        {"TLS_DHE_DSS_WITH_AES_128_CBC_SHA", "DHE-DSS-AES128-SHA"},
        {"TLS_RSA_WITH_AES_128_GCM_SHA256", "AES128-GCM-SHA256"},
        {"TLS_RSA_WITH_AES_256_CBC_SHA", "AES256-SHA"},
    };
    for (const auto& [standard, openssl] : pairs) {
        const cipher_choice chosen = read_cipher_suites(standard);
        EXPECT_EQ(chosen.ciphers, openssl);
        EXPECT_EQ(chosen.cipher_suites, "");
        EXPECT_TRUE(chosen.all_named);
        EXPECT_EQ(chosen.unknown, "");
    }
}

TEST(cipher_names, of_tls_1_3_are_kept_apart)
{
    const cipher_choice chosen = read_cipher_suites("TLS_AES_128_GCM_SHA256, TLS_RSA_WITH_AES_128_CBC_SHA,"
                                                    "TLS_CHACHA20_POLY1305_SHA256,TLS_EMPTY_RENEGOTIATION_INFO_SCSV");
    EXPECT_EQ(chosen.cipher_suites, "TLS_AES_128_GCM_SHA256:TLS_CHACHA20_POLY1305_SHA256");
    EXPECT_EQ(chosen.ciphers, "AES128-SHA");
    EXPECT_TRUE(chosen.all_named);
}

TEST(cipher_names, of_openssl_are_left_as_they_are)
{
    const cipher_choice chosen = read_cipher_suites("HIGH:!aNULL:@SECLEVEL=1 +RSA,TLS_AES_256_GCM_SHA384");
    EXPECT_EQ(chosen.ciphers, "HIGH:!aNULL:@SECLEVEL=1:+RSA");
    EXPECT_EQ(chosen.cipher_suites, "TLS_AES_256_GCM_SHA384");
    EXPECT_FALSE(chosen.all_named);
}

TEST(cipher_names, that_are_not_known_are_named)
{
    for (const std::string name : {"TLS_", "TLS_WITH_", "TLS_RSA_WITH_", "TLS_RSA_WITH_RC4_128_MD5", "TLS_AES_512",
                                   "TLS_DH_anon_WITH_AES_128_CBC_SHA"})
        EXPECT_EQ(read_cipher_suites("AES128-SHA:" + name + ":TLS_OTHER").unknown, name);
}

TEST(cipher_names, say_nothing_when_there_are_none)
{
    for (const char* text : {"", ",", " : ", "TLS_EMPTY_RENEGOTIATION_INFO_SCSV"}) {
        const cipher_choice chosen = read_cipher_suites(text);
        EXPECT_EQ(chosen.ciphers + chosen.cipher_suites + chosen.unknown, "") << text;
        EXPECT_FALSE(chosen.all_named) << text;
    }
}

} // namespace
} // namespace odradek::detail
