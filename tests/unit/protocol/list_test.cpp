// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/list.hpp>
#include <odradek/protocol/nullable.hpp>

#include <gtest/gtest.h>

#include <string>
#include <type_traits>

namespace odradek {
namespace {

TEST(list, views_every_kind_of_array)
{
    const std::vector<int> vector{1, 2, 3};
    const std::array<int, 3> array{1, 2, 3};
    const int plain[] = {1, 2, 3};
    const std::span<const int> span = vector;
    for (const list<int> each : {list<int>{vector}, list<int>{array}, list<int>{plain}, list<int>{span}}) {
        EXPECT_EQ(each, (list<int>{1, 2, 3}));
        EXPECT_EQ(each.front(), 1);
        EXPECT_EQ(each.back(), 3);
    }
    EXPECT_EQ(list<int>{vector}.data(), vector.data());
}

TEST(list, is_equal_only_item_by_item)
{
    EXPECT_EQ(list<int>{}, (list<int>{nullptr, 0}));
    EXPECT_NE((list<int>{1, 2}), (list<int>{1, 3}));
    EXPECT_NE((list<int>{1, 2}), (list<int>{1, 2, 3}));
}

TEST(nullable, is_null_by_default_and_from_null)
{
    EXPECT_FALSE(nullable<std::string_view>{}.has_value());
    EXPECT_FALSE(nullable<bytes_view>{std::nullopt}.has_value());
    EXPECT_FALSE(nullable<list<int>>{nullptr}.has_value());
    EXPECT_FALSE(nullable<std::string>{}.has_value());
}

TEST(nullable, empty_is_not_null)
{
    EXPECT_TRUE(nullable<std::string_view>{std::string_view{}}.has_value());
    EXPECT_TRUE(nullable<bytes_view>{bytes_view{}}.has_value());
    EXPECT_TRUE(nullable<list<int>>{list<int>{}}.has_value());
    EXPECT_NE(nullable<std::string_view>{std::string_view{}}, nullable<std::string_view>{});
    EXPECT_NE(nullable<list<int>>{list<int>{}}, nullable<list<int>>{});
}

TEST(nullable, holds_views_of_texts_bytes_and_arrays)
{
    const std::vector<int> numbers{4, 5};
    const std::string text = "abc";
    const nullable<list<int>> items = numbers;
    EXPECT_EQ(items->size(), 2u);
    EXPECT_EQ(*nullable<std::string_view>{text}, "abc");
    EXPECT_EQ(*nullable<std::string_view>{"abc"}, "abc");
    EXPECT_EQ(*nullable<bytes_view>{text}, bytes_view{"abc"});
    EXPECT_EQ(nullable<std::string_view>{}.value_or("none"), "none");
}

TEST(nullable, refers_to_a_struct_and_compares_what_it_refers_to)
{
    const std::string one = "a", other = "a", third = "b";
    EXPECT_EQ(&*nullable<std::string>{one}, &one);
    EXPECT_EQ(nullable<std::string>{one}, nullable<std::string>{other});
    EXPECT_NE(nullable<std::string>{one}, nullable<std::string>{third});
    EXPECT_NE(nullable<std::string>{one}, nullable<std::string>{});
}

TEST(nullable, refers_to_a_struct_that_stays_and_to_no_temporary)
{
    struct point {
        int x = 0;
        bool operator==(const point&) const = default;
    };
    static_assert(std::is_constructible_v<nullable<point>, point&>);
    static_assert(std::is_constructible_v<nullable<point>, const point&>);
    static_assert(!std::is_constructible_v<nullable<point>, point>);
    const point here{3};
    const nullable<point> there = here;
    EXPECT_EQ(&*there, &here);
}

} // namespace
} // namespace odradek
