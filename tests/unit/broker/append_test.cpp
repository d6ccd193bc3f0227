// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/crc32c.hpp>
#include <odradek/protocol/endian.hpp>

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tests/support/broker_asking.hpp>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

using test::broker_core;
using test::log_of;
using test::make_batch;
using test::options_as;
using test::produce;
using test::produce_said;
using test::topic_of;

/// What a batch says otherwise at some place, with a checksum that is right again.
template <class Number>
std::string altered(std::string batch, std::size_t place, Number value)
{
    auto* const bytes = reinterpret_cast<std::byte*>(batch.data());
    store_big(bytes + place, value);
    const bytes_view covered = bytes_view{batch}.subview(batch_layout::attributes);
    store_big(bytes + batch_layout::crc, crc32c(covered));
    return batch;
}

class append_test : public testing::Test {
protected:
    using config_map = std::map<std::string, std::string, std::less<>>;

    append_test() { brokers.create("letters"); }

    void configure(config_map config)
    {
        ASSERT_FALSE(brokers.core.cluster().configure(topic_of(brokers), std::move(config)));
    }
    [[nodiscard]] broker_errc error_of(const std::string& batch, std::int16_t version = 9)
    {
        return produce(brokers, batch, {.version = version}).error;
    }
    [[nodiscard]] std::int64_t end() { return log_of(brokers).end_offset(); }
    /// A record of so many milliseconds from now.
    [[nodiscard]] std::string at(std::int64_t from_now) { return make_batch(1, {}, brokers.now.wall_ms + from_now); }

    broker_core brokers;
};

TEST_F(append_test, takes_each_codec_in_each_version_that_has_it) // KIP-110
{
    for (std::int16_t version = 3; version <= 13; ++version)
        for (const compression codec :
             {compression::none, compression::gzip, compression::snappy, compression::lz4, compression::zstd})
            EXPECT_EQ(error_of(make_batch(3, {.codec = codec}), version),
                      codec == compression::zstd && version < 7 ? broker_errc::unsupported_compression_type
                                                                : broker_errc::none)
                << version << ' ' << static_cast<int>(codec);
}

TEST_F(append_test, tells_the_start_of_the_log_from_version_5_on)
{
    EXPECT_EQ(produce(brokers, make_batch(1), {.version = 4}).log_start_offset, -1);
    EXPECT_EQ(produce(brokers, make_batch(1), {.version = 5}).log_start_offset, 0);
    log_of(brokers).delete_before(2);
    EXPECT_EQ(produce(brokers, make_batch(1)).log_start_offset, 2);
}

TEST_F(append_test, goes_by_topic_ids_from_version_13_on) // KIP-516
{
    EXPECT_EQ(error_of(make_batch(1), 13), broker_errc::none);
    const std::string batch = make_batch(1);
    const produce_request::partition_produce_data data[] = {{.index = 0, .records = bytes_view{batch}}};
    produce_request::topic_produce_data topic[1];
    topic[0].topic_id = uuid{{5}};
    topic[0].partition_data = data;
    produce_request request;
    request.acks = -1;
    request.topic_data = topic;
    const auto said = brokers.ask(request, 13);
    EXPECT_EQ(said->responses[0].topic_id, uuid{{5}});
    EXPECT_EQ(said->responses[0].partition_responses[0].error_code, broker_errc::unknown_topic_id);
}

TEST_F(append_test, refuses_partitions_that_are_not_there)
{
    EXPECT_EQ(produce(brokers, make_batch(1), {.index = 1}).error, broker_errc::unknown_topic_or_partition);
    EXPECT_EQ(produce(brokers, make_batch(1), {.index = -1}).error, broker_errc::unknown_topic_or_partition);
    EXPECT_EQ(produce(brokers, make_batch(1), {.index = 1, .version = 13}).error,
              broker_errc::unknown_topic_or_partition);
    EXPECT_EQ(produce(brokers, make_batch(1), {.topic = "nowhere"}).error, broker_errc::unknown_topic_or_partition);
    EXPECT_EQ(produce(brokers, make_batch(1), {.topic = "nowhere"}).base_offset, -1);
}

