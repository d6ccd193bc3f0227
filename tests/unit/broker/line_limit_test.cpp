// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/line_limit.hpp>

#include <gtest/gtest.h>

namespace odradek::broker {
namespace {

using std::chrono_literals::operator""ms;

TEST(line_limit, writes_so_many_lines_a_second_and_counts_the_others)
{
    line_limit lines{2};
    const steady_time begin{1'000'000ms};
    EXPECT_TRUE(lines.admits(begin));
    EXPECT_TRUE(lines.admits(begin + 10ms));
    EXPECT_FALSE(lines.admits(begin + 20ms));
    EXPECT_FALSE(lines.admits(begin + 999ms));
    EXPECT_TRUE(lines.admits(begin + 1000ms));
    EXPECT_EQ(lines.take_left_out(), 2u);
    EXPECT_EQ(lines.take_left_out(), 0u);
}

} // namespace
} // namespace odradek::broker
