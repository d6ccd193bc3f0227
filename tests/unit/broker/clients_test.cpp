// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/metadata.hpp>
#include <odradek/protocol/generated/messages/produce.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <string>
#include <tests/support/broker_core.hpp>
#include <vector>

namespace odradek::broker {
namespace {

using test::broker_core;

// What clients of others do that nobody would think of.

TEST(broker_clients, may_leave_bytes_behind_a_request)
{
    broker_core brokers;
    brokers.create("letters");
    const auto on = brokers.connect();
    // librdkafka 2.16.0 asks for all topics: behind the null array it forgets three bytes of the room for a length.
    writer out;
    metadata_request request;
    request.topics = nullptr;
    ASSERT_FALSE(write_request_frame(out, request, api_version{13}, 0, "rdkafka"));
    const std::uint8_t forgotten[] = {1, 0, 0};
    out.bytes(bytes_view{std::as_bytes(std::span{forgotten})});
    brokers.hand_in(on, bytes_view{out.flatten()}.subview(4));
    const auto said = brokers.receive<metadata_response>(api_version{13});
    ASSERT_EQ(said->topics.size(), 1u);
    EXPECT_EQ(said->topics[0].name, nullable<std::string_view>{"letters"});
}

// librdkafka sends one large batch a request, whose memory the log then takes over.
TEST(broker_clients, may_send_large_batches_one_a_request)
{
    broker_core brokers;
    brokers.create("letters", 1, {.config = {{"message.timestamp.type", "LogAppendTime"}}});
    topic& letters = *brokers.core.cluster().find_topic("letters");
    std::vector<std::string> sent;
    for (const char letter : {'a', 'b', 'c'}) {
        record_batch_builder builder;
        ASSERT_EQ(builder.append(5, nullptr, bytes_view{sent.emplace_back(log::large_batch, letter)}), errc{});
        sealed_batch sealed;
        ASSERT_FALSE(builder.seal({}, default_codecs(), sealed));
        const produce_request::partition_produce_data data[] = {{.index = 0, .records = sealed.bytes()}};
        produce_request::topic_produce_data to[1];
        to[0].name = "letters";
        to[0].partition_data = data;
        produce_request request;
        request.acks = -1;
        request.topic_data = to;
        const auto said = brokers.ask(request, 9);
        EXPECT_EQ(said->responses[0].name, "letters");
        EXPECT_EQ(said->responses[0].partition_responses[0].base_offset, static_cast<std::int64_t>(sent.size()) - 1);
    }
    std::size_t count = 0;
    letters.find(0)->records.for_each_batch([&](batch_view batch) {
        batch_memory memory;
        ASSERT_FALSE(batch.open(memory, {.codecs = &default_codecs()}));
        for (const record_view& record : batch) {
            EXPECT_EQ(record.offset(), static_cast<std::int64_t>(count));
            EXPECT_EQ(record.timestamp(), brokers.now.wall_ms);
            EXPECT_TRUE(record.value() == nullable<bytes_view>{bytes_view{sent.at(count)}});
            ++count;
        }
    });
    EXPECT_EQ(count, sent.size());
}

} // namespace
} // namespace odradek::broker
