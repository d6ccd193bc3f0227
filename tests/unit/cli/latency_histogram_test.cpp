// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/latency_histogram.hpp>

#include <gtest/gtest.h>

#include <cstdint>

namespace odradek::cli {
namespace {

using std::chrono::microseconds;

TEST(latency_histogram, of_nothing_is_all_zeros)
{
    const latency_histogram none;
    EXPECT_EQ(none.count(), 0U);
    EXPECT_EQ(none.quantile(0.5).count(), 0);
    EXPECT_EQ(none.mean().count(), 0);
    EXPECT_EQ(none.longest().count(), 0);
}

TEST(latency_histogram, is_exact_for_what_is_short)
{
    latency_histogram h;
    for (int us = 1; us <= 100; ++us) h.add(microseconds{us});
    EXPECT_EQ(h.quantile(0).count(), 1);
    EXPECT_EQ(h.quantile(0.5).count(), 50);
    EXPECT_EQ(h.quantile(0.99).count(), 99);
    EXPECT_EQ(h.quantile(1).count(), 100);
    EXPECT_EQ(h.mean().count(), 50);
    EXPECT_EQ(h.longest().count(), 100);
}

TEST(latency_histogram, is_right_to_a_hundredth_whatever_the_size)
{
    for (std::int64_t us = 1; us < std::int64_t{1} << 50; us = us * 3 + 1) {
        latency_histogram h;
        h.add(microseconds{us});
        h.add(microseconds{4 * us});
        const auto half = h.quantile(0.5).count();
        EXPECT_GE(half, us);
        EXPECT_LE(half, us + us / 100);
        EXPECT_EQ(h.quantile(1).count(), 4 * us);
    }
}

TEST(latency_histogram, counts_what_is_negative_as_nothing_and_takes_the_longest)
{
    latency_histogram h;
    h.add(microseconds{-5});
    EXPECT_EQ(h.quantile(1).count(), 0);
    h.add(std::chrono::nanoseconds::max());
    EXPECT_EQ(h.quantile(1), h.longest());
    h.clear();
    EXPECT_EQ(h.count(), 0U);
    EXPECT_EQ(h.quantile(1).count(), 0);
}

} // namespace
} // namespace odradek::cli
