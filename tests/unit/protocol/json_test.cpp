// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/generated/messages/api_versions.hpp>
#include <odradek/protocol/generated/messages/describe_client_quotas.hpp>
#include <odradek/protocol/generated/messages/heartbeat.hpp>
#include <odradek/protocol/generated/messages/join_group.hpp>
#include <odradek/protocol/generated/messages/kraft_version_record.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>
#include <odradek/protocol/generated/messages/share_fetch.hpp>

#include <gtest/gtest.h>

#include <string>

namespace odradek {
namespace {

template <class T>
void expect_failure(std::string_view json, std::int16_t version, errc code, std::string_view path, std::size_t offset)
{
    arena memory;
    T message;
    const decode_error error = from_json(json, memory, api_version{version}, message);
    ASSERT_TRUE(error) << json;
    EXPECT_EQ(error.code(), code) << error.message();
    EXPECT_EQ(error.path(), path);
    EXPECT_EQ(error.offset(), offset) << error.message();
}

/// What from_json() makes of `json`, as to_json() writes it.
template <class T>
std::string round_trip(std::string_view json, std::int16_t version)
{
    arena memory;
    T message;
    const decode_error error = from_json(json, memory, api_version{version}, message);
    return error ? error.message() : to_json(message, api_version{version});
}

TEST(json, has_kafkas_names_and_every_field_of_the_version)
{
    EXPECT_EQ(to_json(heartbeat_request{.group_id = "g", .generation_id = 1, .member_id = "m"}, api_version{3}),
              R"({"groupId":"g","generationId":1,"memberId":"m","groupInstanceId":null})");
    EXPECT_EQ(to_json(heartbeat_request{.group_id = "g"}, api_version{0}),
              R"({"groupId":"g","generationId":0,"memberId":""})");
    EXPECT_EQ(to_json(kraft_version_record{.version = 1, .kraft_version = 2}, api_version{0}),
              R"({"version":1,"kRaftVersion":2})");
    EXPECT_EQ(to_json(heartbeat_request{}, api_version{77}), "null");
}

TEST(json, writes_bytes_as_base64_and_uuids_url_safe)
{
    const join_group_request::join_group_request_protocol protocols[] = {{.name = "p", .metadata = "\xfb\xff"}};
    EXPECT_NE(to_json(join_group_request{.protocols = protocols}, api_version{0}).find(R"("metadata":"+/8=")"),
              std::string::npos);
    metadata_response::metadata_response_topic topic[1];
    topic[0].topic_id.bytes.fill(0xff);
    EXPECT_NE(
        to_json(metadata_response{.topics = topic}, api_version{13}).find(R"("topicId":"_____________________w")"),
        std::string::npos);
}

TEST(json, leaves_out_tagged_fields_at_their_defaults)
{
    EXPECT_EQ(to_json(api_versions_response{}, api_version{3}), R"({"errorCode":0,"apiKeys":[],"throttleTimeMs":0})");
    EXPECT_EQ(to_json(api_versions_response{.finalized_features_epoch = 5}, api_version{3}),
              R"({"errorCode":0,"apiKeys":[],"throttleTimeMs":0,"finalizedFeaturesEpoch":5})");
}

TEST(json, shows_unknown_tags_and_reads_them_back)
{
    const std::string json =
        R"({"errorCode":0,"apiKeys":[],"throttleTimeMs":0,"_unknownTags":[{"tag":7,"hex":"00ff"},{"tag":9,"hex":""}]})";
    EXPECT_EQ(round_trip<api_versions_response>(json, 3), json);
}

TEST(json, escapes_what_json_cannot_hold_and_reads_it_back)
{
    const heartbeat_request message{.group_id = "q\" b\\ n\n t\t c\x01 \x7f \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80"};
    const std::string json = to_json(message, api_version{0});
    EXPECT_NE(json.find("q\\\" b\\\\ n\\n t\\t c\\u0001 \\u007f \xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80\""),
              std::string::npos)
        << json;
    arena memory;
    heartbeat_request read;
    ASSERT_FALSE(from_json(json, memory, api_version{0}, read));
    EXPECT_EQ(read.group_id, message.group_id);
}

TEST(json, shows_a_replacement_for_every_byte_that_is_no_utf8)
{
    const std::pair<std::string_view, int> broken[] = {{"\xff", 1},
                                                       {"\xc3", 1},
                                                       {"\xc0\x80", 2},
                                                       {"\xed\xa0\x80", 3},
                                                       {"\xe2\x82", 2},
                                                       {"\xf4\x90\x80\x80", 4},
                                                       {"\xf0\x80\x80\x80", 4}};
    for (const auto& [text, count] : broken) {
        std::string expected = R"({"groupId":")";
        for (int i = 0; i < count; ++i) expected += "\xef\xbf\xbd";
        EXPECT_EQ(to_json(heartbeat_request{.group_id = text}, api_version{0}),
                  expected + R"(","generationId":0,"memberId":""})");
    }
}

