// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/writer.hpp>

#include <gtest/gtest.h>

#include <string>

namespace odradek {
namespace {

TEST(writer, keeps_long_views_outside_and_copies_short_ones)
{
    const std::string records(5000, 'r');
    writer out{1024};
    out.int16(1);
    out.external(records);
    out.external("short");
    out.int16(2);
    const auto segments = out.segments();
    ASSERT_EQ(segments.size(), 3u);
    EXPECT_EQ(segments[1].text().data(), records.data());
    EXPECT_EQ(segments[2], bytes_view{"short\0\2"});
    EXPECT_EQ(out.size(), 2u + 5000u + 5u + 2u);
    EXPECT_EQ(bytes_view{out.flatten()}.text(), std::string("\0\1", 2) + records + std::string("short\0\2", 7));
}

TEST(writer, gives_external_views_alone_where_nothing_stands_between)
{
    const std::string a(2000, 'a'), b(2000, 'b');
    writer out;
    out.external(a);
    out.external(b);
    const auto segments = out.segments();
    ASSERT_EQ(segments.size(), 2u);
    EXPECT_EQ(segments[0], bytes_view{a});
    EXPECT_EQ(segments[1], bytes_view{b});
}

TEST(writer, fills_in_a_length_that_was_not_known_before)
{
    for (const std::size_t size : {0u, 1u, 127u, 128u, 16383u, 16384u, 70000u}) {
        writer out;
        out.int8(9);
        const auto mark = out.begin_sized();
        out.bytes(std::string(size, 'x'));
        out.end_sized(mark);
        out.int8(8);
        writer expected;
        expected.int8(9);
        expected.uvarint(size);
        expected.bytes(std::string(size, 'x'));
        expected.int8(8);
        EXPECT_EQ(bytes_view{out.flatten()}, bytes_view{expected.flatten()}) << size;
    }
}

TEST(writer, counts_and_moves_external_views_inside_a_length)
{
    const std::string records(3000, 'r');
    writer out;
    out.external(records);
    const auto outer = out.begin_sized();
    const auto inner = out.begin_sized();
    out.int8(1);
    out.external(records);
    out.int8(2);
    out.end_sized(inner);
    out.end_sized(outer);
    writer expected;
    expected.bytes(records);
    expected.uvarint(3002 + 2);
    expected.uvarint(3002);
    expected.int8(1);
    expected.bytes(records);
    expected.int8(2);
    EXPECT_EQ(bytes_view{out.flatten()}, bytes_view{expected.flatten()});
}

TEST(writer, patches_a_number_and_starts_again_when_cleared)
{
    writer out;
    out.int32(0);
    out.bytes("body");
    out.patch(0, std::int32_t{4});
    EXPECT_EQ(bytes_view{out.flatten()}, bytes_view{"\0\0\0\4body"});
    out.clear();
    EXPECT_EQ(out.size(), 0u);
    EXPECT_TRUE(out.segments().empty());
    out.int8(7);
    EXPECT_EQ(bytes_view{out.flatten()}, bytes_view{"\7"});
}

TEST(writer, reserves_room_once_and_keeps_what_is_there)
{
    writer out{8};
    out.int32(7);
    out.reserve(2);
    out.reserve(1000);
    for (int i = 0; i < 250; ++i) out.int32(i);
    out.int32(8); // more than was reserved
    const auto bytes = out.flatten();
    ASSERT_EQ(bytes.size(), 4u * 252);
    EXPECT_EQ(bytes[3], std::byte{7});
    EXPECT_EQ(bytes[4 + 4 * 249 + 3], std::byte{249});
    EXPECT_EQ(bytes.back(), std::byte{8});
    EXPECT_EQ(out.external_from(), 8u);
}

} // namespace
} // namespace odradek
