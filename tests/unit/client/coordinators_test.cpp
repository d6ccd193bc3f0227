// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/coordinators.hpp>

#include <gtest/gtest.h>

namespace odradek {
namespace {

const coordinators::key group{.type = coordinator_type::group, .name = "g"};
const coordinators::key transaction{.type = coordinator_type::transaction, .name = "g"};

TEST(coordinators, let_one_of_many_look_up_and_share_what_it_finds) // B40
{
    coordinators table;
    EXPECT_TRUE(table.begin(group));
    EXPECT_FALSE(table.begin(group));
    EXPECT_TRUE(table.begin(transaction)) << "another type is another coordinator";
    table.on_found(group, 3);
    EXPECT_EQ(table.find(group), 3);
    EXPECT_EQ(table.find(transaction), std::nullopt);
}

TEST(coordinators, are_looked_up_by_the_next_one_after_a_failure) // B40
{
    coordinators table;
    ASSERT_TRUE(table.begin(group));
    table.on_failure(group);
    EXPECT_TRUE(table.begin(group));
}

TEST(coordinators, are_forgotten_when_the_broker_denies_it) // B40
{
    coordinators table;
    ASSERT_TRUE(table.begin(group));
    table.on_found(group, 3);
    table.evict(group, 3);
    EXPECT_EQ(table.find(group), std::nullopt);
    EXPECT_TRUE(table.begin(group));
}

TEST(coordinators, are_kept_when_a_late_answer_denies_an_older_finding)
{
    coordinators table;
    table.on_found(group, 4);
    table.evict(group, 3);
    EXPECT_EQ(table.find(group), 4);
}

TEST(coordinators, are_forgotten_with_the_broker_that_was_lost) // B29
{
    coordinators table;
    table.on_found(group, 3);
    table.on_found(transaction, 4);
    table.evict_node(3);
    EXPECT_EQ(table.find(group), std::nullopt);
    EXPECT_EQ(table.find(transaction), 4);
}

TEST(coordinators, keep_a_look_up_under_way_when_everything_else_is_forgotten)
{
    coordinators table;
    ASSERT_TRUE(table.begin(group));
    table.on_found(transaction, 4);
    table.clear();
    EXPECT_EQ(table.find(transaction), std::nullopt);
    EXPECT_FALSE(table.begin(group));
}

} // namespace
} // namespace odradek
