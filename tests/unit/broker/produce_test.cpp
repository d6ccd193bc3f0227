// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/batch_view.hpp>
#include <odradek/protocol/crc32c.hpp>
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/generated/messages/produce.hpp>

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tests/support/broker_core.hpp>
#include <vector>

namespace odradek::broker {
namespace {

using test::broker_core;
using test::make_batch;

class produce_test : public testing::Test {
protected:
    explicit produce_test() { brokers.create("letters"); }

    produce_request request(const std::string& batch, std::int16_t acks = -1)
    {
        data_ = {.index = 0, .records = bytes_view{batch}};
        topic_ = {};
        topic_.name = "letters";
        topic_.partition_data = list{&data_, 1};
        produce_request made;
        made.acks = acks;
        made.timeout_ms = 1000;
        made.topic_data = list{&topic_, 1};
        return made;
    }

    /// What a batch is answered with, the answer kept.
    const produce_response::partition_produce_response& produce(const std::string& batch, std::int16_t version = 9)
    {
        last_ = brokers.ask(request(batch), version);
        return last_->responses[0].partition_responses[0];
    }

    topic& letters() { return *brokers.core.cluster().find_topic("letters"); }
    using config_map = std::map<std::string, std::string, std::less<>>;
    void configure(config_map config) { ASSERT_FALSE(brokers.core.cluster().configure(letters(), std::move(config))); }

