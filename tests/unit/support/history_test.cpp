// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <tests/support/history.hpp>

namespace odradek::test {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using testing::ElementsAre;
using testing::IsEmpty;

/// A history that is written down second by second.
class history_test : public testing::Test {
protected:
    [[nodiscard]] static steady_time at(int seconds) { return steady_time{} + std::chrono::seconds{seconds}; }

    /// A send that is acknowledged.
    void acknowledged(std::vector<std::uint64_t> values, std::int64_t base, int from = 1, int to = 2,
                      send_rules rules = {})
    {
        const auto which = story.begin_send("letters", 0, std::move(values), rules, at(from), at(100));
        story.end_send(which, send_end::acknowledged, {}, 0, base, at(to));
    }
    void ended(std::vector<std::uint64_t> values, send_end how, std::error_code ec, send_rules rules = {})
    {
        const auto which = story.begin_send("letters", 0, std::move(values), rules, at(1), at(3));
        story.end_send(which, how, ec, 0, -1, at(2));
    }
    void read(std::int64_t from, std::vector<seen_record> seen, std::uint64_t reader = 1)
    {
        const std::int64_t next = seen.empty() ? from : seen.back().offset + 1;
        story.on_read(reader, "letters", 0, from, seen, next);
    }
    [[nodiscard]] std::vector<anomaly> found(bool drained = true) const
    {
        std::vector<anomaly> kinds;
        for (const finding& one : story.check(drained)) kinds.push_back(one.what);
        return kinds;
    }

