// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/frame.hpp>
#include <odradek/protocol/generated/messages/api_versions.hpp>
#include <odradek/protocol/generated/messages/heartbeat.hpp>
#include <odradek/protocol/generated/messages/produce.hpp>
#include <odradek/protocol/header.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace odradek {
namespace {

using testing::HasSubstr;

bytes_view without_length(const std::vector<std::byte>& bytes)
{
    return bytes_view(bytes).subview(4);
}

std::int32_t announced(const std::vector<std::byte>& bytes)
{
    return load_big<std::int32_t>(bytes.data());
}

TEST(header, a_request_is_read_as_it_was_written_in_every_version)
{
    for (std::int16_t version = 0; version <= heartbeat_request::versions.last; ++version) {
        writer out;
        const heartbeat_request request{.group_id = "g", .generation_id = 3, .member_id = "m"};
        ASSERT_FALSE(write_request_frame(out, request, api_version{version}, 77, "me"));
        const std::vector<std::byte> bytes = out.flatten();
        EXPECT_EQ(announced(bytes), static_cast<std::int32_t>(bytes.size() - 4));

        arena memory;
        request_header header;
        bytes_view body;
        ASSERT_FALSE(read_request_header(without_length(bytes), memory, header, body));
        EXPECT_EQ(header.request_api_key, 12);
        EXPECT_EQ(header.request_api_version, version);
        EXPECT_EQ(header.correlation_id, 77);
        EXPECT_EQ(header.client_id, nullable<std::string_view>("me"));
        heartbeat_request again;
        ASSERT_FALSE(decode(body, memory, api_version{version}, again));
        EXPECT_EQ(again, request);
    }
}

TEST(header, a_request_without_a_client_id_says_null)
{
    writer out;
    ASSERT_FALSE(write_request_frame(out, heartbeat_request{}, api_version{4}, 1, nullptr));
    const std::vector<std::byte> bytes = out.flatten();
    arena memory;
    request_header header;
    bytes_view body;
    ASSERT_FALSE(read_request_header(without_length(bytes), memory, header, body));
    EXPECT_FALSE(header.client_id);
}

TEST(header, a_response_is_read_as_it_was_written_in_every_version)
{
    for (std::int16_t version = 0; version <= heartbeat_response::versions.last; ++version) {
        writer out;
        const heartbeat_response response{.error_code = broker_errc::rebalance_in_progress};
        ASSERT_FALSE(write_response_frame(out, response, api_version{version}, -5));
        const std::vector<std::byte> bytes = out.flatten();
        EXPECT_EQ(correlation_id_of(without_length(bytes)), -5);

        arena memory;
        response_header header;
        bytes_view body;
        ASSERT_FALSE(
            read_response_header(without_length(bytes), api::heartbeat, api_version{version}, memory, header, body));
        EXPECT_EQ(header.correlation_id, -5);
        heartbeat_response again;
        ASSERT_FALSE(decode(body, memory, api_version{version}, again));
        EXPECT_EQ(again, response);
    }
}

TEST(header, the_answer_to_api_versions_has_no_tagged_fields_before_its_body)
{
    writer out;
    ASSERT_FALSE(write_response_frame(out, api_versions_response{.error_code = broker_errc::unsupported_version},
                                      api_version{4}, 9));
    const std::vector<std::byte> bytes = out.flatten();
    EXPECT_EQ(load_big<std::int16_t>(bytes.data() + 8), 35); // right behind the correlation id
}

TEST(header, skips_tagged_fields_that_nobody_knows_yet)
{
    const unsigned char frame[] = {0, 0, 0, 7, 2, 5, 1, 0xaa, 9, 0, 0x55};
    arena memory;
    response_header header;
    bytes_view body;
    ASSERT_FALSE(read_response_header({frame, sizeof frame}, api::heartbeat, api_version{4}, memory, header, body));
    EXPECT_EQ(header.unknown_tags.size(), 2u);
    EXPECT_EQ(body, bytes_view(&frame[10], 1));
}

TEST(header, refuses_a_cut_header_with_its_place)
{
    arena memory;
    response_header header;
    bytes_view body;
    const auto error = read_response_header("\x01\x02\x03", api::heartbeat, api_version{4}, memory, header, body);
    EXPECT_EQ(error.code(), errc::truncated);
    EXPECT_THAT(error.path(), HasSubstr("ResponseHeader.correlation_id"));
    EXPECT_EQ(correlation_id_of("\x01\x02\x03"), std::nullopt);
}

TEST(header, a_request_of_an_unknown_api_or_version_keeps_what_is_needed_to_refuse_it)
{
    arena memory;
    request_header header;
    bytes_view body;
    const unsigned char unknown_api[] = {0x03, 0xe8, 0, 2, 0, 0, 0, 42, 0, 0};
    EXPECT_EQ(read_request_header({unknown_api, sizeof unknown_api}, memory, header, body).code(),
              errc::unknown_message);
    EXPECT_EQ(header.correlation_id, 42);

    const unsigned char unknown_version[] = {0, 18, 0, 99, 0, 0, 0, 43, 0, 0};
    const auto error = read_request_header({unknown_version, sizeof unknown_version}, memory, header, body);
    EXPECT_EQ(error.code(), errc::unsupported_version);
    EXPECT_THAT(error.message(), HasSubstr("version 99 of ApiVersions"));
    EXPECT_EQ(header.correlation_id, 43);
    EXPECT_EQ(header.request_api_key, 18);
}

TEST(header, frames_written_one_after_another_have_their_own_lengths)
{
    writer out;
    ASSERT_FALSE(write_request_frame(out, heartbeat_request{.group_id = "first"}, api_version{0}, 1, "c"));
    ASSERT_FALSE(write_request_frame(out, heartbeat_request{.group_id = "second one"}, api_version{4}, 2, "c"));
    frame_splitter splitter;
    splitter.append(out.flatten());
    frame f;
    std::vector<std::int32_t> ids;
    while (splitter.next(f)) {
        arena memory;
        request_header header;
        bytes_view body;
        ASSERT_FALSE(read_request_header(f.bytes(), memory, header, body));
        ids.push_back(header.correlation_id);
    }
    EXPECT_EQ(ids, (std::vector<std::int32_t>{1, 2}));
    EXPECT_FALSE(splitter.is_inside_frame());
}

TEST(header, the_length_counts_records_that_stay_outside_the_buffer)
{
    const std::string records(5000, 'r');
    const std::vector<produce_request::partition_produce_data> partitions{{.index = 1, .records = records}};
    const std::vector<produce_request::topic_produce_data> topics{{.name = "t", .partition_data = partitions}};
    writer out;
    ASSERT_FALSE(write_request_frame(out, produce_request{.acks = -1, .topic_data = topics}, api_version{9}, 1, "c"));
    EXPECT_GT(out.segments().size(), 1u);
    const std::vector<std::byte> bytes = out.flatten();
    EXPECT_EQ(announced(bytes), static_cast<std::int32_t>(bytes.size() - 4));
    EXPECT_GT(bytes.size(), records.size());
}

TEST(header, a_body_that_its_version_cannot_carry_is_an_error_that_names_the_field)
{
    writer out;
    const auto error =
        write_request_frame(out, heartbeat_request{.group_instance_id = "static"}, api_version{0}, 1, "c");
    EXPECT_EQ(error.code(), errc::unsupported_field);
    EXPECT_EQ(error.path(), "HeartbeatRequest.group_instance_id");
}

} // namespace
} // namespace odradek
