// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/pace.hpp>

#include <gtest/gtest.h>

namespace odradek::cli {
namespace {

using std::chrono::nanoseconds;
using std::chrono::seconds;

TEST(pace, is_an_absolute_schedule)
{
    const pace::time_point start{seconds{5}};
    const pace three{3, start};
    EXPECT_EQ(three.due(0), start);
    EXPECT_EQ(three.due(1), start + nanoseconds{333'333'333});
    EXPECT_EQ(three.due(3), start + seconds{1}) << "what is rounded off does not add up";
    EXPECT_EQ(three.due(3'000'000), start + seconds{1'000'000});
}

TEST(pace, takes_any_rate)
{
    const pace::time_point start{};
    EXPECT_EQ(pace(pace::fastest, start).due(7), start + nanoseconds{7});
    EXPECT_EQ(pace(pace::fastest, start).due(1'999'999'999), start + nanoseconds{1'999'999'999});
    EXPECT_EQ(pace(1, start).due(100), start + seconds{100});
}

} // namespace
} // namespace odradek::cli
