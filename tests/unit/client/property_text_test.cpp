// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/property_text.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace odradek::detail {
namespace {

using pairs = std::vector<std::pair<std::string, std::string>>;

pairs read(std::string_view text)
{
    pairs result;
    property_reader reader{text};
    for (property_line line; reader.next(line);) {
        EXPECT_EQ(line.problem, "");
        result.emplace_back(line.name, line.value);
    }
    return result;
}

TEST(property_text, parts_name_and_value_at_equals_colon_or_white_space)
{
    EXPECT_EQ(
        read("a=1\nb:2\nc 3\nd = 4\ne : 5\nf\t\t6\ng==7\nh = =8\n"),
        (pairs{{"a", "1"}, {"b", "2"}, {"c", "3"}, {"d", "4"}, {"e", "5"}, {"f", "6"}, {"g", "=7"}, {"h", "=8"}}));
}

TEST(property_text, skips_comments_and_empty_lines_with_any_line_ending)
{
    EXPECT_EQ(read("# a=1\r\n\r\n  ! b=2\r   \n\tc=3\r\nd=4"), (pairs{{"c", "3"}, {"d", "4"}}));
}

TEST(property_text, knows_a_comment_only_at_the_beginning_of_a_line)
{
    EXPECT_EQ(read("a=1 # no comment\n"), (pairs{{"a", "1 # no comment"}}));
}

TEST(property_text, joins_lines_that_end_in_an_odd_number_of_backslashes)
{
    EXPECT_EQ(read("a=one,\\\n     two,\\\r\n\tthree\nb=4\\\\\nc=5"),
              (pairs{{"a", "one,two,three"}, {"b", "4\\"}, {"c", "5"}}));
    EXPECT_EQ(read("a=1\\"), (pairs{{"a", "1"}}));
    EXPECT_EQ(read("a=1\\\n#2"), (pairs{{"a", "1#2"}})) << "a continuation is no comment";
}

TEST(property_text, resolves_escapes_in_names_and_values)
{
    EXPECT_EQ(read("a\\ b\\=c\\:d=e\\tf\\ng\\\\h\\q"), (pairs{{"a b=c:d", "e\tf\ng\\hq"}}));
    EXPECT_EQ(read("a=\\u0041\\u00e9\\u20AC\\ud83d\\ude00"), (pairs{{"a", "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"}}));
}

TEST(property_text, cuts_white_space_at_the_end_unless_it_was_escaped)
{
    EXPECT_EQ(read("a=1  \t\nb=2\\ \nc=3 \\  \n"), (pairs{{"a", "1"}, {"b", "2 "}, {"c", "3  "}}));
}

TEST(property_text, gives_an_empty_value_where_there_is_none)
{
    EXPECT_EQ(read("a\nb=\nc:\n=d"), (pairs{{"a", ""}, {"b", ""}, {"c", ""}, {"", "d"}}));
}

TEST(property_text, counts_the_lines_that_were_joined)
{
    property_reader reader{"# one\na=1\\\n2\\\n3\n\nb=4\n"};
    property_line line;
    ASSERT_TRUE(reader.next(line));
    EXPECT_EQ(line.line, 2u);
    ASSERT_TRUE(reader.next(line));
    EXPECT_EQ(line.line, 6u);
    EXPECT_FALSE(reader.next(line));
}

TEST(property_text, reports_a_malformed_escape_and_reads_on)
{
    for (const char* text : {"a=\\u12\nb=1", "a=\\uzzzz\nb=1", "a=\\ud800\nb=1", "a=\\udc00\nb=1",
                             "a=\\ud83d\\u0041\nb=1", "\\u=2\nb=1"}) {
        property_reader reader{text};
        property_line line;
        ASSERT_TRUE(reader.next(line)) << text;
        EXPECT_NE(line.problem, "") << text;
        ASSERT_TRUE(reader.next(line)) << text;
        EXPECT_EQ(line.name, "b") << text;
    }
}

} // namespace
} // namespace odradek::detail
