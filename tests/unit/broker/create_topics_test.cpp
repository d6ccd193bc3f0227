// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/create_topics.hpp>

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tests/support/broker_asking.hpp>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

using test::answered;
using test::broker_core;
using test::options_as;
using test::topic_of;
using wanted = create_topics_request::creatable_topic;
using assigned = create_topics_request::creatable_replica_assignment;
using setting = create_topics_request::creatable_topic_config;
using ids = std::vector<std::int32_t>;

answered<create_topics_response> ask(broker_core& in, const std::vector<wanted>& topics, std::int16_t version = 7,
                                     bool only_check = false)
{
    create_topics_request request;
    request.topics = topics;
    request.validate_only = only_check;
    return in.ask(request, version);
}

broker_errc error_of(broker_core& in, const wanted& one, std::int16_t version = 7)
{
    return ask(in, {one}, version)->topics[0].error_code;
}

/// A topic whose replicas the client chose.
wanted placed(std::string_view name, const std::vector<assigned>& where)
{
    return {.name = name, .num_partitions = -1, .replication_factor = -1, .assignments = where};
}

TEST(create_topics, are_answered_in_each_version)
{
    broker_core brokers;
    for (std::int16_t version = 2; version <= 7; ++version) {
        const std::string name = "letters-" + std::to_string(version);
        const auto said = ask(brokers, {{.name = name, .num_partitions = 3, .replication_factor = 1}}, version);
        ASSERT_EQ(said->topics.size(), 1u);
        EXPECT_EQ(said->topics[0].error_code, broker_errc::none) << version;
        EXPECT_FALSE(said->topics[0].error_message) << version;
        EXPECT_EQ(said->topics[0].num_partitions, version < 5 ? -1 : 3) << version;
        EXPECT_EQ(said->topics[0].replication_factor, version < 5 ? -1 : 1) << version;
        EXPECT_EQ(said->topics[0].topic_id.is_zero(), version < 7) << version;
        EXPECT_EQ(topic_of(brokers, name).partitions.size(), 3u) << version;
    }
}

TEST(create_topics, take_the_brokers_defaults_for_minus_1) // KIP-464
{
    auto how = broker_core::options(3);
    how.cluster.default_partitions = 5;
    how.cluster.default_replication_factor = 2;
    broker_core brokers{std::move(how)};
    const auto said = ask(brokers, {{.name = "letters", .num_partitions = -1, .replication_factor = -1}});
    EXPECT_EQ(said->topics[0].num_partitions, 5);
    EXPECT_EQ(said->topics[0].replication_factor, 2);
    EXPECT_EQ(topic_of(brokers).partitions.size(), 5u);
    EXPECT_EQ(topic_of(brokers).find(0)->replicas.size(), 2u);
}

TEST(create_topics, refuse_numbers_that_cannot_be)
{
    broker_core brokers{broker_core::options(2)};
    const auto error = [&](std::int32_t partitions, std::int16_t replicas) {
        return error_of(brokers, {.name = "x", .num_partitions = partitions, .replication_factor = replicas});
    };
    EXPECT_EQ(error(0, 1), broker_errc::invalid_partitions);
    EXPECT_EQ(error(-2, 1), broker_errc::invalid_partitions);
    EXPECT_EQ(error(1, 0), broker_errc::invalid_replication_factor);
    EXPECT_EQ(error(1, -2), broker_errc::invalid_replication_factor);
    EXPECT_EQ(error(1, 3), broker_errc::invalid_replication_factor) << "there are two brokers";
    EXPECT_EQ(error(0, 0), broker_errc::invalid_replication_factor) << "looked at first";
    EXPECT_EQ(brokers.core.cluster().find_topic("x"), nullptr);
}

TEST(create_topics, refuse_partitions_first_with_zookeeper)
{
    broker_core brokers{options_as("2.8")};
    EXPECT_EQ(error_of(brokers, {.name = "x", .num_partitions = 0, .replication_factor = 0}),
              broker_errc::invalid_partitions);
    brokers.create("a");
    EXPECT_EQ(error_of(brokers, {.name = "a", .num_partitions = 0, .replication_factor = 1}),
              broker_errc::topic_already_exists)
        << "but for names that are taken";
}

TEST(create_topics, refuse_names_that_are_taken_or_cannot_be)
{
    broker_core brokers;
    brokers.create("a.b");
    const auto error = [&](std::string_view name) {
        return error_of(brokers, {.name = name, .num_partitions = 1, .replication_factor = 1});
    };
    EXPECT_EQ(error("a.b"), broker_errc::topic_already_exists);
    EXPECT_EQ(error("a_b"), broker_errc::invalid_topic_exception) << "the two collide in metrics";
    EXPECT_EQ(error(""), broker_errc::invalid_topic_exception);
    EXPECT_EQ(error(".."), broker_errc::invalid_topic_exception);
    EXPECT_EQ(error("a b"), broker_errc::invalid_topic_exception);
    EXPECT_EQ(error(std::string(250, 'x')), broker_errc::invalid_topic_exception);
    EXPECT_EQ(error(std::string(249, 'x')), broker_errc::none);
}

