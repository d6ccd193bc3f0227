// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/hex.hpp>

#include <gtest/gtest.h>

namespace odradek::cli {
namespace {

std::string refusal(std::string_view text)
{
    try {
        (void)from_hex(text);
    } catch (const failure& f) {
        return f.what();
    }
    return {};
}

TEST(hex, is_read_in_either_case_with_white_space_anywhere)
{
    EXPECT_EQ(bytes_view{from_hex(" 00 fF\n1\t2\r\n")}, bytes_view("\x00\xff\x12"));
    EXPECT_TRUE(from_hex("").empty());
}

TEST(hex, comes_back_in_small_digits)
{
    EXPECT_EQ(to_hex(from_hex("DEADbeef00")), "deadbeef00");
}

TEST(hex, that_is_none_is_refused_with_the_place)
{
    EXPECT_EQ(refusal("00 0g"), "bad hex: 'g' at character 5");
    EXPECT_EQ(refusal("0x00"), "bad hex: 'x' at character 2");
    EXPECT_EQ(refusal("\x80"), "bad hex: byte 0x80 at character 1");
    EXPECT_EQ(refusal("123"), "bad hex: an odd number of digits, half a byte is left over");
}

} // namespace
} // namespace odradek::cli
