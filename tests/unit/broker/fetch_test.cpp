// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/fetch.hpp>
#include <odradek/protocol/record_set_reader.hpp>

#include <gtest/gtest.h>

#include <deque>
#include <string>
#include <tests/support/broker_core.hpp>
#include <vector>

namespace odradek::broker {
namespace {

using namespace std::chrono_literals;
using test::broker_core;
using test::make_batch;

class fetch_test : public testing::Test {
protected:
    fetch_test() { brokers.create("letters", 2, {.replication_factor = 2}); }

    void store(int records, std::int32_t index = 0)
    {
        topic& of = *brokers.core.cluster().find_topic("letters");
        batch_view batch;
        const std::string bytes = make_batch(records);
        ASSERT_FALSE(batch.parse(bytes_view{bytes}));
        of.find(index)->records.append(batch, {batch.max_timestamp()}, {});
        brokers.core.notify();
    }

    /// A request for these partitions of the topic; valid until the next one is made.
    fetch_request request(std::vector<fetch_request::fetch_partition> partitions)
    {
        partitions_ = std::move(partitions);
        for (auto& one : partitions_)
            if (one.partition_max_bytes == 0) one.partition_max_bytes = 1'000'000;
        topic_ = {};
        topic_.topic = "letters";
        topic_.partitions = partitions_;
        fetch_request made;
        made.min_bytes = 1;
        made.topics = list{&topic_, partitions_.empty() ? 0u : 1u};
        return made;
    }

    static std::size_t records_in(const fetch_response::partition_data& said)
    {
        std::size_t count = 0;
        batch_memory memory;
        record_set_reader reader{*said.records, memory, {.codecs = &default_codecs()}};
        for (batch_view batch; reader.next(batch);) count += static_cast<std::size_t>(batch.count());
        return count;
    }