TEST_F(append_test, looks_at_the_shape_of_the_records_before_the_acks_and_the_leader)
{
    broker_core two{broker_core::options(2)};
    two.create("letters", 1, {.replication_factor = 2});
    const auto error = [&two](const std::string& batch, std::int16_t acks) {
        return produce(two, batch, {.acks = acks, .node = 2}).error;
    };
    EXPECT_EQ(error("", 2), broker_errc::invalid_record);
    EXPECT_EQ(error(make_batch(1), 2), broker_errc::invalid_required_acks);
    EXPECT_EQ(error(make_batch(1), -1), broker_errc::not_leader_or_follower);
    std::string broken = make_batch(1);
    broken.back() ^= 1;
    EXPECT_EQ(error(broken, -1), broker_errc::not_leader_or_follower) << "the checksum is for the leader";
}

TEST_F(append_test, refuses_acks_that_there_are_not)
{
    for (const std::int16_t acks : {std::int16_t{2}, std::int16_t{-2}, std::int16_t{32767}})
        EXPECT_EQ(produce(brokers, make_batch(1), {.acks = acks}).error, broker_errc::invalid_required_acks) << acks;
    EXPECT_EQ(produce(brokers, make_batch(1), {.acks = 1}).error, broker_errc::none);
    EXPECT_EQ(end(), 1);
}

TEST_F(append_test, takes_a_batch_that_is_cut_off_for_none)
{
    const std::string batch = make_batch(2);
    for (const std::size_t size : {std::size_t{0}, std::size_t{11}, std::size_t{16}, std::size_t{40}, batch.size() - 1})
        EXPECT_EQ(error_of(batch.substr(0, size)), broker_errc::invalid_record) << size;
    EXPECT_EQ(error_of(batch + batch.substr(0, 30)), broker_errc::none) << "what is whole is taken";
    EXPECT_EQ(end(), 2);
}

TEST_F(append_test, takes_one_batch_and_not_two)
{
    EXPECT_EQ(error_of(make_batch(1) + make_batch(1)), broker_errc::invalid_record);
    EXPECT_EQ(end(), 0);
}

TEST_F(append_test, refuses_what_cannot_be_a_batch)
{
    const auto with = [](std::size_t place, char value) {
        std::string batch = make_batch(1);
        batch[place] = value;
        return batch;
    };
    EXPECT_EQ(error_of(with(batch_layout::magic, 3)), broker_errc::corrupt_message);
    EXPECT_EQ(error_of(with(batch_layout::magic, -1)), broker_errc::corrupt_message);
    EXPECT_EQ(error_of(with(batch_layout::length, -1)), broker_errc::corrupt_message) << "a negative length";
    EXPECT_EQ(error_of(std::string(30, '\0')), broker_errc::corrupt_message) << "too small for anything";
    EXPECT_EQ(error_of(with(batch_layout::magic, 1)), broker_errc::invalid_record) << "an old format";
    EXPECT_EQ(error_of(with(batch_layout::magic, 0)), broker_errc::invalid_record);
    EXPECT_EQ(error_of(with(batch_layout::records, 77)), broker_errc::corrupt_message) << "the checksum is wrong";
}

TEST_F(append_test, refuses_a_base_offset_other_than_0)
{
    std::string batch = make_batch(1);
    store_big(reinterpret_cast<std::byte*>(batch.data()), std::int64_t{7});
    EXPECT_EQ(error_of(batch), broker_errc::invalid_record);
    EXPECT_EQ(end(), 0);
}

TEST_F(append_test, refuses_counts_that_do_not_fit)
{
    EXPECT_EQ(error_of(altered(make_batch(2), batch_layout::count, std::int32_t{3})), broker_errc::invalid_record);
    EXPECT_EQ(error_of(altered(make_batch(2), batch_layout::count, std::int32_t{0})), broker_errc::invalid_record);
    EXPECT_EQ(error_of(altered(make_batch(2), batch_layout::count, std::int32_t{-1})), broker_errc::invalid_record);
    EXPECT_EQ(error_of(altered(make_batch(2), batch_layout::last_offset_delta, std::int32_t{5})),
              broker_errc::invalid_record);
    EXPECT_EQ(end(), 0);
}

TEST_F(append_test, refuses_control_records_and_a_producer_without_a_sequence)
{
    EXPECT_EQ(error_of(make_batch(1, {.control = true})), broker_errc::invalid_record);
    EXPECT_EQ(error_of(make_batch(1, {.producer_id = 4, .producer_epoch = 0, .base_sequence = -1})),
              broker_errc::invalid_record);
}

