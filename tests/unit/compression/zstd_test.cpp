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

    static compression_error unpack(bytes_view input, byte_buffer& output, unpack_limits limits)
    {
        return default_codecs().decompress(compression::zstd, input, 2, limits, output);
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

TEST_F(zstd, measures_the_window_by_what_the_codec_may_take_and_not_by_the_room_for_output) // B20
{
    byte_buffer output;
    EXPECT_FALSE(unpack(frame_with_window(27), output, {1, std::size_t{1} << 28U}));
    EXPECT_EQ(unpack(frame_with_window(24), output, {std::size_t{1} << 28U, 1000}).code, errc::output_limit);
    EXPECT_EQ(output.view(), bytes_view{"a"});
}

// fuzz/corpus/zstd: the third of four frames claims 8448 bytes and has none. libzstd minds that where there is room for them,
// and not where it reads the frame as a stream, so whether it is refused may depend on the room.
TEST_F(zstd, never_gives_too_much_of_a_damaged_frame_that_is_only_read_as_a_stream)
{
    const std::string empty{"\x28\xb5\x2f\xfd\x90\x01\x00\x00\x00\x00\x01\x00\x00", 13};
    const std::string damaged{"\x28\xb5\x2f\xfd\x90\x01\x00\x21\x00\x00\x01\x00\x00", 13};
    const std::string zeros{"\x28\xb5\x2f\xfd\x00\x62\x5b\x00\x02\x00", 10};
    const std::string input = empty + zeros + damaged + zeros;
    constexpr std::size_t whole = 2 * std::size_t{0x400b};
    for (const std::size_t room : {0U, 16'400U, 24'900U, 32'791U, 200'000U}) {
        for (std::size_t limit = 0; limit < whole + 1000; limit += 5) {
            byte_buffer output;
            ASSERT_TRUE(output.append("abc") && output.reserve(room));
            const compression_error failed = unpack(input, output, limit);
            ASSERT_EQ(output.size(), failed ? 3 : 3 + whole) << limit;
            ASSERT_TRUE(output.view().subview(0, 3) == bytes_view{"abc"});
            if (!failed) {
                ASSERT_GE(limit, whole);
            } else {
                ASSERT_TRUE(failed.code == errc::output_limit || failed.code == errc::bad_compressed_data) << limit;
                ASSERT_LE(failed.position, input.size());
            }
        }
    }
    byte_buffer output;
    EXPECT_EQ(unpack(input, output, std::size_t{1} << 20U).code, errc::bad_compressed_data);
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
