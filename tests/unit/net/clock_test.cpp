// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/clock.hpp>

#include <asio/awaitable.hpp>
#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/co_spawn.hpp>
#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <optional>
#include <tests/support/virtual_clock.hpp>

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

// The system's clock and the tests' own keep the same promises. Nothing here waits: every alarm is an hour away.
class timer_test : public testing::TestWithParam<bool> {
protected:
    auto note(std::optional<std::error_code>& where, asio::cancellation_slot slot = {})
    {
        return asio::bind_cancellation_slot(slot, [&where](std::error_code ec) { where = ec; });
    }
    void start(std::optional<std::error_code>& where, asio::cancellation_slot slot = {})
    {
        alarm->async_wait_until(io.get_executor(), time->now() + 1h, note(where, slot));
    }
    void settle()
    {
        io.restart();
        io.poll();
    }

    asio::io_context io;
    std::shared_ptr<class clock> time =
        GetParam() ? make_system_clock()
                   : std::static_pointer_cast<class clock>(std::make_shared<test::virtual_clock>());
    std::unique_ptr<timer> alarm = time->make_timer(io.get_executor());
    std::optional<std::error_code> first;
    std::optional<std::error_code> second;
};

TEST_P(timer_test, a_wait_that_is_cancelled_through_its_slot_ends_and_holds_up_nothing)
{
    asio::cancellation_signal signal;
    start(first, signal.slot());
    settle();
    EXPECT_FALSE(first);
    signal.emit(asio::cancellation_type::terminal);
    io.restart();
    io.run(); // returns: nothing waits any more
    EXPECT_EQ(first, asio::error::operation_aborted);
}

TEST_P(timer_test, a_wait_can_begin_anew_after_it_was_cancelled_through_its_slot)
{
    asio::cancellation_signal signal;
    start(first, signal.slot());
    signal.emit(asio::cancellation_type::terminal);
    settle();
    start(second);
    settle();
    EXPECT_FALSE(second);
    alarm->cancel();
    settle();
    EXPECT_EQ(second, asio::error::operation_aborted);
}

TEST_P(timer_test, cancelling_a_wait_that_was_replaced_does_not_touch_the_next_one)
{
    asio::cancellation_signal signal;
    start(first, signal.slot());
    start(second);
    signal.emit(asio::cancellation_type::terminal); // the first one has ended, but was not called yet
    settle();
    EXPECT_EQ(first, asio::error::operation_aborted);
    EXPECT_FALSE(second);
    alarm->cancel();
    settle();
    EXPECT_EQ(second, asio::error::operation_aborted);
}

TEST_P(timer_test, cancelling_a_wait_of_a_timer_that_is_gone_is_harmless)
{
    asio::cancellation_signal signal;
    start(first, signal.slot());
    alarm.reset();
    signal.emit(asio::cancellation_type::terminal);
    settle();
    EXPECT_EQ(first, asio::error::operation_aborted);
}

TEST_P(timer_test, a_coroutine_that_waits_can_be_cancelled)
{
    asio::cancellation_signal signal;
    auto sleep = [this]() -> asio::awaitable<void> {
        co_await alarm->async_wait_until(io.get_executor(), time->now() + 1h, asio::use_awaitable);
    };
    bool ended = false;
    asio::co_spawn(io, sleep, asio::bind_cancellation_slot(signal.slot(), [&](std::exception_ptr e) {
                       EXPECT_TRUE(e);
                       ended = true;
                   }));
    settle();
    signal.emit(asio::cancellation_type::terminal);
    io.restart();
    io.run();
    EXPECT_TRUE(ended);
}

INSTANTIATE_TEST_SUITE_P(clocks, timer_test, testing::Bool(),
                         [](const auto& which) { return which.param ? "system" : "in_tests"; });

} // namespace
} // namespace odradek
