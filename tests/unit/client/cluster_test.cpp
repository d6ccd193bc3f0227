// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/cluster.hpp>

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <tests/unit/client/metadata_builder.hpp>

namespace odradek {
namespace {

using test::id_of;
using test::metadata_builder;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

constexpr cluster::time_point start{1000s};
constexpr auto grace = cluster::default_missing_grace;

cluster with_letters(std::int32_t leader, std::int32_t epoch)
{
    cluster c;
    c.apply(metadata_builder{}.broker(1).broker(2).topic("letters", id_of(1), {{leader, epoch}}).response(), false,
            start, grace);
    return c;
}

void apply(cluster& c, const metadata_builder& answer, cluster::time_point now = start, bool all_topics = false)
{
    c.apply(answer.response(), all_topics, now, grace);
}

const partition_info& first_partition(const cluster& c)
{
    return *c.find_topic("letters")->find_partition(0);
}

TEST(cluster, finds_brokers_and_topics_by_name_and_by_id)
{
    cluster c;
    apply(c, metadata_builder{}
                 .cluster("abc")
                 .controller(2)
                 .broker(2, "two", 9093)
                 .broker(1, "one")
                 .topic("letters", id_of(1), {{.leader = 1, .epoch = 3}, {.leader = 2, .epoch = 4}}));
    EXPECT_EQ(c.id(), "abc");
    EXPECT_EQ(c.controller(), 2);
    ASSERT_EQ(c.brokers().size(), 2u);
    EXPECT_EQ(c.brokers()[0].id, 1);
    EXPECT_EQ(c.find_broker(2)->port, 9093);
    EXPECT_EQ(c.find_broker(3), nullptr);
    ASSERT_NE(c.find_topic("letters"), nullptr);
    EXPECT_EQ(c.find_topic("letters"), c.find_topic(id_of(1)));
    EXPECT_EQ(c.find_topic("letters")->find_partition(1)->leader, 2);
    EXPECT_EQ(c.find_topic("letters")->find_partition(2), nullptr);
    EXPECT_EQ(c.find_topic("diaries"), nullptr);
}

TEST(cluster, believes_no_leader_of_an_older_epoch) // B17, R10
{
    cluster c = with_letters(1, 5);
    apply(c, metadata_builder{}.broker(1).topic("letters", id_of(1), {{.leader = 2, .epoch = 4}}));
    EXPECT_EQ(first_partition(c).leader, 1);
    EXPECT_EQ(first_partition(c).leader_epoch, 5);
}

TEST(cluster, follows_a_leader_of_an_equal_or_newer_epoch) // R10
{
    cluster c = with_letters(1, 5);
    apply(c, metadata_builder{}.broker(1).topic("letters", id_of(1), {{.leader = 2, .epoch = 5}}));
    EXPECT_EQ(first_partition(c).leader, 2);
    apply(c, metadata_builder{}.broker(1).topic("letters", id_of(1), {{.leader = 3, .epoch = 6}}));
    EXPECT_EQ(first_partition(c).leader, 3);
}

TEST(cluster, remembers_the_highest_epoch_over_an_answer_without_epochs) // B17
{
    cluster c = with_letters(1, 5);
    apply(c, metadata_builder{}.broker(1).topic("letters", id_of(1), {{.leader = 2, .epoch = -1}}));
    EXPECT_EQ(first_partition(c).leader, 2);
    EXPECT_EQ(first_partition(c).leader_epoch, -1);
    apply(c, metadata_builder{}.broker(1).topic("letters", id_of(1), {{.leader = 3, .epoch = 4}}));
    EXPECT_EQ(first_partition(c).leader, 2);
}

TEST(cluster, takes_no_epoch_from_a_broker_that_may_tell_an_old_one) // KAFKA-9212
{
    const auto answer = metadata_builder{}.broker(1).topic("letters", id_of(1), {{.leader = 1, .epoch = 5}});
    for (const std::int16_t version : {std::int16_t{7}, std::int16_t{8}}) {
        cluster c;
        c.apply(answer.response(), false, start, grace, api_version{version});
        EXPECT_EQ(first_partition(c).leader, 1);
        EXPECT_EQ(first_partition(c).leader_epoch, -1);
        EXPECT_EQ(first_partition(c).highest_epoch, -1);
        cluster shown;
        shown.apply_all(answer.response(), start, api_version{version});
        EXPECT_EQ(first_partition(shown).leader_epoch, -1);
    }
    cluster c;
    c.apply(answer.response(), false, start, grace, api_version{9});
    EXPECT_EQ(first_partition(c).leader_epoch, 5);
}

TEST(cluster, begins_the_epochs_anew_when_the_topic_was_made_anew) // B16
{
    cluster c = with_letters(1, 5);
    apply(c, metadata_builder{}.broker(1).topic("letters", id_of(2), {{.leader = 2, .epoch = 0}}));
    EXPECT_EQ(first_partition(c).leader, 2);
    EXPECT_EQ(first_partition(c).leader_epoch, 0);
    EXPECT_EQ(c.find_topic("letters")->recreated, 1);
    EXPECT_EQ(c.find_topic(id_of(1)), nullptr);
    EXPECT_NE(c.find_topic(id_of(2)), nullptr);
}

TEST(cluster, keeps_the_topic_id_when_an_older_broker_does_not_tell_it)
{
    cluster c = with_letters(1, 5);
    apply(c, metadata_builder{}.broker(1).topic("letters", uuid{}, {{.leader = 2, .epoch = 6}}));
    EXPECT_EQ(c.find_topic("letters")->id, id_of(1));
    EXPECT_EQ(c.find_topic("letters")->recreated, 0);
}

TEST(cluster, keeps_a_topic_that_an_answer_omits_for_the_grace_period) // B16
{
    cluster c = with_letters(1, 5);
    const metadata_builder without = metadata_builder{}.broker(1);
    apply(c, without, start + 1s, true);
    apply(c, without, start + 15s, true);
    ASSERT_NE(c.find_topic("letters"), nullptr);
    EXPECT_EQ(first_partition(c).leader, 1);
    apply(c, without, start + 16s, true);
    EXPECT_EQ(c.find_topic("letters"), nullptr);
    EXPECT_EQ(c.find_topic(id_of(1)), nullptr);
}

TEST(cluster, begins_the_grace_period_anew_when_the_topic_was_there_in_between) // B16
{
    cluster c = with_letters(1, 5);
    const metadata_builder unknown =
        metadata_builder{}.broker(1).refused_topic("letters", broker_errc::unknown_topic_or_partition);
    apply(c, unknown, start + 1s);
    apply(c, metadata_builder{}.broker(1).topic("letters", id_of(1), {{.leader = 1, .epoch = 5}}), start + 10s);
    apply(c, unknown, start + 20s);
    EXPECT_NE(c.find_topic("letters"), nullptr);
    apply(c, unknown, start + 35s);
    EXPECT_EQ(c.find_topic("letters"), nullptr);
}

TEST(cluster, keeps_a_partition_that_an_answer_omits_for_the_grace_period) // B16
{
    cluster c;
    apply(c, metadata_builder{}.broker(1).topic("letters", id_of(1), {{.leader = 1}, {.leader = 2}}));
    const metadata_builder shorter = metadata_builder{}.broker(1).topic("letters", id_of(1), {{.leader = 1}});
    apply(c, shorter, start + 1s);
    ASSERT_NE(c.find_topic("letters")->find_partition(1), nullptr);
    EXPECT_EQ(c.find_topic("letters")->find_partition(1)->leader, 2);
    apply(c, shorter, start + 16s);
    EXPECT_EQ(c.find_topic("letters")->find_partition(1), nullptr);
}

TEST(cluster, keeps_what_it_knows_of_a_topic_that_is_answered_with_an_error) // B16
{
    cluster c = with_letters(1, 5);
    apply(c, metadata_builder{}.broker(1).refused_topic("letters", broker_errc::leader_not_available));
    EXPECT_EQ(first_partition(c).leader, 1);
    EXPECT_EQ(c.find_topic("letters")->error, broker_errc::leader_not_available);
}

TEST(cluster, forgets_its_topics_when_another_cluster_answers)
{
    cluster c = with_letters(1, 5);
    apply(c, metadata_builder{}.cluster("other").broker(1));
    EXPECT_EQ(c.id(), "other");
    EXPECT_EQ(c.find_topic("letters"), nullptr);
}

TEST(cluster, takes_a_leader_that_an_answer_names_only_if_its_epoch_is_newer) // R11
{
    cluster c = with_letters(1, 5);
    const leader_hint old[] = {{.topic = "letters", .partition = 0, .leader = 2, .epoch = 5},
                               {.topic = "letters", .partition = 0, .leader = -1, .epoch = 6},
                               {.topic = "letters", .partition = 9, .leader = 2, .epoch = 6},
                               {.topic = "diaries", .partition = 0, .leader = 2, .epoch = 6}};
    EXPECT_EQ(c.apply_leaders(old), std::vector<bool>(4, false));
    EXPECT_EQ(first_partition(c).leader, 1);
    const leader_hint news{.topic = "letters", .partition = 0, .leader = 2, .epoch = 6};
    EXPECT_TRUE(c.is_news(news));
    EXPECT_EQ(c.apply_leaders({&news, 1}), std::vector<bool>{true});
    EXPECT_EQ(first_partition(c).leader, 2);
    apply(c, metadata_builder{}.broker(1).topic("letters", id_of(1), {{.leader = 1, .epoch = 5}}));
    EXPECT_EQ(first_partition(c).leader, 2) << "metadata of before the hint is stale";
}

TEST(cluster, takes_the_leaders_of_several_partitions_and_topics_at_once) // R11
{
    cluster c;
    apply(c, metadata_builder{}
                 .broker(1)
                 .topic("letters", id_of(1), {{.leader = 1, .epoch = 5}, {.leader = 1, .epoch = 5}})
                 .topic("diaries", id_of(2), {{.leader = 1, .epoch = 5}}));
    const broker_info two{.id = 2, .host = "two", .port = 9092};
    const leader_hint hints[] = {{.topic = "letters", .partition = 0, .leader = 2, .epoch = 6, .broker = two},
                                 {.topic = "letters", .partition = 1, .leader = 3, .epoch = 6},
                                 {.topic = "letters", .partition = 0, .leader = 4, .epoch = 6},
                                 {.topic = "diaries", .partition = 0, .leader = 2, .epoch = 7}};
    EXPECT_EQ(c.apply_leaders(hints), (std::vector<bool>{true, true, false, true}));
    EXPECT_EQ(c.find_topic("letters")->find_partition(0)->leader, 2);
    EXPECT_EQ(c.find_topic("letters")->find_partition(1)->leader, 3);
    EXPECT_EQ(c.find_topic("diaries")->find_partition(0)->leader, 2);
    EXPECT_EQ(c.find_broker(2)->host, "two");
}

TEST(cluster, ignores_partitions_whose_index_cannot_be)
{
    cluster c;
    apply(c, metadata_builder{}.broker(1).topic("letters", id_of(1),
                                                {{.index = 0},
                                                 {.index = std::numeric_limits<std::int32_t>::max()},
                                                 {.index = cluster::max_partitions},
                                                 {.index = 100'000}, // among six
                                                 {.index = -1},
                                                 {.index = std::numeric_limits<std::int32_t>::min()}}));
    ASSERT_EQ(c.find_topic("letters")->partitions.size(), 1u);
    EXPECT_EQ(c.find_topic("letters")->partitions[0].index, 0);
    apply(c, metadata_builder{}.broker(1).topic("diaries", id_of(2), {{.index = -1}}));
    EXPECT_TRUE(c.find_topic("diaries")->partitions.empty());
    EXPECT_EQ(cluster::partition_bound(1), 1040);
    EXPECT_EQ(cluster::partition_bound(std::numeric_limits<std::size_t>::max()), cluster::max_partitions);
}

TEST(cluster, survives_duplicate_and_disordered_brokers_and_partitions) // B20
{
    cluster c;
    apply(c, metadata_builder{}
                 .broker(2)
                 .broker(1, "first")
                 .broker(1, "second")
                 .topic("letters", id_of(1),
                        {{.leader = 1, .index = 1}, {.leader = 2, .index = 0}, {.leader = 3, .index = 1}}));
    ASSERT_EQ(c.brokers().size(), 2u);
    EXPECT_EQ(c.find_broker(1)->host, "first");
    ASSERT_EQ(c.find_topic("letters")->partitions.size(), 2u);
    EXPECT_EQ(c.find_topic("letters")->find_partition(1)->leader, 1);
}

TEST(cluster, shares_what_did_not_change_between_snapshots)
{
    const cluster before = with_letters(1, 5);
    cluster after = before;
    apply(after, metadata_builder{}.broker(1).broker(2).topic("letters", id_of(1), {{.leader = 1, .epoch = 5}}));
    EXPECT_EQ(before.find_topic("letters"), after.find_topic("letters"));
    EXPECT_GT(after.version(), before.version());
}

} // namespace
} // namespace odradek
