// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/create_partitions.hpp>
#include <odradek/protocol/generated/messages/create_topics.hpp>
#include <odradek/protocol/generated/messages/delete_records.hpp>
#include <odradek/protocol/generated/messages/incremental_alter_configs.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>

#include <gtest/gtest.h>

#include <string>
#include <tests/support/broker_asking.hpp>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

using test::broker_core;
using test::fetch_order;
using test::log_of;
using test::make_batch;
using test::offsets_in;
using test::produce;
using test::topic_of;

constexpr std::size_t limit = 20'000;

class memory_test : public testing::Test {
protected:
    static broker::core::options small()
    {
        auto how = broker_core::options();
        how.cluster.memory_limit = limit;
        return how;
    }

    [[nodiscard]] std::size_t held() { return brokers.core.cluster().bytes_stored(); }
    /// Stores batches until there is no room; returns how many were acknowledged.
    int fill(int records = 20)
    {
        for (int count = 0; count < 10'000; ++count) {
            const auto error = produce(brokers, make_batch(records)).error;
            if (error == broker_errc::none) continue;
            EXPECT_EQ(error, broker_errc::kafka_storage_error);
            return count;
        }
        ADD_FAILURE() << "it takes for ever";
        return 0;
    }

    broker_core brokers{small()};
};

TEST_F(memory_test, full_of_records_refuses_more_and_keeps_what_was_acknowledged)
{
    brokers.create("letters");
    const int acknowledged = fill(1);
    EXPECT_GT(acknowledged, 10);
    EXPECT_LE(held(), limit);
    std::vector<std::int64_t> all;
    const fetch_order order;
    const auto said = brokers.ask(order.request, 12);
    EXPECT_EQ(offsets_in(said->responses[0].partitions[0]).size(), static_cast<std::size_t>(acknowledged));
    EXPECT_EQ(said->responses[0].partitions[0].log_start_offset, 0);
}

TEST_F(memory_test, full_of_records_still_knows_a_duplicate)
{
    brokers.create("letters");
    const std::string batch = make_batch(2, {.producer_id = 1, .producer_epoch = 0, .base_sequence = 0});
    EXPECT_EQ(produce(brokers, batch).base_offset, 0);
    (void)fill();
    (void)fill(1);
    const auto again = produce(brokers, batch);
    EXPECT_EQ(again.error, broker_errc::none) << "it was acknowledged, and is";
    EXPECT_EQ(again.base_offset, 0);
}

TEST_F(memory_test, is_free_again_when_records_are_deleted)
{
    brokers.create("letters", 1, {.config = {{"internal.segment.bytes", "500"}}});
    (void)fill();
    const delete_records_request::delete_records_partition partition[] = {{.partition_index = 0, .offset = -1}};
    const delete_records_request::delete_records_topic topic[] = {{.name = "letters", .partitions = partition}};
    delete_records_request request;
    request.topics = topic;
    ASSERT_EQ(brokers.ask(request, 2)->topics[0].partitions[0].error_code, broker_errc::none);
    EXPECT_EQ(produce(brokers, make_batch(20)).error, broker_errc::none);
}

TEST_F(memory_test, is_free_again_when_a_topic_is_deleted)
{
    brokers.create("letters");
    (void)fill();
    brokers.core.cluster().remove("letters");
    EXPECT_EQ(held(), 0u);
    brokers.create("letters");
    EXPECT_EQ(produce(brokers, make_batch(20)).error, broker_errc::none);
}

TEST_F(memory_test, full_of_records_has_no_room_for_topics)
{
    brokers.create("letters");
    (void)fill();
    const create_topics_request::creatable_topic wanted[] = {
        {.name = "diaries", .num_partitions = 1, .replication_factor = 1}};
    create_topics_request request;
    request.topics = wanted;
    EXPECT_EQ(brokers.ask(request, 7)->topics[0].error_code, broker_errc::policy_violation);
    EXPECT_EQ(brokers.core.cluster().find_topic("diaries"), nullptr);
}

