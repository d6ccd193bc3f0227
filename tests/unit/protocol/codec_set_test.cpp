// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/byte_buffer.hpp>
#include <odradek/protocol/codec_set.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace odradek {
namespace {

TEST(codec_set, names_the_codecs_as_kafka_does)
{
    for (const compression codec : all_compressions) EXPECT_EQ(compression_from_name(name(codec)), codec);
    EXPECT_EQ(name(compression::zstd), "zstd");
    EXPECT_EQ(name(static_cast<compression>(5)), "");
    EXPECT_EQ(compression_from_name("brotli"), std::nullopt);
    EXPECT_EQ(compression_from_name(""), std::nullopt);
}

TEST(codec_set, knows_which_levels_kafka_s_settings_allow)
{
    EXPECT_TRUE(levels(compression::gzip).contains(-1));
    EXPECT_TRUE(levels(compression::gzip).contains(9));
    EXPECT_FALSE(levels(compression::gzip).contains(0));
    EXPECT_FALSE(levels(compression::gzip).contains(10));
    EXPECT_TRUE(levels(compression::lz4).contains(17));
    EXPECT_FALSE(levels(compression::lz4).contains(18));
    EXPECT_TRUE(levels(compression::zstd).contains(-131072));
    EXPECT_FALSE(levels(compression::zstd).contains(23));
    EXPECT_TRUE(levels(compression::snappy).contains(42));
    for (const compression codec : all_compressions) EXPECT_TRUE(levels(codec).contains(default_compression_level));
}

TEST(codec_set, without_codecs_names_the_codec_and_the_build_option)
{
    byte_buffer output;
    for (const compression codec : {compression::gzip, compression::snappy, compression::lz4, compression::zstd}) {
        EXPECT_FALSE(no_codecs().has(codec));
        const compression_error packed = no_codecs().compress(codec, "x", default_compression_level, 2, output);
        EXPECT_EQ(packed.code, errc::codec_not_available);
        EXPECT_THAT(packed.reason, testing::StartsWith(std::string{name(codec)}));
        const compression_error unpacked = no_codecs().decompress(codec, "x", 2, 100, output);
        EXPECT_EQ(unpacked.code, errc::codec_not_available);
        EXPECT_STREQ(unpacked.reason, packed.reason);
    }
    EXPECT_TRUE(output.empty());
}

TEST(codec_set, copies_what_is_not_compressed_up_to_the_limit)
{
    byte_buffer output;
    EXPECT_TRUE(no_codecs().has(compression::none));
    EXPECT_FALSE(no_codecs().compress(compression::none, "abc", 7, 2, output));
    EXPECT_FALSE(no_codecs().decompress(compression::none, "def", 2, 3, output));
    EXPECT_EQ(output.view(), bytes_view{"abcdef"});
    EXPECT_EQ(no_codecs().decompress(compression::none, "ghi", 2, 2, output).code, errc::output_limit);
    EXPECT_EQ(output.view(), bytes_view{"abcdef"});
    EXPECT_EQ(no_codecs().decompress(static_cast<compression>(6), "x", 2, 2, output).code, errc::unknown_codec);
}

TEST(byte_buffer, keeps_its_bytes_where_they_are_when_it_is_moved)
{
    byte_buffer first;
    ASSERT_TRUE(first.append("hello"));
    const std::byte* const where = first.data();
    byte_buffer second{std::move(first)};
    EXPECT_EQ(second.data(), where);
    EXPECT_EQ(second.view(), bytes_view{"hello"});
    byte_buffer third;
    ASSERT_TRUE(third.append("gone"));
    third = std::move(second);
    EXPECT_EQ(third.data(), where);
    third.truncate(4);
    EXPECT_EQ(third.view(), bytes_view{"hell"});
    third.shrink_to_fit();
    EXPECT_EQ(third.capacity(), 4U);
    third.clear();
    third.shrink_to_fit();
    EXPECT_EQ(third.capacity(), 0U);
}

TEST(byte_buffer, says_when_there_is_no_memory_and_keeps_what_it_has)
{
    byte_buffer buffer;
    ASSERT_TRUE(buffer.append("hello"));
    EXPECT_EQ(buffer.extend(std::numeric_limits<std::size_t>::max()), nullptr);
    EXPECT_EQ(buffer.extend(std::numeric_limits<std::size_t>::max() / 2), nullptr);
    EXPECT_EQ(buffer.view(), bytes_view{"hello"});
}

} // namespace
} // namespace odradek
