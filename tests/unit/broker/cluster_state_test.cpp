// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/cluster_state.hpp>

#include <gtest/gtest.h>

#include <string>
#include <tests/support/broker_core.hpp>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

using ids = std::vector<std::int32_t>;

class cluster_state_test : public testing::Test {
protected:
    topic& create(std::string name, std::int32_t partitions, std::int16_t replicas)
    {
        const refusal no = cluster.create({.name = name, .partitions = partitions, .replication_factor = replicas});
        EXPECT_FALSE(no) << no.text;
        return *cluster.find_topic(name);
    }

    cluster_state cluster{test::broker_core::options(3).cluster};
};

TEST_F(cluster_state_test, spreads_replicas_evenly_and_finds_topics_by_name_and_id)
{
    topic& letters = create("letters", 3, 2);
    EXPECT_EQ(letters.find(0)->replicas, (ids{1, 2}));
    EXPECT_EQ(letters.find(1)->replicas, (ids{2, 3}));
    EXPECT_EQ(letters.find(2)->replicas, (ids{3, 1}));
    EXPECT_EQ(letters.find(2)->leader, 3);
    EXPECT_EQ(cluster.find_topic(letters.id), &letters);
    EXPECT_EQ(create("diaries", 1, 1).find(0)->leader, 2) << "the next topic begins elsewhere";
    EXPECT_EQ(letters.find(3), nullptr);
    EXPECT_EQ(letters.find(-1), nullptr);
}

TEST_F(cluster_state_test, says_what_is_wrong_with_a_topic)
{
    const auto refused = [this](new_topic wanted) { return cluster.create(wanted).error; };
    create("a.b", 1, 1);
    EXPECT_EQ(refused({.name = "a.b"}), broker_errc::topic_already_exists);
    EXPECT_EQ(refused({.name = "a_b"}), broker_errc::invalid_topic_exception) << "they collide";
    EXPECT_EQ(refused({.name = "a/b"}), broker_errc::invalid_topic_exception);
    EXPECT_EQ(refused({.name = std::string(250, 'x')}), broker_errc::invalid_topic_exception);
    EXPECT_EQ(refused({.name = "x", .partitions = 0}), broker_errc::invalid_partitions);
    EXPECT_EQ(refused({.name = "x", .replication_factor = 4}), broker_errc::invalid_replication_factor);
    EXPECT_EQ(refused({.name = "x", .assignment = {{1, 1}}}), broker_errc::invalid_replica_assignment);
    EXPECT_EQ(refused({.name = "x", .assignment = {{9}}}), broker_errc::invalid_replica_assignment);
    EXPECT_EQ(refused({.name = "x", .config = {{"retention.ms", "soon"}}}), broker_errc::invalid_config);
    EXPECT_EQ(refused({.name = "x", .config = {{"no.such", "1"}}}), broker_errc::invalid_config);
    EXPECT_EQ(cluster.find_topic("x"), nullptr);
}

TEST_F(cluster_state_test, moves_leaders_within_the_isr_when_a_broker_goes_and_lets_it_back_in)
{
    topic& letters = create("letters", 1, 3);
    partition& first = *letters.find(0);
    ASSERT_EQ(first.leader, 1);
    cluster.set_up(1, false);
    EXPECT_EQ(first.leader, 2);
    EXPECT_EQ(first.leader_epoch, 1);
    EXPECT_EQ(first.isr, (ids{2, 3}));
    EXPECT_EQ(cluster.controller(), 2);
    cluster.set_up(3, false);
    cluster.set_up(2, false);
    EXPECT_EQ(first.leader, -1);
    EXPECT_EQ(first.isr, (ids{2})) << "the last one that has everything";
    cluster.set_up(1, true);
    EXPECT_EQ(first.leader, 1) << "it was let in again";
}

TEST_F(cluster_state_test, grows_but_never_shrinks)
{
    topic& letters = create("letters", 2, 2);
    EXPECT_EQ(cluster.grow(letters, 2, {}).error, broker_errc::invalid_partitions);
    EXPECT_EQ(cluster.grow(letters, 1, {}).error, broker_errc::invalid_partitions);
    EXPECT_EQ(cluster.grow(letters, 4, {{1, 2}}).error, broker_errc::invalid_replica_assignment);
    EXPECT_FALSE(cluster.grow(letters, 4, {}, true));
    EXPECT_EQ(letters.partitions.size(), 2u) << "only checked";
    EXPECT_FALSE(cluster.grow(letters, 4, {{3, 2}, {2, 1}}));
    EXPECT_EQ(letters.find(2)->leader, 3);
}

TEST_F(cluster_state_test, gives_the_same_ids_for_the_same_seed)
{
    cluster_state other{test::broker_core::options(3).cluster};
    create("letters", 1, 1);
    ASSERT_FALSE(other.create({.name = "letters"}));
    EXPECT_EQ(cluster.find_topic("letters")->id, other.find_topic("letters")->id);
    EXPECT_FALSE(cluster.find_topic("letters")->id.is_zero());
}

TEST_F(cluster_state_test, counts_what_topics_and_logs_hold_until_the_topic_goes)
{
    topic& letters = create("letters", 1, 1);
    batch_view batch;
    const std::string bytes = test::make_batch(3);
    ASSERT_FALSE(batch.parse(bytes_view{bytes}));
    const std::size_t empty = cluster.bytes_stored();
    EXPECT_GE(empty, partition::cost);
    letters.find(0)->records.append(batch, {batch.max_timestamp()}, {});
    EXPECT_GE(cluster.bytes_stored(), empty + bytes.size());
    cluster.remove("letters");
    EXPECT_EQ(cluster.bytes_stored(), 0u);
}

TEST_F(cluster_state_test, makes_no_topics_beyond_the_memory_that_it_may_hold)
{
    constexpr std::size_t limit = 1 << 20;
    auto how = test::broker_core::options(3).cluster;
    how.memory_limit = limit;
    cluster_state small{std::move(how)};
    constexpr auto most = static_cast<std::int32_t>(limit / partition::cost);
    EXPECT_EQ(small.create({.name = "large", .partitions = most + 1, .replication_factor = 1}).error,
              broker_errc::policy_violation);
    ASSERT_FALSE(small.create({.name = "letters", .partitions = 1, .replication_factor = 1}));
    topic& letters = *small.find_topic("letters");
    EXPECT_EQ(small.grow(letters, most + 1, {}).error, broker_errc::policy_violation);
    EXPECT_EQ(small.configure(letters, {{"follower.replication.throttled.replicas", std::string(limit, ',')}}).error,
              broker_errc::policy_violation);
    EXPECT_EQ(letters.partitions.size(), 1u);
    EXPECT_TRUE(letters.config.empty());
}

} // namespace
} // namespace odradek::broker
