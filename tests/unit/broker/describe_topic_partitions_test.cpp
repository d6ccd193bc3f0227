// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/describe_topic_partitions.hpp>

#include <gtest/gtest.h>

#include <string>
#include <tests/support/broker_asking.hpp>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

using test::answered;
using test::broker_core;
using test::topic_of;
using cursor = describe_topic_partitions_request::cursor_data;
using place = std::pair<std::string, std::int32_t>;

class describe_topic_partitions_test : public testing::Test { // KIP-966
protected:
    describe_topic_partitions_test()
    {
        brokers.create("b", 3);
        brokers.create("a", 2);
    }

    [[nodiscard]] answered<describe_topic_partitions_response>
    ask(const std::vector<std::string_view>& names = {}, std::int32_t limit = 2000, const cursor* from = nullptr)
    {
        std::vector<describe_topic_partitions_request::topic_request> topics;
        for (const std::string_view name : names) topics.push_back({.name = name});
        describe_topic_partitions_request request;
        request.topics = topics;
        request.response_partition_limit = limit;
        request.cursor = from;
        return brokers.ask(request, 0);
    }
    static std::vector<place> places(const answered<describe_topic_partitions_response>& said)
    {
        std::vector<place> all;
        for (const auto& topic : said->topics)
            for (const auto& one : topic.partitions) all.emplace_back(*topic.name, one.partition_index);
        return all;
    }
    static place next(const answered<describe_topic_partitions_response>& said)
    {
        return said->next_cursor ? place{std::string(said->next_cursor->topic_name), said->next_cursor->partition_index}
                                 : place{"the end", -1};
    }

    broker_core brokers{broker_core::options(2)};
};

TEST_F(describe_topic_partitions_test, tells_all_topics_by_name_when_none_is_named)
{
    const auto said = ask();
    EXPECT_EQ(places(said), (std::vector<place>{{"a", 0}, {"a", 1}, {"b", 0}, {"b", 1}, {"b", 2}}));
    EXPECT_EQ(said->topics[0].topic_id, topic_of(brokers, "a").id);
    EXPECT_EQ(next(said).first, "the end");
}

TEST_F(describe_topic_partitions_test, tells_topics_once_and_in_order)
{
    const auto said = ask({"b", "a", "b"});
    ASSERT_EQ(said->topics.size(), 2u);
    EXPECT_EQ(said->topics[0].name, nullable<std::string_view>{"a"});
}

TEST_F(describe_topic_partitions_test, names_what_is_not_there)
{
    const auto said = ask({"a", "nowhere", "not/a/name"});
    ASSERT_EQ(said->topics.size(), 3u);
    EXPECT_EQ(said->topics[0].error_code, broker_errc::none);
    EXPECT_EQ(said->topics[1].error_code, broker_errc::invalid_topic_exception);
    EXPECT_EQ(said->topics[2].error_code, broker_errc::unknown_topic_or_partition);
}

TEST_F(describe_topic_partitions_test, goes_on_where_the_page_before_ended)
{
    const auto first = ask({}, 3);
    EXPECT_EQ(places(first), (std::vector<place>{{"a", 0}, {"a", 1}, {"b", 0}}));
    EXPECT_EQ(next(first), (place{"b", 1}));
    const cursor from{.topic_name = "b", .partition_index = 1};
    const auto second = ask({}, 3, &from);
    EXPECT_EQ(places(second), (std::vector<place>{{"b", 1}, {"b", 2}}));
    EXPECT_EQ(next(second).first, "the end");
}

TEST_F(describe_topic_partitions_test, begins_the_next_page_with_the_next_topic_when_one_ends_the_page)
{
    EXPECT_EQ(next(ask({}, 2)), (place{"b", 0}));
    EXPECT_EQ(next(ask({"a", "aa"}, 2)), (place{"aa", 0})) << "even if that one is not there";
}

TEST_F(describe_topic_partitions_test, always_tells_one_partition)
{
    for (const std::int32_t limit : {0, -1, 1}) {
        const auto said = ask({}, limit);
        EXPECT_EQ(places(said), (std::vector<place>{{"a", 0}})) << limit;
        EXPECT_EQ(next(said), (place{"a", 1})) << limit;
    }
}

TEST_F(describe_topic_partitions_test, tells_no_more_than_2000_partitions_at_once)
{
    brokers.create("c", 2100);
    const auto said = ask({"c"}, 5000);
    ASSERT_EQ(said->topics.size(), 1u);
    EXPECT_EQ(said->topics[0].partitions.size(), 2000u);
    EXPECT_EQ(next(said), (place{"c", 2000}));
}

TEST_F(describe_topic_partitions_test, refuses_a_cursor_that_points_nowhere)
{
    const cursor negative{.topic_name = "a", .partition_index = -1};
    EXPECT_EQ(ask({"a"}, 10, &negative)->topics[0].error_code, broker_errc::invalid_request);
    const cursor unlisted{.topic_name = "aa", .partition_index = 0};
    const auto said = ask({"a", "b"}, 10, &unlisted);
    ASSERT_EQ(said->topics.size(), 2u);
    EXPECT_EQ(said->topics[0].error_code, broker_errc::invalid_request);
    EXPECT_EQ(said->topics[1].error_code, broker_errc::invalid_request);
}

TEST_F(describe_topic_partitions_test, goes_past_a_topic_that_was_deleted_meanwhile)
{
    const cursor gone{.topic_name = "aa", .partition_index = 1};
    EXPECT_EQ(places(ask({}, 10, &gone)), (std::vector<place>{{"b", 0}, {"b", 1}, {"b", 2}}));
}

TEST_F(describe_topic_partitions_test, tells_leaders_and_replicas_without_an_error_for_one_that_is_missing)
{
    brokers.core.set_up(2, false);
    const auto said = ask({"b"});
    for (const auto& one : said->topics[0].partitions) {
        const bool is_first = one.replica_nodes[0] == 1;
        EXPECT_EQ(one.leader_id, is_first ? 1 : -1);
        EXPECT_EQ(one.error_code, broker_errc::none);
        EXPECT_EQ(one.offline_replicas.size(), is_first ? 0u : 1u);
        EXPECT_TRUE(one.eligible_leader_replicas && one.eligible_leader_replicas->empty());
    }
}

} // namespace
} // namespace odradek::broker
