// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/metadata.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <tests/support/broker_asking.hpp>
#include <vector>

namespace odradek::broker {
namespace {

using test::answered;
using test::broker_core;
using test::options_as;
using test::topic_of;
using wanted = metadata_request::metadata_request_topic;

wanted named(std::string_view name)
{
    return {.name = name};
}

wanted identified(const uuid& id)
{
    return {.topic_id = id, .name = nullptr};
}

constexpr uuid nobodys{{1, 2, 3}};
constexpr std::int32_t not_asked = std::numeric_limits<std::int32_t>::min();

class metadata_test : public testing::Test {
protected:
    metadata_test() { brokers.create("letters", 2, {.replication_factor = 2}); }

    [[nodiscard]] answered<metadata_response> ask(const std::vector<wanted>& topics, std::int16_t version = 12,
                                                  bool create = false)
    {
        metadata_request request;
        request.topics = list<wanted>{topics};
        request.allow_auto_topic_creation = create || version < 4; // those have no such field
        return brokers.ask(request, version);
    }

    broker_core brokers{broker_core::options(3)};
};

TEST_F(metadata_test, names_brokers_and_the_leader_of_each_partition)
{
    const auto said = ask({named("letters")});
    ASSERT_EQ(said->brokers.size(), 3u);
    EXPECT_EQ(said->brokers[1].node_id, 2);
    EXPECT_EQ(said->brokers[1].host, "127.0.0.1");
    EXPECT_EQ(said->brokers[1].port, 9002);
    EXPECT_EQ(said->brokers[1].rack, nullable<std::string_view>{"r2"});
    EXPECT_EQ(said->cluster_id, nullable<std::string_view>{"the-cluster"});
    ASSERT_EQ(said->topics.size(), 1u);
    ASSERT_EQ(said->topics[0].partitions.size(), 2u);
    const auto& second = said->topics[0].partitions[1];
    EXPECT_EQ(second.partition_index, 1);
    EXPECT_EQ(second.leader_id, 2);
    EXPECT_EQ(second.leader_epoch, 0);
    EXPECT_EQ(second.replica_nodes.size(), 2u);
    EXPECT_EQ(second.isr_nodes.size(), 2u);
    EXPECT_TRUE(second.offline_replicas.empty());
}

TEST_F(metadata_test, leaves_out_what_a_version_has_no_room_for)
{
    EXPECT_FALSE(ask({named("letters")}, 0)->brokers[0].rack) << "racks came with version 1";
    EXPECT_FALSE(ask({named("letters")}, 1)->cluster_id) << "the cluster's id came with version 2";
    EXPECT_TRUE(ask({named("letters")}, 2)->cluster_id);
    brokers.core.move_leader("letters", 0, 2);
    EXPECT_EQ(ask({named("letters")}, 6)->topics[0].partitions[0].leader_epoch, -1) << "epochs came with version 7";
    EXPECT_EQ(ask({named("letters")}, 7)->topics[0].partitions[0].leader_epoch, 1);
    EXPECT_TRUE(ask({named("letters")}, 9)->topics[0].topic_id.is_zero()) << "ids came with version 10";
    EXPECT_EQ(ask({named("letters")}, 10)->topics[0].topic_id, topic_of(brokers).id);
}

TEST_F(metadata_test, takes_null_for_all_topics_and_an_empty_list_for_none)
{
    brokers.create("diaries");
    metadata_request request;
    request.topics = nullptr;
    for (std::int16_t version = 1; version <= 13; ++version) {
        EXPECT_EQ(brokers.ask(request, version)->topics.size(), 2u) << version;
        EXPECT_EQ(ask({}, version)->topics.size(), 0u) << version;
    }
}

TEST_F(metadata_test, takes_an_empty_list_for_all_topics_in_version_0)
{
    brokers.create("diaries");
    EXPECT_EQ(ask({}, 0)->topics.size(), 2u);
}

TEST_F(metadata_test, tells_a_topic_once_that_is_named_twice)
{
    const auto said = ask({named("letters"), named("nowhere"), named("letters"), named("nowhere")});
    ASSERT_EQ(said->topics.size(), 2u);
    EXPECT_EQ(said->topics[0].name, nullable<std::string_view>{"letters"});
    EXPECT_EQ(said->topics[1].error_code, broker_errc::unknown_topic_or_partition);
}

TEST_F(metadata_test, finds_topics_by_id_and_tells_each_once) // KIP-516
{
    const uuid id = topic_of(brokers).id;
    const auto said = ask({identified(id), identified(id)});
    ASSERT_EQ(said->topics.size(), 1u);
    EXPECT_EQ(said->topics[0].error_code, broker_errc::none);
    EXPECT_EQ(said->topics[0].name, nullable<std::string_view>{"letters"});
    EXPECT_EQ(said->topics[0].topic_id, id);
    EXPECT_EQ(said->topics[0].partitions.size(), 2u);
}

TEST_F(metadata_test, names_no_topic_for_an_id_that_is_unknown)
{
    const auto said = ask({identified(nobodys)});
    ASSERT_EQ(said->topics.size(), 1u);
    EXPECT_EQ(said->topics[0].error_code, broker_errc::unknown_topic_id);
    EXPECT_FALSE(said->topics[0].name);
    EXPECT_EQ(said->topics[0].topic_id, nobodys);
    EXPECT_TRUE(said->topics[0].partitions.empty());
}

TEST_F(metadata_test, forgets_an_id_with_its_topic)
{
    const uuid id = topic_of(brokers).id;
    brokers.core.cluster().remove("letters");
    brokers.create("letters");
    EXPECT_NE(topic_of(brokers).id, id);
    EXPECT_EQ(ask({identified(id)})->topics[0].error_code, broker_errc::unknown_topic_id);
}

TEST_F(metadata_test, looks_only_at_ids_once_one_is_given)
{
    const auto said = ask({named("letters"), identified(nobodys)});
    ASSERT_EQ(said->topics.size(), 1u);
    EXPECT_EQ(said->topics[0].error_code, broker_errc::unknown_topic_id);
}

TEST_F(metadata_test, refuses_ids_and_missing_names_before_version_12)
{
    const uuid id = topic_of(brokers).id;
    for (const std::int16_t version : {std::int16_t{10}, std::int16_t{11}}) {
        const auto by_id = ask({{.topic_id = id, .name = "letters"}}, version);
        ASSERT_EQ(by_id->topics.size(), 1u);
        EXPECT_EQ(by_id->topics[0].error_code, broker_errc::invalid_request) << version;
        const auto unnamed = ask({{.name = nullptr}}, version);
        ASSERT_EQ(unnamed->topics.size(), 1u);
        EXPECT_EQ(unnamed->topics[0].error_code, broker_errc::invalid_request) << version;
        EXPECT_EQ(unnamed->topics[0].name, nullable<std::string_view>{""}) << "that version has no null here";
    }
}

TEST_F(metadata_test, makes_a_missing_topic_only_if_both_sides_want_it)
{
    EXPECT_EQ(ask({named("diaries")}, 12, false)->topics[0].error_code, broker_errc::unknown_topic_or_partition);
    EXPECT_EQ(brokers.core.cluster().find_topic("diaries"), nullptr);
    EXPECT_EQ(ask({named("diaries")}, 12, true)->topics[0].error_code, broker_errc::none);
    EXPECT_NE(brokers.core.cluster().find_topic("diaries"), nullptr);

    auto how = broker_core::options();
    how.cluster.auto_create_topics = false;
    broker_core strict{std::move(how)};
    const wanted topics[] = {named("diaries")};
    metadata_request request;
    request.topics = topics;
    EXPECT_EQ(strict.ask(request, 12)->topics[0].error_code, broker_errc::unknown_topic_or_partition);
    EXPECT_EQ(strict.core.cluster().find_topic("diaries"), nullptr);
}

TEST_F(metadata_test, makes_missing_topics_for_clients_that_cannot_say_no) // before version 4
{
    const wanted topics[] = {named("diaries")};
    metadata_request request;
    request.topics = topics;
    EXPECT_EQ(brokers.ask(request, 3)->topics[0].error_code, broker_errc::none);
    EXPECT_NE(brokers.core.cluster().find_topic("diaries"), nullptr);
}

TEST_F(metadata_test, makes_topics_with_the_defaults_of_the_brokers)
{
    auto how = broker_core::options(3);
    how.cluster.default_partitions = 4;
    how.cluster.default_replication_factor = 2;
    broker_core many{std::move(how)};
    const wanted topics[] = {named("diaries")};
    metadata_request request;
    request.topics = topics;
    const auto said = many.ask(request, 12);
    ASSERT_EQ(said->topics[0].partitions.size(), 4u);
    EXPECT_EQ(said->topics[0].partitions[3].replica_nodes.size(), 2u);
}

TEST_F(metadata_test, makes_no_topic_by_id_and_none_when_all_are_asked_for)
{
    EXPECT_EQ(ask({identified(nobodys)}, 12, true)->topics[0].error_code, broker_errc::unknown_topic_id);
    metadata_request all;
    all.topics = nullptr;
    (void)brokers.ask(all, 12);
    EXPECT_EQ(brokers.core.cluster().topics().size(), 1u);
}

TEST_F(metadata_test, refuses_names_that_no_topic_can_have)
{
    const std::string longest(249, 'x');
    const std::string too_long(250, 'x');
    for (const std::string_view bad : {std::string_view{""}, std::string_view{"."}, std::string_view{".."},
                                       std::string_view{"a b"}, std::string_view{"a/b"}, std::string_view{too_long}})
        EXPECT_EQ(ask({named(bad)}, 12, true)->topics[0].error_code, broker_errc::invalid_topic_exception) << bad;
    EXPECT_EQ(ask({named(longest)}, 12, true)->topics[0].error_code, broker_errc::none);
}

TEST_F(metadata_test, refuses_to_make_a_topic_that_collides_with_another)
{
    brokers.create("a.b");
    EXPECT_EQ(ask({named("a_b")}, 12, true)->topics[0].error_code, broker_errc::invalid_topic_exception);
    EXPECT_EQ(ask({named("a_b")}, 12, false)->topics[0].error_code, broker_errc::unknown_topic_or_partition);
}

TEST_F(metadata_test, tells_what_may_be_done_only_when_it_is_asked) // KIP-430
{
    const wanted topics[] = {named("letters")};
    metadata_request request;
    request.topics = topics;
    EXPECT_EQ(brokers.ask(request, 10)->topics[0].topic_authorized_operations, not_asked);
    EXPECT_EQ(brokers.ask(request, 10)->cluster_authorized_operations, not_asked);
    request.include_topic_authorized_operations = true;
    request.include_cluster_authorized_operations = true;
    const auto said = brokers.ask(request, 10);
    // READ, WRITE, CREATE, DELETE, ALTER, DESCRIBE, DESCRIBE_CONFIGS, ALTER_CONFIGS
    EXPECT_EQ(said->topics[0].topic_authorized_operations,
              1 << 3 | 1 << 4 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 10 | 1 << 11);
    // CREATE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE
    EXPECT_EQ(said->cluster_authorized_operations, 1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12);
}

TEST_F(metadata_test, leaves_out_brokers_that_are_down_and_marks_their_replicas)
{
    brokers.core.set_up(2, false);
    const auto said = ask({named("letters")});
    ASSERT_EQ(said->brokers.size(), 2u);
    EXPECT_EQ(said->brokers[1].node_id, 3);
    const auto& first = said->topics[0].partitions[0];
    EXPECT_EQ(first.error_code, broker_errc::none);
    EXPECT_EQ(first.leader_id, 1);
    EXPECT_EQ(first.offline_replicas, list<std::int32_t>{2});
    EXPECT_EQ(first.isr_nodes, list<std::int32_t>{1});
    EXPECT_TRUE(ask({named("letters")}, 4)->topics[0].partitions[0].offline_replicas.empty())
        << "they came with version 5";
}

TEST_F(metadata_test, says_that_a_partition_has_no_leader_and_tells_the_rest_all_the_same)
{
    brokers.core.move_leader("letters", 0, -1);
    const auto said = ask({named("letters")});
    const auto& first = said->topics[0].partitions[0];
    EXPECT_EQ(first.error_code, broker_errc::leader_not_available);
    EXPECT_EQ(first.leader_id, -1);
    EXPECT_EQ(first.leader_epoch, 1);
    EXPECT_EQ(first.replica_nodes.size(), 2u);
    EXPECT_EQ(said->topics[0].error_code, broker_errc::none);
    EXPECT_EQ(said->topics[0].partitions[1].error_code, broker_errc::none);
}

TEST_F(metadata_test, names_as_controller_a_broker_that_is_up)
{
    EXPECT_EQ(ask({})->controller_id, 1);
    brokers.core.set_up(1, false);
    metadata_request request;
    EXPECT_EQ(brokers.ask(brokers.connect(2), request, 12)->controller_id, 2);
}

TEST_F(metadata_test, comes_from_any_broker_alike)
{
    metadata_request request;
    request.topics = nullptr;
    const auto first = brokers.ask(brokers.connect(1), request, 12);
    const auto third = brokers.ask(brokers.connect(3), request, 12);
    EXPECT_EQ(first.value, third.value);
}

} // namespace
} // namespace odradek::broker
