// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/generated/messages/api_versions.hpp>
#include <odradek/protocol/generated/messages/fetch.hpp>
#include <odradek/protocol/generated/messages/heartbeat.hpp>

#include <gtest/gtest.h>

#include <string>

namespace odradek {
namespace {

std::string bytes(std::initializer_list<int> values)
{
    std::string result;
    for (const int value : values) result += static_cast<char>(value);
    return result;
}

/// HeartbeatResponse v4 with `section` as its tags; the section begins at offset 6.
decode_error decode_with(const std::string& section, heartbeat_response& message, arena& memory,
                         const decode_options& options = {})
{
    static std::string input; // outlives the views in the message
    input = bytes({0, 0, 0, 0, 0, 0}) + section;
    return decode(input, memory, api_version{4}, message, options);
}

void expect_failure(const std::string& section, errc code, std::size_t offset, const decode_options& options = {})
{
    arena memory;
    heartbeat_response message;
    const auto error = decode_with(section, message, memory, options);
    EXPECT_EQ(error.code(), code) << error.message();
    EXPECT_EQ(error.path(), "HeartbeatResponse.tags");
    EXPECT_EQ(error.offset(), offset);
}

TEST(tags, that_are_not_known_are_kept_and_written_back)
{
    arena memory;
    heartbeat_response message;
    ASSERT_FALSE(decode_with(bytes({3, 0, 1, 'a', 5, 0, 0x80, 2, 2, 'b', 'c'}), message, memory));
    ASSERT_EQ(message.unknown_tags.size(), 3u);
    EXPECT_EQ(message.unknown_tags[0], (tagged_field{0, "a"}));
    EXPECT_EQ(message.unknown_tags[1], (tagged_field{5, ""}));
    EXPECT_EQ(message.unknown_tags[2], (tagged_field{256, "bc"}));
    writer out;
    ASSERT_FALSE(encode(message, api_version{4}, out));
    EXPECT_EQ(bytes_view{out.flatten()},
              bytes_view{bytes({0, 0, 0, 0, 0, 0, 3, 0, 1, 'a', 5, 0, 0x80, 2, 2, 'b', 'c'})});
}

TEST(tags, are_merged_in_ascending_order_with_the_known_ones)
{
    // Tag 1 is finalized_features_epoch; 0, 2 and 3 are known too, but at their defaults.
    const tagged_field unknown[] = {{4, "x"}, {9, "y"}};
    const api_versions_response message{.finalized_features_epoch = 7, .unknown_tags = unknown};
    writer out;
    ASSERT_FALSE(encode(message, api_version{3}, out));
    const std::string body = bytes({0, 0, 1, 0, 0, 0, 0});
    EXPECT_EQ(bytes_view{out.flatten()},
              bytes_view{body + bytes({3, 1, 8, 0, 0, 0, 0, 0, 0, 0, 7, 4, 1, 'x', 9, 1, 'y'})});
}

TEST(tags, of_known_fields_are_left_out_at_their_defaults)
{
    writer out;
    ASSERT_FALSE(encode(fetch_response{}, api_version{18}, out));
    EXPECT_EQ(out.flatten().back(), std::byte{0});
}

TEST(tags, must_ascend)
{
    expect_failure(bytes({2, 3, 0, 2, 0, 0}), errc::tags_out_of_order, 9);
    expect_failure(bytes({2, 3, 0, 3, 0, 0}), errc::tags_out_of_order, 9);
}

TEST(tags, that_ascend_not_are_not_written_either)
{
    for (const auto& unknown :
         {std::vector<tagged_field>{{3, "a"}, {3, "b"}}, std::vector<tagged_field>{{3, "a"}, {2, "b"}}}) {
        writer out;
        const auto error = encode(heartbeat_response{.unknown_tags = unknown}, api_version{4}, out);
        EXPECT_EQ(error.code(), errc::tags_out_of_order);
        EXPECT_EQ(error.path(), "HeartbeatResponse.tags");
    }
    const tagged_field known[] = {{1, "a"}}; // the tag of finalized_features_epoch
    writer out;
    EXPECT_EQ(encode(api_versions_response{.unknown_tags = known}, api_version{3}, out).code(),
              errc::tags_out_of_order);
}

TEST(tags, are_refused_where_the_version_has_none)
{
    const tagged_field unknown[] = {{1, "a"}};
    writer out;
    const auto error = encode(heartbeat_response{.unknown_tags = unknown}, api_version{3}, out);
    EXPECT_EQ(error.code(), errc::unsupported_field);
    EXPECT_EQ(error.path(), "HeartbeatResponse.tags");
}

TEST(tags, may_not_reach_behind_the_input)
{
    expect_failure(bytes({}), errc::truncated, 6);
    expect_failure(bytes({1}), errc::truncated, 7);
    expect_failure(bytes({1, 0, 2, 'a'}), errc::truncated, 7);
    expect_failure(bytes({1, 0, 0xff, 0xff, 0xff, 0xff, 0x0f}), errc::truncated, 7);
}

TEST(tags, are_bounded_in_number)
{
    expect_failure(bytes({0x91, 0x4e}), errc::too_many_tags, 6); // 10,001
    expect_failure(bytes({3, 0, 0, 1, 0, 2, 0}), errc::too_many_tags, 6, {.max_tagged_fields = 2});
}

TEST(tags, of_known_fields_must_have_the_length_of_their_field)
{
    const std::string body = bytes({0, 0, 1, 0, 0, 0, 0});
    arena memory;
    api_versions_response message;
    auto error = decode(body + bytes({1, 1, 9, 0, 0, 0, 0, 0, 0, 0, 7, 0}), memory, api_version{3}, message);
    EXPECT_EQ(error.code(), errc::malformed);
    EXPECT_EQ(error.path(), "ApiVersionsResponse.tags");
    EXPECT_EQ(error.offset(), 8u);
    error = decode(body + bytes({1, 1, 7, 0, 0, 0, 0, 0, 0, 7, 0}), memory, api_version{3}, message);
    EXPECT_EQ(error.code(), errc::truncated);
    EXPECT_EQ(error.path(), "ApiVersionsResponse.finalized_features_epoch");
    EXPECT_EQ(error.offset(), 10u);
}

} // namespace
} // namespace odradek
