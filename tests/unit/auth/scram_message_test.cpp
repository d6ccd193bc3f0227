// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/scram_message.hpp>
#include <odradek/protocol/bytes.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace odradek::detail {
namespace {

template <class Message>
std::string_view wrong_with(std::string_view text)
{
    Message message;
    return parse(text, message);
}

TEST(scram_message, escapes_what_would_end_a_name)
{
    EXPECT_EQ(scram_escaped("a,b=c\xc3\xa4"), "a=2Cb=3Dc\xc3\xa4");
    EXPECT_EQ(scram_unescaped("a=2Cb=3Dc"), "a,b=c");
    EXPECT_EQ(scram_unescaped("=3D2C"), "=2C"); // once only
    EXPECT_EQ(scram_unescaped(""), "");
    for (const char* const bad : {"=", "=2", "a=2c", "=3d", "=41", "a=b"})
        EXPECT_EQ(scram_unescaped(bad), std::nullopt) << bad;
}

TEST(scram_client_first, is_read)
{
    scram_client_first first;
    ASSERT_EQ(parse("n,,n=us=2Cer,r=abc", first), "");
    EXPECT_EQ(first.username, "us,er");
    EXPECT_EQ(first.authzid, "");
    EXPECT_EQ(first.nonce, "abc");
    EXPECT_EQ(first.gs2_header, "n,,");
    EXPECT_EQ(first.bare, "n=us=2Cer,r=abc");
    EXPECT_FALSE(first.token_auth);
}

TEST(scram_client_first, is_read_with_an_authorization_id_and_extensions)
{
    scram_client_first first;
    ASSERT_EQ(parse("n,a=ad=3Dmin,n=user,r=abc,x=1,tokenauth=True,z=a=b", first), "");
    EXPECT_EQ(first.authzid, "ad=min");
    EXPECT_EQ(first.gs2_header, "n,a=ad=3Dmin,");
    EXPECT_TRUE(first.token_auth);
    scram_client_first other;
    ASSERT_EQ(parse("n,,n=user,r=abc,tokenauth=yes", other), "");
    EXPECT_FALSE(other.token_auth);
}

TEST(scram_client_first, is_refused_when_it_is_anything_else)
{
    for (const char* const bad : {"",
                                  "n",
                                  "n,",
                                  "n,,",
                                  "y,,n=user,r=abc",
                                  "p=tls-unique,,n=user,r=abc",
                                  "n,x,n=user,r=abc",
                                  "n,a=,n=user,r=abc",
                                  "n,a==,n=user,r=abc",
                                  "n,,n=,r=abc",
                                  "n,,n=u=ser,r=abc",
                                  "n,,r=abc,n=user",
                                  "n,,n=user",
                                  "n,,n=user,r=",
                                  "n,,n=user,r=a bc",
                                  "n,,n=user,r=a\x7f",
                                  "n,,n=user,r=\xc3\xa4",
                                  "n,,n=user,r=abc,",
                                  "n,,n=user,r=abc,,x=1",
                                  "n,,n=user,r=abc,=1",
                                  "n,,n=user,r=abc,x",
                                  "n,,N=user,r=abc"})
        EXPECT_NE(wrong_with<scram_client_first>(bad), "") << bad;
    EXPECT_NE(wrong_with<scram_client_first>({"n,,n=us\0er,r=abc", 16}), "");
    EXPECT_NE(wrong_with<scram_client_first>("n,,m=x,n=user,r=abc").find("m="), std::string_view::npos);
    EXPECT_NE(wrong_with<scram_client_first>("n,,n=user,r=" + std::string(longest_scram_message, 'a')), "");
}

TEST(scram_server_first, is_read)
{
    scram_server_first first;
    ASSERT_EQ(parse("r=abcdef,s=AAEC,i=4096", first), "");
    EXPECT_EQ(first.nonce, "abcdef");
    EXPECT_EQ(first.salt, (std::vector<std::byte>{std::byte{0}, std::byte{1}, std::byte{2}}));
    EXPECT_EQ(first.iterations, 4096);
    ASSERT_EQ(parse("r=abcdef,s=AAEC,i=1,x=y,z=", first), "");
    EXPECT_EQ(first.iterations, 1);
    ASSERT_EQ(parse("r=abcdef,s=AAEC,i=99999999999999999999", first), "");
    EXPECT_EQ(first.iterations, std::numeric_limits<int>::max());
}

TEST(scram_server_first, is_refused_when_it_is_anything_else)
{
    for (const char* const bad :
         {"", "r=abc", "r=abc,s=AAEC", "r=abc,s=,i=4096", "r=abc,s=AAE,i=4096", "r=abc,s=AA*C,i=4096",
          "r=abc,s=AAEC,i=", "r=abc,s=AAEC,i=0", "r=abc,s=AAEC,i=-1", "r=abc,s=AAEC,i=+1", "r=abc,s=AAEC,i= 4096",
          "r=abc,s=AAEC,i=4096x", "r=abc,s=AAEC,i=0x10", "r=abc,s=AAEC,i=4096,", "r=abc,s=AAEC,i=4096,x",
          "s=AAEC,r=abc,i=4096", "r=,s=AAEC,i=4096", "r=a\nbc,s=AAEC,i=4096", "e=other-error"})
        EXPECT_NE(wrong_with<scram_server_first>(bad), "") << bad;
    EXPECT_NE(wrong_with<scram_server_first>("m=x,r=abc,s=AAEC,i=4096").find("m="), std::string_view::npos);
    EXPECT_NE(wrong_with<scram_server_first>("r=" + std::string(longest_scram_message, 'a') + ",s=AAEC,i=4096"), "");
}

TEST(scram_client_final, is_read)
{
    scram_client_final final;
    ASSERT_EQ(parse("c=biws,r=abcdef,x=y,p=AAEC", final), "");
    EXPECT_EQ(bytes_view{final.channel}, bytes_view{"n,,"});
    EXPECT_EQ(final.nonce, "abcdef");
    EXPECT_EQ(final.without_proof, "c=biws,r=abcdef,x=y");
    EXPECT_EQ(final.proof.size(), 3u);
}

TEST(scram_client_final, is_refused_when_it_is_anything_else)
{
    for (const char* const bad :
         {"", "c=biws", "c=biws,r=abc", "c=biws,r=abc,p=", "c=biws,r=abc,p=AAE", "c=biws,r=abc,p=AAEC,x=y",
          "c=,r=abc,p=AAEC", "r=abc,c=biws,p=AAEC", "c=biws,r=,p=AAEC", "c=biws,p=AAEC,r=abc", "c=biws,r=abc,,p=AAEC",
          "c=biws,r=abc,p=AAEC,"})
        EXPECT_NE(wrong_with<scram_client_final>(bad), "") << bad;
    EXPECT_NE(wrong_with<scram_client_final>("c=biws,r=" + std::string(longest_scram_message, 'a') + ",p=AAEC"), "");
}

TEST(scram_server_final, is_read)
{
    scram_server_final final;
    ASSERT_EQ(parse("v=AAEC", final), "");
    EXPECT_EQ(final.signature.size(), 3u);
    EXPECT_EQ(final.error, "");
    ASSERT_EQ(parse("e=unknown-user,x=y", final), "");
    EXPECT_EQ(final.error, "unknown-user");
}

TEST(scram_server_final, is_refused_when_it_is_anything_else)
{
    for (const char* const bad : {"", "v=", "v=AAE", "v=A*EC", "e=", "v=AAEC,", "e=x,", "x=AAEC", "v"})
        EXPECT_NE(wrong_with<scram_server_final>(bad), "") << bad;
    EXPECT_NE(wrong_with<scram_server_final>("e=" + std::string(longest_scram_message, 'a')), "");
}

} // namespace
} // namespace odradek::detail
