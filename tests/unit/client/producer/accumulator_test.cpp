// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/accumulator.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <string_view>
#include <tests/support/virtual_clock.hpp>
#include <vector>

namespace odradek::detail {
namespace {

class accumulator_rounds : public testing::Test {
protected:
    void append(std::string_view value)
    {
        delivery_callback nobody;
        const record one{.topic = "letters", .partition = 0, .value = bytes_view{value}};
        ASSERT_FALSE(records.append(nullptr, one, nullptr, nobody));
    }
    /// The topic becomes known, with one partition.
    void place()
    {
        const auto retire = [this](const std::shared_ptr<produce_batch>& held) { records.note_ended(*held); };
        records.place_held(topic, table, retire, {}, true);
    }
    /// The batch that lies in the partition is delivered.
    void deliver() { records.note_ended(*records.take(partition, steady_time::max())); }

    accumulator records{{}, std::make_shared<test::virtual_clock>(), [] {}};
    topic_queue& topic = *records.topic("letters");
    partition_queue partition{topic, 0, 5};
    partition_table table{.all = {&partition}, .available = {0}};
};

TEST_F(accumulator_rounds, end_when_their_batches_have_ended)
{
    place();
    append("a");
    const std::uint64_t round = records.next_round();
    EXPECT_FALSE(records.has_ended(round));
    deliver();
    EXPECT_TRUE(records.has_ended(round));
}

// A flush or a close right after the first sends ended at once, and the close gave the records up.
TEST_F(accumulator_rounds, keep_the_records_that_were_held_until_their_topic_was_known)
{
    append("a");
    const std::uint64_t round = records.next_round();
    place();
    EXPECT_FALSE(records.has_ended(round));
    deliver();
    EXPECT_TRUE(records.has_ended(round));
}

TEST_F(accumulator_rounds, wait_for_a_batch_of_a_later_round_that_takes_what_was_held)
{
    record one{.topic = "letters", .partition = 1, .value = bytes_view{std::string_view{"held"}}};
    place();
    delivery_callback nobody;
    ASSERT_FALSE(records.append(nullptr, one, nullptr, nobody)); // no such partition yet
    const std::uint64_t round = records.next_round();
    partition_queue second{topic, 1, 5};
    const partition_table grown{.all = {&partition, &second}, .available = {0, 1}};
    topic.table = &grown; // as another thread may see it before what was held is placed
    one.value = bytes_view{std::string_view{"later"}};
    ASSERT_FALSE(records.append(nullptr, one, nullptr, nobody));
    records.place_held(topic, grown, [this](const auto& held) { records.note_ended(*held); }, {}, true);
    const auto batch = records.take(second, steady_time::max());
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->builder.count(), 2);
    EXPECT_FALSE(records.has_ended(round));
    records.note_ended(*batch);
    EXPECT_TRUE(records.has_ended(round));
}

} // namespace
} // namespace odradek::detail
