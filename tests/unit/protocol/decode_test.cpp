// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/generated/messages/api_versions.hpp>
#include <odradek/protocol/generated/messages/consumer_group_describe.hpp>
#include <odradek/protocol/generated/messages/describe_topic_partitions.hpp>
#include <odradek/protocol/generated/messages/fetch.hpp>
#include <odradek/protocol/generated/messages/heartbeat.hpp>
#include <odradek/protocol/generated/messages/join_group.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>

#include <gtest/gtest.h>

#include <string>

namespace odradek {
namespace {

template <class T>
std::vector<std::byte> encoded(const T& message, std::int16_t version)
{
    writer out;
    const auto error = encode(message, api_version{version}, out);
    EXPECT_FALSE(error) << error.message();
    return out.flatten();
}

/// Expects that `input` fails with `code` at `path` and `offset`.
template <class T>
void expect_failure(bytes_view input, std::int16_t version, errc code, std::string_view path, std::size_t offset,
                    const decode_options& options = {}, std::size_t limit = arena::default_limit)
{
    arena memory{limit};
    T message;
    const decode_error error = decode(input, memory, api_version{version}, message, options);
    ASSERT_TRUE(error);
    EXPECT_EQ(error.code(), code) << error.message();
    EXPECT_EQ(error.path(), path);
    EXPECT_EQ(error.offset(), offset);
    EXPECT_LE(memory.used(), limit);
}

TEST(decode, gives_views_into_the_input)
{
    const std::string input("\0\2gg\0\0\0\7\0\1m", 11);
    arena memory;
    heartbeat_request message;
    ASSERT_FALSE(decode(input, memory, api_version{0}, message));
    EXPECT_EQ(message.group_id, "gg");
    EXPECT_EQ(message.group_id.data(), input.data() + 2);
    EXPECT_EQ(message.generation_id, 7);
    EXPECT_EQ(message.member_id, "m");
    EXPECT_EQ(memory.used(), 0u); // no array, so no memory
}

TEST(decode, names_the_first_failure_and_not_the_structs_that_follow_it)
{
    // Long enough for the check that as many members as are counted can be there at all.
    const consumer_group_describe_response::member members[] = {{.member_id = "a member with a long name"}};
    const consumer_group_describe_response::described_group groups[] = {{.members = members}};
    const std::vector<std::byte> whole = encoded(consumer_group_describe_response{.groups = groups}, 0);
    // From the back: tags of message and group, authorized operations (4), tags, target assignment (2), assignment (2).
    const std::size_t regex = whole.size() - 12;
    for (const std::size_t missing : {0U, 1U, 2U, 3U}) {
        static constexpr const char* paths[] = {"subscribed_topic_regex", "assignment.topic_partitions",
                                                "assignment.tags", "target_assignment.topic_partitions"};
        const std::size_t at = regex + missing;
        expect_failure<consumer_group_describe_response>(
            bytes_view{whole}.subview(0, at), 0, errc::truncated,
            std::string("ConsumerGroupDescribeResponse.groups[0].members[0].") + paths[missing], at);
    }
}

TEST(decode, forgets_what_the_message_held_before)
{
    arena memory;
    heartbeat_request message{.group_instance_id = "old"};
    ASSERT_FALSE(decode(bytes_view{"\0\2gg\0\0\0\7\0\1m"}, memory, api_version{0}, message));
    EXPECT_FALSE(message.group_instance_id.has_value());
}

TEST(decode, reads_any_byte_but_zero_as_true)
{
    arena memory;
    metadata_request message;
    ASSERT_FALSE(decode(bytes_view{"\0\0\0\0\7"}, memory, api_version{4}, message));
    EXPECT_TRUE(message.allow_auto_topic_creation);
    EXPECT_EQ(encoded(message, 4).back(), std::byte{1});
}

TEST(decode, names_the_message_when_the_version_is_not_known)
{
    expect_failure<heartbeat_request>("", 5, errc::unsupported_version, "HeartbeatRequest", 0);
    expect_failure<heartbeat_request>("", -1, errc::unsupported_version, "HeartbeatRequest", 0);
}

TEST(decode, names_the_field_at_which_the_input_ends)
{
    const std::string input("\0\2gg\0\0\0\7\0\1m", 11);
    const std::pair<std::size_t, std::string_view> places[] = {{0, "group_id"}, {4, "generation_id"}, {8, "member_id"}};
    for (std::size_t size = 0; size < input.size(); ++size) {
        const auto& [offset, name] = places[size < 4 ? 0 : size < 8 ? 1 : 2];
        expect_failure<heartbeat_request>(input.substr(0, size), 0, errc::truncated,
                                          "HeartbeatRequest." + std::string{name}, offset);
    }
}

TEST(decode, names_the_path_through_arrays_and_structs)
{
    const fetch_response::partition_data partitions[] = {{.partition_index = 1, .records = "0123456789"}};
    const fetch_response::fetchable_topic_response topics[] = {{.topic = "a", .partitions = partitions},
                                                               {.topic = "b", .partitions = partitions},
                                                               {.topic = "c", .partitions = partitions}};
    const auto input = encoded(fetch_response{.responses = topics}, 4);
    const bytes_view cut{input.data(), input.size() - 1};
    expect_failure<fetch_response>(cut, 4, errc::truncated, "FetchResponse.responses[2].partitions[0].records",
                                   input.size() - 14);
}

TEST(decode, names_the_item_of_an_array_of_texts)
{
    const join_group_request::join_group_request_protocol protocols[] = {{.name = "range"}, {.name = "sticky"}};
    const auto input = encoded(join_group_request{.group_id = "g", .protocols = protocols}, 0);
    const bytes_view cut{input.data(), input.size() - 7}; // inside "sticky"
    expect_failure<join_group_request>(cut, 0, errc::truncated, "JoinGroupRequest.protocols[1].name",
                                       input.size() - 12);
}

TEST(decode, refuses_bytes_after_the_message_unless_they_are_allowed)
{
    const bytes_view input{"\0\0\0\0\0\0 and more"};
    expect_failure<heartbeat_response>(input, 1, errc::trailing_bytes, "HeartbeatResponse", 6);
    arena memory;
    heartbeat_response message;
    EXPECT_FALSE(decode(input, memory, api_version{1}, message, {.allow_trailing = true}));
    std::size_t consumed = 0;
    EXPECT_FALSE(decode(input, memory, api_version{1}, message, {.consumed = &consumed}));
    EXPECT_EQ(consumed, 6u);
}

TEST(decode, refuses_null_where_the_version_has_none)
{
    expect_failure<heartbeat_request>("\xff\xff\0\0\0\0\0\0", 0, errc::unexpected_null, "HeartbeatRequest.group_id", 0);
    expect_failure<metadata_request>("\xff\xff\xff\xff", 0, errc::unexpected_null, "MetadataRequest.topics", 0);
    arena memory;
    metadata_request message;
    EXPECT_FALSE(decode(bytes_view{"\xff\xff\xff\xff"}, memory, api_version{1}, message));
    EXPECT_FALSE(message.topics.has_value());
}

TEST(decode, refuses_negative_lengths_that_are_not_null)
{
    expect_failure<heartbeat_request>("\xff\xfe\0\0\0\0\0\0", 0, errc::malformed, "HeartbeatRequest.group_id", 0);
    expect_failure<metadata_request>("\x80\0\0\0", 1, errc::malformed, "MetadataRequest.topics", 0);
    expect_failure<heartbeat_request>("\xff\xfe\0\0\0\0\0\0", 3, errc::malformed, "HeartbeatRequest.group_id", 0);
}

TEST(decode, believes_no_count_that_the_bytes_cannot_hold)
{
    expect_failure<metadata_request>(bytes_view{"\0\x0f\x42\x40\0\0"}, 1, errc::truncated, "MetadataRequest.topics", 0,
                                     {}, 0);
    expect_failure<metadata_request>(bytes_view{"\0\0\0\2\0\0\0"}, 1, errc::truncated, "MetadataRequest.topics", 0, {},
                                     0);
    expect_failure<metadata_request>(bytes_view{"\xff\xff\xff\xff\x0f"}, 9, errc::array_too_long,
                                     "MetadataRequest.topics", 0);
}

TEST(decode, refuses_arrays_above_the_limit_though_the_bytes_are_there)
{
    const std::vector<metadata_request::metadata_request_topic> topics(11, {.name = "t"});
    const auto input = encoded(metadata_request{.topics = topics}, 1);
    expect_failure<metadata_request>(input, 1, errc::array_too_long, "MetadataRequest.topics", 0,
                                     {.max_array_length = 10});
    arena memory;
    metadata_request message;
    EXPECT_FALSE(decode(input, memory, api_version{1}, message, {.max_array_length = 11}));
}

TEST(decode, grows_a_long_array_as_its_items_come)
{
    std::vector<metadata_request::metadata_request_topic> topics(5000);
    std::vector<std::string> names;
    for (int i = 0; i < 5000; ++i) names.push_back(std::to_string(i));
    for (std::size_t i = 0; i < topics.size(); ++i) topics[i].name = names[i];
    const metadata_request request{.topics = topics};
    const auto input = encoded(request, 1);
    arena memory;
    metadata_request message;
    ASSERT_FALSE(decode(input, memory, api_version{1}, message));
    EXPECT_EQ(compare(request, message, api_version{1}), "");
}

TEST(decode, reserves_at_most_a_thousand_items_before_it_sees_them)
{
    std::string input("\0\x0f\x42\x40", 4); // a million topics of two bytes each
    input.append(2'000'000, '\xff');        // the first of which is null
    arena memory;
    metadata_request message;
    const auto error = decode(input, memory, api_version{1}, message);
    EXPECT_EQ(error.path(), "MetadataRequest.topics[0].name");
    EXPECT_LT(memory.used(), 2000 * sizeof(metadata_request::metadata_request_topic));
}

TEST(decode, names_the_field_for_which_the_arena_has_no_room)
{
    const std::vector<std::int32_t> nodes(10'000);
    const metadata_response::metadata_response_partition partitions[] = {{.replica_nodes = nodes}};
    const metadata_response::metadata_response_topic topics[] = {{.name = "t", .partitions = partitions}};
    const auto input = encoded(metadata_response{.topics = topics}, 0);
    expect_failure<metadata_response>(input, 0, errc::arena_exhausted,
                                      "MetadataResponse.topics[0].partitions[0].replica_nodes", 27, {}, 20'000);
}

TEST(decode, refuses_texts_above_32767_bytes_in_flexible_versions_too)
{
    writer out;
    out.uvarint(32769);
    out.bytes(std::string(32768, 'x'));
    const auto input = out.flatten();
    expect_failure<heartbeat_request>(input, 4, errc::string_too_long, "HeartbeatRequest.group_id", 0);
}

TEST(decode, tells_a_varint_that_is_too_long)
{
    expect_failure<heartbeat_request>("\xff\xff\xff\xff\xff\x01", 4, errc::malformed, "HeartbeatRequest.group_id", 0);
    expect_failure<heartbeat_request>("\xff\xff", 4, errc::truncated, "HeartbeatRequest.group_id", 0);
}

TEST(decode, reads_and_writes_nullable_structs)
{
    const describe_topic_partitions_request::cursor_data cursor{.topic_name = "t", .partition_index = 3};
    const describe_topic_partitions_request with{.cursor = cursor};
    const auto present = encoded(with, 0);
    EXPECT_EQ(bytes_view{present}, bytes_view{"\1\0\0\7\xd0\1\2t\0\0\0\3\0\0"});
    const auto absent = encoded(describe_topic_partitions_request{}, 0);
    EXPECT_EQ(bytes_view{absent}, bytes_view{"\1\0\0\7\xd0\xff\0"});
    arena memory;
    describe_topic_partitions_request message;
    ASSERT_FALSE(decode(present, memory, api_version{0}, message));
    EXPECT_EQ(message, with);
    ASSERT_FALSE(decode(absent, memory, api_version{0}, message));
    EXPECT_FALSE(message.cursor.has_value());
    expect_failure<describe_topic_partitions_request>({present.data(), 7}, 0, errc::truncated,
                                                      "DescribeTopicPartitionsRequest.cursor.topic_name", 6);
}

TEST(decode_error, says_path_offset_and_what_it_found)
{
    arena memory;
    heartbeat_request message;
    const auto error = decode(bytes_view{"\0\5gg"}, memory, api_version{0}, message);
    EXPECT_NE(error.message().find("HeartbeatRequest.group_id at offset 0"), std::string::npos) << error.message();
    EXPECT_NE(error.message().find("5 bytes needed, 2 left"), std::string::npos) << error.message();
    EXPECT_FALSE(decode_error{});
    EXPECT_FALSE(decode_error{}.code());
}

} // namespace
} // namespace odradek
