// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/consumer_protocol.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace odradek {
namespace {

using testing::HasSubstr;

TEST(consumer_protocol, a_subscription_is_read_as_it_was_written_in_every_version)
{
    const std::string_view topics[] = {"a", "b"};
    for (std::int16_t version = 0; version <= consumer_protocol_subscription::versions.last; ++version) {
        writer out;
        ASSERT_FALSE(write_subscription(out, {.topics = topics, .user_data = bytes_view{"u"}}, api_version{version}));
        const std::vector<std::byte> bytes = out.flatten();
        arena memory;
        consumer_protocol_subscription again;
        api_version named;
        ASSERT_FALSE(read_subscription(bytes, memory, again, &named));
        EXPECT_EQ(named.value, version);
        EXPECT_EQ(again.topics, list<std::string_view>(topics));
        EXPECT_EQ(again.user_data, nullable<bytes_view>("u"));
    }
}

TEST(consumer_protocol, an_assignment_is_read_as_it_was_written)
{
    const std::int32_t partitions[] = {0, 2};
    const consumer_protocol_assignment::topic_partition topics[] = {{.topic = "a", .partitions = partitions}};
    writer out;
    ASSERT_FALSE(write_assignment(out, {.assigned_partitions = topics}));
    const std::vector<std::byte> bytes = out.flatten();
    arena memory;
    consumer_protocol_assignment again;
    ASSERT_FALSE(read_assignment(bytes, memory, again));
    ASSERT_EQ(again.assigned_partitions.size(), 1u);
    EXPECT_EQ(again.assigned_partitions[0], topics[0]);
}

TEST(consumer_protocol, a_newer_version_is_read_as_the_newest_known_and_what_follows_is_ignored)
{
    const std::string_view topics[] = {"a"};
    writer out;
    ASSERT_FALSE(write_subscription(out, {.topics = topics, .generation_id = 5, .rack_id = "r"}));
    out.patch(0, std::int16_t{9});
    out.int64(123456789);
    const std::vector<std::byte> bytes = out.flatten();
    arena memory;
    consumer_protocol_subscription again;
    api_version named;
    ASSERT_FALSE(read_subscription(bytes, memory, again, &named));
    EXPECT_EQ(named.value, 9);
    EXPECT_EQ(again.generation_id, 5);
    EXPECT_EQ(again.rack_id, nullable<std::string_view>("r"));
}

TEST(consumer_protocol, no_bytes_are_an_empty_assignment_but_no_subscription)
{
    arena memory;
    consumer_protocol_assignment assignment;
    EXPECT_FALSE(read_assignment({}, memory, assignment));
    EXPECT_TRUE(assignment.assigned_partitions.empty());
    consumer_protocol_subscription subscription;
    const auto error = read_subscription({}, memory, subscription);
    EXPECT_EQ(error.code(), errc::truncated);
    EXPECT_EQ(error.path(), "ConsumerProtocolSubscription.version");
}

TEST(consumer_protocol, a_negative_version_is_refused)
{
    arena memory;
    consumer_protocol_subscription subscription;
    const auto error = read_subscription("\xff\xfe\x00\x00\x00\x00", memory, subscription);
    EXPECT_EQ(error.code(), errc::malformed);
    EXPECT_THAT(error.message(), HasSubstr("version -2"));
}

// B24: what another member sends may be anything; a leader must survive it.
TEST(consumer_protocol, hostile_bytes_are_errors_or_messages_and_nothing_else)
{
    const std::string_view topics[] = {"alpha", "beta"};
    const std::int32_t partitions[] = {1, 2, 3};
    const consumer_protocol_subscription::topic_partition owned[] = {{.topic = "alpha", .partitions = partitions}};
    writer out;
    ASSERT_FALSE(write_subscription(out, {.topics = topics, .owned_partitions = owned, .rack_id = "r"}));
    const std::vector<std::byte> good = out.flatten();
    std::mt19937 random{11};
    int refused = 0;
    for (int i = 0; i < 20'000; ++i) {
        std::vector<std::byte> bytes(good.begin(),
                                     good.begin() + static_cast<std::ptrdiff_t>(random() % (good.size() + 1)));
        for (std::size_t changes = random() % 4; changes != 0 && !bytes.empty(); --changes)
            bytes[random() % bytes.size()] = static_cast<std::byte>(random());
        arena memory{std::size_t{1} << 20};
        consumer_protocol_subscription subscription;
        const auto error = read_subscription(bytes, memory, subscription);
        refused += error ? 1 : 0;
        EXPECT_LE(memory.used(), memory.limit());
        EXPECT_TRUE(!error || error.path().starts_with("ConsumerProtocolSubscription.")) << error.path();
    }
    EXPECT_GT(refused, 10'000);
}

} // namespace
} // namespace odradek
