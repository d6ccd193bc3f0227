// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <string>
#include <tests/support/virtual_clock.hpp>

namespace odradek::test {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

TEST(virtual_clock, does_what_is_due_in_the_order_of_time_and_then_of_setting)
{
    asio::io_context io;
    virtual_clock time;
    std::string seen;
    const steady_time start = time.now();
    const auto alarm = time.make_timer(io.get_executor());
    time.schedule(start + 2s, [&] { seen += 'c'; });
    time.schedule(start + 1s, [&] { seen += 'a'; });
    alarm->async_wait_until(io.get_executor(), start + 1s, [&](std::error_code ec) { seen += ec ? '!' : 'b'; });
    EXPECT_EQ(time.pending(), 3u);
    EXPECT_FALSE(time.run_until(io, [] { return false; }));
    EXPECT_EQ(seen, "abc");
    EXPECT_EQ(time.now(), start + 2s);
}

TEST(virtual_clock, sets_the_time_of_day_without_the_other_clock)
{
    virtual_clock time;
    const auto before = time.now();
    const auto day = time.wall_now();
    time.shift_wall(-5s);
    EXPECT_EQ(time.now(), before);
    EXPECT_EQ(time.wall_now(), day - 5s);
}

TEST(virtual_clock, forgets_scheduled_calls_but_not_timers)
{
    asio::io_context io;
    virtual_clock time;
    bool called = false;
    bool fired = false;
    const auto alarm = time.make_timer(io.get_executor());
    alarm->async_wait_until(io.get_executor(), time.now() + 1s, [&](std::error_code) { fired = true; });
    time.schedule(time.now() + 1s, [&] { called = true; });
    time.drop_scheduled();
    time.run_for(io, 2000ms);
    EXPECT_FALSE(called);
    EXPECT_TRUE(fired);
}

} // namespace
} // namespace odradek::test