TEST(json, reads_escapes_of_every_kind)
{
    arena memory;
    heartbeat_request message;
    ASSERT_FALSE(from_json(R"( { "memberId" : "\u0041\u00e4\u20ac\ud83d\ude00\/\b\f\r" , "generationId" : -7 } )",
                           memory, api_version{0}, message));
    EXPECT_EQ(message.member_id, "A\xc3\xa4\xe2\x82\xac\xf0\x9f\x98\x80/\b\f\r");
    EXPECT_EQ(message.generation_id, -7);
    EXPECT_EQ(message.group_id, ""); // left out, so at its default
}

TEST(json, keeps_every_bit_of_a_double)
{
    using quota_entry = describe_client_quotas_response::entry_data;
    using quota_value = describe_client_quotas_response::value_data;
    for (const double number : {0.0, -0.0, 1.0, -1.5, 0.1, 4.9e-324, 1.7976931348623157e308, 1e100}) {
        const quota_value values[] = {{.key = "k", .value = number}};
        const quota_entry entries[] = {{.values = values}};
        const describe_client_quotas_response message{.entries = list<quota_entry>{entries}};
        const std::string json = to_json(message, api_version{0});
        arena memory;
        describe_client_quotas_response read;
        ASSERT_FALSE(from_json(json, memory, api_version{0}, read)) << json;
        EXPECT_EQ(compare(message, read, api_version{0}), "") << json;
    }
}

TEST(json, names_a_field_that_the_version_does_not_have)
{
    expect_failure<heartbeat_request>(R"({"groupId":"g","groupInstanceId":"i"})", 2, errc::unsupported_field,
                                      "HeartbeatRequest.groupInstanceId", 15);
    expect_failure<metadata_request>(R"({"topics":[{"name":"a"},{"nane":"b"}]})", 1, errc::unsupported_field,
                                     "MetadataRequest.topics[1].nane", 25);
    expect_failure<heartbeat_response>(R"({"errorCode":0,"_unknownTags":[]})", 3, errc::unsupported_field,
                                       "HeartbeatResponse._unknownTags", 15);
}

TEST(json, refuses_numbers_out_of_range_and_values_of_another_type)
{
    expect_failure<heartbeat_response>(R"({"errorCode":32768})", 0, errc::unexpected_json,
                                       "HeartbeatResponse.errorCode", 13);
    expect_failure<heartbeat_response>(R"({"errorCode":1.0})", 0, errc::unexpected_json, "HeartbeatResponse.errorCode",
                                       13);
    expect_failure<heartbeat_response>(R"({"errorCode":"1"})", 0, errc::unexpected_json, "HeartbeatResponse.errorCode",
                                       13);
    expect_failure<heartbeat_request>(R"({"groupId":1})", 0, errc::unexpected_json, "HeartbeatRequest.groupId", 11);
    expect_failure<metadata_request>(R"({"topics":{}})", 0, errc::unexpected_json, "MetadataRequest.topics", 10);
    expect_failure<metadata_request>(R"({"topics":[1]})", 0, errc::unexpected_json, "MetadataRequest.topics[0]", 11);
    expect_failure<metadata_request>(R"({"topics":[{"topicId":"short"}]})", 10, errc::unexpected_json,
                                     "MetadataRequest.topics[0].topicId", 22);
    expect_failure<join_group_request>(R"({"protocols":[{"metadata":"?"}]})", 0, errc::unexpected_json,
                                       "JoinGroupRequest.protocols[0].metadata", 26);
    expect_failure<heartbeat_request>("[]", 0, errc::unexpected_json, "HeartbeatRequest", 0);
    expect_failure<heartbeat_response>(R"({"_unknownTags":[{"tag":1,"hex":"0"}]})", 4, errc::unexpected_json,
                                       "HeartbeatResponse._unknownTags[0].hex", 32);
}

