// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/bytes.hpp>

#include <gtest/gtest.h>

namespace odradek {
namespace {

TEST(bytes_view, sees_a_literal_without_its_closing_nul)
{
    EXPECT_EQ(bytes_view{"abc"}.size(), 3u);
    EXPECT_EQ(bytes_view{""}.size(), 0u);
    EXPECT_EQ(bytes_view{"a\0b"}.size(), 3u);
}

TEST(bytes_view, does_not_take_a_buffer_for_a_literal)
{
    static_assert(!std::is_constructible_v<bytes_view, char(&)[32]>);
    static_assert(std::is_constructible_v<bytes_view, const char(&)[32]>);
}

TEST(bytes_view, comes_from_every_container_of_bytes)
{
    const std::string text = "abc";
    const std::vector<std::byte> bytes{std::byte{'a'}, std::byte{'b'}, std::byte{'c'}};
    const std::vector<std::uint8_t> numbers{'a', 'b', 'c'};
    const std::vector<char> chars{'a', 'b', 'c'};
    const std::span<const std::uint8_t> span = numbers;
    for (const bytes_view view :
         {bytes_view{text}, bytes_view{std::string_view{text}}, bytes_view{bytes}, bytes_view{numbers},
          bytes_view{chars}, bytes_view{span}, bytes_view{text.data(), 3}}) {
        EXPECT_EQ(view, bytes_view{"abc"});
        EXPECT_EQ(view.text(), "abc");
    }
}

TEST(bytes_view, compares_by_content_and_length)
{
    EXPECT_EQ(bytes_view{}, bytes_view{""});
    EXPECT_NE(bytes_view{"abc"}, bytes_view{"abd"});
    EXPECT_NE(bytes_view{"abc"}, bytes_view{"ab"});
}

TEST(bytes_view, cuts_pieces_within_its_bounds)
{
    const bytes_view view{"abcdef"};
    EXPECT_EQ(view.subview(2, 3), bytes_view{"cde"});
    EXPECT_EQ(view.subview(4), bytes_view{"ef"});
    EXPECT_EQ(view.subview(4, 100), bytes_view{"ef"});
    EXPECT_TRUE(view.subview(7).empty());
    EXPECT_EQ(view.subview(7).data(), view.end());
}

} // namespace
} // namespace odradek
