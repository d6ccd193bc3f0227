// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/line_ranges.hpp>

#include <gtest/gtest.h>

#include <set>
#include <vector>

namespace odradek::cli {
namespace {

TEST(line_ranges, merge_what_touches_in_any_order)
{
    line_ranges lines;
    lines.add(1, 10);
    lines.add(21, 30);
    EXPECT_EQ(lines.to_string(), "1..10, 21..30");
    lines.add(11, 20);
    EXPECT_EQ(lines.to_string(), "1..30");
    EXPECT_EQ(lines.count(), 30U);
    lines.add(32, 32);
    EXPECT_EQ(lines.to_string(), "1..30, 32");
    lines.add(5, 31);
    EXPECT_EQ(lines.to_string(), "1..32");
    EXPECT_EQ(lines.count(), 32U);
}

TEST(line_ranges, take_the_scattered_lines_of_a_batch)
{
    line_ranges lines;
    lines.add(std::vector<std::uint64_t>{1, 2, 3, 7, 9, 10});
    EXPECT_EQ(lines.to_string(), "1..3, 7, 9..10");
    lines.add(std::vector<std::uint64_t>{4, 5, 6, 8});
    EXPECT_EQ(lines.to_string(), "1..10");
}

TEST(line_ranges, are_cut_short_for_people)
{
    line_ranges lines;
    for (std::uint64_t i = 1; i <= 9; i += 2) lines.add(i, i);
    EXPECT_EQ(lines.to_string(3), "1, 3, 5 and 2 more ranges");
    EXPECT_EQ(lines.to_string(4), "1, 3, 5, 7 and 1 more range");
    EXPECT_EQ(line_ranges{}.to_string(), "");
}

TEST(line_ranges, agree_with_a_plain_set)
{
    line_ranges lines;
    std::set<std::uint64_t> plain;
    std::uint64_t state = 1;
    for (int i = 0; i < 2000; ++i) {
        state = state * 6364136223846793005U + 1442695040888963407U;
        const std::uint64_t first = 1 + (state >> 33) % 500;
        const std::uint64_t last = first + (state >> 20) % 4;
        lines.add(first, last);
        for (std::uint64_t l = first; l <= last; ++l) plain.insert(l);
        ASSERT_EQ(lines.count(), plain.size());
    }
}

} // namespace
} // namespace odradek::cli
