// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/epochs.hpp>

#include <gtest/gtest.h>

namespace odradek::broker {
namespace {

using end = leader_epochs::end;

leader_epochs three_epochs()
{
    leader_epochs epochs;
    epochs.begin(0, 0);
    epochs.begin(2, 10);
    epochs.begin(5, 25);
    return epochs;
}

TEST(leader_epochs, end_where_the_next_one_begins)
{
    const leader_epochs epochs = three_epochs();
    EXPECT_EQ(epochs.end_of(0, 40), (end{0, 10}));
    EXPECT_EQ(epochs.end_of(1, 40), (end{0, 10})) << "the largest one that is not above";
    EXPECT_EQ(epochs.end_of(2, 40), (end{2, 25}));
    EXPECT_EQ(epochs.end_of(5, 40), (end{5, 40}));
}

TEST(leader_epochs, know_nothing_of_the_future_and_of_no_epoch)
{
    EXPECT_EQ(three_epochs().end_of(6, 40), end{});
    EXPECT_EQ(three_epochs().end_of(-1, 40), end{});
    EXPECT_EQ(leader_epochs{}.end_of(0, 0), end{});
}

TEST(leader_epochs, tell_the_epoch_of_a_record)
{
    const leader_epochs epochs = three_epochs();
    EXPECT_EQ(epochs.epoch_at(9), 0);
    EXPECT_EQ(epochs.epoch_at(10), 2);
    EXPECT_EQ(epochs.epoch_at(99), 5);
}

TEST(leader_epochs, forget_one_that_wrote_nothing)
{
    leader_epochs epochs = three_epochs();
    epochs.begin(6, 25);
    EXPECT_EQ(epochs.end_of(5, 40), (end{2, 25}));
    EXPECT_EQ(epochs.latest(), 6);
}

TEST(leader_epochs, are_cut_at_both_ends)
{
    leader_epochs epochs = three_epochs();
    epochs.truncate_to(25);
    EXPECT_EQ(epochs.latest(), 2);
    epochs.delete_before(12);
    EXPECT_EQ(epochs.epoch_at(11), -1);
    EXPECT_EQ(epochs.epoch_at(12), 2);
}

} // namespace
} // namespace odradek::broker
