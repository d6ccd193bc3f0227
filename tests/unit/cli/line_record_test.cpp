// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/line_record.hpp>

#include <gtest/gtest.h>

namespace odradek::cli {
namespace {

const nullable<bytes_view> null;

nullable<bytes_view> some(std::string_view text)
{
    return bytes_view{text};
}

TEST(line_record, is_all_value_without_a_delimiter)
{
    const line_record r = split_line("a:b", {});
    EXPECT_EQ(r.key, null);
    EXPECT_EQ(r.value, some("a:b"));
}

TEST(line_record, splits_at_the_first_delimiter)
{
    const line_format format{.key_delimiter = "::", .empty_is_null = false};
    EXPECT_EQ(split_line("k::v::w", format).key, some("k"));
    EXPECT_EQ(split_line("k::v::w", format).value, some("v::w"));
    EXPECT_EQ(split_line("::v", format).key, some(""));
    EXPECT_EQ(split_line("k::", format).value, some(""));
}

TEST(line_record, has_a_null_key_if_the_line_has_no_delimiter)
{
    const line_record r = split_line("a:b", {.key_delimiter = "::", .empty_is_null = false});
    EXPECT_EQ(r.key, null);
    EXPECT_EQ(r.value, some("a:b"));
}

// B35: empty and null are different.
TEST(line_record, keeps_empty_apart_from_null_unless_told_that_empty_is_null)
{
    EXPECT_EQ(split_line("", {}).value, some(""));
    const line_format nulls{.key_delimiter = ":", .empty_is_null = true};
    EXPECT_EQ(split_line("", nulls).value, null);
    EXPECT_EQ(split_line("k:", nulls).value, null);
    EXPECT_EQ(split_line("k:", nulls).key, some("k"));
    EXPECT_EQ(split_line(":v", nulls).key, null);
    EXPECT_EQ(split_line(":v", nulls).value, some("v"));
}

// B35: order and duplicates of headers stay, and a value may be null.
TEST(line_record, takes_headers_in_their_order_with_duplicates_and_null_values)
{
    const std::vector<std::string> options{"b=1", "a=x=y", "b=2", "empty=", "null"};
    const std::vector<record_header> expected{
        {"b", some("1")}, {"a", some("x=y")}, {"b", some("2")}, {"empty", some("")}, {"null", null}};
    EXPECT_EQ(parse_headers(options), expected);
}

TEST(line_record, refuses_a_header_without_a_name)
{
    EXPECT_THROW((void)parse_headers({"=v"}), failure);
    EXPECT_THROW((void)parse_headers({""}), failure);
}

} // namespace
} // namespace odradek::cli
