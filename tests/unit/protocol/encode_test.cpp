// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/generated/messages/consumer_group_describe.hpp>
#include <odradek/protocol/generated/messages/fetch.hpp>
#include <odradek/protocol/generated/messages/find_coordinator.hpp>
#include <odradek/protocol/generated/messages/heartbeat.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>
#include <odradek/protocol/generated/messages/offset_fetch.hpp>
#include <odradek/protocol/generated/messages/produce.hpp>
#include <odradek/protocol/generated/messages/request_header.hpp>

#include <gtest/gtest.h>

#include <string>

namespace odradek {
namespace {

template <class T>
void expect_refusal(const T& message, std::int16_t version, errc code, std::string_view path)
{
    writer out;
    const encode_error error = encode(message, api_version{version}, out);
    ASSERT_TRUE(error);
    EXPECT_EQ(error.code(), code) << error.message();
    EXPECT_EQ(error.path(), path);
}

TEST(encode, keeps_records_outside_the_buffer)
{
    const std::string records(100'000, 'r');
    const produce_request::partition_produce_data partitions[] = {{.index = 0, .records = records},
                                                                  {.index = 1, .records = records}};
    const produce_request::topic_produce_data topics[] = {{.name = "t", .partition_data = partitions}};
    writer out;
    ASSERT_FALSE(encode(produce_request{.topic_data = topics}, api_version{9}, out));
    EXPECT_EQ(out.segments().size(), 5u);
    EXPECT_LT(out.position(), 100u);
    EXPECT_EQ(out.flatten().size(), out.size());
}

TEST(encode, appends_to_what_the_writer_holds_and_counts_offsets_from_there)
{
    writer out;
    out.bytes("prefix");
    ASSERT_FALSE(encode(heartbeat_response{}, api_version{0}, out));
    EXPECT_EQ(bytes_view{out.flatten()}, bytes_view{"prefix\0\0"});
    const auto error =
        encode(heartbeat_request{.group_id = "g", .member_id = std::string(40'000, 'm')}, api_version{0}, out);
    EXPECT_EQ(error.offset(), 7u);
}

TEST(encode, refuses_a_version_that_the_message_does_not_have)
{
    expect_refusal(heartbeat_request{}, 5, errc::unsupported_version, "HeartbeatRequest");
}

TEST(encode, refuses_a_value_that_the_version_cannot_say)
{
    expect_refusal(heartbeat_request{.group_instance_id = "i"}, 2, errc::unsupported_field,
                   "HeartbeatRequest.group_instance_id");
    expect_refusal(produce_request{.transactional_id = "t"}, 2, errc::unsupported_field,
                   "ProduceRequest.transactional_id");
    expect_refusal(offset_fetch_request{.group_id = "g",
                                        .topics = list<offset_fetch_request::offset_fetch_request_topic>{},
                                        .require_stable = true},
                   6, errc::unsupported_field, "OffsetFetchRequest.require_stable");
}

TEST(encode, drops_a_value_in_silence_where_the_field_is_ignorable)
{
    writer out;
    EXPECT_FALSE(encode(heartbeat_response{.throttle_time_ms = 5}, api_version{0}, out));
    EXPECT_EQ(out.size(), 2u);
    out.clear(); // ignorable in some versions only: in 0 the header has no client id, and none is missed
    EXPECT_FALSE(encode(request_header{.client_id = "c"}, api_version{0}, out));
    EXPECT_EQ(out.size(), 8u);
}

TEST(encode, refuses_null_where_the_version_has_none)
{
    expect_refusal(metadata_request{.topics = std::nullopt}, 0, errc::unexpected_null, "MetadataRequest.topics");
    const metadata_request::metadata_request_topic nameless[] = {{.name = "a"}, {.name = std::nullopt}};
    expect_refusal(metadata_request{.topics = nameless}, 9, errc::unexpected_null, "MetadataRequest.topics[1].name");
    writer out;
    EXPECT_FALSE(encode(metadata_request{.topics = nameless}, api_version{10}, out));
}

TEST(encode, refuses_texts_above_32767_bytes)
{
    const std::string longest(32767, 'x'), longer(32768, 'x');
    for (const std::int16_t version : {std::int16_t{0}, std::int16_t{4}}) {
        writer out;
        EXPECT_FALSE(encode(heartbeat_request{.group_id = longest}, api_version{version}, out));
        expect_refusal(heartbeat_request{.group_id = longer}, version, errc::string_too_long,
                       "HeartbeatRequest.group_id");
    }
    const std::string_view keys[] = {"a", longer};
    expect_refusal(find_coordinator_request{.coordinator_keys = keys}, 4, errc::string_too_long,
                   "FindCoordinatorRequest.coordinator_keys[1]");
}

TEST(encode, names_the_first_failure_and_not_the_structs_that_follow_it)
{
    const std::string longer(40'000, 'x');
    const produce_request::partition_produce_data partitions[] = {{.index = 0, .records = bytes_view{"r"}}};
    const produce_request::topic_produce_data topics[] = {{.name = "t", .partition_data = partitions}};
    expect_refusal(produce_request{.transactional_id = longer, .topic_data = topics}, 9, errc::string_too_long,
                   "ProduceRequest.transactional_id");

    const consumer_group_describe_response::member members[] = {{.member_id = longer}};
    const consumer_group_describe_response::described_group groups[] = {{.members = members}};
    expect_refusal(consumer_group_describe_response{.groups = groups}, 0, errc::string_too_long,
                   "ConsumerGroupDescribeResponse.groups[0].members[0].member_id");

    const fetch_response::partition_data data[] = {{.diverging_epoch = {.epoch = 1}}};
    const fetch_response::fetchable_topic_response responses[] = {{.topic = longer, .partitions = data}};
    expect_refusal(fetch_response{.responses = responses}, 12, errc::string_too_long,
                   "FetchResponse.responses[0].topic");
}

TEST(encode, keeps_the_old_form_of_the_client_id_in_the_flexible_header)
{
    writer out;
    ASSERT_FALSE(
        encode(request_header{.request_api_key = 3, .request_api_version = 9, .correlation_id = 1, .client_id = "c"},
               api_version{2}, out));
    EXPECT_EQ(bytes_view{out.flatten()}, bytes_view{"\0\3\0\11\0\0\0\1\0\1c\0"});
}

} // namespace
} // namespace odradek
