// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/describe_producers.hpp>

#include <gtest/gtest.h>

#include <string>
#include <tests/support/broker_asking.hpp>
#include <vector>

namespace odradek::broker {
namespace {

using test::broker_core;
using test::make_batch;
using test::produce;

class describe_producers_test : public testing::Test { // KIP-664
protected:
    describe_producers_test() { brokers.create("letters", 1, {.replication_factor = 2}); }

    using producer = describe_producers_response::producer_state;

    struct said {
        broker_errc error{};
        std::vector<producer> producers;
    };

    [[nodiscard]] said ask(std::string_view name = "letters", std::int32_t index = 0, std::int32_t node = 1)
    {
        const std::int32_t indexes[] = {index};
        const describe_producers_request::topic_request topic[] = {{.name = name, .partition_indexes = indexes}};
        describe_producers_request request;
        request.topics = topic;
        const auto on = brokers.connect(node);
        const auto answer = brokers.ask(on, request, 0);
        brokers.core.closed(on);
        const auto& one = answer->topics[0].partitions[0];
        return {one.error_code, {one.active_producers.begin(), one.active_producers.end()}};
    }

    broker_core brokers{broker_core::options(3)};
};

TEST_F(describe_producers_test, names_nobody_but_idempotent_producers)
{
    EXPECT_EQ(produce(brokers, make_batch(3)).error, broker_errc::none);
    EXPECT_EQ(ask().error, broker_errc::none);
    EXPECT_TRUE(ask().producers.empty());
}

TEST_F(describe_producers_test, tells_how_far_each_producer_is)
{
    const auto time = brokers.now.wall_ms;
    (void)produce(brokers, make_batch(3, {.producer_id = 8, .producer_epoch = 0, .base_sequence = 0}, time));
    (void)produce(brokers, make_batch(2, {.producer_id = 8, .producer_epoch = 0, .base_sequence = 3}, time + 10));
    (void)produce(brokers, make_batch(1, {.producer_id = 5, .producer_epoch = 2, .base_sequence = 0}, time));
    const auto all = ask().producers;
    ASSERT_EQ(all.size(), 2u);
    EXPECT_EQ(all[0].producer_id, 5);
    EXPECT_EQ(all[0].producer_epoch, 2);
    EXPECT_EQ(all[0].last_sequence, 0);
    EXPECT_EQ(all[1].producer_id, 8);
    EXPECT_EQ(all[1].last_sequence, 4);
    EXPECT_EQ(all[1].last_timestamp, time + 11) << "that of the last record";
    EXPECT_EQ(all[1].coordinator_epoch, -1);
    EXPECT_EQ(all[1].current_txn_start_offset, -1);
}

TEST_F(describe_producers_test, forgets_batches_that_were_cut_off)
{
    (void)produce(brokers, make_batch(3, {.producer_id = 8, .producer_epoch = 0, .base_sequence = 0}));
    (void)produce(brokers, make_batch(2, {.producer_id = 8, .producer_epoch = 0, .base_sequence = 3}));
    brokers.core.truncate("letters", 0, 3);
    const auto all = ask("letters", 0, 2).producers;
    ASSERT_EQ(all.size(), 1u);
    EXPECT_EQ(all[0].last_sequence, 2);
}

TEST_F(describe_producers_test, is_answered_by_the_leader_only)
{
    EXPECT_EQ(ask("letters", 0, 2).error, broker_errc::not_leader_or_follower);
    EXPECT_EQ(ask("letters", 0, 3).error, broker_errc::not_leader_or_follower);
}

TEST_F(describe_producers_test, refuses_what_is_not_there)
{
    EXPECT_EQ(ask("nowhere").error, broker_errc::unknown_topic_or_partition);
    EXPECT_EQ(ask("letters", 1).error, broker_errc::unknown_topic_or_partition);
    EXPECT_EQ(ask("not/a/name").error, broker_errc::invalid_topic_exception);
}

} // namespace
} // namespace odradek::broker
