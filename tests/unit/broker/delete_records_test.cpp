// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/delete_records.hpp>

#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <tests/support/broker_asking.hpp>

namespace odradek::broker {
namespace {

using test::broker_core;
using test::fetch_order;
using test::log_of;
using test::make_batch;
using test::produce;
using test::store;

struct said {
    broker_errc error{};
    std::int64_t low_watermark = -1;

    friend bool operator==(const said&, const said&) = default;
    friend void PrintTo(const said& one, std::ostream* to)
    {
        *to << static_cast<int>(one.error) << ", low watermark " << one.low_watermark;
    }
};

class delete_records_test : public testing::Test {
protected:
    delete_records_test()
    {
        brokers.create("letters", 1, {.replication_factor = 2});
        store(brokers, 3);
        store(brokers, 3);
    }

    [[nodiscard]] said ask(std::int64_t offset, std::int16_t version = 2, std::int32_t node = 1,
                           std::string_view name = "letters", std::int32_t index = 0)
    {
        const delete_records_request::delete_records_partition partition[] = {
            {.partition_index = index, .offset = offset}};
        const delete_records_request::delete_records_topic topic[] = {{.name = name, .partitions = partition}};
        delete_records_request request;
        request.topics = topic;
        const auto on = brokers.connect(node);
        const auto answer = brokers.ask(on, request, version);
        brokers.core.closed(on);
        const auto& one = answer->topics[0].partitions[0];
        return {one.error_code, one.low_watermark};
    }

    broker_core brokers{broker_core::options(3)};
};

TEST_F(delete_records_test, moves_the_start_of_the_log_in_each_version)
{
    for (std::int16_t version = 0; version <= 2; ++version) {
        EXPECT_EQ(ask(version + 1, version), (said{broker_errc::none, version + 1}));
        EXPECT_EQ(log_of(brokers).start_offset(), version + 1);
    }
}

TEST_F(delete_records_test, never_moves_it_back)
{
    EXPECT_EQ(ask(4), (said{broker_errc::none, 4}));
    EXPECT_EQ(ask(2), (said{broker_errc::none, 4}));
    EXPECT_EQ(ask(0), (said{broker_errc::none, 4}));
}

TEST_F(delete_records_test, deletes_all_there_is_for_minus_1)
{
    EXPECT_EQ(ask(-1), (said{broker_errc::none, 6}));
    EXPECT_EQ(ask(-1), (said{broker_errc::none, 6})) << "again";
    EXPECT_EQ(produce(brokers, make_batch(1)).base_offset, 6) << "offsets go on";
}

TEST_F(delete_records_test, refuses_offsets_beyond_the_end_and_below_0)
{
    EXPECT_EQ(ask(7), (said{broker_errc::offset_out_of_range, -1}));
    EXPECT_EQ(ask(-2), (said{broker_errc::offset_out_of_range, -1}));
    EXPECT_EQ(ask(6), (said{broker_errc::none, 6})) << "the end itself";
}

TEST_F(delete_records_test, is_for_the_leader)
{
    EXPECT_EQ(ask(1, 2, 2), (said{broker_errc::not_leader_or_follower, -1}));
    EXPECT_EQ(ask(1, 2, 3), (said{broker_errc::not_leader_or_follower, -1}));
    EXPECT_EQ(log_of(brokers).start_offset(), 0);
}

TEST_F(delete_records_test, refuses_partitions_that_are_not_there)
{
    EXPECT_EQ(ask(1, 2, 1, "nowhere"), (said{broker_errc::unknown_topic_or_partition, -1}));
    EXPECT_EQ(ask(1, 2, 1, "letters", 1), (said{broker_errc::unknown_topic_or_partition, -1}));
}

TEST_F(delete_records_test, leaves_topics_alone_that_are_only_compacted) // KIP-107
{
    const auto only = [this](const char* policy) {
        const std::string name = std::string("topic-") + policy[0];
        brokers.create(name, 1, {.config = {{"cleanup.policy", policy}}});
        store(brokers, 2, name);
        return ask(1, 2, test::topic_of(brokers, name).find(0)->leader, name);
    };
    EXPECT_EQ(only("compact"), (said{broker_errc::policy_violation, -1}));
    EXPECT_EQ(only("delete,compact"), (said{broker_errc::none, 1}));
}

TEST_F(delete_records_test, gives_a_reader_below_the_start_no_records)
{
    EXPECT_EQ(ask(2), (said{broker_errc::none, 2}));
    const auto fetch = [this](std::int64_t offset) {
        const fetch_order order{{{.partition = 0, .fetch_offset = offset}}};
        return brokers.ask(order.request, 12);
    };
    const auto below = fetch(1);
    EXPECT_EQ(below->responses[0].partitions[0].error_code, broker_errc::offset_out_of_range);
    const auto at = fetch(2);
    EXPECT_EQ(at->responses[0].partitions[0].error_code, broker_errc::none);
    EXPECT_EQ(at->responses[0].partitions[0].log_start_offset, 2);
}

TEST_F(delete_records_test, keeps_what_is_known_of_producers) // KIP-360
{
    const std::string batch = make_batch(2, {.producer_id = 5, .producer_epoch = 0, .base_sequence = 0});
    EXPECT_EQ(produce(brokers, batch).base_offset, 6);
    EXPECT_EQ(ask(-1), (said{broker_errc::none, 8}));
    EXPECT_EQ(produce(brokers, batch).base_offset, 6) << "a duplicate still";
    EXPECT_EQ(produce(brokers, make_batch(1, {.producer_id = 5, .producer_epoch = 0, .base_sequence = 7})).error,
              broker_errc::out_of_order_sequence_number);
}

TEST_F(delete_records_test, frees_whole_segments)
{
    brokers.create("cut", 1, {.config = {{"internal.segment.bytes", "100"}}});
    for (int i = 0; i < 4; ++i) store(brokers, 2, "cut");
    const std::size_t before = log_of(brokers, "cut").size_in_bytes();
    EXPECT_EQ(ask(5, 2, test::topic_of(brokers, "cut").find(0)->leader, "cut"), (said{broker_errc::none, 5}));
    EXPECT_EQ(log_of(brokers, "cut").size_in_bytes(), before / 2) << "the third one holds offset 5";
}

} // namespace
} // namespace odradek::broker
