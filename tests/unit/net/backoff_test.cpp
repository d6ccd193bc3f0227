// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/backoff.hpp>

#include <gtest/gtest.h>

namespace odradek {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

constexpr double middle = 0.5; // neither adds nor takes

TEST(backoff, grows_by_its_multiplier_up_to_the_maximum)
{
    backoff b{{.initial = 50ms, .maximum = 1s, .multiplier = 3.0}};
    EXPECT_EQ(b.on_failure(middle), 50ms);
    EXPECT_EQ(b.on_failure(middle), 150ms);
    EXPECT_EQ(b.on_failure(middle), 450ms);
    EXPECT_EQ(b.on_failure(middle), 1000ms);
    EXPECT_EQ(b.on_failure(middle), 1000ms);
    EXPECT_EQ(b.failures(), 5u);
}

TEST(backoff, stays_finite_after_very_many_failures)
{
    backoff b{{.initial = 50ms, .maximum = 1s}};
    for (int i = 0; i < 5'000; ++i) EXPECT_LE(b.on_failure(middle), 1s);
    EXPECT_EQ(b.on_failure(middle), 1s);
}

// R19: the waits of many clients spread, around the same middle.
TEST(backoff, jitter_moves_the_wait_by_its_fraction_to_either_side)
{
    const backoff::policy p{.initial = 200ms, .maximum = 1s, .jitter = 0.25};
    EXPECT_EQ(backoff{p}.on_failure(0.0), 150ms);
    EXPECT_EQ(backoff{p}.on_failure(0.5), 200ms);
    EXPECT_EQ(backoff{p}.on_failure(1.0), 250ms);
}

TEST(backoff, begins_again_once_things_were_stable)
{
    backoff b{{.initial = 50ms}};
    (void)b.on_failure(middle);
    (void)b.on_failure(middle);
    b.on_stable();
    EXPECT_EQ(b.failures(), 0u);
    EXPECT_EQ(b.on_failure(middle), 50ms);
}

TEST(backoff, an_endless_maximum_does_not_overflow)
{
    constexpr auto endless = std::chrono::milliseconds::max();
    backoff b({.initial = endless, .maximum = endless});
    EXPECT_EQ(b.on_failure(0.99), endless);
    EXPECT_GT(b.on_failure(0.0), endless / 2);
}

} // namespace
} // namespace odradek