    history story;
};

TEST_F(history_test, finds_nothing_wrong_with_a_good_one)
{
    acknowledged({1, 2}, 0, 1, 2);
    acknowledged({3}, 2, 3, 4);
    read(0, {{0, 0, 1}, {1, 0, 2}});
    read(2, {{2, 0, 3}});
    EXPECT_THAT(found(), IsEmpty());
    EXPECT_EQ(story.sends(), 2u);
    EXPECT_EQ(story.acknowledged(), 2u);
    EXPECT_EQ(story.pending(), 0u);
}

TEST_F(history_test, finds_what_is_lost_among_what_was_read)
{
    acknowledged({1}, 0);
    acknowledged({2}, 1, 3, 4);
    read(1, {{1, 0, 2}});
    EXPECT_THAT(found(), ElementsAre(anomaly::lost));
}

TEST_F(history_test, finds_what_was_never_seen_only_when_everything_was_read)
{
    acknowledged({1}, 0);
    EXPECT_THAT(found(), ElementsAre(anomaly::unseen));
    EXPECT_THAT(found(false), IsEmpty());
}

TEST_F(history_test, finds_one_value_at_two_places_unless_that_was_allowed)
{
    acknowledged({1}, 0);
    acknowledged({2}, 1, 3, 4, {.may_duplicate = true});
    read(0, {{0, 0, 1}, {1, 0, 2}, {2, 0, 1}, {3, 0, 2}});
    EXPECT_THAT(found(), ElementsAre(anomaly::duplicate));
}

TEST_F(history_test, finds_two_values_at_one_place)
{
    acknowledged({1}, 0);
    ended({2}, send_end::unknown, errc::outcome_unknown);
    read(0, {{0, 0, 1}});
    read(0, {{0, 0, 2}}, 2);
    EXPECT_THAT(found(), ElementsAre(anomaly::inconsistent_offsets));
}

TEST_F(history_test, finds_another_value_than_was_acknowledged)
{
    acknowledged({1}, 0);
    ended({2}, send_end::unknown, errc::outcome_unknown);
    read(0, {{0, 0, 2}});
    EXPECT_THAT(found(), ElementsAre(anomaly::inconsistent_offsets));
}

TEST_F(history_test, finds_what_nobody_sent_and_what_is_said_to_have_failed)
{
    ended({1}, send_end::failed, broker_errc::message_too_large);
    read(0, {{0, 0, 1}, {1, 0, 77}});
    EXPECT_THAT(found(), ElementsAre(anomaly::phantom, anomaly::phantom));
}

TEST_F(history_test, lets_what_has_an_unknown_outcome_be_there_or_not)
{
    ended({1}, send_end::unknown, errc::outcome_unknown);
    ended({2}, send_end::unknown, errc::outcome_unknown);
    read(0, {{0, 0, 1}});
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(history_test, finds_sends_in_the_wrong_order)
{
    acknowledged({1}, 1, 1, 2);
    acknowledged({2}, 0, 3, 4); // begun after the first had been acknowledged
    read(0, {{0, 0, 2}, {1, 0, 1}});
    EXPECT_THAT(found(), ElementsAre(anomaly::reordered));
}

TEST_F(history_test, takes_sends_at_the_same_time_in_any_order)
{
    acknowledged({1}, 1, 1, 3);
    acknowledged({2}, 0, 2, 4);
    read(0, {{0, 0, 2}, {1, 0, 1}});
    EXPECT_THAT(found(), IsEmpty());
}

TEST_F(history_test, finds_records_of_one_send_that_do_not_follow_each_other)
{
    acknowledged({1, 2}, 0);
    read(0, {{0, 0, 2}, {1, 0, 1}});
    EXPECT_THAT(found(), ElementsAre(anomaly::inconsistent_offsets, anomaly::inconsistent_offsets));
}

TEST_F(history_test, finds_offsets_that_a_reader_skips)
{
    acknowledged({1, 2, 3}, 0);
    read(0, {{0, 0, 1}, {2, 0, 3}});
    read(0, {{0, 0, 1}, {1, 0, 2}, {2, 0, 3}}, 2);
    EXPECT_THAT(found(), ElementsAre(anomaly::skipped));
    read(5, {});
    EXPECT_THAT(found(), ElementsAre(anomaly::skipped, anomaly::skipped));
}

TEST_F(history_test, finds_a_reader_that_goes_back_unless_it_chose_to)
{
    acknowledged({1, 2}, 0);
    read(0, {{0, 0, 1}, {1, 0, 2}});
    story.on_seek(1, "letters", 0);
    read(0, {{0, 0, 1}});
    EXPECT_THAT(found(), IsEmpty());
    read(0, {{0, 0, 1}});
    EXPECT_THAT(found(), ElementsAre(anomaly::went_back));
}

TEST_F(history_test, finds_a_record_that_is_seen_twice_in_one_answer)
{
    acknowledged({1, 2}, 0);
    read(0, {{0, 0, 1}, {0, 0, 1}, {1, 0, 2}});
    EXPECT_THAT(found(), ElementsAre(anomaly::went_back));
}

TEST_F(history_test, finds_a_place_to_read_on_that_is_not_behind_what_was_seen)
{
    acknowledged({1, 2}, 0);
    const seen_record seen[] = {{0, 0, 1}, {1, 0, 2}};
    story.on_read(1, "letters", 0, 0, seen, 1);
    story.on_read(2, "letters", 0, 0, seen, 3);
    EXPECT_THAT(found(), ElementsAre(anomaly::went_back, anomaly::skipped));
}

TEST_F(history_test, excuses_what_was_truncated_but_not_what_came_later)
{
    acknowledged({1}, 0, 1, 2);
    acknowledged({2}, 1, 3, 4);
    story.on_truncated("letters", 0, 1, at(5));
    acknowledged({3}, 1, 6, 7);
    read(0, {{0, 0, 1}, {1, 0, 2}}); // an answer of before
    story.on_seek(1, "letters", 0);
    read(0, {{0, 0, 1}, {1, 1, 3}});
    EXPECT_THAT(found(), IsEmpty());
    acknowledged({4}, 2, 8, 9);
    EXPECT_THAT(found(), ElementsAre(anomaly::unseen));
}

TEST_F(history_test, finds_operations_that_never_end_or_end_twice_or_late)
{
    const auto first = story.begin("never", at(1), at(10));
    const auto second = story.begin("twice", at(1), at(10));
    const auto third = story.begin("late", at(1), at(10));
    story.end(second, {}, at(2));
    story.end(second, {}, at(2));
    story.end(third, {}, at(11));
    EXPECT_FALSE(story.has_ended(first));
    EXPECT_EQ(story.pending(), 1u);
    EXPECT_THAT(found(), ElementsAre(anomaly::completed_twice, anomaly::never_completed, anomaly::late));
}

TEST_F(history_test, finds_sends_that_are_given_up_though_there_is_time)
{
    const auto which = story.begin_send("letters", 0, {1}, {}, at(1), at(60));
    story.end_send(which, send_end::failed, broker_errc::not_leader_or_follower, 0, -1, at(2));
    const auto fine = story.begin_send("letters", 0, {2}, {}, at(1), at(60));
    story.end_send(fine, send_end::failed, broker_errc::message_too_large, 0, -1, at(2));
    const auto in_time = story.begin_send("letters", 0, {3}, {}, at(1), at(60));
    story.end_send(in_time, send_end::failed, broker_errc::not_leader_or_follower, 0, -1, at(59));
    EXPECT_THAT(found(), ElementsAre(anomaly::gave_up));
}

TEST_F(history_test, finds_other_operations_that_are_given_up_but_not_those_whose_aim_has_vanished)
{
    const auto fetch = story.begin("fetch", at(1), at(60));
    story.end(fetch, broker_errc::not_leader_or_follower, at(2));
    const auto elsewhere = story.begin("fetch of nothing", at(1), at(60));
    story.end(elsewhere, errc::unknown_topic, at(2));
    EXPECT_THAT(found(), ElementsAre(anomaly::gave_up, anomaly::gave_up));
    story.on_vanishing();
    EXPECT_THAT(found(), ElementsAre(anomaly::gave_up));
}

TEST_F(history_test, finds_what_fails_or_takes_long_after_everything_had_healed)
{
    const auto before = story.begin("before", at(1), at(42));
    story.on_healed(at(2), 5s);
    const auto slow = story.begin("slow", at(3), at(60));
    const auto failing = story.begin("failing", at(3), at(6));
    const auto good = story.begin("good", at(3), at(60));
    story.end(before, errc::no_broker_available, at(40));
    story.end(slow, {}, at(9));
    story.end(failing, errc::no_broker_available, at(4));
    story.end(good, {}, at(8));
    EXPECT_THAT(found(), ElementsAre(anomaly::not_recovered, anomaly::not_recovered));
}

TEST_F(history_test, finds_a_value_in_another_partition_than_it_was_sent_to)
{
    acknowledged({1}, 0);
    read(0, {{0, 0, 1}});
    const seen_record seen[] = {{0, 0, 1}};
    story.on_read(1, "letters", 1, 0, seen, 1);
    EXPECT_THAT(found(), ElementsAre(anomaly::phantom, anomaly::duplicate));
}

TEST_F(history_test, finds_a_send_that_says_it_went_to_another_partition_than_was_asked_for)
{
    const auto which = story.begin_send("letters", 0, {1}, {}, at(1), at(100));
    story.end_send(which, send_end::acknowledged, {}, 1, 0, at(2));
    read(0, {{0, 0, 1}});
    EXPECT_THAT(found(), ElementsAre(anomaly::phantom));
}

TEST_F(history_test, finds_a_value_that_lies_in_two_partitions_though_any_would_do)
{
    const auto which = story.begin_send("letters", -1, {1}, {}, at(1), at(100));
    story.end_send(which, send_end::acknowledged, {}, 0, 0, at(2));
    read(0, {{0, 0, 1}});
    const seen_record seen[] = {{0, 0, 1}};
    story.on_read(1, "letters", 1, 0, seen, 1);
    EXPECT_THAT(found(), ElementsAre(anomaly::phantom, anomaly::duplicate));
}

TEST_F(history_test, finds_records_that_a_reader_passes_without_a_word)
{
    acknowledged({1, 2}, 0);
    read(0, {{0, 0, 1}, {1, 0, 2}}, 1);
    story.on_read(2, "letters", 0, 0, {}, 2);
    EXPECT_THAT(found(), ElementsAre(anomaly::skipped));
}

TEST_F(history_test, knows_which_positions_were_cut_off)
{
    story.on_truncated("letters", 0, 5, at(1));
    EXPECT_TRUE(story.was_cut_off("letters", 0, 6));
    EXPECT_FALSE(story.was_cut_off("letters", 0, 5));
    EXPECT_FALSE(story.was_cut_off("letters", 1, 6));
}

} // namespace
} // namespace odradek::test
