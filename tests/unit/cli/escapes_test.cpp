// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/escapes.hpp>
#include <odradek/tools/cli/exit_code.hpp>

#include <gtest/gtest.h>

namespace odradek::cli {
namespace {

TEST(escapes, are_those_of_c_that_a_shell_cannot_pass)
{
    using namespace std::string_literals;
    EXPECT_EQ(unescape(R"(a\tb\nc\r\0\\)", "-f"), "a\tb\nc\r\0\\"s);
    EXPECT_EQ(unescape(R"(\x1f\xFFz)", "-f"), "\x1f\xffz");
    EXPECT_EQ(unescape("plain", "-f"), "plain");
    EXPECT_EQ(unescape("", "-f"), "");
}

TEST(escapes, that_are_unknown_or_cut_off_are_usage_failures_that_name_the_option)
{
    for (const char* bad : {R"(\q)", R"(\x1)", R"(\xg0)", R"(a\)", R"(\x)"}) {
        try {
            (void)unescape(bad, "-K");
            ADD_FAILURE() << bad;
        } catch (const failure& f) {
            EXPECT_EQ(f.code(), exit_code::usage);
            EXPECT_TRUE(std::string_view{f.what()}.starts_with("-K: ")) << f.what();
        }
    }
}

} // namespace
} // namespace odradek::cli
