// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/pem_text.hpp>

#include <gtest/gtest.h>

#include <string>

namespace odradek::detail {
namespace {

TEST(pem_text, gets_its_lines_back)
{
    EXPECT_EQ(pem_with_lines("-----BEGIN CERTIFICATE----- " + std::string(70, 'a') + " b== -----END CERTIFICATE-----"),
              "-----BEGIN CERTIFICATE-----\n" + std::string(64, 'a') + "\naaaaaab==\n-----END CERTIFICATE-----\n");
    EXPECT_EQ(pem_with_lines("-----BEGIN A-----AAAA-----END A----------BEGIN B-----\r\nBBBB\r\n-----END B-----\r\n"),
              "-----BEGIN A-----\nAAAA\n-----END A-----\n-----BEGIN B-----\nBBBB\n-----END B-----\n\r\n");
}

TEST(pem_text, in_good_order_stays_so)
{
    const std::string text =
        "-----BEGIN PRIVATE KEY-----\n" + std::string(64, 'x') + "\nyyyy\n-----END PRIVATE KEY-----\n";
    EXPECT_EQ(pem_with_lines(text), text + "\n");
    EXPECT_EQ(pem_with_lines(pem_with_lines(text)), pem_with_lines(text) + "\n");
}

TEST(pem_text, with_headers_stays_as_it_is)
{
    const std::string text = "-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\n"
                             "abcd\n-----END RSA PRIVATE KEY-----";
    EXPECT_EQ(pem_with_lines(text), text + "\n");
}

TEST(pem_text, that_is_none_stays_as_it_is)
{
    for (const std::string text : {"", "nothing", "-----BEGIN ", "-----BEGIN A-----", "-----BEGIN A-----x-----END ",
                                   "-----END A-----", "-----BEGIN A-----END A"})
        EXPECT_EQ(pem_with_lines(text), text);
    EXPECT_EQ(pem_with_lines("-----BEGIN -----END -----").size(), 25u) << "no two marks share their dashes";
}

TEST(pem_text, of_many_blocks_takes_no_more_memory_than_was_set_aside)
{
    std::string text;
    for (int i = 0; i < 1000; ++i) text += "-----BEGIN -----a-----END -----";
    const std::string out = pem_with_lines(text);
    EXPECT_EQ(out.size(), text.size() + 3000);
    EXPECT_LE(out.size(), text.size() + text.size() / 8 + 8) << "else parts of a key would be left in memory";
}

} // namespace
} // namespace odradek::detail