TEST_F(append_test, refuses_batches_larger_than_the_topic_wants)
{
    const std::string batch = make_batch(20);
    configure({{"max.message.bytes", std::to_string(batch.size() - 1)}});
    EXPECT_EQ(error_of(batch), broker_errc::message_too_large);
    EXPECT_NE(produce(brokers, batch).text.find(std::to_string(batch.size())), std::string::npos) << "it says so";
    EXPECT_EQ(produce(brokers, batch, {.version = 7}).text, "") << "there is room for words since version 8";
    configure({{"max.message.bytes", std::to_string(batch.size())}});
    EXPECT_EQ(error_of(batch), broker_errc::none);
}

TEST_F(append_test, takes_the_largest_batch_from_the_brokers_settings)
{
    auto how = broker_core::options();
    how.cluster.config["message.max.bytes"] = "100";
    broker_core small{std::move(how)};
    small.create("letters");
    small.create("large", 1, {.config = {{"max.message.bytes", "10000"}}});
    EXPECT_EQ(produce(small, make_batch(20)).error, broker_errc::message_too_large);
    EXPECT_EQ(produce(small, make_batch(20), {.topic = "large"}).error, broker_errc::none);
}

TEST_F(append_test, refuses_batches_larger_than_a_segment)
{
    configure({{"internal.segment.bytes", "100"}});
    EXPECT_EQ(error_of(make_batch(20)), broker_errc::record_list_too_large);
    EXPECT_EQ(error_of(make_batch(1)), broker_errc::none);
}

TEST_F(append_test, keeps_the_producers_time_or_writes_its_own)
{
    EXPECT_EQ(produce(brokers, at(-50)).log_append_time_ms, -1);
    EXPECT_EQ(log_of(brokers).find_greatest_time()->timestamp, brokers.now.wall_ms - 50);
    configure({{"message.timestamp.type", "LogAppendTime"}});
    EXPECT_EQ(produce(brokers, at(-40)).log_append_time_ms, brokers.now.wall_ms);
    EXPECT_EQ(log_of(brokers).find_greatest_time()->timestamp, brokers.now.wall_ms);
    EXPECT_EQ(produce(brokers, at(100'000'000)).error, broker_errc::none) << "the producer's time is of no interest";
}

TEST_F(append_test, refuses_times_too_far_away)
{
    EXPECT_EQ(error_of(at(3'600'000)), broker_errc::none);
    EXPECT_EQ(error_of(at(3'600'001)), broker_errc::invalid_timestamp) << "KIP-1030";
    EXPECT_EQ(error_of(at(-1'000'000'000'000)), broker_errc::none) << "no limit by default";
    configure({{"message.timestamp.before.max.ms", "1000"}, {"message.timestamp.after.max.ms", "10"}});
    EXPECT_EQ(error_of(at(-1000)), broker_errc::none);
    EXPECT_EQ(error_of(at(-1001)), broker_errc::invalid_timestamp);
    EXPECT_EQ(error_of(at(10)), broker_errc::none);
    EXPECT_EQ(error_of(at(11)), broker_errc::invalid_timestamp);
}

