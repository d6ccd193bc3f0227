// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/nearest_name.hpp>

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace odradek::detail {
namespace {

constexpr std::string_view known[] = {"produce", "consume", "apis", "apes"};

TEST(nearest_name, is_the_one_with_the_fewest_letters_changed_whatever_their_case)
{
    EXPECT_EQ(nearest_name("prodce", known), "produce");
    EXPECT_EQ(nearest_name("COMSUME", known), "consume");
    EXPECT_EQ(nearest_name("apxs", known), "apes") << "the first in the alphabet";
}

TEST(nearest_name, is_one_that_begins_with_the_same_words)
{
    constexpr std::string_view properties[] = {"linger.ms", "lingering", "queue.linger"};
    EXPECT_EQ(nearest_name("Linger", properties), "linger.ms");
}

TEST(nearest_name, is_none_when_nothing_is_like_it)
{
    EXPECT_EQ(nearest_name("eat", known), "");
    EXPECT_EQ(nearest_name(std::string(1000, 'p'), known), "");
    EXPECT_EQ(nearest_name("produce", {}), "");
}

} // namespace
} // namespace odradek::detail