    broker_core brokers;

private:
    produce_request::partition_produce_data data_;
    produce_request::topic_produce_data topic_;
    test::answered<produce_response> last_;
};

TEST_F(produce_test, stores_a_batch_and_says_where)
{
    EXPECT_EQ(produce(make_batch(3)).base_offset, 0);
    const auto& second = produce(make_batch(2, {.codec = compression::zstd}));
    EXPECT_EQ(second.base_offset, 3);
    EXPECT_EQ(second.log_start_offset, 0);
    EXPECT_EQ(second.log_append_time_ms, -1);
}

TEST_F(produce_test, stores_a_batch_once_however_often_it_is_sent)
{
    const std::string batch = make_batch(2, {.producer_id = 4, .producer_epoch = 0, .base_sequence = 0});
    EXPECT_EQ(produce(batch).base_offset, 0);
    EXPECT_EQ(produce(make_batch(1)).base_offset, 2);
    EXPECT_EQ(produce(batch).base_offset, 0);
    EXPECT_EQ(letters().find(0)->records.end_offset(), 3);
    const std::string gap = make_batch(1, {.producer_id = 4, .producer_epoch = 0, .base_sequence = 9});
    EXPECT_EQ(produce(gap).error_code, broker_errc::out_of_order_sequence_number);
}

TEST_F(produce_test, believes_nothing_of_a_batch)
{
    std::string flipped = make_batch(1);
    flipped.back() ^= 1;
    EXPECT_EQ(produce(flipped).error_code, broker_errc::corrupt_message);
    EXPECT_EQ(produce(make_batch(1).substr(0, 40)).error_code, broker_errc::invalid_record) << "cut off: none at all";
    EXPECT_EQ(produce("").error_code, broker_errc::invalid_record);
    EXPECT_EQ(produce(make_batch(1) + make_batch(1)).error_code, broker_errc::invalid_record) << "one batch, not two";
    EXPECT_EQ(produce(make_batch(1, {.control = true})).error_code, broker_errc::invalid_record);
    EXPECT_EQ(produce(make_batch(1, {.codec = compression::zstd}), 6).error_code,
              broker_errc::unsupported_compression_type);
    EXPECT_EQ(letters().find(0)->records.end_offset(), 0);
}

TEST_F(produce_test, finds_the_greatest_time_itself)
{
    std::string batch = make_batch(3, {}, brokers.now.wall_ms);
    auto* const bytes = reinterpret_cast<std::byte*>(batch.data());
    store_big(bytes + batch_layout::max_timestamp, brokers.now.wall_ms + 5'000'000);
    store_big(bytes + batch_layout::crc, crc32c(bytes_view{batch}.subview(batch_layout::attributes)));
    ASSERT_EQ(produce(batch).error_code, broker_errc::none);

    const log& records = letters().find(0)->records;
    EXPECT_EQ(records.find_greatest_time(), (log::found{2, brokers.now.wall_ms + 2, 0}));
    const log_slice kept = records.read(0, 3, 1000, true);
    batch_view view;
    batch_memory memory;
    ASSERT_FALSE(view.parse(kept.bytes));
    EXPECT_EQ(view.max_timestamp(), brokers.now.wall_ms + 2);
    EXPECT_FALSE(view.open(memory, {})) << "with a checksum that is right";
}

TEST_F(produce_test, refuses_times_that_only_a_broker_writes_where_it_looks_at_none)
{
    const std::string batch = make_batch(2, {.log_append_time = brokers.now.wall_ms});
    ASSERT_EQ(produce(batch).error_code, broker_errc::none);
    batch_view view;
    const log_slice kept = letters().find(0)->records.read(0, 2, 1000, true);
    ASSERT_FALSE(view.parse(kept.bytes));
    EXPECT_EQ(view.timestamps(), timestamp_type::create) << "the topic's are the producers'";

    configure({{"message.timestamp.type", "LogAppendTime"}});
    EXPECT_EQ(produce(batch).error_code, broker_errc::invalid_timestamp);
}

TEST_F(produce_test, names_the_records_that_the_topic_does_not_want) // KIP-467
{
    configure({{"cleanup.policy", "compact"}});
    const auto& said = produce(make_batch(2));
    EXPECT_EQ(said.error_code, broker_errc::invalid_record);
    ASSERT_EQ(said.record_errors.size(), 2u);
    EXPECT_EQ(said.record_errors[1].batch_index, 1);
    EXPECT_EQ(produce(make_batch(2, {}, brokers.now.wall_ms, true)).error_code, broker_errc::none);
    EXPECT_EQ(produce(make_batch(1, {}, brokers.now.wall_ms + 7'200'000, true)).error_code,
              broker_errc::invalid_timestamp);
}

TEST_F(produce_test, names_so_many_of_them_and_no_more)
{
    configure({{"cleanup.policy", "compact"}});
    const auto& said = produce(make_batch(1500, {.codec = compression::zstd}));
    EXPECT_EQ(said.error_code, broker_errc::invalid_record);
    EXPECT_EQ(said.record_errors.size(), 1000u);
}

TEST_F(produce_test, stores_the_last_of_what_is_sent_to_one_partition)
{
    const std::string first = make_batch(2);
    const std::string last = make_batch(3);
    const produce_request::partition_produce_data data[] = {{.index = 0, .records = bytes_view{first}},
                                                            {.index = 0, .records = bytes_view{last}}};
    produce_request::topic_produce_data topic;
    topic.name = "letters";
    topic.partition_data = data;
    produce_request both;
    both.acks = 1;
    both.topic_data = list{&topic, 1};
    const auto said = brokers.ask(both, 9);
    ASSERT_EQ(said->responses.size(), 1u);
    EXPECT_EQ(said->responses[0].partition_responses.size(), 1u);
    EXPECT_EQ(letters().find(0)->records.end_offset(), 3);
}

TEST_F(produce_test, keeps_to_the_sizes_and_times_of_the_topic)
{
    configure({{"max.message.bytes", "100"}, {"message.timestamp.type", "LogAppendTime"}});
    EXPECT_EQ(produce(make_batch(20)).error_code, broker_errc::message_too_large);
    EXPECT_EQ(produce(make_batch(1)).log_append_time_ms, brokers.now.wall_ms);
}

TEST_F(produce_test, wants_as_many_replicas_in_sync_as_the_topic_says)
{
    broker_core three{broker_core::options(3)};
    three.create("letters", 1, {.replication_factor = 3, .config = {{"min.insync.replicas", "2"}}});
    const std::string batch = make_batch(1);
    three.core.set_isr("letters", 0, {1});
    EXPECT_EQ(three.ask(request(batch, -1), 9)->responses[0].partition_responses[0].error_code,
              broker_errc::not_enough_replicas);
    EXPECT_EQ(three.ask(request(batch, 1), 9)->responses[0].partition_responses[0].error_code, broker_errc::none);
}

TEST_F(produce_test, names_the_leader_when_it_is_another_one) // KIP-951
{
    broker_core two{broker_core::options(2)};
    two.create("letters", 1, {.replication_factor = 2});
    two.core.move_leader("letters", 0, 2);
    const std::string batch = make_batch(1);
    EXPECT_EQ(two.ask(request(batch), 9)->responses[0].partition_responses[0].error_code,
              broker_errc::not_leader_or_follower)
        << "without room for a name";
    const auto said = two.ask(request(batch), 10);
    const auto& partition = said->responses[0].partition_responses[0];
    EXPECT_EQ(partition.error_code, broker_errc::not_leader_or_follower);
    EXPECT_EQ(partition.current_leader.leader_id, 2);
    EXPECT_EQ(partition.current_leader.leader_epoch, 1);
    ASSERT_EQ(said->node_endpoints.size(), 1u);
    EXPECT_EQ(said->node_endpoints[0].port, 9002);
}

TEST_F(produce_test, answers_nothing_with_acks_0_but_closes_on_an_error)
{
    const auto on = brokers.connect();
    const std::string batch = make_batch(1);
    brokers.send(on, request(batch, 0), api_version{9});
    auto actions = brokers.take();
    ASSERT_EQ(actions.size(), 1u);
    EXPECT_EQ(actions[0].what, action::kind::reply);
    EXPECT_EQ(actions[0].bytes.size(), 0u);
    EXPECT_EQ(letters().find(0)->records.end_offset(), 1);

    brokers.send(on, request(batch.substr(0, 30), 0), api_version{9});
    actions = brokers.take();
    ASSERT_EQ(actions.size(), 1u);
    EXPECT_EQ(actions[0].what, action::kind::close);
}

TEST_F(produce_test, refuses_acks_that_there_are_not)
{
    const std::string batch = make_batch(1);
    EXPECT_EQ(brokers.ask(request(batch, 2), 9)->responses[0].partition_responses[0].error_code,
              broker_errc::invalid_required_acks);
}

TEST_F(produce_test, loses_nothing_acknowledged_when_memory_is_full)
{
    auto how = broker_core::options();
    how.cluster.memory_limit = partition::cost + 300; // a topic and two batches, with what is noted about them
    broker_core small{std::move(how)};
    small.create("letters");
    const std::string batch = make_batch(1);
    const auto error = [&] { return small.ask(request(batch), 9)->responses[0].partition_responses[0].error_code; };
    EXPECT_EQ(error(), broker_errc::none);
    EXPECT_EQ(error(), broker_errc::none);
    EXPECT_EQ(error(), broker_errc::kafka_storage_error);
    EXPECT_EQ(small.core.cluster().find_topic("letters")->find(0)->records.end_offset(), 2);
}

} // namespace
} // namespace odradek::broker
