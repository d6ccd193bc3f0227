// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/init_producer_id.hpp>

#include <gtest/gtest.h>

#include <set>
#include <tests/support/broker_asking.hpp>

namespace odradek::broker {
namespace {

using test::answered;
using test::broker_core;
using test::make_batch;
using test::produce;

init_producer_id_request without_transactions(std::int64_t id = -1, std::int16_t epoch = -1)
{
    init_producer_id_request request;
    request.transactional_id = nullptr;
    request.producer_id = id;
    request.producer_epoch = epoch;
    return request;
}

TEST(init_producer_id, gives_a_new_id_with_epoch_0_in_each_version)
{
    broker_core brokers;
    std::set<std::int64_t> ids;
    for (std::int16_t version = 0; version <= 5; ++version) {
        const auto said = brokers.ask(without_transactions(), version);
        EXPECT_EQ(said->error_code, broker_errc::none) << version;
        EXPECT_EQ(said->producer_epoch, 0) << version;
        EXPECT_GE(said->producer_id, 0) << version;
        EXPECT_TRUE(ids.insert(said->producer_id).second) << "given twice: " << said->producer_id;
    }
}

TEST(init_producer_id, never_gives_an_id_twice_whichever_broker_is_asked)
{
    broker_core brokers{broker_core::options(3)};
    std::set<std::int64_t> ids;
    for (int round = 0; round < 4; ++round)
        for (std::int32_t node = 1; node <= 3; ++node)
            EXPECT_TRUE(ids.insert(brokers.ask(brokers.connect(node), without_transactions(), 4)->producer_id).second);
}

TEST(init_producer_id, gives_a_producer_without_transactions_a_new_id_instead_of_an_epoch) // KIP-360
{
    broker_core brokers;
    const auto first = brokers.ask(without_transactions(), 4);
    const auto next = brokers.ask(without_transactions(first->producer_id, first->producer_epoch), 4);
    EXPECT_EQ(next->error_code, broker_errc::none);
    EXPECT_NE(next->producer_id, first->producer_id);
    EXPECT_EQ(next->producer_epoch, 0);
}

TEST(init_producer_id, asks_nobody_whether_an_id_without_transactions_is_known)
{
    broker_core brokers;
    EXPECT_EQ(brokers.ask(without_transactions(987'654'321, 7), 4)->error_code, broker_errc::none);
}

TEST(init_producer_id, wants_id_and_epoch_or_neither)
{
    broker_core brokers;
    for (const auto& request : {without_transactions(5, -1), without_transactions(-1, 5)}) {
        const auto said = brokers.ask(request, 3);
        EXPECT_EQ(said->error_code, broker_errc::invalid_request);
        EXPECT_EQ(said->producer_id, -1);
        EXPECT_EQ(said->producer_epoch, -1);
    }
}

TEST(init_producer_id, takes_no_empty_transactional_id)
{
    broker_core brokers;
    auto request = without_transactions();
    request.transactional_id = "";
    EXPECT_EQ(brokers.ask(request, 5)->error_code, broker_errc::invalid_request);
}

TEST(init_producer_id, sends_producers_with_transactions_to_a_coordinator_that_is_not_here)
{
    broker_core brokers;
    auto request = without_transactions();
    request.transactional_id = "copier";
    for (std::int16_t version = 0; version <= 5; ++version) {
        const auto said = brokers.ask(request, version);
        EXPECT_EQ(said->error_code, broker_errc::not_coordinator) << version;
        EXPECT_EQ(said->producer_id, -1) << version;
    }
}

TEST(init_producer_id, is_not_needed_by_a_partition_that_meets_a_producer_for_the_first_time)
{
    broker_core brokers;
    brokers.create("letters");
    EXPECT_EQ(produce(brokers, make_batch(1, {.producer_id = 44, .producer_epoch = 3, .base_sequence = 17})).error,
              broker_errc::none);
}

TEST(init_producer_id, of_a_producer_that_counts_its_epoch_up_itself_fences_the_epoch_before) // KIP-360
{
    broker_core brokers;
    brokers.create("letters");
    const std::int64_t id = brokers.ask(without_transactions(), 4)->producer_id;
    const auto send = [&](std::int16_t epoch, std::int32_t sequence) {
        return produce(brokers, make_batch(1, {.producer_id = id, .producer_epoch = epoch, .base_sequence = sequence}))
            .error;
    };
    EXPECT_EQ(send(0, 0), broker_errc::none);
    EXPECT_EQ(send(0, 1), broker_errc::none);
    EXPECT_EQ(send(1, 2), broker_errc::out_of_order_sequence_number) << "a new epoch begins at 0";
    EXPECT_EQ(send(1, 0), broker_errc::none);
    EXPECT_EQ(send(0, 2), broker_errc::invalid_producer_epoch);
}

} // namespace
} // namespace odradek::broker
