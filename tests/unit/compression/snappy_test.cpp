// SPDX-License-Identifier: Apache-2.0
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/endian.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace odradek {
namespace {

constexpr std::size_t header_size = 16;

class snappy : public testing::Test {
protected:
    void SetUp() override
    {
        if (!default_codecs().has(compression::snappy)) GTEST_SKIP() << "built without snappy";
    }

    static byte_buffer packed(bytes_view input)
    {
        byte_buffer output;
        EXPECT_FALSE(default_codecs().compress(compression::snappy, input, default_compression_level, 2, output));
        return output;
    }

    static compression_error unpack(bytes_view input, byte_buffer& output, std::size_t limit = 1 << 20)
    {
        return default_codecs().decompress(compression::snappy, input, 2, limit, output);
    }
};

TEST_F(snappy, writes_xerial_s_framing_in_blocks_of_32_kib) // R6
{
    const byte_buffer output = packed(std::string(70'000, 'x'));
    EXPECT_EQ(output.view().subview(0, header_size), (bytes_view{"\x82SNAPPY\0\0\0\0\1\0\0\0\1", header_size}));
    std::vector<std::size_t> blocks;
    for (std::size_t at = header_size; at < output.size();) {
        const auto size = static_cast<std::size_t>(load_big<std::int32_t>(output.data() + at));
        byte_buffer block;
        ASSERT_FALSE(unpack(output.view().subview(at + 4, size), block)); // each block is plain snappy
        blocks.push_back(block.size());
        at += 4 + size;
    }
    EXPECT_EQ(blocks, (std::vector<std::size_t>{32'768, 32'768, 4'464}));
}

TEST_F(snappy, reads_streams_that_follow_each_other)
{
    byte_buffer two = packed("one ");
    ASSERT_TRUE(two.append(packed("two").view()));
    byte_buffer output;
    ASSERT_FALSE(unpack(two.view(), output));
    EXPECT_EQ(output.view(), bytes_view{"one two"});
}

TEST_F(snappy, believes_no_length_before_it_is_paid_for) // B20
{
    // Four bytes claim 4 GiB, 1 GiB, 100 kB.
    for (const bytes_view claim :
         {bytes_view{"\xff\xff\xff\xff\x0f"}, bytes_view{"\x80\x80\x80\x80\x04"}, bytes_view{"\xa0\x8d\x06\x00", 4}}) {
        byte_buffer output;
        EXPECT_EQ(unpack(claim, output, std::size_t{1} << 40U).code, errc::bad_compressed_data);
        EXPECT_EQ(output.capacity(), 0U);
    }
}

TEST_F(snappy, refuses_block_lengths_beyond_the_input)
{
    const byte_buffer good = packed("hello, hello, hello");
    for (const std::int32_t length : {-1, 0, 1 << 30, 0x7fffffff, static_cast<std::int32_t>(good.size())}) {
        std::vector<std::byte> bad{good.data(), good.data() + good.size()};
        store_big(bad.data() + header_size, length);
        byte_buffer output;
        EXPECT_EQ(unpack(bad, output).code, errc::bad_compressed_data) << length;
        EXPECT_TRUE(output.empty());
    }
}

TEST_F(snappy, refuses_an_unknown_version_of_the_framing)
{
    const byte_buffer good = packed("hello");
    std::vector<std::byte> bad{good.data(), good.data() + good.size()};
    store_big(bad.data() + 8, std::int32_t{0});
    byte_buffer output;
    EXPECT_EQ(unpack(bad, output).code, errc::bad_compressed_data);
}

} // namespace
} // namespace odradek
