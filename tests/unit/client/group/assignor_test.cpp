// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/consumer_protocol.hpp>
#include <odradek/tests/unit/client/group/group_line.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <iostream>
#include <string>

namespace odradek {
namespace {

std::string assign(const char* name, const test_group& group)
{
    return owners_text(group.picture(), make_assignor(name)->assign(group.picture()));
}

constexpr const char* assignor_names[] = {"range", "roundrobin", "sticky", "cooperative-sticky"};

TEST(assignor, is_found_by_its_name_on_the_wire)
{
    for (const char* const name : assignor_names) EXPECT_EQ(make_assignor(name)->name(), name);
    EXPECT_EQ(make_assignor("Range"), nullptr);
    EXPECT_EQ(make_assignor(""), nullptr);
}

TEST(assignor, tells_how_its_members_may_rebalance)
{
    for (const char* const name : assignor_names) {
        const auto each = make_assignor(name);
        EXPECT_TRUE(each->supports(rebalance_protocol::eager)) << name;
        EXPECT_EQ(each->supports(rebalance_protocol::cooperative), each->name() == "cooperative-sticky") << name;
    }
}

TEST(assignor, gives_nothing_where_there_is_nothing)
{
    for (const char* const name : assignor_names) {
        EXPECT_TRUE(make_assignor(name)->assign({}).empty()) << name;
        test_group group;
        group.add_member("m", "gone");
        group.own("gone:0+3");
        group.add_member("n", "");
        group.add_topic("gone", 0);
        EXPECT_EQ(make_assignor(name)->assign(group.picture()), std::vector<member_assignment>(2)) << name;
    }
}

TEST(range_assignor, orders_static_members_by_their_instances_and_before_the_others)
{
    test_group group;
    group.add_topic("t", 7);
    group.add_member("a", "t");
    group.add_member("b", "t").instance_id = "2";
    group.add_member("c", "t").instance_id = "1";
    EXPECT_EQ(assign("range", group), "2221100");
}

TEST(range_assignor, cuts_topics_alike_and_keeps_to_the_racks)
{
    test_group group;
    for (const char* const topic : {"t", "u"}) group.add_topic(topic, 3, "x,y,z");
    for (const char* const rack : {"z", "x", "y"}) {
        group.add_member(std::string("m") + std::to_string(group.members.size()), "t u").subscription.rack_id =
            group.keep(rack);
    }
    EXPECT_EQ(assign("range", group), "120 120");
}

TEST(round_robin_assignor, passes_over_who_does_not_subscribe)
{
    test_group group;
    group.add_topic("u", 2);
    group.add_topic("t", 4);
    group.add_member("a", "t u");
    group.add_member("b", "t");
    EXPECT_EQ(assign("roundrobin", group), "00 0101");
}

TEST(sticky_assignor, remembers_by_user_data_what_a_member_had)
{
    const auto mine = make_sticky_assignor();
    EXPECT_EQ(mine->subscription_user_data({}), std::nullopt);
    const std::int32_t numbers[] = {0, 3};
    const consumer_protocol_assignment::topic_partition topics[] = {{"t", numbers}};
    consumer_protocol_assignment came;
    came.assigned_partitions = topics;
    group_membership who;
    who.generation = 5;
    mine->on_assignment(came, who);

    test_group group;
    group.add_topic("t", 4);
    group.add_member("a", "t");
    group.add_member("b", "t");
    group.say(mine->subscription_user_data({}).value());
    EXPECT_EQ(assign("sticky", group), "1001");
}

TEST(sticky_assignor, takes_what_cannot_be_read_for_no_claim)
{
    using namespace std::string_literals;
    for (const std::string& data : {"\0"s, "\xff\xff\xff\xff"s, "\x7f\xff\xff\xff"s, "\0\0\0\1\xff\xff\0\0\0\0"s,
                                    "\0\0\0\1\0\1t\x7f\xff\xff\xff\0\0\0\0"s, "\0\0\0\1\0\1t\0\0\0\2\0\0\0\0"s,
                                    "\0\0\0\2\0\1t\0\0\0\1\0\0\0\0"s}) {
        test_group group;
        group.add_topic("t", 4);
        group.add_member("a", "t");
        group.add_member("b", "t");
        std::vector<std::byte> bytes(data.size());
        std::ranges::copy(bytes_view(data), bytes.begin());
        group.say(bytes);
        EXPECT_EQ(assign("sticky", group), "0101") << data.size();
    }
}

TEST(sticky_assignor, believes_nobody_who_claims_what_does_not_exist)
{
    for (const char* const name : {"sticky", "cooperative-sticky"}) {
        test_group group;
        group.add_topic("t", 4);
        group.add_member("a", "t").subscription.generation_id = 1;
        group.own("t:-1,4+3,2147483647,-2147483648,3 u:0 :0");
        group.add_member("b", "t").subscription.generation_id = 1;
        group.own("t:7,0+1");
        if (std::string_view(name) == "sticky") {
            EXPECT_EQ(assign(name, group), "0101");
        } else {
            EXPECT_EQ(assign(name, group), "1100");
        }
    }
}

TEST(cooperative_sticky_assignor, holds_back_what_somebody_still_owns)
{
    test_group group;
    group.add_topic("t", 4);
    group.add_member("a", "t").subscription.generation_id = 1;
    group.own("t:0+3");
    group.add_member("b", "t");
    EXPECT_EQ(assign("cooperative-sticky", group), "00..");
    group.members.erase(group.members.begin());
    EXPECT_EQ(assign("cooperative-sticky", group), "0000");
}

TEST(cooperative_sticky_assignor, believes_the_newest_generation_and_nobody_where_two_of_it_disagree)
{
    test_group group;
    group.add_topic("t", 4);
    group.add_member("a", "t").subscription.generation_id = 7;
    group.own("t:0,1");
    group.add_member("b", "t").subscription.generation_id = 8;
    group.own("t:1,2,3");
    EXPECT_EQ(assign("cooperative-sticky", group), "011."); // what moves waits, from b to a
    group.members[0].subscription.generation_id = 8;
    EXPECT_EQ(assign("cooperative-sticky", group), "0.11");
}

TEST(assignor, counts_the_later_of_two_members_with_one_id_and_the_first_of_two_topics)
{
    for (const char* const name : assignor_names) {
        test_group group;
        group.add_topic("t", 2);
        group.add_topic("t", 9);
        group.add_member("m", "t t t");
        group.add_member("m", "t t");
        const std::vector<member_assignment> answer = make_assignor(name)->assign(group.picture());
        ASSERT_EQ(answer.size(), 2U);
        EXPECT_TRUE(answer[0].topics.empty()) << name;
        EXPECT_THAT(answer[1].topics, testing::ElementsAre(assigned_topic{"t", {0, 1}})) << name;
    }
}

// A user's own one, as far as it differs from what it need not override.
class all_to_the_first final : public assignor {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "all-to-the-first"; }
    [[nodiscard]] std::vector<member_assignment> assign(const group_picture& group) override
    {
        std::vector<member_assignment> answer(group.members.size());
        for (const assignable_topic& topic : group.topics)
            for (std::int32_t i = 0; i < topic.partitions; ++i) {
                if (i == 0) answer.front().topics.push_back({topic.name, {}});
                answer.front().topics.back().partitions.push_back(i);
            }
        return answer;
    }
};

TEST(assignor, may_be_a_users_own)
{
    all_to_the_first mine;
    EXPECT_TRUE(mine.supports(rebalance_protocol::eager));
    EXPECT_FALSE(mine.supports(rebalance_protocol::cooperative));
    EXPECT_EQ(mine.subscription_user_data({}), std::nullopt);
    mine.on_assignment({}, {});
    test_group group;
    group.add_topic("t", 3);
    group.add_member("a", "t");
    group.add_member("b", "t");
    EXPECT_EQ(owners_text(group.picture(), mine.assign(group.picture())), "000");
}

// No time is asserted, but printed. The two kinds of groups are two algorithms.
TEST(sticky_assignor, copes_with_a_thousand_members_and_ten_thousand_partitions)
{
    for (const bool alike : {true, false}) {
        test_group group;
        for (int topic = 0; topic < 100; ++topic) group.add_topic("topic" + std::to_string(topic), 100);
        for (int member = 0; member < 1000; ++member) {
            std::string topics;
            for (int topic = 0; topic < 100; ++topic)
                if (alike || (member * 7 + topic * topic) % 10 < 3) topics += "topic" + std::to_string(topic) + " ";
            group.add_member("member-" + std::to_string(member * 7919 % 1000), topics);
        }
        for (const int left : {1000, 900}) {
            // First from nothing, then with a tenth of the members gone.
            group.members.resize(static_cast<std::size_t>(left));
            const auto began = std::chrono::steady_clock::now();
            const std::vector<member_assignment> answer = make_cooperative_sticky_assignor()->assign(group.picture());
            const auto took = std::chrono::steady_clock::now() - began;
            std::cout << (alike ? "equal" : "different") << " subscriptions, " << left << " members, 10000 partitions: "
                      << std::chrono::duration_cast<std::chrono::milliseconds>(took).count() << " ms\n";
            std::size_t given = 0;
            for (std::size_t i = 0; i < answer.size(); ++i) {
                std::string owned;
                for (const assigned_topic& topic : answer[i].topics) {
                    given += topic.partitions.size();
                    owned += std::string(topic.topic) + ":";
                    for (const std::int32_t partition : topic.partitions) owned += std::to_string(partition) + ",";
                    owned.back() = ' ';
                }
                std::swap(group.members[i], group.members.back());
                group.own(owned);
                std::swap(group.members[i], group.members.back());
                group.members[i].subscription.generation_id = 1;
            }
            EXPECT_EQ(given, 10000U);
        }
    }
}

} // namespace
} // namespace odradek
