// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/producers.hpp>

#include <gtest/gtest.h>

#include <limits>

namespace odradek::broker {
namespace {

constexpr std::int64_t id = 7;

class producers_test : public testing::Test {
protected:
    void store(std::int32_t first, std::int32_t last, std::int16_t epoch = 0)
    {
        ASSERT_EQ(states.check(id, epoch, first, last).error, broker_errc::none);
        states.note(id, epoch, {first, last, next, next + (last - first), 1000});
        next += last - first + 1;
    }

    std::size_t total = 0;
    producer_states states{total};
    std::int64_t next = 0;
};

TEST_F(producers_test, knows_the_last_five_batches_again)
{
    for (std::int32_t i = 0; i < 6; ++i) store(i * 10, i * 10 + 9);
    for (std::int32_t i = 1; i < 6; ++i) {
        const auto verdict = states.check(id, 0, i * 10, i * 10 + 9);
        ASSERT_TRUE(verdict.duplicate) << i;
        EXPECT_EQ(verdict.duplicate->first_offset, i * 10);
    }
    EXPECT_EQ(states.check(id, 0, 0, 9).error, broker_errc::out_of_order_sequence_number) << "the sixth is forgotten";
}

TEST_F(producers_test, refuses_a_gap_and_a_part_of_what_it_has)
{
    store(0, 4);
    EXPECT_EQ(states.check(id, 0, 6, 7).error, broker_errc::out_of_order_sequence_number);
    EXPECT_EQ(states.check(id, 0, 0, 3).error, broker_errc::out_of_order_sequence_number);
    EXPECT_EQ(states.check(id, 0, 5, 7).error, broker_errc::none);
}

TEST_F(producers_test, begins_at_0_with_a_new_epoch_and_refuses_an_old_one) // KIP-360
{
    store(0, 4, 3);
    EXPECT_EQ(states.check(id, 4, 5, 5).error, broker_errc::out_of_order_sequence_number);
    EXPECT_EQ(states.check(id, 2, 5, 5).error, broker_errc::invalid_producer_epoch);
    store(0, 0, 4);
    EXPECT_EQ(states.all().at(id).epoch, 4);
}

TEST_F(producers_test, takes_any_sequence_of_a_producer_that_it_does_not_know) // KIP-360
{
    EXPECT_EQ(states.check(id, 0, 17, 18).error, broker_errc::none);
}

TEST_F(producers_test, goes_from_the_greatest_sequence_on_to_0)
{
    constexpr std::int32_t greatest = std::numeric_limits<std::int32_t>::max();
    store(greatest - 1, greatest);
    EXPECT_EQ(states.check(id, 0, 0, 3).error, broker_errc::none);
    EXPECT_EQ(states.check(id, 0, 1, 3).error, broker_errc::out_of_order_sequence_number);
}

TEST_F(producers_test, forgets_what_was_cut_off_and_who_has_been_silent)
{
    store(0, 4);
    store(5, 9);
    states.truncate_to(5);
    EXPECT_EQ(states.all().at(id).last_sequence(), 4);
    states.expire(1001);
    EXPECT_TRUE(states.all().empty());
}

} // namespace
} // namespace odradek::broker
