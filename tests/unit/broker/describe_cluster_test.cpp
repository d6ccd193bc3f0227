// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/describe_cluster.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <tests/support/broker_asking.hpp>

namespace odradek::broker {
namespace {

using test::broker_core;

TEST(describe_cluster, tells_the_brokers_and_the_controller_in_each_version)
{
    broker_core brokers{broker_core::options(3)};
    for (std::int16_t version = 0; version <= 2; ++version) {
        const auto said = brokers.ask(describe_cluster_request{}, version);
        EXPECT_EQ(said->error_code, broker_errc::none) << version;
        EXPECT_EQ(said->cluster_id, "the-cluster") << version;
        EXPECT_EQ(said->controller_id, 1) << version;
        ASSERT_EQ(said->brokers.size(), 3u) << version;
        EXPECT_EQ(said->brokers[1].broker_id, 2) << version;
        EXPECT_EQ(said->brokers[1].host, "127.0.0.1") << version;
        EXPECT_EQ(said->brokers[1].port, 9002) << version;
        EXPECT_EQ(said->brokers[1].rack, nullable<std::string_view>{"r2"}) << version;
    }
}

TEST(describe_cluster, tells_no_rack_where_there_is_none)
{
    auto how = broker_core::options();
    how.cluster.nodes[0].rack.clear();
    broker_core brokers{std::move(how)};
    EXPECT_FALSE(brokers.ask(describe_cluster_request{}, 0)->brokers[0].rack);
}

TEST(describe_cluster, knows_no_controllers_and_nothing_else) // KIP-919
{
    broker_core brokers;
    describe_cluster_request request;
    request.endpoint_type = 2;
    EXPECT_EQ(brokers.ask(request, 1)->error_code, broker_errc::mismatched_endpoint_type);
    for (const std::int8_t type : {std::int8_t{0}, std::int8_t{3}, std::int8_t{-1}}) {
        request.endpoint_type = type;
        EXPECT_EQ(brokers.ask(request, 1)->error_code, broker_errc::unsupported_endpoint_type) << int{type};
    }
    request.endpoint_type = 1;
    EXPECT_EQ(brokers.ask(request, 1)->error_code, broker_errc::none);
}

TEST(describe_cluster, leaves_out_brokers_that_are_down_unless_fenced_ones_are_wanted) // KIP-1073
{
    broker_core brokers{broker_core::options(3)};
    brokers.core.set_up(1, false);
    const auto on = brokers.connect(2);
    describe_cluster_request request;
    const auto without = brokers.ask(on, request, 2);
    ASSERT_EQ(without->brokers.size(), 2u);
    EXPECT_EQ(without->controller_id, 2);
    request.include_fenced_brokers = true;
    const auto with = brokers.ask(on, request, 2);
    ASSERT_EQ(with->brokers.size(), 3u);
    EXPECT_TRUE(with->brokers[0].is_fenced);
    EXPECT_FALSE(with->brokers[1].is_fenced);
    request.include_fenced_brokers = false;
    EXPECT_EQ(brokers.ask(on, request, 1)->brokers.size(), 2u);
}

TEST(describe_cluster, tells_what_may_be_done_only_when_it_is_asked)
{
    broker_core brokers;
    describe_cluster_request request;
    EXPECT_EQ(brokers.ask(request, 0)->cluster_authorized_operations, std::numeric_limits<std::int32_t>::min());
    request.include_cluster_authorized_operations = true;
    // CREATE, ALTER, DESCRIBE, CLUSTER_ACTION, DESCRIBE_CONFIGS, ALTER_CONFIGS, IDEMPOTENT_WRITE
    EXPECT_EQ(brokers.ask(request, 0)->cluster_authorized_operations,
              1 << 5 | 1 << 7 | 1 << 8 | 1 << 9 | 1 << 10 | 1 << 11 | 1 << 12);
}

} // namespace
} // namespace odradek::broker
