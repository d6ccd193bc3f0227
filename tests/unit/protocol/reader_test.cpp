// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/reader.hpp>
#include <odradek/protocol/writer.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace odradek {
namespace {

TEST(varint, has_the_length_that_its_value_needs)
{
    const std::pair<std::uint64_t, std::size_t> sizes[] = {{0, 1},
                                                           {127, 1},
                                                           {128, 2},
                                                           {16383, 2},
                                                           {16384, 3},
                                                           {0xffffffff, 5},
                                                           {std::numeric_limits<std::uint64_t>::max(), 10}};
    for (const auto& [value, size] : sizes) {
        EXPECT_EQ(uvarint_size(value), size);
        writer out;
        out.uvarint(value);
        EXPECT_EQ(out.size(), size);
    }
}

TEST(varint, keeps_small_negative_numbers_short)
{
    EXPECT_EQ(zigzag(std::int32_t{-1}), 1u);
    EXPECT_EQ(zigzag(std::int32_t{1}), 2u);
    for (const std::int64_t value :
         {std::int64_t{0}, std::int64_t{-1}, std::int64_t{63}, std::int64_t{-64},
          std::numeric_limits<std::int64_t>::min(), std::numeric_limits<std::int64_t>::max()}) {
        writer out;
        out.varlong(value);
        const auto bytes = out.flatten();
        reader in{bytes};
        EXPECT_EQ(in.varlong(), value);
        EXPECT_EQ(in.remaining(), 0u);
        EXPECT_FALSE(in.failed());
    }
}

TEST(reader, reads_what_the_writer_wrote)
{
    writer out;
    out.int8(-2);
    out.int16(-3);
    out.int32(-4);
    out.int64(-5);
    out.number(1.5);
    out.uvarint(300);
    out.varint(-6);
    out.bytes("tail");
    const auto bytes = out.flatten();
    reader in{bytes};
    EXPECT_EQ(in.int8(), -2);
    EXPECT_EQ(in.int16(), -3);
    EXPECT_EQ(in.int32(), -4);
    EXPECT_EQ(in.int64(), -5);
    EXPECT_EQ(in.number<double>(), 1.5);
    EXPECT_EQ(in.uvarint(), 300u);
    EXPECT_EQ(in.varint(), -6);
    EXPECT_EQ(in.rest(), bytes_view{"tail"});
    in.skip(4);
    EXPECT_FALSE(in.failed());
    EXPECT_EQ(in.remaining(), 0u);
}

TEST(reader, stays_failed_at_the_first_failure)
{
    reader in{bytes_view{"\x01\x02\x03"}};
    EXPECT_EQ(in.int8(), 1);
    EXPECT_EQ(in.int32(), 0);
    EXPECT_EQ(in.failure(), errc::truncated);
    EXPECT_EQ(in.offset(), 1u);
    EXPECT_EQ(in.int8(), 0); // though a byte was there
    in.fail(errc::malformed);
    EXPECT_EQ(in.failure(), errc::truncated);
    EXPECT_EQ(in.offset(), 1u);
}

TEST(reader, tells_a_varint_that_ends_early_from_one_that_is_too_long)
{
    reader early{bytes_view{"\x80\x80"}};
    EXPECT_EQ(early.uvarint(), 0u);
    EXPECT_EQ(early.failure(), errc::truncated);
    reader longer{bytes_view{"\x80\x80\x80\x80\x80\x01"}};
    EXPECT_EQ(longer.uvarint(), 0u);
    EXPECT_EQ(longer.failure(), errc::malformed);
    reader wide{bytes_view{"\xff\xff\xff\xff\x1f"}}; // 33 bits
    EXPECT_EQ(wide.uvarint(), 0u);
    EXPECT_EQ(wide.failure(), errc::malformed);
    reader widest{bytes_view{"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02"}}; // 65 bits
    EXPECT_EQ(widest.varlong(), 0);
    EXPECT_EQ(widest.failure(), errc::malformed);
}

TEST(reader, refuses_more_bytes_than_there_are)
{
    reader in{bytes_view{"abc"}};
    EXPECT_TRUE(in.bytes(static_cast<std::size_t>(-1)).empty());
    EXPECT_EQ(in.failure(), errc::truncated);
}

} // namespace
} // namespace odradek
