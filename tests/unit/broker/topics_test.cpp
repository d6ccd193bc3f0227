// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/create_partitions.hpp>
#include <odradek/protocol/generated/messages/create_topics.hpp>
#include <odradek/protocol/generated/messages/delete_records.hpp>
#include <odradek/protocol/generated/messages/delete_topics.hpp>
#include <odradek/protocol/generated/messages/describe_configs.hpp>
#include <odradek/protocol/generated/messages/describe_topic_partitions.hpp>
#include <odradek/protocol/generated/messages/incremental_alter_configs.hpp>
#include <odradek/protocol/generated/messages/list_offsets.hpp>
#include <odradek/protocol/generated/messages/offset_for_leader_epoch.hpp>

#include <gtest/gtest.h>

#include <string>
#include <tests/support/broker_core.hpp>

namespace odradek::broker {
namespace {

using test::broker_core;
using test::make_batch;

void store(broker_core& in, const std::string& topic_name, int records, std::int64_t time = 1'790'000'000'000)
{
    batch_view batch;
    const std::string bytes = make_batch(records, {}, time);
    ASSERT_FALSE(batch.parse(bytes_view{bytes}));
    in.core.cluster().find_topic(topic_name)->find(0)->records.append(batch, {batch.max_timestamp()}, {});
}

TEST(broker_topics, are_made_once_and_shown_with_their_settings)
{
    broker_core brokers;
    const create_topics_request::creatable_topic_config config[] = {{.name = "retention.ms", .value = "5"}};
    const create_topics_request::creatable_topic wanted[] = {
        {.name = "letters", .num_partitions = 2, .replication_factor = -1, .configs = config},
        {.name = "twice", .num_partitions = 1, .replication_factor = 1},
        {.name = "twice", .num_partitions = 1, .replication_factor = 1}};
    create_topics_request request;
    request.topics = wanted;
    const auto said = brokers.ask(request, 7);
    ASSERT_EQ(said->topics.size(), 2u);
    EXPECT_EQ(said->topics[0].error_code, broker_errc::none);
    EXPECT_EQ(said->topics[0].num_partitions, 2);
    EXPECT_EQ(said->topics[0].replication_factor, 1);
    EXPECT_FALSE(said->topics[0].topic_id.is_zero());
    bool shown = false;
    for (const auto& one : *said->topics[0].configs)
        shown = shown ||
                (one.name == "retention.ms" && one.value == nullable<std::string_view>{"5"} && one.config_source == 1);
    EXPECT_TRUE(shown);
    EXPECT_EQ(said->topics[1].error_code, broker_errc::invalid_request) << "named twice in one request";
    EXPECT_EQ(brokers.core.cluster().find_topic("twice"), nullptr);
    EXPECT_EQ(brokers.ask(request, 7)->topics[0].error_code, broker_errc::topic_already_exists);
}

TEST(broker_topics, are_only_checked_if_that_is_asked)
{
    broker_core brokers;
    const create_topics_request::creatable_topic wanted[] = {
        {.name = "letters", .num_partitions = 1, .replication_factor = 1}};
    create_topics_request request;
    request.topics = wanted;
    request.validate_only = true;
    EXPECT_EQ(brokers.ask(request, 7)->topics[0].error_code, broker_errc::none);
    EXPECT_EQ(brokers.core.cluster().find_topic("letters"), nullptr);
}

TEST(broker_topics, are_changed_only_by_the_controller_before_kraft)
{
    auto how = broker_core::options(2);
    how.as = *find_release("2.4");
    broker_core brokers{std::move(how)};
    const create_topics_request::creatable_topic wanted[] = {
        {.name = "letters", .num_partitions = 1, .replication_factor = 1}};
    create_topics_request request;
    request.topics = wanted;
    EXPECT_EQ(brokers.ask(brokers.connect(2), request, 4)->topics[0].error_code, broker_errc::not_controller);
    EXPECT_EQ(brokers.ask(brokers.connect(1), request, 4)->topics[0].error_code, broker_errc::none);
}

TEST(broker_topics, go_by_name_or_by_id)
{
    broker_core brokers;
    brokers.create("letters");
    brokers.create("diaries");
    const uuid id = brokers.core.cluster().find_topic("diaries")->id;
    const delete_topics_request::delete_topic_state wanted[] = {{.name = "letters"},
                                                                {.name = nullptr, .topic_id = id},
                                                                {.name = nullptr, .topic_id = uuid{{7}}},
                                                                {.name = "nowhere"}};
    delete_topics_request request;
    request.topics = wanted;
    const auto said = brokers.ask(request, 6);
    EXPECT_EQ(said->responses[0].error_code, broker_errc::none);
    EXPECT_EQ(said->responses[1].name, nullable<std::string_view>{"diaries"});
    EXPECT_EQ(said->responses[2].error_code, broker_errc::unknown_topic_id);
    EXPECT_EQ(said->responses[3].error_code, broker_errc::unknown_topic_or_partition);
    EXPECT_TRUE(brokers.core.cluster().topics().empty());
}

TEST(broker_topics, grow)
{
    broker_core brokers;
    brokers.create("letters");
    create_partitions_request::create_partitions_topic wanted[] = {
        {.name = "letters", .count = 3, .assignments = nullptr}};
    create_partitions_request request;
    request.topics = wanted;
    EXPECT_EQ(brokers.ask(request, 3)->results[0].error_code, broker_errc::none);
    EXPECT_EQ(brokers.core.cluster().find_topic("letters")->partitions.size(), 3u);
    EXPECT_EQ(brokers.ask(request, 3)->results[0].error_code, broker_errc::invalid_partitions);
}

TEST(broker_topics, lose_records_up_to_an_offset)
{
    broker_core brokers;
    brokers.create("letters");
    store(brokers, "letters", 5);
    const auto ask = [&](std::int64_t offset) {
        const delete_records_request::delete_records_partition partition[] = {{.partition_index = 0, .offset = offset}};
        const delete_records_request::delete_records_topic wanted[] = {{.name = "letters", .partitions = partition}};
        delete_records_request request;
        request.topics = wanted;
        const auto said = brokers.ask(request, 2);
        const auto& one = said->topics[0].partitions[0];
        return std::pair{one.error_code, one.low_watermark};
    };
    EXPECT_EQ(ask(2), (std::pair{broker_errc::none, std::int64_t{2}}));
    EXPECT_EQ(ask(6).first, broker_errc::offset_out_of_range);
    EXPECT_EQ(ask(-1), (std::pair{broker_errc::none, std::int64_t{5}})) << "up to the high watermark";
}

TEST(broker_topics, show_and_change_their_settings)
{
    broker_core brokers;
    brokers.create("letters");
    const auto alter = [&](const char* name, std::int8_t operation, const char* value) {
        const incremental_alter_configs_request::alterable_config config[] = {
            {.name = name,
             .config_operation = operation,
             .value = value ? nullable<std::string_view>{value} : nullptr}};
        const incremental_alter_configs_request::alter_configs_resource wanted[] = {
            {.resource_type = 2, .resource_name = "letters", .configs = config}};
        incremental_alter_configs_request request;
        request.resources = wanted;
        return brokers.ask(request, 1)->responses[0].error_code;
    };
    const auto value = [&](std::string_view name) {
        const std::string_view keys[] = {name};
        const describe_configs_request::describe_configs_resource wanted[] = {
            {.resource_type = 2, .resource_name = "letters", .configuration_keys = keys}};
        describe_configs_request request;
        request.resources = wanted;
        const auto said = brokers.ask(request, 4);
        return std::string(*said->results[0].configs[0].value);
    };
    EXPECT_EQ(value("cleanup.policy"), "delete");
    EXPECT_EQ(alter("cleanup.policy", 2, "compact"), broker_errc::none); // append
    EXPECT_EQ(value("cleanup.policy"), "delete,compact");
    EXPECT_EQ(alter("cleanup.policy", 3, "delete"), broker_errc::none); // subtract
    EXPECT_EQ(value("cleanup.policy"), "compact");
    EXPECT_EQ(alter("cleanup.policy", 1, nullptr), broker_errc::none); // take back
    EXPECT_EQ(value("cleanup.policy"), "delete");
    EXPECT_EQ(alter("retention.ms", 0, "soon"), broker_errc::invalid_config);
    EXPECT_EQ(alter("retention.ms", 2, "5"), broker_errc::invalid_config) << "it is no list";
    EXPECT_EQ(alter("no.such.setting", 0, "5"), broker_errc::invalid_config);
}

TEST(broker_topics, find_offsets_by_place_and_by_time)
{
    broker_core brokers;
    brokers.create("letters");
    store(brokers, "letters", 3, 1000);
    store(brokers, "letters", 3, 5000);
    const auto find = [&](std::int64_t timestamp, std::int16_t version = 11) {
        const list_offsets_request::list_offsets_partition partition[] = {
            {.partition_index = 0, .timestamp = timestamp}};
        const list_offsets_request::list_offsets_topic wanted[] = {{.name = "letters", .partitions = partition}};
        list_offsets_request request;
        request.replica_id = -1;
        request.topics = wanted;
        const auto said = brokers.ask(request, version);
        const auto& one = said->topics[0].partitions[0];
        return one.error_code == broker_errc::none ? one.offset : -100;
    };
    EXPECT_EQ(find(-1), 6);
    EXPECT_EQ(find(-2), 0);
    EXPECT_EQ(find(-3), 5);
    EXPECT_EQ(find(-4), 0);
    EXPECT_EQ(find(-5), -1);
    EXPECT_EQ(find(-6), -1);
    EXPECT_EQ(find(1002), 2);
    EXPECT_EQ(find(1003), 3);
    EXPECT_EQ(find(9000), -1);
    EXPECT_EQ(find(-3, 6), -100) << "a version that does not know the place";
    EXPECT_EQ(find(-7), -100);
}

TEST(broker_topics, tell_where_a_leader_epoch_ended)
{
    broker_core brokers{broker_core::options(2)};
    brokers.create("letters", 1, {.replication_factor = 2});
    store(brokers, "letters", 4);
    brokers.core.move_leader("letters", 0, 2);
    brokers.core.move_leader("letters", 0, 1);
    store(brokers, "letters", 2);
    const auto end = [&](std::int32_t epoch) {
        const offset_for_leader_epoch_request::offset_for_leader_partition partition[] = {
            {.partition = 0, .leader_epoch = epoch}};
        const offset_for_leader_epoch_request::offset_for_leader_topic wanted[] = {
            {.topic = "letters", .partitions = partition}};
        offset_for_leader_epoch_request request;
        request.topics = wanted;
        return brokers.ask(request, 4)->topics[0].partitions[0].end_offset;
    };
    EXPECT_EQ(end(0), 4);
    EXPECT_EQ(end(2), 6);
    EXPECT_EQ(end(3), -1);
}

TEST(broker_topics, are_described_page_by_page) // KIP-966
{
    broker_core brokers;
    brokers.create("a", 2);
    brokers.create("b", 3);
    describe_topic_partitions_request request;
    request.response_partition_limit = 3;
    const auto first = brokers.ask(request, 0);
    ASSERT_EQ(first->topics.size(), 2u);
    EXPECT_EQ(first->topics[1].partitions.size(), 1u);
    ASSERT_TRUE(first->next_cursor);
    EXPECT_EQ(first->next_cursor->topic_name, "b");
    EXPECT_EQ(first->next_cursor->partition_index, 1);
    const describe_topic_partitions_request::cursor_data from{.topic_name = "b", .partition_index = 1};
    request.cursor = from;
    const auto second = brokers.ask(request, 0);
    ASSERT_EQ(second->topics.size(), 1u);
    EXPECT_EQ(second->topics[0].partitions.size(), 2u);
    EXPECT_FALSE(second->next_cursor);
}

} // namespace
} // namespace odradek::broker
