// SPDX-License-Identifier: Apache-2.0
#include <odradek/compression/codec.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace odradek {
namespace {

class lz4 : public testing::Test {
protected:
    void SetUp() override
    {
        if (!default_codecs().has(compression::lz4)) GTEST_SKIP() << "built without lz4";
    }

    static std::vector<std::byte> packed(bytes_view input, std::int8_t magic = 2)
    {
        byte_buffer output;
        EXPECT_FALSE(default_codecs().compress(compression::lz4, input, default_compression_level, magic, output));
        return {output.data(), output.data() + output.size()};
    }

    static compression_error unpack(bytes_view input, byte_buffer& output, std::int8_t magic = 2)
    {
        return default_codecs().decompress(compression::lz4, input, magic, 1 << 20, output);
    }
};

TEST_F(lz4, writes_the_frame_that_java_writes) // R6, KIP-57
{
    // Independent blocks of 64 KiB, no checksums, no size. Format 0 has the checksum that its producers computed wrongly.
    EXPECT_EQ(bytes_view{packed("hello")}.subview(0, 7), (bytes_view{"\x04\x22\x4d\x18\x60\x40\x82", 7}));
    EXPECT_EQ(bytes_view{packed("hello", 1)}.subview(0, 7), (bytes_view{"\x04\x22\x4d\x18\x60\x40\x82", 7}));
    EXPECT_EQ(bytes_view{packed("hello", 0)}.subview(0, 7), (bytes_view{"\x04\x22\x4d\x18\x60\x40\x1a", 7}));
}

TEST_F(lz4, writes_larger_blocks_where_there_is_more_to_write_but_not_in_format_0)
{
    const std::string large(64 * 1024 + 1, 'x');
    EXPECT_EQ(bytes_view{packed(large)}.subview(4, 2), (bytes_view{"\x60\x50", 2}));
    EXPECT_EQ(bytes_view{packed(large, 0)}.subview(4, 3), (bytes_view{"\x60\x40\x1a", 3}));
    byte_buffer output;
    EXPECT_FALSE(unpack(packed(large), output));
    EXPECT_EQ(output.view(), bytes_view{large});
}

TEST_F(lz4, minds_the_header_s_checksum_except_in_format_0)
{
    byte_buffer output;
    EXPECT_EQ(unpack(packed("hello", 0), output, 2).code, errc::bad_compressed_data);
    EXPECT_FALSE(unpack(packed("hello", 0), output, 0));
    EXPECT_FALSE(unpack(packed("hello", 2), output, 0));
    EXPECT_EQ(output.view(), bytes_view{"hellohello"});
}

TEST_F(lz4, refuses_dependent_blocks_dictionaries_and_unknown_block_sizes)
{
    for (const auto& [at, value] :
         std::vector<std::pair<std::size_t, unsigned>>{{4, 0x40}, {4, 0x61}, {5, 0x30}, {0, 0x05}}) {
        std::vector<std::byte> frame = packed("hello", 0);
        frame[at] = static_cast<std::byte>(value);
        byte_buffer output;
        EXPECT_EQ(unpack(frame, output, 0).code, errc::bad_compressed_data) << at;
    }
}

TEST_F(lz4, reads_frames_that_follow_each_other)
{
    std::vector<std::byte> two = packed("one ");
    const std::vector<std::byte> second = packed("two");
    two.insert(two.end(), second.begin(), second.end());
    byte_buffer output;
    ASSERT_FALSE(unpack(two, output));
    EXPECT_EQ(output.view(), bytes_view{"one two"});
}

} // namespace
} // namespace odradek