TEST(create_topics, refuse_only_what_is_named_twice)
{
    broker_core brokers;
    const wanted once{.name = "once", .num_partitions = 1, .replication_factor = 1};
    const wanted twice{.name = "twice", .num_partitions = 1, .replication_factor = 1};
    const auto said = ask(brokers, {twice, once, twice, twice});
    ASSERT_EQ(said->topics.size(), 2u);
    for (const auto& one : said->topics)
        EXPECT_EQ(one.error_code, one.name == "once" ? broker_errc::none : broker_errc::invalid_request) << one.name;
    EXPECT_EQ(brokers.core.cluster().topics().size(), 1u);
}

TEST(create_topics, place_replicas_where_the_client_wants_them)
{
    broker_core brokers{broker_core::options(3)};
    const ids second_first{2, 1};
    const ids third_second{3, 2};
    const auto said = ask(brokers, {placed("letters", {{.partition_index = 1, .broker_ids = third_second},
                                                       {.partition_index = 0, .broker_ids = second_first}})});
    EXPECT_EQ(said->topics[0].error_code, broker_errc::none);
    EXPECT_EQ(said->topics[0].num_partitions, 2);
    EXPECT_EQ(said->topics[0].replication_factor, 2);
    EXPECT_EQ(topic_of(brokers).find(0)->replicas, second_first);
    EXPECT_EQ(topic_of(brokers).find(0)->leader, 2) << "the first one leads";
    EXPECT_EQ(topic_of(brokers).find(1)->replicas, third_second);
}

TEST(create_topics, refuse_placements_that_cannot_be)
{
    broker_core brokers{broker_core::options(3)};
    const ids one{1};
    const ids two{1, 2};
    const ids same{1, 1};
    const ids stranger{9};
    const ids none;
    const auto error = [&](const std::vector<assigned>& where) { return error_of(brokers, placed("x", where)); };
    const auto refused = broker_errc::invalid_replica_assignment;
    EXPECT_EQ(error({{.partition_index = 0, .broker_ids = stranger}}), refused);
    EXPECT_EQ(error({{.partition_index = 0, .broker_ids = same}}), refused);
    EXPECT_EQ(error({{.partition_index = 0, .broker_ids = none}}), refused);
    EXPECT_EQ(error({{.partition_index = 1, .broker_ids = one}}), refused) << "there is no partition 0";
    EXPECT_EQ(error({{.partition_index = 0, .broker_ids = one}, {.partition_index = 0, .broker_ids = two}}), refused);
    EXPECT_EQ(error({{.partition_index = 0, .broker_ids = one}, {.partition_index = 1, .broker_ids = two}}), refused)
        << "not the same number of replicas";
    EXPECT_EQ(brokers.core.cluster().find_topic("x"), nullptr);
}

TEST(create_topics, take_a_placement_or_numbers_but_not_both)
{
    broker_core brokers;
    const ids one{1};
    const assigned where[] = {{.partition_index = 0, .broker_ids = one}};
    EXPECT_EQ(error_of(brokers, {.name = "x", .num_partitions = 1, .replication_factor = -1, .assignments = where}),
              broker_errc::invalid_request);
    EXPECT_EQ(error_of(brokers, {.name = "x", .num_partitions = -1, .replication_factor = 1, .assignments = where}),
              broker_errc::invalid_request);
}

TEST(create_topics, refuse_settings_that_cannot_be)
{
    broker_core brokers;
    const auto error = [&](std::string_view name, nullable<std::string_view> value) {
        const setting one[] = {{.name = name, .value = value}};
        return error_of(brokers, {.name = "x", .num_partitions = 1, .replication_factor = 1, .configs = one});
    };
    EXPECT_EQ(error("no.such.setting", "1"), broker_errc::invalid_config);
    EXPECT_EQ(error("retention.ms", "soon"), broker_errc::invalid_config);
    EXPECT_EQ(error("retention.ms", "-2"), broker_errc::invalid_config);
    EXPECT_EQ(error("retention.ms", nullptr), broker_errc::invalid_config);
    EXPECT_EQ(error("cleanup.policy", "forget"), broker_errc::invalid_config);
    EXPECT_EQ(error("message.timestamp.type", "NoTime"), broker_errc::invalid_config);
    EXPECT_EQ(error("min.insync.replicas", "0"), broker_errc::invalid_config);
    EXPECT_EQ(error("max.message.bytes", "2147483648"), broker_errc::invalid_config) << "beyond an int";
    EXPECT_EQ(brokers.core.cluster().find_topic("x"), nullptr);
}

TEST(create_topics, want_segments_of_a_mebibyte_since_4_0) // KIP-1030
{
    const auto error = [](const char* release, const char* bytes) {
        broker_core brokers{options_as(release)};
        const setting one[] = {{.name = "segment.bytes", .value = bytes}};
        return error_of(brokers, {.name = "x", .num_partitions = 1, .replication_factor = 1, .configs = one});
    };
    EXPECT_EQ(error("4.0", "1048575"), broker_errc::invalid_config);
    EXPECT_EQ(error("4.0", "1048576"), broker_errc::none);
    EXPECT_EQ(error("3.9", "14"), broker_errc::none);
    EXPECT_EQ(error("3.9", "13"), broker_errc::invalid_config);
}

