// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/list_offsets.hpp>

#include <gtest/gtest.h>

#include <string>
#include <tests/support/broker_asking.hpp>
#include <vector>

namespace odradek::broker {
namespace {

using test::answered;
using test::broker_core;
using test::log_of;
using test::store;
using wanted = list_offsets_request::list_offsets_partition;
using found = list_offsets_response::list_offsets_partition_response;

constexpr std::int64_t latest = -1;
constexpr std::int64_t earliest = -2;
constexpr std::int64_t max_timestamp = -3;
constexpr std::int64_t earliest_local = -4;
constexpr std::int64_t latest_tiered = -5;
constexpr std::int64_t earliest_pending_upload = -6;

class list_offsets_test : public testing::Test {
protected:
    list_offsets_test() { brokers.create("letters", 2, {.replication_factor = 2}); }

    [[nodiscard]] std::vector<found> ask(const std::vector<wanted>& partitions, std::int16_t version = 11,
                                         std::int32_t node = 1, std::string_view name = "letters")
    {
        list_offsets_request::list_offsets_topic topic[1];
        topic[0].name = name;
        topic[0].partitions = partitions;
        list_offsets_request request;
        request.replica_id = -1;
        request.topics = topic;
        const auto on = brokers.connect(node);
        last_ = brokers.ask(on, request, version);
        brokers.core.closed(on);
        const auto& said = last_->topics[0].partitions;
        return {said.begin(), said.end()};
    }
    [[nodiscard]] found at(std::int64_t timestamp, std::int16_t version = 11)
    {
        return ask({{.partition_index = 0, .timestamp = timestamp}}, version)[0];
    }

