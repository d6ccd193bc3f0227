// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/metadata.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <span>
#include <tests/support/broker_core.hpp>

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

} // namespace
} // namespace odradek::broker
