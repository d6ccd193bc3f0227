// SPDX-License-Identifier: Apache-2.0
#include <odradek/tests/unit/cli/release_lists.hpp>
#include <odradek/tools/cli/release_table.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <charconv>
#include <map>
#include <string>
#include <vector>

namespace odradek::cli {
namespace {

std::int16_t number(std::string_view text)
{
    std::int16_t value = -1;
    std::from_chars(text.data(), text.data() + text.size(), value);
    return value;
}

std::vector<api_range> parse(std::string_view text)
{
    std::vector<api_range> apis;
    while (!text.empty()) {
        const std::string_view word = text.substr(0, text.find(' '));
        text.remove_prefix(std::min(text.size(), word.size() + 1));
        const std::string_view versions = word.substr(word.find(':') + 1);
        const std::size_t dash = versions.find('-');
        const std::int16_t first = number(versions.substr(0, dash));
        const std::int16_t last = dash == std::string_view::npos ? first : number(versions.substr(dash + 1));
        apis.push_back({static_cast<api>(number(word.substr(0, word.find(':')))), {first, last}});
    }
    return apis;
}

std::vector<api_range> list_of(std::string_view release)
{
    const auto* found = std::ranges::find(release_lists, release, &release_list::release);
    return parse(found->apis);
}

void set_highest(std::vector<api_range>& apis, api key, std::int16_t highest)
{
    std::ranges::find(apis, key, &api_range::key)->range.last = highest;
}

TEST(release_table, knows_each_release_by_its_own_list)
{
    const std::map<std::string_view, std::string_view> twins{{"3.3", "3.3 to 3.4"}, {"3.4", "3.3 to 3.4"}};
    for (const release_list& list : release_lists) {
        const auto twin = twins.find(list.release);
        const std::string expected = "Kafka " + std::string{twin == twins.end() ? list.release : twin->second};
        EXPECT_EQ(release_of(parse(list.apis)), expected);
    }
}

TEST(release_table, does_not_depend_on_apis_that_settings_hide)
{
    for (const int hidden : {38, 39, 40, 41, 64, 68, 69, 76, 77, 78, 79, 80, 88}) {
        auto apis = list_of("4.3");
        std::erase_if(apis, [&](const api_range& a) { return a.key == static_cast<api>(hidden); });
        EXPECT_EQ(release_of(apis), "Kafka 4.3");
    }
}

TEST(release_table, knows_the_first_brokers_without_zookeeper_that_had_no_transactions)
{
    auto apis = list_of("2.8");
    std::erase_if(apis, [](const api_range& a) {
        return a.key == api::init_producer_id || (a.key >= api::add_partitions_to_txn && a.key <= api::end_txn) ||
               a.key == api::txn_offset_commit || a.key == api::describe_acls || a.key == api::create_partitions;
    });
    EXPECT_EQ(release_of(apis), "Kafka 2.8");
}

TEST(release_table, says_so_when_a_broker_is_newer_than_all_of_them)
{
    auto apis = list_of("4.4");
    set_highest(apis, api::fetch, 19);
    EXPECT_EQ(release_of(apis), "newer than Kafka 4.4, the newest release known here");
}

TEST(release_table, says_so_when_a_broker_is_older_than_all_of_them)
{
    EXPECT_EQ(release_of(parse("0:0-2 1:0-3 2:0-1 3:0-2 8:0-2 11:0-1 18:0")), "older than Kafka 0.11.0");
}

TEST(release_table, says_so_when_a_list_contradicts_itself)
{
    constexpr std::string_view none = "no release of Apache Kafka known here";
    auto mixed = list_of("2.8");
    set_highest(mixed, api::fetch, 17);
    EXPECT_EQ(release_of(mixed), none);
    auto between = list_of("3.3");
    set_highest(between, api::fetch, 14); // no release has this one as its highest
    EXPECT_EQ(release_of(between), none);
    auto capped = list_of("4.4");
    set_highest(capped, api::metadata, 9);
    EXPECT_EQ(release_of(capped), none);
    auto lacking = list_of("4.3");
    std::erase_if(lacking, [](const api_range& a) { return a.key == api::txn_offset_commit; });
    EXPECT_EQ(release_of(lacking), none);
}

TEST(release_table, ignores_apis_that_we_do_not_know)
{
    auto apis = list_of("4.3");
    apis.push_back({static_cast<api>(1234), {0, 3}});
    EXPECT_EQ(release_of(apis), "Kafka 4.3");
}

} // namespace
} // namespace odradek::cli