    broker_core brokers{broker_core::options(2)};

private:
    std::vector<fetch_request::fetch_partition> partitions_;
    fetch_request::fetch_topic topic_;
};

TEST_F(fetch_test, gives_records_from_an_offset_on_with_the_ends_of_the_log)
{
    store(3);
    store(2);
    const auto said = brokers.ask(request({{.partition = 0, .fetch_offset = 3}}), 12);
    const auto& first = said->responses[0].partitions[0];
    EXPECT_EQ(first.high_watermark, 5);
    EXPECT_EQ(first.log_start_offset, 0);
    EXPECT_EQ(records_in(first), 2u);
}

TEST_F(fetch_test, refuses_offsets_outside_of_the_log_and_partitions_that_are_not_there)
{
    store(3);
    const auto error = [&](std::int32_t partition, std::int64_t offset) {
        const auto said = brokers.ask(request({{.partition = partition, .fetch_offset = offset}}), 12);
        return said->responses[0].partitions[0].error_code;
    };
    EXPECT_EQ(error(0, 4), broker_errc::offset_out_of_range);
    EXPECT_EQ(error(0, -1), broker_errc::offset_out_of_range);
    EXPECT_EQ(error(0, 3), broker_errc::none);
    EXPECT_EQ(error(7, 0), broker_errc::unknown_topic_or_partition);
    EXPECT_EQ(error(1, 0), broker_errc::none) << "a follower serves whoever says where it is";
}

TEST_F(fetch_test, waits_for_records_until_they_come)
{
    const auto on = brokers.connect();
    fetch_request wanted = request({{.partition = 0}});
    wanted.max_wait_ms = 500;
    brokers.send(on, wanted, api_version{12});
    EXPECT_FALSE(brokers.is_answered());
    brokers.pass(200ms);
    EXPECT_FALSE(brokers.is_answered());
    store(1);
    const auto said = brokers.receive<fetch_response>(api_version{12});
    EXPECT_EQ(records_in(said->responses[0].partitions[0]), 1u);
    EXPECT_FALSE(brokers.core.wake_at()) << "nothing is waited for any more";
}

TEST_F(fetch_test, answers_without_records_when_the_time_is_over)
{
    const auto on = brokers.connect();
    fetch_request wanted = request({{.partition = 0}});
    wanted.max_wait_ms = 500;
    wanted.min_bytes = 1'000'000;
    brokers.send(on, wanted, api_version{12});
    store(1); // too little
    EXPECT_FALSE(brokers.is_answered());
    brokers.pass(500ms);
    const auto said = brokers.receive<fetch_response>(api_version{12});
    EXPECT_EQ(records_in(said->responses[0].partitions[0]), 1u) << "what there is";
}

TEST_F(fetch_test, forgets_a_wait_whose_connection_is_gone)
{
    const auto on = brokers.connect();
    fetch_request wanted = request({{.partition = 0}});
    wanted.max_wait_ms = 500;
    brokers.send(on, wanted, api_version{12});
    brokers.core.closed(on);
    store(1);
    EXPECT_FALSE(brokers.is_answered());
    EXPECT_FALSE(brokers.core.wake_at());
}

TEST_F(fetch_test, gives_one_batch_beyond_the_limits_so_that_a_reader_gets_on) // KIP-74
{
    store(50);
    store(50, 1);
    fetch_request wanted =
        request({{.partition = 0, .partition_max_bytes = 10}, {.partition = 1, .partition_max_bytes = 10}});
    wanted.isolation_level = 1;
    const auto said = brokers.ask(wanted, 12);
    EXPECT_EQ(records_in(said->responses[0].partitions[0]), 50u);
    EXPECT_TRUE(said->responses[0].partitions[1].records->empty()) << "only the first one";
    EXPECT_FALSE(said->responses[0].partitions[1].aborted_transactions) << "as Kafka has it";
}

TEST_F(fetch_test, says_only_news_in_a_session) // KIP-227
{
    store(1);
    const auto on = brokers.connect();
    fetch_request first = request({{.partition = 0, .fetch_offset = 0}, {.partition = 1}});
    first.session_epoch = 0;
    const auto opened = brokers.ask(on, first, 12);
    ASSERT_NE(opened->session_id, 0);
    EXPECT_EQ(opened->responses[0].partitions.size(), 2u);

    fetch_request next = request({{.partition = 0, .fetch_offset = 1}});
    next.session_id = opened->session_id;
    next.session_epoch = 1;
    EXPECT_EQ(brokers.ask(on, next, 12)->responses.size(), 0u) << "nothing is new";

    store(1, 1);
    fetch_request third = request({});
    third.session_id = opened->session_id;
    third.session_epoch = 2;
    const auto news = brokers.ask(on, third, 12);
    ASSERT_EQ(news->responses.size(), 1u);
    ASSERT_EQ(news->responses[0].partitions.size(), 1u);
    EXPECT_EQ(news->responses[0].partitions[0].partition_index, 1);

    fetch_request wrong = request({});
    wrong.session_id = opened->session_id;
    wrong.session_epoch = 9;
    EXPECT_EQ(brokers.ask(on, wrong, 12)->error_code, broker_errc::invalid_fetch_session_epoch);
    wrong.session_id = 12345;
    EXPECT_EQ(brokers.ask(on, wrong, 12)->error_code, broker_errc::fetch_session_id_not_found);
}

TEST_F(fetch_test, ends_a_session_when_its_last_partition_is_forgotten)
{
    const auto on = brokers.connect();
    fetch_request first = request({{.partition = 0}});
    first.session_epoch = 0;
    const auto opened = brokers.ask(on, first, 12);
    const std::int32_t zero[] = {0};
    fetch_request::forgotten_topic forgotten;
    forgotten.topic = "letters";
    forgotten.partitions = zero;
    fetch_request next = request({});
    next.session_id = opened->session_id;
    next.session_epoch = 1;
    next.forgotten_topics_data = list{&forgotten, 1};
    EXPECT_EQ(brokers.ask(on, next, 12)->session_id, 0);
    EXPECT_EQ(brokers.core.sessions(1).size(), 0u);
}

TEST_F(fetch_test, fences_readers_by_the_leader_epoch) // KIP-320
{
    brokers.core.move_leader("letters", 0, 2);
    brokers.core.move_leader("letters", 0, 1);
    const auto error = [&](std::int32_t epoch) {
        const auto said = brokers.ask(request({{.partition = 0, .current_leader_epoch = epoch}}), 12);
        return said->responses[0].partitions[0].error_code;
    };
    EXPECT_EQ(error(1), broker_errc::fenced_leader_epoch);
    EXPECT_EQ(error(2), broker_errc::none);
    EXPECT_EQ(error(3), broker_errc::unknown_leader_epoch);
}

TEST_F(fetch_test, tells_a_reader_where_its_log_diverged)
{
    store(4);
    store(4);
    brokers.core.truncate("letters", 0, 4); // whoever takes over lacks the second batch
    brokers.core.move_leader("letters", 0, 1);
    store(1);
    const auto said = brokers.ask(request({{.partition = 0, .fetch_offset = 8, .last_fetched_epoch = 0}}), 12);
    const auto& first = said->responses[0].partitions[0];
    EXPECT_EQ(first.error_code, broker_errc::none);
    EXPECT_EQ(first.diverging_epoch.epoch, 0);
    EXPECT_EQ(first.diverging_epoch.end_offset, 4);
}

TEST_F(fetch_test, cannot_tell_of_it_in_a_version_that_has_no_word_for_it)
{
    store(4);
    store(4);
    brokers.core.truncate("letters", 0, 4);
    brokers.core.move_leader("letters", 0, 1);
    store(1);
    fetch_request opening = request({{.partition = 0, .last_fetched_epoch = 0}});
    opening.session_epoch = 0;
    const std::int32_t session = brokers.ask(opening, 12)->session_id;
    fetch_request moved = request({{.partition = 0, .fetch_offset = 8, .last_fetched_epoch = 0}});
    moved.session_id = session;
    moved.session_epoch = 1;
    EXPECT_EQ(brokers.ask(moved, 12)->responses[0].partitions[0].diverging_epoch.end_offset, 4);

    // The session knows an epoch that this version has no word for either.
    fetch_request again;
    again.session_id = session;
    again.session_epoch = 2;
    const auto said = brokers.ask(again, 11);
    EXPECT_EQ(said->error_code, broker_errc::unsupported_version);
    EXPECT_EQ(said->session_id, session);
}

TEST_F(fetch_test, answers_once_for_a_partition_and_the_last_mention_counts)
{
    store(4);
    const auto said = brokers.ask(request({{.partition = 0, .fetch_offset = 9}, {.partition = 0}}), 12);
    ASSERT_EQ(said->responses.size(), 1u);
    ASSERT_EQ(said->responses[0].partitions.size(), 1u);
    EXPECT_EQ(said->responses[0].partitions[0].error_code, broker_errc::none);
}

TEST_F(fetch_test, sends_a_reader_to_the_replica_in_its_own_rack) // KIP-392
{
    auto how = broker_core::options(2);
    how.cluster.config["replica.selector.class"] = "org.apache.kafka.common.replica.RackAwareReplicaSelector";
    broker_core racks{std::move(how)};
    racks.create("letters", 1, {.replication_factor = 2});
    fetch_request wanted = request({{.partition = 0}});
    wanted.rack_id = "r2";
    EXPECT_EQ(racks.ask(wanted, 12)->responses[0].partitions[0].preferred_read_replica, 2);
    wanted.rack_id = "r1";
    EXPECT_EQ(racks.ask(wanted, 12)->responses[0].partitions[0].preferred_read_replica, -1);
}

} // namespace
} // namespace odradek::broker
