// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/offset_for_leader_epoch.hpp>

#include <gtest/gtest.h>

#include <ostream>
#include <string_view>
#include <tests/support/broker_asking.hpp>

namespace odradek::broker {
namespace {

using test::broker_core;
using test::log_of;
using test::store;
using test::topic_of;

struct said {
    broker_errc error{};
    std::int32_t epoch = 0;
    std::int64_t end = 0;

    friend bool operator==(const said&, const said&) = default;
    friend void PrintTo(const said& one, std::ostream* to)
    {
        *to << static_cast<int>(one.error) << ", epoch " << one.epoch << " ends at " << one.end;
    }
};

said ended(std::int32_t epoch, std::int64_t end)
{
    return {broker_errc::none, epoch, end};
}

said refused(broker_errc error)
{
    return {error, -1, -1};
}

class offset_for_leader_epoch_test : public testing::Test {
protected:
    /// Epoch 0 wrote offsets 0 to 3, epoch 2 wrote 4 and 5; epoch 1 wrote nothing.
    offset_for_leader_epoch_test()
    {
        brokers.create("letters", 1, {.replication_factor = 2});
        store(brokers, 4);
        brokers.core.move_leader("letters", 0, 2);
        brokers.core.move_leader("letters", 0, 1);
        store(brokers, 2);
    }

    [[nodiscard]] said ask(std::int32_t epoch, std::int32_t current = -1, std::int32_t node = 1,
                           std::int16_t version = 4, std::string_view name = "letters", std::int32_t index = 0)
    {
        const offset_for_leader_epoch_request::offset_for_leader_partition partition[] = {
            {.partition = index, .current_leader_epoch = current, .leader_epoch = epoch}};
        const offset_for_leader_epoch_request::offset_for_leader_topic topic[] = {
            {.topic = name, .partitions = partition}};
        offset_for_leader_epoch_request request;
        request.replica_id = -1;
        request.topics = topic;
        const auto on = brokers.connect(node);
        const auto answer = brokers.ask(on, request, version);
        brokers.core.closed(on);
        const auto& one = answer->topics[0].partitions[0];
        EXPECT_EQ(one.partition, index);
        return {one.error_code, one.leader_epoch, one.end_offset};
    }

    broker_core brokers{broker_core::options(3)};
};

TEST_F(offset_for_leader_epoch_test, tells_where_an_epoch_ended_in_each_version)
{
    for (std::int16_t version = 2; version <= 4; ++version) {
        EXPECT_EQ(ask(0, -1, 1, version), ended(0, 4)) << version;
        EXPECT_EQ(ask(2, -1, 1, version), ended(2, 6)) << version;
    }
}

TEST_F(offset_for_leader_epoch_test, takes_the_epoch_before_for_one_that_wrote_nothing)
{
    EXPECT_EQ(ask(1), ended(0, 4));
}

TEST_F(offset_for_leader_epoch_test, knows_no_end_of_an_epoch_to_come)
{
    EXPECT_EQ(ask(3), ended(-1, -1));
}

TEST_F(offset_for_leader_epoch_test, knows_no_end_of_no_epoch)
{
    EXPECT_EQ(ask(-1), ended(-1, -1));
}

TEST_F(offset_for_leader_epoch_test, lets_the_newest_epoch_end_where_the_log_ends)
{
    store(brokers, 3);
    EXPECT_EQ(ask(2), ended(2, 9));
    brokers.core.truncate("letters", 0, 6);
    brokers.core.move_leader("letters", 0, 1);
    EXPECT_EQ(ask(2), ended(2, 6));
}

TEST_F(offset_for_leader_epoch_test, puts_an_epoch_that_was_deleted_before_the_first_that_is_left)
{
    log_of(brokers).delete_before(5);
    EXPECT_EQ(ask(0), ended(0, 5));
    EXPECT_EQ(ask(2), ended(2, 6));
}

TEST_F(offset_for_leader_epoch_test, looks_at_the_clients_epoch_before_it_looks_who_leads)
{
    EXPECT_EQ(ask(0, 2), ended(0, 4));
    EXPECT_EQ(ask(0, 1), refused(broker_errc::fenced_leader_epoch));
    EXPECT_EQ(ask(0, 3), refused(broker_errc::unknown_leader_epoch));
    EXPECT_EQ(ask(0, 1, 2), refused(broker_errc::fenced_leader_epoch)) << "asked at a follower";
    EXPECT_EQ(ask(0, 3, 2), refused(broker_errc::unknown_leader_epoch));
    EXPECT_EQ(ask(0, 2, 2), refused(broker_errc::not_leader_or_follower));
}

TEST_F(offset_for_leader_epoch_test, is_answered_by_the_leader_only)
{
    EXPECT_EQ(ask(0, -1, 2), refused(broker_errc::not_leader_or_follower));
    EXPECT_EQ(ask(0, -1, 3), refused(broker_errc::not_leader_or_follower)) << "no replica at all";
}

TEST_F(offset_for_leader_epoch_test, refuses_partitions_that_are_not_there)
{
    EXPECT_EQ(ask(0, -1, 1, 4, "nowhere"), refused(broker_errc::unknown_topic_or_partition));
    EXPECT_EQ(ask(0, -1, 1, 4, "letters", 1), refused(broker_errc::unknown_topic_or_partition));
    EXPECT_EQ(ask(0, -1, 1, 4, "letters", -1), refused(broker_errc::unknown_topic_or_partition));
}

TEST_F(offset_for_leader_epoch_test, of_an_empty_log_ends_at_its_start)
{
    brokers.create("empty");
    const std::int32_t leader = topic_of(brokers, "empty").find(0)->leader;
    EXPECT_EQ(ask(0, -1, leader, 4, "empty"), ended(0, 0));
}

} // namespace
} // namespace odradek::broker
