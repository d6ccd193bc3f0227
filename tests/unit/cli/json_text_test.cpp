// SPDX-License-Identifier: Apache-2.0
#include <odradek/tests/unit/cli/captured.hpp>
#include <odradek/tools/cli/json_text.hpp>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

namespace odradek::cli {
namespace {

std::string as_json(std::string_view text)
{
    return captured([&](output& out) { write_json_string(text, out); });
}

TEST(json_text, escapes_what_json_requires_and_nothing_else)
{
    EXPECT_EQ(as_json("a\"b\\c\n\r\t\x01\x1f/\x7f"), "\"a\\\"b\\\\c\\n\\r\\t\\u0001\\u001f/\x7f\"");
    EXPECT_EQ(as_json("\xc3\xa4\xe2\x82\xac"), "\"\xc3\xa4\xe2\x82\xac\"");
    EXPECT_EQ(as_json(""), "\"\"");
}

TEST(json_text, of_every_byte_below_128_is_read_back_by_another_parser)
{
    std::string text;
    for (char c = 0; c != 127; ++c) text += c;
    EXPECT_EQ(nlohmann::json::parse(as_json(text)).get<std::string>(), text);
}

TEST(json_text, knows_utf8)
{
    for (const char* good : {"", "ascii", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
                             "\xef\xbf\xbf", "\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf",
                             ("12345678\xc3\xa4"
                              "12345678")})
        EXPECT_TRUE(is_utf8(good)) << as_json(good);
}

TEST(json_text, knows_what_is_no_utf8)
{
    for (const char* bad : {"\x80", "\xc0\x80", "\xc1\xbf", "\xc3", "\xc3(", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xe2\x82",
                            "\xf0\x8f\xbf\xbf", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xff",
                            ("1234567\xff"
                             "12345678"),
                            "12345678\xe2\x82"})
        EXPECT_FALSE(is_utf8(bad));
}

} // namespace
} // namespace odradek::cli
