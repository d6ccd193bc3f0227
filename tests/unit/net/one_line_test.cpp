// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/one_line.hpp>

#include <gtest/gtest.h>

namespace odradek {
namespace {

using std::string_literals::operator""s;

TEST(one_line, shows_control_characters_instead_of_obeying_them)
{
    EXPECT_EQ(one_line("evil\nname\x1b[31m"), "evil\\x0aname\\x1b[31m");
    EXPECT_EQ(one_line("\0\t\r\x7f"s), "\\x00\\x09\\x0d\\x7f");
    EXPECT_EQ(one_line("\xc2\x9b"
                       "31m"),
              "\\xc2\\x9b31m")
        << "CSI in one character";
}

TEST(one_line, leaves_everything_else_as_it_is)
{
    for (const char* plain : {"", "plain", "\"quoted\" \\ C:\\", "Dvo\xc5\x99\xc3\xa1k",
                              "a\xc2\xa0"
                              "b",
                              "ends in \xc2", "\xff\x80 no UTF-8"})
        EXPECT_EQ(one_line(plain), plain);
}

TEST(one_line, changes_nothing_the_second_time)
{
    const std::string once = one_line("a\nb\\");
    EXPECT_EQ(one_line(once), once);
    EXPECT_TRUE(has_control_character("a\nb"));
    EXPECT_FALSE(has_control_character(once));
}

TEST(one_line, in_quotes_cannot_end_the_quotation)
{
    EXPECT_EQ(quoted_line("a \"b\" \\ \n"), "\"a \\\"b\\\" \\\\ \\x0a\"");
    EXPECT_EQ(quoted_line(""), "\"\"");
}

TEST(clause, is_a_sentence_without_its_full_stop)
{
    EXPECT_EQ(clause("The other side closed the connection."), "The other side closed the connection");
    EXPECT_EQ(clause("Connection refused"), "Connection refused");
    EXPECT_EQ(clause("and so on.."), "and so on..");
    EXPECT_EQ(clause(""), "");
}

} // namespace
} // namespace odradek
