// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/base64.hpp>
#include <odradek/protocol/types.hpp>

#include <gtest/gtest.h>

namespace odradek {
namespace {

TEST(version_range, contains_both_ends_and_may_be_empty)
{
    const version_range range{3, 5};
    EXPECT_FALSE(range.contains(api_version{2}));
    EXPECT_TRUE(range.contains(api_version{3}));
    EXPECT_TRUE(range.contains(api_version{5}));
    EXPECT_FALSE(range.contains(api_version{6}));
    EXPECT_FALSE(range.empty());
    EXPECT_TRUE(version_range{}.empty());
}

TEST(uuid, is_written_as_22_characters_and_read_back)
{
    uuid id;
    for (std::uint8_t i = 0; i < 16; ++i) id.bytes[i] = static_cast<std::uint8_t>(i * 17);
    EXPECT_EQ(id.to_base64url(), "ABEiM0RVZneImaq7zN3u_w");
    EXPECT_EQ(uuid::from_base64url("ABEiM0RVZneImaq7zN3u_w"), id);
    EXPECT_TRUE(uuid{}.is_zero());
    EXPECT_FALSE(id.is_zero());
}

TEST(uuid, refuses_what_is_no_uuid)
{
    EXPECT_FALSE(uuid::from_base64url(""));
    EXPECT_FALSE(uuid::from_base64url("ABEiM0RVZneImaq7zN3u_"));
    EXPECT_FALSE(uuid::from_base64url("ABEiM0RVZneImaq7zN3u_ww"));
    EXPECT_FALSE(uuid::from_base64url("ABEiM0RVZneImaq7zN3u/w")); // the other alphabet
    EXPECT_FALSE(uuid::from_base64url("ABEiM0RVZneImaq7zN3u_x")); // bits behind the last byte
}

TEST(base64, follows_rfc_4648)
{
    const std::pair<const char*, const char*> examples[] = {{"", ""},
                                                            {"f", "Zg=="},
                                                            {"fo", "Zm8="},
                                                            {"foo", "Zm9v"},
                                                            {"foob", "Zm9vYg=="},
                                                            {"fooba", "Zm9vYmE="},
                                                            {"foobar", "Zm9vYmFy"}};
    for (const auto& [plain, encoded] : examples) {
        EXPECT_EQ(to_base64(std::string_view{plain}), encoded);
        const auto size = base64_size(encoded, base64_alphabet::standard);
        ASSERT_EQ(size, std::string_view{plain}.size());
        std::vector<std::byte> out(*size);
        EXPECT_TRUE(from_base64(encoded, base64_alphabet::standard, out.data()));
        EXPECT_EQ(bytes_view{out}, bytes_view{std::string_view{plain}});
    }
}

TEST(base64, refuses_other_characters_and_lengths)
{
    std::byte out[8];
    EXPECT_FALSE(base64_size("Zg", base64_alphabet::standard));
    EXPECT_FALSE(base64_size("Zg===", base64_alphabet::standard));
    EXPECT_FALSE(base64_size("Z", base64_alphabet::url));
    EXPECT_FALSE(from_base64("Zm 9", base64_alphabet::standard, out));
    EXPECT_FALSE(from_base64("Zh==", base64_alphabet::standard, out)); // bits behind the last byte
    EXPECT_FALSE(from_base64("Z===", base64_alphabet::standard, out));
    EXPECT_FALSE(from_base64("_m9v", base64_alphabet::standard, out));
}

} // namespace
} // namespace odradek
