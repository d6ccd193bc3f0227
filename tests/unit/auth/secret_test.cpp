// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/auth/freed_memory.hpp"
#include <odradek/auth/secret.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <ostream>
#include <utility>

namespace odradek {
namespace {

template <class T>
concept streamable = requires(std::ostream& out, const T& value) { out << value; };
static_assert(streamable<std::string> && !streamable<secret>, "a secret is never shown by accident");
static_assert(!std::is_convertible_v<secret, std::string_view> && !std::is_convertible_v<secret, bytes_view>);

constexpr std::string_view text = "correct horse battery staple";

TEST(freed_memory, finds_a_text_that_was_not_wiped)
{
    const test::freed_memory watch{text};
    std::make_unique<std::string>(text).reset();
    EXPECT_EQ(watch.found(), 1);
}

TEST(secret, is_wiped_when_it_is_destroyed)
{
    const test::freed_memory watch{text};
    {
        const secret one{text};
        EXPECT_EQ(one.reveal(), text);
    }
    EXPECT_EQ(watch.looked(), 1);
    EXPECT_EQ(watch.found(), 0);
}

TEST(secret, is_wiped_when_it_is_overwritten_or_cleared)
{
    const test::freed_memory watch{text};
    secret one{text};
    one = secret{"another"};
    EXPECT_EQ(one.reveal(), "another");
    one = text;
    const secret other{"a third"};
    one = other;
    EXPECT_EQ(one.reveal(), "a third");
    EXPECT_EQ(other.reveal(), "a third");
    one = text;
    one.clear();
    EXPECT_TRUE(one.empty());
    EXPECT_EQ(one.reveal(), "");
    EXPECT_GE(watch.looked(), 3);
    EXPECT_EQ(watch.found(), 0);
}

TEST(secret, wipes_a_string_that_it_takes_over)
{
    const test::freed_memory watch{text};
    std::string given{text};
    const secret one{std::move(given)};
    EXPECT_EQ(one.reveal(), text);
    EXPECT_TRUE(given.empty()); // NOLINT(bugprone-use-after-move): that is promised
    given = {};
    given.shrink_to_fit();
    EXPECT_EQ(watch.found(), 0);
}

TEST(secret, leaves_nothing_in_what_it_was_moved_from)
{
    secret one{"short"}; // as a std::string it would lie inside the object and stay there
    const secret other{std::move(one)};
    EXPECT_EQ(other.reveal(), "short");
    EXPECT_TRUE(one.empty()); // NOLINT(bugprone-use-after-move): that is promised
    one = other;
    EXPECT_EQ(one, other);
    secret& same = one;
    one = same;
    EXPECT_EQ(one.reveal(), "short");
    one = std::move(same);
    EXPECT_EQ(one.reveal(), "short");
}

TEST(secret, joins_parts_without_a_trace_of_them)
{
    const test::freed_memory watch{text};
    const secret whole = secret::joined({"", "a", std::string_view{"\0", 1}, text});
    EXPECT_EQ(whole.reveal(), std::string("a\0", 2) + "correct horse battery staple");
    EXPECT_EQ(secret::joined({}), secret{});
    EXPECT_EQ(watch.found(), 1); // the string of the expectation
}

TEST(secret, is_made_of_what_getenv_gives)
{
    const char* nothing = nullptr;
    EXPECT_TRUE(secret{nothing}.empty());
    EXPECT_EQ(secret{"x"}.reveal(), "x");
}

TEST(secret, compares_every_byte)
{
    const std::string base(40, 'x');
    for (std::size_t i = 0; i < base.size(); ++i) {
        std::string other = base;
        other[i] = 'y';
        EXPECT_FALSE(secret{base} == secret{other}) << i;
    }
    EXPECT_TRUE(secret{base} == secret{base});
    EXPECT_FALSE(secret{base} == secret{base + "x"});
    EXPECT_EQ(secret{}, secret{""});
    EXPECT_TRUE(equal_in_constant_time({}, ""));
    EXPECT_FALSE(equal_in_constant_time({}, "a"));
}

TEST(wipe, overwrites_the_spare_room_of_a_string_too)
{
    const test::freed_memory watch{"horse battery"};
    std::string content{text};
    content.resize(1); // the rest stays in memory
    wipe(content);
    EXPECT_TRUE(content.empty());
    content.shrink_to_fit();
    std::string{}.swap(content);
    EXPECT_EQ(watch.found(), 0);
    wipe(std::span<std::byte>{});
}

} // namespace
} // namespace odradek
