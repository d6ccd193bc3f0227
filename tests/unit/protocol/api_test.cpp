// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/api.hpp>

#include <gtest/gtest.h>

namespace odradek {
namespace {

TEST(api, table_has_every_key_in_order)
{
    const list<api_info> all = all_apis();
    ASSERT_EQ(all.size(), 95u);
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(static_cast<std::size_t>(all[i].key), i);
        EXPECT_EQ(find_api(all[i].key), &all[i]);
        EXPECT_EQ(find_api(all[i].name), &all[i]);
    }
    EXPECT_EQ(find_api(static_cast<api>(95)), nullptr);
    EXPECT_EQ(find_api(static_cast<api>(-1)), nullptr);
    EXPECT_EQ(find_api("Nonsense"), nullptr);
}

TEST(api, is_found_by_a_former_name)
{
    EXPECT_EQ(find_api("ListClientMetricsResources"), find_api(api::list_config_resources));
}

TEST(api, knows_where_requests_go)
{
    EXPECT_EQ(find_api(api::produce)->target, api_target::leader);
    EXPECT_EQ(find_api(api::join_group)->target, api_target::group_coordinator);
    EXPECT_TRUE(find_api(api::fetch)->listeners.broker);
    EXPECT_TRUE(find_api(api::fetch)->listeners.controller);
    EXPECT_FALSE(find_api(api::vote)->listeners.broker);
    EXPECT_TRUE(find_api(api::update_metadata)->negotiated.empty());
}

TEST(choose_version, takes_the_highest_that_both_have)
{
    EXPECT_EQ(choose_version(api::produce, {0, 11}), api_version{11});
    EXPECT_EQ(choose_version(api::produce, {0, 100}), api_version{13});
    EXPECT_EQ(choose_version(api::metadata, {0, 4}), api_version{4});
}

TEST(choose_version, stays_inside_the_range_that_is_negotiated)
{
    EXPECT_EQ(choose_version(api::produce, {0, 2}), std::nullopt); // announced by 4.x, but refused
    EXPECT_EQ(choose_version(api::produce, {14, 20}), std::nullopt);
    EXPECT_EQ(choose_version(api::update_metadata, {0, 8}), std::nullopt);
    EXPECT_EQ(choose_version(static_cast<api>(1000), {0, 8}), std::nullopt);
}

TEST(choose_version, takes_an_unstable_one_only_when_asked)
{
    EXPECT_EQ(choose_version(api::init_producer_id, {0, 6}), api_version{5});
    EXPECT_EQ(choose_version(api::init_producer_id, {0, 6}, unstable_versions::allowed), api_version{6});
    EXPECT_EQ(choose_version(api::init_producer_id, {6, 6}), std::nullopt);
}

TEST(choose_version, honours_a_cap)
{
    EXPECT_EQ(choose_version(api::fetch, {4, 18}, api_version{12}), api_version{12});
    EXPECT_EQ(choose_version(api::fetch, {13, 18}, api_version{12}), std::nullopt);
}

TEST(header_version, follows_flexible_versions_and_their_two_exceptions)
{
    EXPECT_EQ(request_header_version(api::metadata, api_version{8}), api_version{1});
    EXPECT_EQ(request_header_version(api::metadata, api_version{9}), api_version{2});
    EXPECT_EQ(response_header_version(api::metadata, api_version{8}), api_version{0});
    EXPECT_EQ(response_header_version(api::metadata, api_version{9}), api_version{1});
    EXPECT_EQ(request_header_version(api::sasl_handshake, api_version{1}), api_version{1});
    EXPECT_EQ(response_header_version(api::sasl_handshake, api_version{1}), api_version{0});
    EXPECT_EQ(request_header_version(api::api_versions, api_version{3}), api_version{2});
    EXPECT_EQ(response_header_version(api::api_versions, api_version{3}), api_version{0});
    EXPECT_EQ(request_header_version(api::controlled_shutdown, api_version{0}), api_version{0});
    EXPECT_EQ(request_header_version(api::controlled_shutdown, api_version{1}), api_version{1});
}

} // namespace
} // namespace odradek
