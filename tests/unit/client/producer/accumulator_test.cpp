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
        ASSERT_FALSE(records_.append(nullptr, one, {}, nobody));
    }
    /// The topic becomes known, with one partition.
    void place()
    {
        const auto retire = [this](const std::shared_ptr<produce_batch>& held) { records_.note_ended(*held); };
        records_.place_held(topic_, table_, retire, {}, true);
    }
    /// The batch that lies in the partition is delivered.
    void deliver() { records_.note_ended(*records_.take(partition_, steady_time::max())); }

    accumulator records_{{}, std::make_shared<test::virtual_clock>(), [] {}};
    topic_queue& topic_ = *records_.topic("letters");
    partition_queue partition_{topic_, 0, 5};
    partition_table table_{.all = {&partition_}, .available = {0}};
};

TEST_F(accumulator_rounds, end_when_their_batches_have_ended)
{
    place();
    append("a");
    const std::uint64_t round = records_.next_round();
    EXPECT_FALSE(records_.has_ended(round));
    deliver();
    EXPECT_TRUE(records_.has_ended(round));
}

// A flush or a close right after the first sends ended at once, and the close gave the records up.
TEST_F(accumulator_rounds, keep_the_records_that_were_held_until_their_topic_was_known)
{
    append("a");
    const std::uint64_t round = records_.next_round();
    place();
    EXPECT_FALSE(records_.has_ended(round));
    deliver();
    EXPECT_TRUE(records_.has_ended(round));
}

TEST_F(accumulator_rounds, wait_for_a_batch_of_a_later_round_that_takes_what_was_held)
{
    record one{.topic = "letters", .partition = 1, .value = bytes_view{std::string_view{"held"}}};
    place();
    delivery_callback nobody;
    ASSERT_FALSE(records_.append(nullptr, one, {}, nobody)); // no such partition yet
    const std::uint64_t round = records_.next_round();
    partition_queue second{topic_, 1, 5};
    const partition_table grown{.all = {&partition_, &second}, .available = {0, 1}};
    topic_.table = &grown; // as another thread may see it before what was held is placed
    one.value = bytes_view{std::string_view{"later"}};
    ASSERT_FALSE(records_.append(nullptr, one, {}, nobody));
    records_.place_held(topic_, grown, [this](const auto& held) { records_.note_ended(*held); }, {}, true);
    const auto batch = records_.take(second, steady_time::max());
    ASSERT_TRUE(batch);
    EXPECT_EQ(batch->builder.count(), 2);
    EXPECT_FALSE(records_.has_ended(round));
    records_.note_ended(*batch);
    EXPECT_TRUE(records_.has_ended(round));
}

} // namespace
} // namespace odradek::detail
