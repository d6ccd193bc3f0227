// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/random.hpp>

#include <gtest/gtest.h>

#include <array>
#include <span>

namespace odradek {
namespace {

TEST(random_source, repeats_itself_with_the_same_seed_on_every_platform)
{
    random_source one(42);
    random_source two(42);
    for (int i = 0; i < 100; ++i) EXPECT_EQ(one.next(), two.next());
    EXPECT_EQ(random_source(5489).next(), 14514284786278117030ULL); // the standard's own number for this engine
}

TEST(random_source, stays_within_its_bounds)
{
    random_source source(1);
    std::array<int, 7> seen{};
    for (int i = 0; i < 7'000; ++i) ++seen.at(source.below(7));
    for (const int count : seen) EXPECT_NEAR(count, 1'000, 200);
    for (int i = 0; i < 1'000; ++i) {
        const double u = source.uniform();
        EXPECT_GE(u, 0.0);
        EXPECT_LT(u, 1.0);
    }
    EXPECT_EQ(source.below(0), 0u);
    EXPECT_EQ(source.below(1), 0u);
}

TEST(random_source, shuffles_every_element_to_every_place)
{
    random_source source(1);
    std::array<std::array<int, 3>, 3> seen{};
    for (int i = 0; i < 3'000; ++i) {
        std::array<std::size_t, 3> order{0, 1, 2};
        source.shuffle(std::span<std::size_t>(order));
        for (std::size_t place = 0; place < 3; ++place) ++seen.at(place).at(order.at(place));
    }
    for (const auto& row : seen)
        for (const int count : row) EXPECT_NEAR(count, 1'000, 200);
}

} // namespace
} // namespace odradek
