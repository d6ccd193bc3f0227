// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/api_versions.hpp>

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tests/support/broker_asking.hpp>
#include <utility>

namespace odradek::broker {
namespace {

using test::answered;
using test::broker_core;
using test::options_as;
using levels = std::pair<std::int16_t, std::int16_t>;

api_versions_request introduced(std::string_view name = "odradek", std::string_view version = "0.1")
{
    return {.client_software_name = name, .client_software_version = version};
}

/// What a release answers.
answered<api_versions_response> announcement(std::string_view release, std::int16_t version)
{
    broker_core brokers{options_as(release)};
    return brokers.ask(introduced(), version);
}

std::map<std::int16_t, levels> ranges(const answered<api_versions_response>& said)
{
    std::map<std::int16_t, levels> all;
    for (const auto& one : said->api_keys) all[one.api_key_] = {one.min_version, one.max_version};
    return all;
}

std::map<std::string, levels> supported(const answered<api_versions_response>& said)
{
    std::map<std::string, levels> all;
    for (const auto& one : said->supported_features) all[std::string(one.name)] = {one.min_version, one.max_version};
    return all;
}

std::map<std::string, levels> finalized(const answered<api_versions_response>& said)
{
    std::map<std::string, levels> all;
    for (const auto& one : said->finalized_features)
        all[std::string(one.name)] = {one.min_version_level, one.max_version_level};
    return all;
}

/// The answer to a version that no release has, read as version 0.
api_versions_response refused_version(std::string_view release, arena& memory, std::vector<std::byte>& bytes)
{
    broker_core brokers{options_as(release)};
    const auto on = brokers.connect();
    writer out;
    out.int16(static_cast<std::int16_t>(api::api_versions));
    out.int16(77);
    out.int32(5);
    out.int16(-1);
    brokers.hand_in(on, bytes_view{out.flatten()});
    api_versions_response said;
    const auto actions = brokers.take();
    EXPECT_EQ(actions.size(), 1u);
    if (actions.size() != 1) return said;
    EXPECT_EQ(actions[0].what, action::kind::reply) << "the client is to ask again on the same connection";
    bytes = actions[0].bytes.flatten();
    EXPECT_FALSE(decode(bytes_view{bytes}.subview(8), memory, api_version{0}, said));
    return said;
}

TEST(api_versions, say_the_same_in_each_version_of_the_question)
{
    broker_core brokers;
    const auto expected = ranges(brokers.ask(introduced(), 0));
    EXPECT_FALSE(expected.empty());
    for (std::int16_t version = 1; version <= 5; ++version)
        EXPECT_EQ(ranges(brokers.ask(introduced(), version)), expected) << version;
}

TEST(api_versions, begin_with_0_for_produce_although_4_refuses_the_lowest) // KAFKA-18659
{
    EXPECT_EQ(ranges(announcement("4.3", 4)).at(0), (levels{0, 13}));
    EXPECT_EQ(ranges(announcement("4.0", 4)).at(0), (levels{0, 12})) << "topic ids came with 4.1";
}

TEST(api_versions, leave_out_what_4_removed) // KIP-896
{
    const auto three = ranges(announcement("3.9", 4));
    const auto four = ranges(announcement("4.0", 4));
    EXPECT_EQ(three.at(1), (levels{0, 17}));
    EXPECT_EQ(four.at(1), (levels{4, 17}));
    EXPECT_EQ(three.at(2), (levels{0, 9}));
    EXPECT_EQ(four.at(2), (levels{1, 10}));
    EXPECT_EQ(three.at(19).first, 0);
    EXPECT_EQ(four.at(19).first, 2);
    EXPECT_EQ(four.at(20).first, 1);
    EXPECT_EQ(four.at(23).first, 2);
    EXPECT_EQ(four.at(32).first, 1);
}

TEST(api_versions, name_only_apis_that_a_release_had)
{
    const auto oldest = ranges(announcement("0.11", 1));
    EXPECT_FALSE(oldest.contains(37)) << "CreatePartitions came with 1.0";
    EXPECT_FALSE(oldest.contains(44)) << "IncrementalAlterConfigs came with 2.3";
    EXPECT_FALSE(oldest.contains(60)) << "DescribeCluster came with 2.8";
    EXPECT_TRUE(ranges(announcement("1.0", 1)).contains(37));
    EXPECT_FALSE(ranges(announcement("2.2", 2)).contains(44));
    EXPECT_TRUE(ranges(announcement("2.3", 2)).contains(44));
    const auto two_eight = ranges(announcement("2.8", 3));
    EXPECT_TRUE(two_eight.contains(60));
    EXPECT_TRUE(two_eight.contains(61));
    EXPECT_FALSE(two_eight.contains(75)) << "DescribeTopicPartitions came with 3.8";
    EXPECT_TRUE(ranges(announcement("3.9", 4)).contains(75));
}

TEST(api_versions, tell_the_features_of_a_kraft_cluster_from_version_3_on) // KIP-584
{
    broker_core brokers{options_as("4.3")};
    EXPECT_TRUE(supported(brokers.ask(introduced(), 2)).empty()) << "no room for them";
    const auto said = brokers.ask(introduced(), 4);
    EXPECT_EQ(supported(said).at("metadata.version"), (levels{7, 30}));
    EXPECT_EQ(finalized(said).at("metadata.version"), (levels{30, 30}));
    EXPECT_EQ(said->finalized_features_epoch, 0);
}

TEST(api_versions, hide_features_that_begin_at_0_from_clients_that_cannot_read_that) // KAFKA-17011
{
    broker_core brokers{options_as("4.3")};
    EXPECT_FALSE(supported(brokers.ask(introduced(), 3)).contains("kraft.version"));
    EXPECT_EQ(supported(brokers.ask(introduced(), 4)).at("kraft.version"), (levels{0, 1}));
}

TEST(api_versions, do_not_list_a_feature_at_level_0_as_finalized)
{
    EXPECT_FALSE(finalized(announcement("4.3", 4)).contains("kraft.version"));
}

TEST(api_versions, have_a_metadata_version_of_their_release)
{
    EXPECT_EQ(finalized(announcement("4.0", 4)).at("metadata.version").second, 25);
    EXPECT_EQ(finalized(announcement("4.1", 4)).at("metadata.version").second, 27);
    EXPECT_EQ(finalized(announcement("4.2", 4)).at("metadata.version").second, 29);
}

TEST(api_versions, promise_no_feature_that_is_not_served)
{
    const auto said = supported(announcement("4.3", 4));
    for (const char* const name : {"group.version", "transaction.version", "share.version", "streams.version"})
        EXPECT_FALSE(said.contains(name)) << name;
}

TEST(api_versions, tell_no_features_with_zookeeper)
{
    EXPECT_TRUE(supported(announcement("2.8", 3)).empty());
    EXPECT_TRUE(finalized(announcement("2.8", 3)).empty());
}

TEST(api_versions, refuse_names_that_could_not_be_shown) // KIP-511
{
    broker_core brokers;
    const auto error = [&](std::string_view name, std::string_view version) {
        return brokers.ask(introduced(name, version), 3)->error_code;
    };
    EXPECT_EQ(error("apache-kafka.java", "4.3.1-SNAPSHOT"), broker_errc::none);
    EXPECT_EQ(error("a", "1"), broker_errc::none);
    for (const char* const bad : {"", "-a", "a-", ".a", "a.", "a b", "a_b", "a/b", "\xc3\xa4"}) {
        EXPECT_EQ(error(bad, "1"), broker_errc::invalid_request) << bad;
        EXPECT_EQ(error("a", bad), broker_errc::invalid_request) << bad;
    }
}

TEST(api_versions, need_no_name_before_version_3)
{
    broker_core brokers;
    for (std::int16_t version = 0; version < 3; ++version)
        EXPECT_EQ(brokers.ask(api_versions_request{}, version)->error_code, broker_errc::none) << version;
}

TEST(api_versions, send_a_client_back_that_expects_another_cluster_or_broker) // KIP-1242
{
    broker_core brokers{broker_core::options(2)};
    const auto error = [&](nullable<std::string_view> cluster, std::int32_t node) {
        auto request = introduced();
        request.cluster_id = cluster;
        request.node_id = node;
        return brokers.ask(request, 5)->error_code;
    };
    EXPECT_EQ(error("the-cluster", 1), broker_errc::none);
    EXPECT_EQ(error(nullptr, -1), broker_errc::none) << "whoever says nothing is not checked";
    EXPECT_EQ(error("another-cluster", 1), broker_errc::rebootstrap_required);
    EXPECT_EQ(error("another-cluster", -1), broker_errc::rebootstrap_required);
    EXPECT_EQ(error("the-cluster", 2), broker_errc::rebootstrap_required) << "this one is broker 1";
    EXPECT_EQ(error(nullptr, 2), broker_errc::rebootstrap_required);
}

TEST(api_versions, are_refused_in_version_0_for_a_version_that_nobody_has) // KIP-511
{
    arena memory;
    std::vector<std::byte> bytes;
    const auto said = refused_version("4.3", memory, bytes);
    EXPECT_EQ(said.error_code, broker_errc::unsupported_version);
    ASSERT_EQ(said.api_keys.size(), 1u);
    EXPECT_EQ(said.api_keys[0].api_key_, 18);
    EXPECT_EQ(said.api_keys[0].min_version, 0);
    EXPECT_EQ(said.api_keys[0].max_version, 4);
}

TEST(api_versions, are_refused_without_a_hint_before_2_4)
{
    arena memory;
    std::vector<std::byte> bytes;
    EXPECT_EQ(refused_version("2.4", memory, bytes).api_keys.size(), 1u);
    const auto said = refused_version("2.3", memory, bytes);
    EXPECT_EQ(said.error_code, broker_errc::unsupported_version);
    EXPECT_TRUE(said.api_keys.empty());
}

TEST(api_versions, of_a_newer_client_are_refused_by_an_older_release)
{
    broker_core brokers{options_as("3.9")};
    const auto on = brokers.connect();
    brokers.send(on, introduced(), api_version{5});
    const auto actions = brokers.take();
    ASSERT_EQ(actions.size(), 1u);
    const auto bytes = actions[0].bytes.flatten();
    arena memory;
    api_versions_response said;
    ASSERT_FALSE(decode(bytes_view{bytes}.subview(8), memory, api_version{0}, said));
    EXPECT_EQ(said.error_code, broker_errc::unsupported_version);
    ASSERT_EQ(said.api_keys.size(), 1u);
    EXPECT_EQ(said.api_keys[0].max_version, 4);
}

} // namespace
} // namespace odradek::broker
