// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/key_hash.hpp>

#include <gtest/gtest.h>

#include <string>

namespace odradek {
namespace {

// B36: the numbers that Java's client gives.
TEST(key_hash, is_javas_murmur2)
{
    EXPECT_EQ(murmur2("21"), -973932308);
    EXPECT_EQ(murmur2("foobar"), -790332482);
    EXPECT_EQ(murmur2("a-little-bit-long-string"), -985981536);
    EXPECT_EQ(murmur2("a-little-bit-longer-string"), -1486304829);
    EXPECT_EQ(murmur2("lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8"), -58897971);
    EXPECT_EQ(murmur2("abc"), 479470107);
}

TEST(key_hash, places_by_the_hash_without_its_sign_bit)
{
    EXPECT_EQ(partition_of_key("abc", 10), 479470107 % 10);
    EXPECT_EQ(partition_of_key("foobar", 10), (-790332482 & 0x7fffffff) % 10);
    EXPECT_NE(partition_of_key("foobar", 10), 790332482 % 10); // the absolute value would be another partition
}

TEST(key_hash, of_any_key_is_a_partition_that_exists)
{
    for (int i = 0; i < 10'000; ++i) {
        const std::int32_t partition = partition_of_key(std::to_string(i), 7);
        ASSERT_GE(partition, 0);
        ASSERT_LT(partition, 7);
    }
}

} // namespace
} // namespace odradek