TEST(create_topics, take_smaller_segments_for_tests)
{
    broker_core brokers;
    const setting one[] = {{.name = "internal.segment.bytes", .value = "100"}};
    EXPECT_EQ(error_of(brokers, {.name = "letters", .num_partitions = 1, .replication_factor = 1, .configs = one}),
              broker_errc::none);
    EXPECT_EQ(topic_of(brokers).settings.segment_bytes, 100);
}

TEST(create_topics, refuse_more_than_10000_partitions_in_one_request)
{
    broker_core brokers;
    const auto said = ask(brokers, {{.name = "large", .num_partitions = 9'999, .replication_factor = 1},
                                    {.name = "small", .num_partitions = 2, .replication_factor = 1}});
    ASSERT_EQ(said->topics.size(), 2u);
    EXPECT_EQ(said->topics[0].error_code, broker_errc::policy_violation);
    EXPECT_EQ(said->topics[1].error_code, broker_errc::policy_violation) << "all of the request";
    EXPECT_TRUE(brokers.core.cluster().topics().empty());
    const auto fits = ask(brokers, {{.name = "large", .num_partitions = 9'999, .replication_factor = 1},
                                    {.name = "small", .num_partitions = 1, .replication_factor = 1}});
    EXPECT_EQ(fits->topics[0].error_code, broker_errc::none);
    EXPECT_EQ(fits->topics[1].error_code, broker_errc::none);
}

TEST(create_topics, count_the_default_number_and_no_negative_ones_towards_the_10000)
{
    auto how = broker_core::options();
    how.cluster.default_partitions = 10'000;
    broker_core brokers{std::move(how)};
    const wanted with_default{.name = "large", .num_partitions = -1, .replication_factor = 1};
    const wanted small{.name = "small", .num_partitions = 1, .replication_factor = 1};
    const wanted wrong{.name = "wrong", .num_partitions = -5, .replication_factor = 1};
    EXPECT_EQ(ask(brokers, {with_default, small})->topics[0].error_code, broker_errc::policy_violation);
    const auto said = ask(brokers, {with_default, wrong});
    EXPECT_EQ(said->topics[0].error_code, broker_errc::none);
    EXPECT_EQ(said->topics[1].error_code, broker_errc::invalid_partitions);
}

TEST(create_topics, make_nothing_when_they_are_only_to_be_checked)
{
    broker_core brokers;
    const wanted good{.name = "letters", .num_partitions = 2, .replication_factor = 1};
    const wanted bad{.name = "a/b", .num_partitions = 2, .replication_factor = 1};
    const auto said = ask(brokers, {good, bad}, 7, true);
    EXPECT_EQ(said->topics[0].error_code, broker_errc::none);
    EXPECT_EQ(said->topics[0].num_partitions, 2);
    EXPECT_EQ(said->topics[1].error_code, broker_errc::invalid_topic_exception);
    EXPECT_TRUE(brokers.core.cluster().topics().empty());
    EXPECT_EQ(brokers.core.cluster().bytes_stored(), 0u);
}

TEST(create_topics, show_the_settings_that_came_out_from_version_5_on) // KIP-525
{
    broker_core brokers;
    const setting one[] = {{.name = "retention.ms", .value = "77"}};
    const auto said =
        ask(brokers, {{.name = "letters", .num_partitions = 1, .replication_factor = 1, .configs = one}}, 5);
    std::map<std::string, std::pair<std::string, int>> shown;
    for (const auto& config : *said->topics[0].configs)
        shown[std::string(config.name)] = {std::string(*config.value), config.config_source};
    EXPECT_EQ(shown.at("retention.ms"), (std::pair{std::string("77"), 1})) << "the topic's own";
    EXPECT_EQ(shown.at("cleanup.policy"), (std::pair{std::string("delete"), 5})) << "a default";
}

TEST(create_topics, go_to_the_controller_with_zookeeper_and_to_anybody_with_kraft)
{
    const auto error = [](const char* release, std::int32_t node) {
        broker_core brokers{options_as(release, 2)};
        const wanted topics[] = {{.name = "letters", .num_partitions = 1, .replication_factor = 1}};
        create_topics_request request;
        request.topics = topics;
        return brokers.ask(brokers.connect(node), request, 5)->topics[0].error_code;
    };
    EXPECT_EQ(error("2.8", 2), broker_errc::not_controller);
    EXPECT_EQ(error("2.8", 1), broker_errc::none);
    EXPECT_EQ(error("3.9", 2), broker_errc::none);
}

TEST(create_topics, say_what_is_wrong)
{
    broker_core brokers;
    brokers.create("letters");
    const auto said = ask(brokers, {{.name = "letters", .num_partitions = 1, .replication_factor = 1}});
    ASSERT_TRUE(said->topics[0].error_message);
    EXPECT_NE(said->topics[0].error_message->find("letters"), std::string_view::npos);
}

} // namespace
} // namespace odradek::broker