TEST_F(memory_test, full_of_records_makes_no_topic_for_a_reader)
{
    brokers.create("letters");
    (void)fill();
    const metadata_request::metadata_request_topic wanted[] = {{.name = "diaries"}};
    metadata_request request;
    request.topics = wanted;
    EXPECT_EQ(brokers.ask(request, 12)->topics[0].error_code, broker_errc::policy_violation);
    EXPECT_EQ(brokers.core.cluster().find_topic("diaries"), nullptr);
}

TEST_F(memory_test, counts_partitions)
{
    brokers.create("letters");
    const std::size_t one = held();
    EXPECT_GE(one, partition::cost);
    const auto grow = [this](std::int32_t count) {
        const create_partitions_request::create_partitions_topic wanted[] = {
            {.name = "letters", .count = count, .assignments = nullptr}};
        create_partitions_request request;
        request.topics = wanted;
        return brokers.ask(request, 3)->results[0].error_code;
    };
    EXPECT_EQ(grow(3), broker_errc::none);
    EXPECT_EQ(held(), one + 2 * partition::cost);
    EXPECT_EQ(grow(static_cast<std::int32_t>(limit / partition::cost) + 1), broker_errc::policy_violation);
    EXPECT_EQ(topic_of(brokers).partitions.size(), 3u);
}

TEST_F(memory_test, counts_settings)
{
    brokers.create("letters");
    const std::size_t before = held();
    const auto alter = [this](std::int8_t operation, nullable<std::string_view> value) {
        const incremental_alter_configs_request::alterable_config config[] = {
            {.name = "follower.replication.throttled.replicas", .config_operation = operation, .value = value}};
        const incremental_alter_configs_request::alter_configs_resource letters[] = {
            {.resource_type = 2, .resource_name = "letters", .configs = config}};
        incremental_alter_configs_request request;
        request.resources = letters;
        return brokers.ask(request, 1)->responses[0].error_code;
    };
    const std::string some(1000, ',');
    EXPECT_EQ(alter(0, some), broker_errc::none);
    EXPECT_GE(held(), before + some.size());
    EXPECT_EQ(alter(0, std::string(limit, ',')), broker_errc::policy_violation);
    EXPECT_EQ(topic_of(brokers).config.at("follower.replication.throttled.replicas"), some) << "as it was";
    EXPECT_EQ(alter(1, nullptr), broker_errc::none);
    EXPECT_EQ(held(), before);
}

TEST_F(memory_test, counts_producers)
{
    brokers.create("letters");
    const auto stored = [this](const seal_options& how) {
        const std::size_t before = held();
        EXPECT_EQ(produce(brokers, make_batch(1, how)).error, broker_errc::none);
        return held() - before;
    };
    const std::size_t without = stored({});
    EXPECT_GT(stored({.producer_id = 1, .producer_epoch = 0, .base_sequence = 0}),
              without + sizeof(producer_states::state) - 1);
    EXPECT_EQ(stored({.producer_id = 1, .producer_epoch = 0, .base_sequence = 1}), without) << "known already";
}

TEST_F(memory_test, full_of_producers_refuses_more)
{
    brokers.create("letters");
    std::int64_t id = 0;
    const auto next = [&] {
        return produce(brokers, make_batch(1, {.producer_id = id++, .producer_epoch = 0, .base_sequence = 0})).error;
    };
    while (next() == broker_errc::none) ASSERT_LT(id, 10'000);
    EXPECT_EQ(next(), broker_errc::kafka_storage_error);
    EXPECT_EQ(static_cast<std::size_t>(log_of(brokers).end_offset()),
              topic_of(brokers).find(0)->producers.all().size());
}

TEST_F(memory_test, is_not_taken_by_what_is_only_checked)
{
    const std::size_t before = held();
    EXPECT_FALSE(brokers.core.cluster().create({.name = "x", .partitions = 5, .replication_factor = 1}, true));
    EXPECT_EQ(held(), before);
}

} // namespace
} // namespace odradek::broker