TEST_F(append_test, takes_records_from_the_future_before_4_0)
{
    broker_core old{options_as("3.9")};
    old.create("letters");
    EXPECT_EQ(produce(old, at(100'000'000'000)).error, broker_errc::none);
}

TEST_F(append_test, names_the_records_that_are_wrong_from_version_8_on) // KIP-467
{
    configure({{"message.timestamp.after.max.ms", "1"}});
    const std::string batch = make_batch(4, {}, brokers.now.wall_ms); // 0 to 3 ms from now
    EXPECT_EQ(produce(brokers, batch).bad_records, (std::vector<std::int32_t>{2, 3}));
    EXPECT_TRUE(produce(brokers, batch, {.version = 7}).bad_records.empty());
    EXPECT_EQ(produce(brokers, batch, {.version = 7}).error, broker_errc::invalid_timestamp);
    EXPECT_EQ(end(), 0) << "the batch is refused as a whole";
}

TEST_F(append_test, wants_keys_where_it_compacts)
{
    configure({{"cleanup.policy", "compact"}});
    EXPECT_EQ(produce(brokers, make_batch(2)).bad_records, (std::vector<std::int32_t>{0, 1}));
    EXPECT_EQ(error_of(make_batch(2)), broker_errc::invalid_record);
    EXPECT_EQ(error_of(make_batch(2, {}, brokers.now.wall_ms, true)), broker_errc::none);
}

TEST_F(append_test, blames_the_time_when_a_record_lacks_a_key_too)
{
    configure({{"cleanup.policy", "compact"}, {"message.timestamp.after.max.ms", "0"}});
    record_batch_builder builder;
    ASSERT_EQ(builder.append(brokers.now.wall_ms + 5, bytes_view{std::string_view{"key"}}, bytes_view{""}), errc{});
    ASSERT_EQ(builder.append(brokers.now.wall_ms, nullptr, bytes_view{""}), errc{});
    sealed_batch sealed;
    ASSERT_FALSE(builder.seal({}, default_codecs(), sealed));
    const produce_said said = produce(brokers, std::string(sealed.bytes().text()));
    EXPECT_EQ(said.error, broker_errc::invalid_timestamp);
    EXPECT_EQ(said.bad_records, (std::vector<std::int32_t>{0, 1}));
}

TEST_F(append_test, refuses_transactions_that_nobody_began)
{
    EXPECT_EQ(
        error_of(make_batch(1, {.producer_id = 4, .producer_epoch = 0, .base_sequence = 0, .transactional = true})),
        broker_errc::invalid_txn_state);
}

TEST_F(append_test, wants_replicas_in_sync_only_for_acks_of_all)
{
    broker_core three{broker_core::options(3)};
    three.create("letters", 1, {.replication_factor = 3, .config = {{"min.insync.replicas", "2"}}});
    const auto error = [&](std::int16_t acks) { return produce(three, make_batch(1), {.acks = acks}).error; };
    EXPECT_EQ(error(-1), broker_errc::none);
    three.core.set_isr("letters", 0, {1});
    EXPECT_EQ(error(-1), broker_errc::not_enough_replicas);
    EXPECT_EQ(error(1), broker_errc::none);
    three.core.set_isr("letters", 0, {3, 99}); // the leader always is, others than replicas never
    EXPECT_EQ(error(-1), broker_errc::none);
    EXPECT_EQ(log_of(three).end_offset(), 3);
}

TEST_F(append_test, wants_no_more_replicas_than_there_are_since_kraft)
{
    const auto error = [](const char* release) {
        broker_core brokers{options_as(release)};
        brokers.create("letters", 1, {.config = {{"min.insync.replicas", "2"}}});
        return produce(brokers, make_batch(1)).error;
    };
    EXPECT_EQ(error("4.3"), broker_errc::none);
    EXPECT_EQ(error("2.8"), broker_errc::not_enough_replicas);
}

TEST_F(append_test, answers_each_partition_for_itself)
{
    brokers.create("many", 2);
    const std::string good = make_batch(1);
    std::string bad = make_batch(1);
    bad.back() ^= 1;
    const produce_request::partition_produce_data data[] = {{.index = 0, .records = bytes_view{bad}},
                                                            {.index = 1, .records = bytes_view{good}}};
    produce_request::topic_produce_data topic[1];
    topic[0].name = "many";
    topic[0].partition_data = data;
    produce_request request;
    request.acks = -1;
    request.topic_data = topic;
    const auto said = brokers.ask(request, 9);
    EXPECT_EQ(said->responses[0].partition_responses[0].error_code, broker_errc::corrupt_message);
    EXPECT_EQ(said->responses[0].partition_responses[1].error_code, broker_errc::none);
    EXPECT_EQ(log_of(brokers, "many", 1).end_offset(), 1);
}

TEST_F(append_test, closes_the_connection_for_an_error_that_nobody_waits_for)
{
    const std::string good = make_batch(1);
    const auto send = [this](std::int32_t index, const std::string& batch) {
        const produce_request::partition_produce_data data[] = {{.index = index, .records = bytes_view{batch}}};
        produce_request::topic_produce_data topic[1];
        topic[0].name = "letters";
        topic[0].partition_data = data;
        produce_request request;
        request.acks = 0;
        request.topic_data = topic;
        const auto on = brokers.connect();
        brokers.send(on, request, api_version{9});
        const auto actions = brokers.take();
        EXPECT_EQ(actions.size(), 1u);
        EXPECT_EQ(actions.at(0).bytes.size(), 0u) << "nothing is ever answered";
        brokers.core.closed(on);
        return actions.at(0).what;
    };
    EXPECT_EQ(send(0, good), action::kind::reply);
    EXPECT_EQ(send(5, good), action::kind::close) << "no such partition";
    EXPECT_EQ(send(0, good.substr(0, 20)), action::kind::close);
    EXPECT_EQ(end(), 1);
}

} // namespace
} // namespace odradek::broker
