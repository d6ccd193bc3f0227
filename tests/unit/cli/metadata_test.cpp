// SPDX-License-Identifier: Apache-2.0
#include <odradek/tests/unit/cli/captured.hpp>
#include <odradek/tools/cli/metadata.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <array>

namespace odradek::cli {
namespace {

using testing::HasSubstr;

cluster two_brokers()
{
    std::array<metadata_response::metadata_response_broker, 2> brokers{};
    brokers[0] = {.node_id = 1, .host = "a", .port = 9092, .rack = "r1", .unknown_tags = {}};
    brokers[1] = {.node_id = 2, .host = "fd00::b", .port = 9092, .rack = {}, .unknown_tags = {}};
    const std::array<std::int32_t, 2> replicas{1, 2};
    const std::array<std::int32_t, 1> in_sync{1};
    std::array<metadata_response::metadata_response_partition, 1> partitions{};
    partitions[0].partition_index = 0;
    partitions[0].leader_id = 1;
    partitions[0].replica_nodes = replicas;
    partitions[0].isr_nodes = in_sync;
    std::array<metadata_response::metadata_response_topic, 1> topics{};
    topics[0].name = "letters";
    topics[0].partitions = partitions;
    metadata_response answer;
    answer.cluster_id = "ours";
    answer.controller_id = 2;
    answer.brokers = brokers;
    answer.topics = topics;
    cluster c;
    c.apply(answer, true, {}, cluster::default_missing_grace);
    return c;
}

TEST(metadata, is_shown_for_people)
{
    const std::string text = captured([](output& out) { write_cluster(two_brokers(), false, out); });
    EXPECT_EQ(text, "cluster ours, 2 brokers, 1 topics\n"
                    "  broker 1 at a:9092, rack r1\n"
                    "  broker 2 at [fd00::b]:9092, controller\n"
                    "  topic \"letters\", 1 partitions\n"
                    "    partition 0, leader 1, replicas 1,2, in sync 1\n");
}

TEST(metadata, is_shown_as_json)
{
    const auto all = nlohmann::json::parse(captured([](output& out) { write_cluster(two_brokers(), true, out); }));
    EXPECT_EQ(all.at("cluster"), "ours");
    EXPECT_EQ(all.at("controller"), 2);
    EXPECT_EQ(all.at("brokers").at(0).at("rack"), "r1");
    EXPECT_TRUE(all.at("brokers").at(1).at("rack").is_null());
    EXPECT_EQ(all.at("topics").at(0).at("topic"), "letters");
    EXPECT_EQ(all.at("topics").at(0).at("partitions").at(0).at("replicas"), nlohmann::json({1, 2}));
}

} // namespace
} // namespace odradek::cli
