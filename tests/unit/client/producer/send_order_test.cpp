// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/send_order.hpp>

#include <gtest/gtest.h>

#include <utility>
#include <vector>

namespace odradek {
namespace {

using result = send_order::result;
using step = send_order::next_step;

constexpr producer_id first{.id = 7, .epoch = 0};
constexpr producer_id second{.id = 7, .epoch = 1};

// A partition in which something was acknowledged, so that several batches may be under way.
send_order established()
{
    send_order order;
    order.add(100, 10, true);
    EXPECT_EQ(order.next(first), 100u);
    EXPECT_EQ(order.begin(100, first), (batch_stamp{first, 0}));
    EXPECT_TRUE(order.on_acknowledged(100));
    return order;
}

// Begins the batches that may be begun and returns their stamps' sequences.
std::vector<std::int32_t> begin_all(send_order& order, const producer_id& now)
{
    std::vector<std::int32_t> sequences;
    while (const auto batch = order.next(now)) sequences.push_back(order.begin(*batch, now).base_sequence);
    return sequences;
}

void add(send_order& order, std::initializer_list<send_order::batch_number> batches)
{
    for (const auto batch : batches) order.add(batch, 10, true);
}

TEST(send_order, numbers_batches_one_after_the_other)
{
    send_order order = established();
    add(order, {1, 2, 3});
    EXPECT_EQ(begin_all(order, first), (std::vector<std::int32_t>{10, 20, 30}));
    EXPECT_TRUE(order.on_acknowledged(1));
    EXPECT_TRUE(order.on_acknowledged(2));
    EXPECT_TRUE(order.on_acknowledged(3));
    EXPECT_TRUE(order.empty());
}

TEST(send_order, lets_the_first_batch_of_an_identity_go_alone)
{
    send_order order;
    add(order, {1, 2});
    EXPECT_EQ(begin_all(order, first), (std::vector<std::int32_t>{0}));
    EXPECT_FALSE(order.may_add(first));
    EXPECT_TRUE(order.on_acknowledged(1));
    EXPECT_EQ(begin_all(order, first), (std::vector<std::int32_t>{10}));
    EXPECT_TRUE(order.may_add(first));
}

TEST(send_order, has_no_more_batches_under_way_than_a_broker_remembers) // KIP-192, R15
{
    send_order order{100};
    order.add(100, 10, true);
    (void)begin_all(order, first);
    EXPECT_TRUE(order.on_acknowledged(100));
    add(order, {1, 2, 3, 4, 5, 6});
    EXPECT_EQ(begin_all(order, first).size(), 5u);
    EXPECT_FALSE(order.may_add(first));
    EXPECT_TRUE(order.on_acknowledged(1));
    EXPECT_EQ(begin_all(order, first), (std::vector<std::int32_t>{60}));
}

TEST(send_order, waits_for_a_producer_id)
{
    send_order order;
    add(order, {1});
    EXPECT_EQ(order.next(producer_id{}), std::nullopt);
    EXPECT_EQ(order.next(first), 1u);
}

TEST(send_order, sends_a_lost_batch_again_under_the_same_sequence) // B2, R12
{
    send_order order = established();
    add(order, {1, 2});
    (void)begin_all(order, first);
    EXPECT_EQ(order.on_failed(1, result::unknown), step::again);
    EXPECT_EQ(order.next(first), std::nullopt) << "the one behind it is not answered yet";
    EXPECT_EQ(order.on_failed(2, result::out_of_order), step::again);
    EXPECT_EQ(begin_all(order, first), (std::vector<std::int32_t>{10, 20})); // R17: in their order
    EXPECT_FALSE(order.is_broken());
}

TEST(send_order, goes_on_with_what_comes_after_when_a_refused_batch_was_repeated)
{
    send_order order = established();
    add(order, {1, 2});
    (void)begin_all(order, first);
    EXPECT_EQ(order.on_failed(1, result::not_appended), step::again);
    EXPECT_EQ(order.on_failed(2, result::out_of_order), step::again);
    EXPECT_EQ(begin_all(order, first), (std::vector<std::int32_t>{10, 20}));
    EXPECT_TRUE(order.on_acknowledged(1));
    EXPECT_TRUE(order.on_acknowledged(2));
    add(order, {3});
    EXPECT_EQ(begin_all(order, first), (std::vector<std::int32_t>{30}));
}

TEST(send_order, begins_a_new_epoch_at_zero_when_the_broker_lost_the_sequence) // B3, KIP-360
{
    send_order order = established();
    add(order, {1, 2});
    (void)begin_all(order, first);
    EXPECT_EQ(order.on_failed(1, result::out_of_order), step::again); // nothing is before it
    EXPECT_TRUE(order.is_broken());
    EXPECT_FALSE(order.wants_new_epoch(first)) << "a batch is still under way";
    EXPECT_EQ(order.on_failed(2, result::out_of_order), step::again);
    EXPECT_EQ(order.next(first), std::nullopt);
    EXPECT_TRUE(order.wants_new_epoch(first));
    EXPECT_EQ(order.next(second), 1u);
    EXPECT_EQ(order.begin(1, second), (batch_stamp{second, 0}));
    EXPECT_EQ(order.next(second), std::nullopt) << "the first of an epoch goes alone";
    EXPECT_TRUE(order.on_acknowledged(1));
    EXPECT_EQ(begin_all(order, second), (std::vector<std::int32_t>{10}));
}

TEST(send_order, never_sends_what_may_be_appended_under_another_epoch) // B3: KAFKA-14034
{
    send_order order = established();
    add(order, {1, 2});
    (void)begin_all(order, first);
    EXPECT_EQ(order.on_failed(1, result::unknown), step::again);
    EXPECT_EQ(order.on_failed(2, result::not_written), step::again);
    EXPECT_EQ(order.begin(*order.next(first), first).base_sequence, 10);
    EXPECT_EQ(order.on_failed(1, result::producer_unknown), step::give_up);
    EXPECT_TRUE(order.wants_new_epoch(first));
    EXPECT_EQ(order.next(second), 2u) << "the second was never appended";
    EXPECT_EQ(order.begin(2, second), (batch_stamp{second, 0}));
}

TEST(send_order, drains_before_a_new_epoch_when_a_batch_runs_out_of_time) // B4, R13
{
    send_order order = established();
    add(order, {1, 2, 3});
    (void)begin_all(order, first);
    EXPECT_TRUE(order.remove(1)) << "it is under way";
    EXPECT_FALSE(order.wants_new_epoch(first));
    EXPECT_EQ(order.on_failed(1, result::unknown), step::nothing);
    EXPECT_EQ(order.on_failed(2, result::unknown), step::again);
    EXPECT_EQ(order.on_failed(3, result::out_of_order), step::again);
    EXPECT_FALSE(order.wants_new_epoch(first)) << "the second may have been appended";
    EXPECT_EQ(order.next(first), 2u) << "so it is found out, under its number";
    EXPECT_EQ(order.begin(2, first).base_sequence, 20);
    EXPECT_EQ(order.next(first), std::nullopt);
    EXPECT_TRUE(order.on_acknowledged(2));
    EXPECT_TRUE(order.wants_new_epoch(first));
    EXPECT_EQ(begin_all(order, second), (std::vector<std::int32_t>{0}));
}

TEST(send_order, removing_a_batch_that_was_never_sent_breaks_nothing)
{
    send_order order = established();
    add(order, {1, 2});
    EXPECT_FALSE(order.remove(1));
    EXPECT_FALSE(order.is_broken());
    EXPECT_EQ(begin_all(order, first), (std::vector<std::int32_t>{10}));
}

TEST(send_order, gives_the_sequences_of_a_refused_batch_to_the_next_one)
{
    send_order order = established();
    add(order, {1});
    EXPECT_EQ(begin_all(order, first), (std::vector<std::int32_t>{10}));
    EXPECT_EQ(order.on_failed(1, result::not_appended), step::again);
    EXPECT_FALSE(order.remove(1));
    EXPECT_FALSE(order.is_broken());
    add(order, {2});
    EXPECT_EQ(begin_all(order, first), (std::vector<std::int32_t>{10}));
}

TEST(send_order, does_not_give_away_sequences_that_may_be_used_or_that_others_follow)
{
    send_order order = established();
    add(order, {1});
    (void)begin_all(order, first);
    EXPECT_EQ(order.on_failed(1, result::unknown), step::again);
    EXPECT_TRUE(order.remove(1));
    EXPECT_TRUE(order.is_broken());

    order = established();
    add(order, {1, 2});
    (void)begin_all(order, first);
    EXPECT_EQ(order.on_failed(1, result::not_appended), step::again);
    EXPECT_FALSE(order.remove(1));
    EXPECT_TRUE(order.is_broken()) << "the second one was sent behind it";
    EXPECT_EQ(order.on_failed(2, result::out_of_order), step::again);
    EXPECT_FALSE(order.remove(2));
    EXPECT_TRUE(order.is_broken()) << "the gap is still there";
}

TEST(send_order, a_batch_that_is_made_smaller_keeps_its_first_sequence) // KIP-467
{
    send_order order = established();
    add(order, {1});
    (void)begin_all(order, first);
    EXPECT_EQ(order.on_failed(1, result::not_appended), step::again);
    order.replace(1, 11, 7);
    EXPECT_FALSE(order.is_broken());
    EXPECT_EQ(begin_all(order, first), (std::vector<std::int32_t>{10}));
    EXPECT_TRUE(order.on_acknowledged(11));
    add(order, {2});
    EXPECT_EQ(begin_all(order, first), (std::vector<std::int32_t>{17}));
}

// Else the broker, which remembers five, forgets the one that is asked for while others pass it.
TEST(send_order, sends_nothing_new_while_it_is_unknown_what_became_of_a_batch) // B2, R12
{
    send_order order = established();
    add(order, {1, 2, 3, 4, 5});
    EXPECT_EQ(begin_all(order, first), (std::vector<std::int32_t>{10, 20, 30, 40, 50}));
    EXPECT_EQ(order.on_failed(1, result::unknown), step::again);
    for (const send_order::batch_number n : {2u, 3u, 4u, 5u}) EXPECT_TRUE(order.on_acknowledged(n));
    for (int attempt = 0; attempt < 3; ++attempt) { // it is there, but the broker says something else
        EXPECT_EQ(begin_all(order, first), (std::vector<std::int32_t>{10}));
        EXPECT_FALSE(order.may_add(first));
        EXPECT_EQ(order.on_failed(1, result::not_appended), step::again);
    }
    add(order, {6}); // it was there before
    EXPECT_EQ(begin_all(order, first), (std::vector<std::int32_t>{10}));
    EXPECT_EQ(order.next(first), std::nullopt);
    EXPECT_TRUE(order.on_acknowledged(1));
    EXPECT_EQ(begin_all(order, first), (std::vector<std::int32_t>{60}));
    EXPECT_TRUE(order.may_add(first));
}

TEST(send_order, takes_up_a_newer_identity_only_without_unresolved_batches)
{
    send_order order = established();
    add(order, {1});
    (void)begin_all(order, first);
    EXPECT_EQ(order.on_failed(1, result::unknown), step::again);
    EXPECT_EQ(order.begin(*order.next(second), second), (batch_stamp{first, 10})); // another partition raised it
    EXPECT_TRUE(order.on_acknowledged(1));
    add(order, {2});
    EXPECT_EQ(order.begin(*order.next(second), second), (batch_stamp{second, 0}));
}

TEST(send_order, splits_a_batch_inside_its_sequences) // B14
{
    send_order order = established();
    add(order, {1, 2});
    (void)begin_all(order, first);
    EXPECT_EQ(order.on_failed(1, result::not_appended), step::again);
    const std::pair<send_order::batch_number, std::int32_t> parts[] = {{11, 4}, {12, 6}};
    order.split(1, parts);
    EXPECT_EQ(order.next(first), std::nullopt) << "the one behind is not answered yet";
    EXPECT_EQ(order.on_failed(2, result::out_of_order), step::again);
    EXPECT_EQ(begin_all(order, first), (std::vector<std::int32_t>{10, 14, 20}));
}

TEST(send_order, replacing_a_batch_that_others_follow_needs_a_new_epoch) // KIP-467
{
    send_order order = established();
    add(order, {1, 2});
    (void)begin_all(order, first);
    EXPECT_EQ(order.on_failed(1, result::not_appended), step::again);
    order.replace(1, 11, 7);
    EXPECT_EQ(order.on_failed(2, result::out_of_order), step::again);
    EXPECT_TRUE(order.wants_new_epoch(first));
    EXPECT_EQ(begin_all(order, second), (std::vector<std::int32_t>{0}));
    EXPECT_TRUE(order.on_acknowledged(11));
    EXPECT_EQ(begin_all(order, second), (std::vector<std::int32_t>{7}));
}

TEST(send_order, without_numbers_keeps_the_order_with_one_in_flight)
{
    send_order order{1};
    order.add(1, 10, false);
    order.add(2, 10, false);
    EXPECT_EQ(order.next(producer_id{}), 1u);
    EXPECT_EQ(order.begin(1, producer_id{}), batch_stamp{});
    EXPECT_EQ(order.next(producer_id{}), std::nullopt);
    EXPECT_EQ(order.on_failed(1, result::unknown), step::again);
    EXPECT_EQ(order.next(producer_id{}), 1u);
    (void)order.begin(1, producer_id{});
    EXPECT_TRUE(order.on_acknowledged(1));
    EXPECT_EQ(order.next(producer_id{}), 2u);
}

TEST(send_order, sequences_wrap_to_zero)
{
    EXPECT_EQ(sequence_after(0x7fffffff, 1), 0);
    EXPECT_EQ(sequence_after(0x7ffffffe, 10), 8);
    EXPECT_EQ(sequence_after(0, 10), 10);
}

} // namespace
} // namespace odradek
