// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/pace.hpp>

#include <gtest/gtest.h>

namespace odradek::cli {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(pace, is_an_absolute_schedule)
{
    const pace::time_point start{seconds{5}};
    const pace three{3, start};
    EXPECT_EQ(three.due(0), start);
    EXPECT_EQ(three.due(1), start + milliseconds{334}) << "not before a third of a second has passed";
    EXPECT_EQ(three.due(3), start + seconds{1}) << "what is rounded off does not add up";
    EXPECT_EQ(three.due(3'000'000), start + seconds{1'000'000});
}

TEST(pace, takes_any_rate)
{
    const pace::time_point start{};
    EXPECT_EQ(pace(pace::fastest, start).due(7), start + milliseconds{1});
    EXPECT_EQ(pace(pace::fastest, start).due(1'999'999'999), start + seconds{2});
    EXPECT_EQ(pace(100'000, start).due(250), start + milliseconds{3}) << "a hundred share a tick";
    EXPECT_EQ(pace(1, start).due(100), start + seconds{100});
}

} // namespace
} // namespace odradek::cli
