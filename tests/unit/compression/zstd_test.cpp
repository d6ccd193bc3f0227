// SPDX-License-Identifier: Apache-2.0
#include <odradek/compression/codec.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace odradek {
namespace {

class zstd : public testing::Test {
protected:
    void SetUp() override
    {
        if (!default_codecs().has(compression::zstd)) GTEST_SKIP() << "built without zstd";
    }

    static compression_error unpack(bytes_view input, byte_buffer& output, std::size_t limit)
    {
        return default_codecs().decompress(compression::zstd, input, 2, limit, output);
    }

    // A frame without a size that asks for a window of 2^`log` bytes, and holds "a" in a raw block.
    static std::string frame_with_window(unsigned log)
    {
        std::string frame{"\x28\xb5\x2f\xfd\x00", 5};
        frame += static_cast<char>((log - 10) << 3U);
        return frame + std::string{"\x09\x00\x00"
                                   "a",
                                   4};
    }
};

TEST_F(zstd, reads_frames_without_size_and_several_in_a_row)
{
    byte_buffer output;
    ASSERT_FALSE(unpack(frame_with_window(10) + frame_with_window(21), output, 100));
    EXPECT_EQ(output.view(), bytes_view{"aa"});
}

TEST_F(zstd, bounds_the_window_that_a_frame_may_ask_for) // B20
{
    byte_buffer output;
    EXPECT_FALSE(unpack(frame_with_window(23), output, 1000)) << "what levels up to 19 need is always granted";
    EXPECT_EQ(unpack(frame_with_window(24), output, 1000).code, errc::output_limit);
    EXPECT_FALSE(unpack(frame_with_window(27), output, std::size_t{1} << 28U));
    EXPECT_EQ(unpack(frame_with_window(28), output, std::size_t{1} << 40U).code, errc::output_limit);
    EXPECT_EQ(output.view(), bytes_view{"aa"});
}

TEST_F(zstd, does_not_reserve_what_a_frame_merely_claims) // B20
{
    // The size field says 1 GiB, in a single segment; then comes one raw byte.
    std::string frame{"\x28\xb5\x2f\xfd\xa0\x00\x00\x00\x40", 9};
    frame += std::string{"\x09\x00\x00"
                         "a",
                         4};
    byte_buffer output;
    EXPECT_TRUE(unpack(frame, output, std::size_t{1} << 31U));
    EXPECT_LE(output.capacity(), std::size_t{2} << 20U);
    EXPECT_TRUE(output.empty());
}

TEST_F(zstd, refuses_an_empty_input)
{
    byte_buffer output;
    EXPECT_EQ(unpack("", output, 100).code, errc::bad_compressed_data);
}

} // namespace
} // namespace odradek
