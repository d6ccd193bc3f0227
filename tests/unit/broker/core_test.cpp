// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/core.hpp>
#include <odradek/protocol/generated/messages/api_versions.hpp>
#include <odradek/protocol/generated/messages/describe_cluster.hpp>
#include <odradek/protocol/generated/messages/init_producer_id.hpp>
#include <odradek/protocol/generated/messages/join_group.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>

#include <gtest/gtest.h>

#include <string>
#include <tests/support/broker_core.hpp>

namespace odradek::broker {
namespace {

using test::broker_core;

api_versions_request introduced()
{
    return {.client_software_name = "odradek", .client_software_version = "0.1"};
}

TEST(broker_core, announces_what_it_serves_and_nothing_else)
{
    broker_core brokers;
    const auto said = brokers.ask(introduced(), 4);
    EXPECT_EQ(said->error_code, broker_errc::none);
    bool produce = false;
    for (const auto& one : said->api_keys) {
        EXPECT_NE(one.api_key_, static_cast<std::int16_t>(api::join_group));
        if (one.api_key_ == static_cast<std::int16_t>(api::produce)) produce = one.max_version == 13;
    }
    EXPECT_TRUE(produce);
}

TEST(broker_core, answers_an_api_versions_request_from_the_future_in_version_0) // KIP-511
{
    broker_core brokers;
    const auto on = brokers.connect();
    writer out;
    out.int16(static_cast<std::int16_t>(api::api_versions));
    out.int16(99);
    out.int32(1);
    out.int16(-1);
    brokers.hand_in(on, bytes_view{out.flatten()});
    const auto actions = brokers.take();
    ASSERT_EQ(actions.size(), 1u);
    const auto bytes = actions[0].bytes.flatten();
    arena memory;
    api_versions_response said;
    ASSERT_FALSE(decode(bytes_view{bytes}.subview(8), memory, api_version{0}, said));
    EXPECT_EQ(said.error_code, broker_errc::unsupported_version);
    ASSERT_EQ(said.api_keys.size(), 1u);
    EXPECT_EQ(said.api_keys[0].max_version, 5);
}

TEST(broker_core, refuses_what_it_does_not_serve_instead_of_being_silent)
{
    broker_core brokers;
    join_group_request request;
    request.group_id = "readers";
    EXPECT_EQ(brokers.ask(request, 5)->error_code, broker_errc::unsupported_version);
}

TEST(broker_core, refuses_versions_that_the_release_lacks)
{
    auto how = broker_core::options();
    how.as = *find_release("2.8");
    broker_core brokers{std::move(how)};
    EXPECT_EQ(brokers.ask(metadata_request{}, 11)->error_code, broker_errc::none);
    EXPECT_EQ(brokers.ask(describe_cluster_request{}, 1)->error_code, broker_errc::unsupported_version);
}

TEST(broker_core, closes_the_connection_on_bytes_that_are_no_request)
{
    broker_core brokers;
    for (const char* const bytes : {"", "x", "GET / HTTP/1.1\r\n\r\n"}) {
        const auto on = brokers.connect();
        brokers.hand_in(on, bytes_view{std::string_view{bytes}});
        const auto actions = brokers.take();
        ASSERT_EQ(actions.size(), 1u) << bytes;
        EXPECT_EQ(actions[0].what, action::kind::close);
        brokers.core.closed(on);
    }
}

TEST(broker_core, describes_the_cluster)
{
    broker_core brokers{broker_core::options(3)};
    const auto said = brokers.ask(describe_cluster_request{}, 2);
    EXPECT_EQ(said->cluster_id, "the-cluster");
    EXPECT_EQ(said->controller_id, 1);
    ASSERT_EQ(said->brokers.size(), 3u);
    EXPECT_EQ(said->brokers[2].port, 9003);
    EXPECT_EQ(said->brokers[2].rack, nullable<std::string_view>{"r3"});
    describe_cluster_request controllers;
    controllers.endpoint_type = 2;
    EXPECT_EQ(brokers.ask(controllers, 1)->error_code, broker_errc::mismatched_endpoint_type);
}

TEST(broker_core, tells_the_topics_that_are_asked_for_and_makes_those_that_are_missing_if_it_may)
{
    broker_core brokers;
    const metadata_request::metadata_request_topic wanted[] = {{.name = "letters"}, {.name = "bad/name"}};
    metadata_request request;
    request.topics = wanted;
    request.allow_auto_topic_creation = false;
    {
        const auto said = brokers.ask(request, 13);
        EXPECT_EQ(said->topics[0].error_code, broker_errc::unknown_topic_or_partition);
        EXPECT_EQ(said->topics[1].error_code, broker_errc::invalid_topic_exception);
    }
    request.allow_auto_topic_creation = true;
    const auto said = brokers.ask(request, 13);
    EXPECT_EQ(said->topics[0].error_code, broker_errc::none);
    ASSERT_EQ(said->topics[0].partitions.size(), 1u);
    EXPECT_EQ(said->topics[0].partitions[0].leader_id, 1);

    const metadata_request::metadata_request_topic by_id[] = {{.topic_id = said->topics[0].topic_id, .name = nullptr}};
    request.topics = by_id;
    EXPECT_EQ(brokers.ask(request, 13)->topics[0].name, nullable<std::string_view>{"letters"});
    request.topics = nullptr;
    EXPECT_EQ(brokers.ask(request, 13)->topics.size(), 1u) << "all there are";
}

TEST(broker_core, gives_each_producer_an_id_of_its_own)
{
    broker_core brokers;
    init_producer_id_request request;
    request.transactional_id = nullptr;
    const auto first = brokers.ask(request, 5);
    const auto second = brokers.ask(request, 5);
    EXPECT_NE(first->producer_id, second->producer_id);
    EXPECT_EQ(first->producer_epoch, 0);
    request.transactional_id = "copier";
    EXPECT_EQ(brokers.ask(request, 5)->error_code, broker_errc::not_coordinator);
}

TEST(broker_core, closes_the_connections_of_a_broker_that_goes_down_and_takes_no_new_ones)
{
    broker_core brokers{broker_core::options(2)};
    const auto on = brokers.connect(2);
    brokers.core.set_up(2, false);
    const auto actions = brokers.take();
    ASSERT_EQ(actions.size(), 1u);
    EXPECT_EQ(actions[0].to, on);
    EXPECT_EQ(actions[0].what, action::kind::close);
    EXPECT_FALSE(brokers.core.open(2));
    brokers.core.set_up(2, true);
    EXPECT_TRUE(brokers.core.open(2));
}

} // namespace
} // namespace odradek::broker