    broker_core brokers{broker_core::options(3)};

private:
    answered<list_offsets_response> last_;
};

TEST_F(list_offsets_test, gives_the_ends_without_a_timestamp)
{
    store(brokers, 3);
    for (std::int16_t version = 1; version <= 11; ++version) {
        EXPECT_EQ(at(latest, version).offset, 3) << version;
        EXPECT_EQ(at(latest, version).timestamp, -1) << version;
        EXPECT_EQ(at(earliest, version).offset, 0) << version;
        EXPECT_EQ(at(earliest, version).timestamp, -1) << version;
    }
}

TEST_F(list_offsets_test, gives_both_ends_of_an_empty_log)
{
    EXPECT_EQ(at(latest).offset, 0);
    EXPECT_EQ(at(earliest).offset, 0);
    EXPECT_EQ(at(0).offset, -1);
    EXPECT_EQ(at(0).timestamp, -1);
    EXPECT_EQ(at(max_timestamp).offset, -1);
}

TEST_F(list_offsets_test, gives_the_first_record_that_is_not_older)
{
    store(brokers, 3, "letters", 0, 1000);
    store(brokers, 3, "letters", 0, 5000);
    EXPECT_EQ(at(0).offset, 0);
    EXPECT_EQ(at(0).timestamp, 1000);
    EXPECT_EQ(at(1001).offset, 1);
    EXPECT_EQ(at(1003).offset, 3);
    EXPECT_EQ(at(1003).timestamp, 5000);
    EXPECT_EQ(at(5002).offset, 5);
    EXPECT_EQ(at(5003).offset, -1);
    EXPECT_EQ(at(5003).error_code, broker_errc::none);
}

TEST_F(list_offsets_test, gives_the_record_with_the_greatest_timestamp) // KIP-734
{
    store(brokers, 3, "letters", 0, 5000);
    store(brokers, 3, "letters", 0, 1000);
    EXPECT_EQ(at(max_timestamp, 7).offset, 2);
    EXPECT_EQ(at(max_timestamp, 7).timestamp, 5002);
}

TEST_F(list_offsets_test, gives_the_start_of_the_local_log_which_is_all_there_is) // KIP-405
{
    store(brokers, 5);
    log_of(brokers).delete_before(2);
    EXPECT_EQ(at(earliest_local, 8).offset, 2);
    EXPECT_EQ(at(latest_tiered, 9).offset, -1);
    EXPECT_EQ(at(latest_tiered, 9).error_code, broker_errc::none);
    EXPECT_EQ(at(earliest_pending_upload, 11).offset, -1);
}

TEST_F(list_offsets_test, refuses_places_that_a_version_does_not_know)
{
    store(brokers, 1);
    EXPECT_EQ(at(max_timestamp, 6).error_code, broker_errc::unsupported_version);
    EXPECT_EQ(at(earliest_local, 7).error_code, broker_errc::unsupported_version);
    EXPECT_EQ(at(latest_tiered, 8).error_code, broker_errc::unsupported_version);
    EXPECT_EQ(at(earliest_pending_upload, 10).error_code, broker_errc::unsupported_version);
    EXPECT_EQ(at(-7, 11).error_code, broker_errc::unsupported_version);
    EXPECT_EQ(at(-7, 11).offset, -1);
}

TEST_F(list_offsets_test, refuses_a_place_before_it_looks_for_the_partition)
{
    EXPECT_EQ(ask({{.partition_index = 9, .timestamp = -7}})[0].error_code, broker_errc::unsupported_version);
    EXPECT_EQ(ask({{.partition_index = 0, .timestamp = -7}}, 11, 3)[0].error_code, broker_errc::unsupported_version);
}

TEST(list_offsets, look_for_the_partition_first_with_zookeeper)
{
    broker_core brokers{test::options_as("2.8")};
    const wanted partition[] = {{.partition_index = 9, .timestamp = -7}};
    const list_offsets_request::list_offsets_topic topic[] = {{.name = "nowhere", .partitions = partition}};
    list_offsets_request request;
    request.topics = topic;
    EXPECT_EQ(brokers.ask(request, 6)->topics[0].partitions[0].error_code, broker_errc::unknown_topic_or_partition);
}

TEST_F(list_offsets_test, tells_the_epoch_from_version_4_on) // KIP-320
{
    store(brokers, 2, "letters", 0, 1000);
    brokers.core.move_leader("letters", 0, 2);
    brokers.core.move_leader("letters", 0, 1);
    store(brokers, 2, "letters", 0, 2000);
    EXPECT_EQ(at(latest, 4).leader_epoch, 2);
    EXPECT_EQ(at(earliest, 4).leader_epoch, 0);
    EXPECT_EQ(at(1001, 4).leader_epoch, 0);
    EXPECT_EQ(at(2000, 4).leader_epoch, 2);
    EXPECT_EQ(at(latest, 3).leader_epoch, -1);
}

TEST_F(list_offsets_test, knows_no_epoch_where_it_finds_nothing)
{
    store(brokers, 1, "letters", 0, 1000);
    EXPECT_EQ(at(9000).leader_epoch, -1);
}

TEST_F(list_offsets_test, refuses_partitions_that_are_not_there)
{
    const auto missing = ask({{.partition_index = 2, .timestamp = latest}})[0];
    EXPECT_EQ(missing.error_code, broker_errc::unknown_topic_or_partition);
    EXPECT_EQ(missing.offset, -1);
    EXPECT_EQ(missing.partition_index, 2);
    EXPECT_EQ(ask({{.partition_index = -1, .timestamp = latest}})[0].error_code,
              broker_errc::unknown_topic_or_partition);
    EXPECT_EQ(ask({{.partition_index = 0, .timestamp = latest}}, 11, 1, "nowhere")[0].error_code,
              broker_errc::unknown_topic_or_partition);
}

TEST_F(list_offsets_test, is_answered_by_the_leader_only)
{
    const wanted first{.partition_index = 0, .timestamp = latest};
    EXPECT_EQ(ask({first}, 11, 1)[0].error_code, broker_errc::none);
    EXPECT_EQ(ask({first}, 11, 2)[0].error_code, broker_errc::not_leader_or_follower) << "a follower";
    EXPECT_EQ(ask({first}, 11, 3)[0].error_code, broker_errc::not_leader_or_follower) << "no replica at all";
}

TEST_F(list_offsets_test, looks_at_the_epoch_before_it_looks_who_leads)
{
    brokers.core.move_leader("letters", 0, 2);
    brokers.core.move_leader("letters", 0, 1);
    const auto error = [this](std::int32_t epoch, std::int32_t node) {
        return ask({{.partition_index = 0, .current_leader_epoch = epoch, .timestamp = latest}}, 4, node)[0].error_code;
    };
    EXPECT_EQ(error(2, 1), broker_errc::none);
    EXPECT_EQ(error(1, 1), broker_errc::fenced_leader_epoch);
    EXPECT_EQ(error(3, 1), broker_errc::unknown_leader_epoch);
    EXPECT_EQ(error(1, 2), broker_errc::fenced_leader_epoch) << "asked at a follower";
    EXPECT_EQ(error(3, 2), broker_errc::unknown_leader_epoch);
    EXPECT_EQ(error(2, 2), broker_errc::not_leader_or_follower);
    EXPECT_EQ(error(1, 3), broker_errc::not_leader_or_follower) << "it knows no epochs of a partition that it lacks";
}

TEST_F(list_offsets_test, refuses_a_partition_that_is_named_twice)
{
    const auto said = ask({{.partition_index = 0, .timestamp = latest},
                           {.partition_index = 0, .timestamp = earliest},
                           {.partition_index = 1, .timestamp = latest}},
                          11);
    ASSERT_EQ(said.size(), 2u) << "each is answered once";
    EXPECT_EQ(said[0].error_code, broker_errc::invalid_request);
    EXPECT_EQ(said[0].offset, -1);
    EXPECT_NE(said[1].error_code, broker_errc::invalid_request);
}

TEST(list_offsets, answer_each_mention_of_a_partition_before_4_0)
{
    broker_core brokers{test::options_as("2.8")};
    brokers.create("letters");
    const wanted partitions[] = {{.partition_index = 0, .timestamp = latest},
                                 {.partition_index = 0, .timestamp = earliest}};
    const list_offsets_request::list_offsets_topic topic[] = {{.name = "letters", .partitions = partitions}};
    list_offsets_request request;
    request.topics = topic;
    const auto said = brokers.ask(request, 6);
    ASSERT_EQ(said->topics[0].partitions.size(), 2u);
    for (const auto& one : said->topics[0].partitions) EXPECT_EQ(one.error_code, broker_errc::invalid_request);
}

TEST_F(list_offsets_test, does_not_find_records_that_were_deleted)
{
    store(brokers, 4, "letters", 0, 1000);
    log_of(brokers).delete_before(2);
    EXPECT_EQ(at(earliest).offset, 2);
    EXPECT_EQ(at(0).offset, 2);
    EXPECT_EQ(at(0).timestamp, 1002);
}

} // namespace
} // namespace odradek::broker
