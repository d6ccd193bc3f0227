// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <string>
#include <tests/support/broker_asking.hpp>

namespace odradek::broker {
namespace {

using test::broker_core;
using test::log_of;
using test::make_batch;
using test::produce;
using test::produce_said;
using test::topic_of;

constexpr std::int64_t id = 4711;

class idempotence_test : public testing::Test { // KIP-98
protected:
    idempotence_test() { brokers.create("letters", 2); }

    /// Sends records with the sequences from `first` to `last`.
    [[nodiscard]] produce_said send(std::int32_t first, std::int32_t last, std::int16_t epoch = 0,
                                    std::int64_t producer = id, std::int32_t index = 0)
    {
        return produce(
            brokers,
            make_batch(count(first, last), {.producer_id = producer, .producer_epoch = epoch, .base_sequence = first}),
            {.index = index});
    }
    [[nodiscard]] broker_errc error_of(std::int32_t first, std::int32_t last, std::int16_t epoch = 0)
    {
        return send(first, last, epoch).error;
    }
    [[nodiscard]] std::int64_t end() { return log_of(brokers).end_offset(); }

    broker_core brokers;

private:
    /// How many sequences there are from `first` to `last`; behind the greatest one comes 0.
    static int count(std::int32_t first, std::int32_t last)
    {
        constexpr std::int64_t all = std::int64_t{std::numeric_limits<std::int32_t>::max()} + 1;
        const std::int64_t behind = first <= last ? last : last + all;
        return static_cast<int>(behind - first + 1);
    }
};

constexpr std::int32_t greatest = std::numeric_limits<std::int32_t>::max();

TEST_F(idempotence_test, stores_each_of_the_last_five_batches_once)
{
    for (std::int32_t i = 0; i < 5; ++i) EXPECT_EQ(send(2 * i, 2 * i + 1).base_offset, 2 * i);
    for (std::int32_t i = 0; i < 5; ++i) {
        const produce_said again = send(2 * i, 2 * i + 1);
        EXPECT_EQ(again.error, broker_errc::none) << i;
        EXPECT_EQ(again.base_offset, 2 * i) << "where it was stored the first time";
    }
    EXPECT_EQ(end(), 10);
}

TEST_F(idempotence_test, forgets_the_sixth_batch_from_the_end)
{
    for (std::int32_t i = 0; i < 6; ++i) EXPECT_EQ(error_of(i, i), broker_errc::none);
    EXPECT_EQ(error_of(0, 0), broker_errc::out_of_order_sequence_number);
    EXPECT_EQ(error_of(1, 1), broker_errc::none) << "the fifth is known";
    EXPECT_EQ(end(), 6);
}

TEST_F(idempotence_test, refuses_a_gap_and_takes_what_fills_it)
{
    EXPECT_EQ(error_of(0, 2), broker_errc::none);
    EXPECT_EQ(error_of(4, 4), broker_errc::out_of_order_sequence_number);
    EXPECT_EQ(error_of(3, 3), broker_errc::none);
    EXPECT_EQ(error_of(4, 4), broker_errc::none);
    EXPECT_EQ(end(), 5);
}

TEST_F(idempotence_test, refuses_batches_that_overlap_what_it_has)
{
    EXPECT_EQ(error_of(0, 3), broker_errc::none);
    EXPECT_EQ(error_of(0, 2), broker_errc::out_of_order_sequence_number);
    EXPECT_EQ(error_of(2, 3), broker_errc::out_of_order_sequence_number);
    EXPECT_EQ(error_of(3, 5), broker_errc::out_of_order_sequence_number);
    EXPECT_EQ(error_of(0, 7), broker_errc::out_of_order_sequence_number);
    EXPECT_EQ(end(), 4);
}

TEST_F(idempotence_test, goes_from_the_greatest_sequence_on_to_0)
{
    EXPECT_EQ(error_of(greatest - 1, greatest), broker_errc::none);
    EXPECT_EQ(error_of(1, 1), broker_errc::out_of_order_sequence_number);
    EXPECT_EQ(error_of(0, 0), broker_errc::none);
    EXPECT_EQ(error_of(1, 1), broker_errc::none);
}

TEST_F(idempotence_test, takes_a_batch_that_goes_over_the_greatest_sequence)
{
    EXPECT_EQ(send(greatest - 1, 1).base_offset, 0);
    EXPECT_EQ(end(), 4) << "the two greatest, 0 and 1";
    EXPECT_EQ(send(greatest - 1, 1).base_offset, 0) << "known again";
    EXPECT_EQ(error_of(3, 3), broker_errc::out_of_order_sequence_number);
    EXPECT_EQ(error_of(2, 2), broker_errc::none);
    EXPECT_EQ(end(), 5);
}

TEST_F(idempotence_test, takes_any_sequence_of_a_producer_that_it_does_not_know) // KIP-360
{
    EXPECT_EQ(error_of(1000, 1001, 5), broker_errc::none);
    EXPECT_EQ(error_of(1002, 1002, 5), broker_errc::none);
}

TEST_F(idempotence_test, begins_a_new_epoch_at_0_and_fences_the_old_one)
{
    EXPECT_EQ(error_of(0, 2, 1), broker_errc::none);
    EXPECT_EQ(error_of(3, 3, 2), broker_errc::out_of_order_sequence_number);
    EXPECT_EQ(error_of(3, 3, 1), broker_errc::none) << "a refused epoch does not count";
    EXPECT_EQ(error_of(0, 0, 2), broker_errc::none);
    EXPECT_EQ(error_of(4, 4, 1), broker_errc::invalid_producer_epoch);
    EXPECT_EQ(error_of(0, 2, 1), broker_errc::invalid_producer_epoch) << "not even what was stored once";
    EXPECT_EQ(error_of(1, 1, 2), broker_errc::none);
}

TEST_F(idempotence_test, knows_producers_apart)
{
    EXPECT_EQ(send(0, 0, 0, 1).error, broker_errc::none);
    EXPECT_EQ(send(0, 0, 0, 2).error, broker_errc::none);
    EXPECT_EQ(send(1, 1, 0, 1).error, broker_errc::none);
    EXPECT_EQ(send(2, 2, 0, 2).error, broker_errc::out_of_order_sequence_number);
    EXPECT_EQ(end(), 3);
}

TEST_F(idempotence_test, counts_in_each_partition_by_itself)
{
    EXPECT_EQ(send(0, 4, 0, id, 0).error, broker_errc::none);
    EXPECT_EQ(send(0, 0, 0, id, 1).base_offset, 0);
    EXPECT_EQ(send(5, 5, 0, id, 1).error, broker_errc::out_of_order_sequence_number);
}

TEST_F(idempotence_test, stores_what_has_no_producer_as_often_as_it_comes)
{
    EXPECT_EQ(produce(brokers, make_batch(1)).base_offset, 0);
    EXPECT_EQ(produce(brokers, make_batch(1)).base_offset, 1);
}

TEST_F(idempotence_test, answers_a_duplicate_with_the_time_of_what_is_stored)
{
    EXPECT_EQ(send(0, 1).log_append_time_ms, -1);
    EXPECT_EQ(send(0, 1).log_append_time_ms, 1'790'000'000'001) << "even though it is the producer's own";
    ASSERT_FALSE(brokers.core.cluster().configure(topic_of(brokers), {{"message.timestamp.type", "LogAppendTime"}}));
    const std::int64_t stored = send(2, 2).log_append_time_ms;
    EXPECT_EQ(stored, brokers.now.wall_ms);
    brokers.pass(std::chrono::seconds{5});
    EXPECT_EQ(send(2, 2).log_append_time_ms, stored);
}

TEST_F(idempotence_test, survives_a_change_of_leaders)
{
    broker_core two{broker_core::options(2)};
    two.create("letters", 1, {.replication_factor = 2});
    const std::string batch = make_batch(2, {.producer_id = id, .producer_epoch = 0, .base_sequence = 0});
    EXPECT_EQ(produce(two, batch).base_offset, 0);
    two.core.move_leader("letters", 0, 2);
    EXPECT_EQ(produce(two, batch, {.node = 2}).base_offset, 0);
    EXPECT_EQ(log_of(two).end_offset(), 2);
}

TEST_F(idempotence_test, forgets_what_the_log_lost)
{
    EXPECT_EQ(send(0, 1).base_offset, 0);
    EXPECT_EQ(send(2, 3).base_offset, 2);
    brokers.core.truncate("letters", 0, 2);
    EXPECT_EQ(error_of(4, 4), broker_errc::out_of_order_sequence_number) << "2 and 3 are lost";
    EXPECT_EQ(send(2, 3).base_offset, 2) << "no duplicate any more";
    brokers.core.truncate("letters", 0, 0);
    EXPECT_EQ(error_of(9, 9), broker_errc::none) << "nobody is known";
}

TEST_F(idempotence_test, takes_a_duplicate_silently_that_nobody_waits_for)
{
    EXPECT_EQ(send(0, 0).error, broker_errc::none);
    const std::string batch = make_batch(1, {.producer_id = id, .producer_epoch = 0, .base_sequence = 0});
    const produce_request::partition_produce_data data[] = {{.index = 0, .records = bytes_view{batch}}};
    produce_request::topic_produce_data topic[1];
    topic[0].name = "letters";
    topic[0].partition_data = data;
    produce_request request;
    request.acks = 0;
    request.topic_data = topic;
    brokers.send(brokers.connect(), request, api_version{9});
    const auto actions = brokers.take();
    ASSERT_EQ(actions.size(), 1u);
    EXPECT_EQ(actions[0].what, action::kind::reply) << "a close would be an error";
    EXPECT_EQ(end(), 1);
}

TEST_F(idempotence_test, checks_the_batch_itself_before_its_sequences)
{
    EXPECT_EQ(error_of(0, 0), broker_errc::none);
    std::string broken = make_batch(1, {.producer_id = id, .producer_epoch = 0, .base_sequence = 7});
    broken.back() ^= 1;
    EXPECT_EQ(produce(brokers, broken).error, broker_errc::corrupt_message);
}

} // namespace
} // namespace odradek::broker
