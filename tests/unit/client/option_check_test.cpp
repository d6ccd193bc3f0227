// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/option_check.hpp>

#include <gtest/gtest.h>

namespace odradek::detail {
namespace {

TEST(option_check, knows_every_enumerator_and_nothing_else)
{
    for (const acks value : {acks::none, acks::leader, acks::all}) EXPECT_TRUE(is_known(value));
    for (const int value : {-2, 2, 5}) EXPECT_FALSE(is_known(static_cast<acks>(value)));
    for (const compression codec : all_compressions) EXPECT_TRUE(is_known(codec));
    for (const int value : {-1, 5, 9}) EXPECT_FALSE(is_known(static_cast<compression>(value)));
}

TEST(option_check, takes_a_level_only_for_a_codec_that_has_it)
{
    EXPECT_TRUE(has_level(compression::zstd, 3));
    EXPECT_TRUE(has_level(compression::gzip, -1)) << "its own default";
    EXPECT_FALSE(has_level(compression::zstd, 99));
    EXPECT_FALSE(has_level(compression::none, 3));
    EXPECT_FALSE(has_level(compression::snappy, 3));
}

TEST(option_check, names_option_and_value)
{
    EXPECT_EQ(wrong_acks("send_options::acks", static_cast<acks>(5)),
              "send_options::acks is 5, which is none of 0 (none), 1 (leader) and -1 (all)");
    EXPECT_EQ(wrong_codec("send_options::compression", static_cast<compression>(9)),
              "send_options::compression is 9, which is no codec: there are 0 (none), 1 (gzip), 2 (snappy), 3 (lz4) "
              "and 4 (zstd)");
    EXPECT_EQ(wrong_level("level", compression::zstd, 99), "level is 99, but zstd has the levels -131072 to 22");
    EXPECT_EQ(wrong_level("level", compression::snappy, 3), "level is 3, but snappy has no levels");
    EXPECT_EQ(wrong_level("level", compression::none, 3),
              "level is 3, but nothing is compressed that it could be the level of");
}

} // namespace
} // namespace odradek::detail
