// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/clock.hpp>

#include <gtest/gtest.h>

#include <chrono>

namespace odradek {
namespace {

using std::chrono::milliseconds;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""h;

TEST(clock_test, a_deadline_is_now_and_the_span)
{
    const steady_time now{5h};
    EXPECT_EQ(deadline_after(now, 0ms), now);
    EXPECT_EQ(deadline_after(now, 300ms), now + 300ms);
    EXPECT_EQ(deadline_after(now, -300ms), now - 300ms);
}

TEST(clock_test, a_deadline_that_no_clock_can_show_is_the_end_of_time)
{
    for (const steady_time now : {steady_time{}, steady_time{5h}, steady_time{-5h}, steady_time::max()}) {
        EXPECT_EQ(deadline_after(now, milliseconds::max()), steady_time::max());
        EXPECT_EQ(deadline_after(now, milliseconds::min()), steady_time::min());
    }
    EXPECT_EQ(deadline_after(steady_time::max(), 1ms), steady_time::max());
    EXPECT_EQ(deadline_after(steady_time::min(), -1ms), steady_time::min());
    const auto most = std::chrono::floor<milliseconds>(steady_time::max().time_since_epoch());
    EXPECT_EQ(deadline_after(steady_time{}, most), steady_time{most});
    EXPECT_EQ(deadline_after(steady_time{}, most + 1ms), steady_time::max());
}

} // namespace
} // namespace odradek