TEST(json, refuses_null_where_the_version_has_none)
{
    expect_failure<metadata_request>(R"({"topics":null})", 0, errc::unexpected_null, "MetadataRequest.topics", 10);
    expect_failure<heartbeat_request>(R"({"generationId":null})", 0, errc::unexpected_null,
                                      "HeartbeatRequest.generationId", 16);
    EXPECT_EQ(round_trip<metadata_request>(R"({"topics":null})", 1), R"({"topics":null})");
}

TEST(json, takes_what_is_left_out_as_empty_where_it_cannot_be_null) // found by fuzzing
{
    const std::string_view partition = R"({"responses":[{"partitions":[{}]}]})";
    EXPECT_NE(round_trip<share_fetch_response>(partition, 0).find(R"("records":null)"), std::string::npos);
    const std::string printed = round_trip<share_fetch_response>(partition, 1);
    EXPECT_NE(printed.find(R"("records":"")"), std::string::npos) << printed;
    EXPECT_EQ(round_trip<share_fetch_response>(printed, 1), printed);
    EXPECT_NE(round_trip<metadata_request>("{}", 0).find(R"("topics":[])"), std::string::npos);
}

TEST(json, names_path_and_offset_of_what_is_no_json)
{
    expect_failure<metadata_request>("", 0, errc::invalid_json, "MetadataRequest", 0);
    expect_failure<metadata_request>("{", 0, errc::invalid_json, "MetadataRequest", 1);
    expect_failure<metadata_request>("{} x", 0, errc::invalid_json, "MetadataRequest", 3);
    expect_failure<metadata_request>(R"({"topics":[{"name":"a"},{"name":tru}]})", 0, errc::invalid_json,
                                     "MetadataRequest.topics[1].name", 32);
    expect_failure<metadata_request>(R"({"topics" 1})", 0, errc::invalid_json, "MetadataRequest", 10);
    expect_failure<metadata_request>(R"({"a":01})", 0, errc::invalid_json, "MetadataRequest.a", 7);
    expect_failure<metadata_request>(R"({"a":1.})", 0, errc::invalid_json, "MetadataRequest.a", 7);
    expect_failure<metadata_request>(R"({"a":"\x"})", 0, errc::invalid_json, "MetadataRequest.a", 6);
    expect_failure<metadata_request>(R"({"a":"\ud800"})", 0, errc::invalid_json, "MetadataRequest.a", 6);
    expect_failure<metadata_request>("{\"a\":\"\n\"}", 0, errc::invalid_json, "MetadataRequest.a", 6);
    expect_failure<metadata_request>("{\"a\":\"\xff\"}", 0, errc::invalid_json, "MetadataRequest.a", 6);
    expect_failure<metadata_request>(R"({"a":1,"b":2,"a":3})", 0, errc::invalid_json, "MetadataRequest.a", 13);
}

// A value costs fifty times the bytes of the text that it takes at least.
TEST(json, bounds_the_memory_of_the_document_by_that_of_the_message)
{
    constexpr std::size_t limit = 64 * 1024;
    const auto repeated = [](std::string_view begin, std::string_view each, std::string_view end) {
        std::string text{begin};
        for (int i = 0; i < 100'000; ++i) text += each;
        return text.append(end);
    };
    std::string members = "{";
    for (int i = 0; i < 100'000; ++i) members += '"' + std::to_string(i) + "\":0,";
    const std::string documents[] = {
        repeated(R"({"topics":[)", "[],", "0]}"),
        repeated(R"({"topics":[{"name":")", "text", R"("}]})"),
        repeated(R"({"topics":[{"name":")", "\\u00e4", R"("}]})"),
        repeated(R"({"topics":[)", "1", "]}"),
        members + R"("topics":[]})",
    };
    for (const std::string& text : documents) {
        arena memory{limit};
        metadata_request message;
        const decode_error error = from_json(text, memory, api_version{0}, message);
        EXPECT_EQ(error.code(), errc::limit_exceeded) << error.message();
        EXPECT_LT(error.offset(), 3 * limit) << text.substr(0, 30);
        EXPECT_TRUE(error.path().starts_with("MetadataRequest")) << error.path();
        EXPECT_EQ(memory.used(), 0U);
    }
    arena memory{limit};
    metadata_request message;
    EXPECT_FALSE(from_json(R"({"topics":[{"name":"t"}]})", memory, api_version{0}, message));
}

TEST(json, bounds_the_nesting)
{
    const std::string deep = R"({"topics":)" + std::string(100'000, '[');
    arena memory;
    metadata_request message;
    EXPECT_EQ(from_json(deep, memory, api_version{0}, message).code(), errc::invalid_json);
}

} // namespace
} // namespace odradek
