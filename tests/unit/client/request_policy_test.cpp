// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/request.hpp>
#include <odradek/client/request_policy.hpp>
#include <odradek/protocol/api.hpp>
#include <odradek/protocol/generated/messages/fetch.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>

namespace odradek {
namespace {

TEST(request_policy, repeats_nothing_that_acts_twice)
{
    for (const api key : {api::produce, api::join_group, api::create_topics, api::delete_topics, api::create_partitions,
                          api::offset_commit, api::create_delegation_token, api::share_acknowledge, api::share_fetch,
                          api::incremental_alter_configs, api::delete_acls})
        EXPECT_FALSE(is_safe_to_repeat(key)) << find_api(key)->name;
}

TEST(request_policy, repeats_every_request_that_only_reads)
{
    for (const api_info& one : all_apis()) {
        const std::string name{one.name};
        if (name.starts_with("Describe") || name.starts_with("List") || name.ends_with("Describe")) {
            EXPECT_TRUE(is_safe_to_repeat(one.key)) << name;
        }
    }
}

TEST(request_policy, leaves_throttling_to_brokers_before_kafka_2)
{
    EXPECT_FALSE(client_throttles(api::produce, api_version{5}));
    EXPECT_TRUE(client_throttles(api::produce, api_version{6}));
    EXPECT_FALSE(client_throttles(api::fetch, api_version{7}));
    EXPECT_TRUE(client_throttles(api::fetch, api_version{8}));
    EXPECT_TRUE(client_throttles(api::describe_cluster, api_version{0})) << "younger than that rule";
}

TEST(request_policy, retries_by_the_table_of_errors_with_a_few_exceptions)
{
    EXPECT_TRUE(is_worth_retrying(api::find_coordinator, broker_errc::coordinator_not_available));
    EXPECT_FALSE(is_worth_retrying(api::find_coordinator, broker_errc::group_authorization_failed));
    EXPECT_FALSE(is_worth_retrying(api::fetch, broker_errc::fetch_session_id_not_found));
    EXPECT_TRUE(is_worth_retrying(api::list_offsets, broker_errc::request_timed_out));
    EXPECT_FALSE(is_worth_retrying(api::create_topics, broker_errc::request_timed_out));
}

TEST(request_call, knows_how_long_the_broker_is_asked_to_wait)
{
    fetch_request fetch;
    fetch.max_wait_ms = 500;
    EXPECT_EQ(detail::typed_call<fetch_request>(fetch).held_for(), std::chrono::milliseconds{500});
    fetch.max_wait_ms = -1;
    EXPECT_EQ(detail::typed_call<fetch_request>(fetch).held_for(), std::chrono::milliseconds{0});
    EXPECT_EQ(detail::typed_call<metadata_request>(metadata_request{}).held_for(), std::chrono::milliseconds{0});
}

} // namespace
} // namespace odradek
