// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/create_partitions.hpp>

#include <gtest/gtest.h>

#include <string>
#include <tests/support/broker_asking.hpp>
#include <vector>

namespace odradek::broker {
namespace {

using test::answered;
using test::broker_core;
using test::options_as;
using test::topic_of;
using wanted = create_partitions_request::create_partitions_topic;
using assigned = create_partitions_request::create_partitions_assignment;
using ids = std::vector<std::int32_t>;
using places = list<assigned>;

wanted up_to(std::int32_t count, std::string_view name = "letters")
{
    return {.name = name, .count = count, .assignments = nullptr};
}

class create_partitions_test : public testing::Test {
protected:
    create_partitions_test() { brokers.create("letters", 2, {.replication_factor = 2}); }

    [[nodiscard]] answered<create_partitions_response> ask(const std::vector<wanted>& topics, std::int16_t version = 3,
                                                           bool only_check = false)
    {
        create_partitions_request request;
        request.topics = topics;
        request.validate_only = only_check;
        return brokers.ask(request, version);
    }
    [[nodiscard]] broker_errc error_of(const wanted& one) { return ask({one})->results[0].error_code; }
    [[nodiscard]] std::size_t count() { return topic_of(brokers).partitions.size(); }

    broker_core brokers{broker_core::options(3)};
};

TEST_F(create_partitions_test, adds_partitions_with_as_many_replicas_in_each_version)
{
    for (std::int16_t version = 0; version <= 3; ++version) {
        const auto said = ask({up_to(version + 3)}, version);
        EXPECT_EQ(said->results[0].name, "letters");
        EXPECT_EQ(said->results[0].error_code, broker_errc::none) << version;
        EXPECT_EQ(count(), static_cast<std::size_t>(version) + 3);
        EXPECT_EQ(topic_of(brokers).partitions.back()->replicas.size(), 2u);
        EXPECT_NE(topic_of(brokers).partitions.back()->leader, -1);
    }
}

TEST_F(create_partitions_test, never_makes_fewer)
{
    EXPECT_EQ(error_of(up_to(2)), broker_errc::invalid_partitions);
    EXPECT_EQ(error_of(up_to(1)), broker_errc::invalid_partitions);
    EXPECT_EQ(error_of(up_to(0)), broker_errc::invalid_partitions);
    EXPECT_EQ(error_of(up_to(-1)), broker_errc::invalid_partitions);
    EXPECT_EQ(count(), 2u);
}

TEST_F(create_partitions_test, knows_no_other_topics)
{
    EXPECT_EQ(error_of(up_to(5, "nowhere")), broker_errc::unknown_topic_or_partition);
}

TEST_F(create_partitions_test, places_replicas_where_the_client_wants_them)
{
    const ids third{3, 1};
    const ids fourth{2, 3};
    const assigned where[] = {{.broker_ids = third}, {.broker_ids = fourth}};
    EXPECT_EQ(error_of({.name = "letters", .count = 4, .assignments = places{where}}), broker_errc::none);
    EXPECT_EQ(topic_of(brokers).find(2)->replicas, third);
    EXPECT_EQ(topic_of(brokers).find(3)->leader, 2);
}

TEST_F(create_partitions_test, refuses_placements_that_cannot_be)
{
    const auto error = [this](std::int32_t to, const std::vector<ids>& brokers_of_each) {
        std::vector<assigned> where;
        for (const ids& one : brokers_of_each) where.push_back({.broker_ids = one});
        return error_of({.name = "letters", .count = to, .assignments = places{where}});
    };
    const auto refused = broker_errc::invalid_replica_assignment;
    EXPECT_EQ(error(4, {{1, 2}}), refused) << "two are added";
    EXPECT_EQ(error(3, {{1, 2}, {2, 3}}), refused) << "one is added";
    EXPECT_EQ(error(3, {{1, 9}}), refused);
    EXPECT_EQ(error(3, {{1, 1}}), refused);
    EXPECT_EQ(error(3, {{}}), refused);
    EXPECT_EQ(error(3, {{1}}), refused) << "the others have two replicas";
    EXPECT_EQ(error(4, {{1, 2}, {1, 2, 3}}), refused);
    EXPECT_EQ(count(), 2u);
}

TEST_F(create_partitions_test, tells_no_placement_from_an_empty_one)
{
    EXPECT_EQ(error_of({.name = "letters", .count = 3, .assignments = places{}}),
              broker_errc::invalid_replica_assignment);
    EXPECT_EQ(error_of({.name = "letters", .count = 2, .assignments = places{}}), broker_errc::invalid_partitions)
        << "the number comes first";
    EXPECT_EQ(error_of(up_to(3)), broker_errc::none);
}

TEST_F(create_partitions_test, refuses_only_what_is_named_twice)
{
    brokers.create("diaries");
    const auto said = ask({up_to(4), up_to(3, "diaries"), up_to(5)});
    ASSERT_EQ(said->results.size(), 2u);
    for (const auto& one : said->results)
        EXPECT_EQ(one.error_code, one.name == "diaries" ? broker_errc::none : broker_errc::invalid_request) << one.name;
    EXPECT_EQ(count(), 2u);
}

TEST_F(create_partitions_test, adds_nothing_when_it_is_only_to_be_checked)
{
    EXPECT_EQ(ask({up_to(4)}, 3, true)->results[0].error_code, broker_errc::none);
    EXPECT_EQ(ask({up_to(1)}, 3, true)->results[0].error_code, broker_errc::invalid_partitions);
    EXPECT_EQ(count(), 2u);
}

TEST_F(create_partitions_test, leaves_what_there_is_as_it_was)
{
    test::store(brokers, 3);
    (void)ask({up_to(3)});
    EXPECT_EQ(test::log_of(brokers).end_offset(), 3);
    EXPECT_EQ(test::log_of(brokers, "letters", 2).end_offset(), 0);
    EXPECT_EQ(topic_of(brokers).find(0)->leader_epoch, 0);
}

TEST_F(create_partitions_test, goes_to_the_controller_with_zookeeper)
{
    broker_core old{options_as("2.8", 2)};
    old.create("letters");
    const wanted topics[] = {up_to(3)};
    create_partitions_request request;
    request.topics = topics;
    EXPECT_EQ(old.ask(old.connect(2), request, 3)->results[0].error_code, broker_errc::not_controller);
    EXPECT_EQ(old.ask(old.connect(1), request, 3)->results[0].error_code, broker_errc::none);
}

} // namespace
} // namespace odradek::broker
