// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/fetch_sessions.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <limits>
#include <set>
#include <tests/support/broker_asking.hpp>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

using namespace std::chrono_literals;
using test::answered;
using test::broker_core;
using test::fetch_order;
using test::store;
using test::topic_of;

std::vector<session_partition> of_size(std::size_t partitions)
{
    return std::vector<session_partition>(partitions);
}

TEST(fetch_session_cache, gives_no_id_twice)
{
    fetch_sessions sessions;
    std::set<std::int32_t> ids;
    for (int i = 0; i < 3; ++i) ids.insert(sessions.make(false, of_size(1), 0s)->id);
    sessions.remove(*ids.begin());
    sessions.clear();
    for (int i = 0; i < 3; ++i) ids.insert(sessions.make(false, of_size(1), 0s)->id);
    EXPECT_EQ(ids.size(), 6u);
    EXPECT_FALSE(ids.contains(0)) << "that is no session";
}

TEST(fetch_session_cache, takes_nobodys_place_within_two_minutes)
{
    fetch_sessions sessions;
    for (std::size_t i = 0; i < fetch_sessions::slots; ++i) ASSERT_TRUE(sessions.make(false, of_size(1), 0s));
    EXPECT_FALSE(sessions.make(false, of_size(100), 120s)) << "the client gets on without";
    EXPECT_EQ(sessions.size(), fetch_sessions::slots);
}

TEST(fetch_session_cache, takes_the_place_of_one_that_was_idle_for_more_than_two_minutes)
{
    fetch_sessions sessions;
    std::vector<std::int32_t> ids;
    for (std::size_t i = 0; i < fetch_sessions::slots; ++i) ids.push_back(sessions.make(false, of_size(1), 0s)->id);
    for (const std::int32_t id : ids)
        if (id != ids[7]) sessions.find(id)->last_used = 60s;
    EXPECT_TRUE(sessions.make(false, of_size(1), 121s));
    EXPECT_FALSE(sessions.find(ids[7])) << "the one that was not used since the beginning";
    EXPECT_EQ(sessions.size(), fetch_sessions::slots);
}

TEST(fetch_session_cache, prefers_the_larger_session_once_the_smaller_one_is_not_new)
{
    fetch_sessions sessions;
    std::vector<std::int32_t> ids;
    for (std::size_t i = 0; i < fetch_sessions::slots; ++i)
        ids.push_back(sessions.make(false, of_size(i == 3 ? 2 : 5), 0s)->id);
    for (const std::int32_t id : ids) sessions.find(id)->last_used = 130s;
    EXPECT_FALSE(sessions.make(false, of_size(2), 140s)) << "not larger than the smallest";
    EXPECT_TRUE(sessions.make(false, of_size(3), 140s));
    EXPECT_FALSE(sessions.find(ids[3]));
    EXPECT_FALSE(sessions.make(false, of_size(5), 140s)) << "the newcomer is new, the others are as large";
}

TEST(fetch_session_cache, holds_so_many_partitions_in_all)
{
    fetch_sessions sessions;
    constexpr std::size_t most = fetch_sessions::most_partitions;
    EXPECT_FALSE(sessions.make(false, of_size(most + 1), 0s));
    ASSERT_TRUE(sessions.make(false, of_size(most - 1), 0s));
    EXPECT_FALSE(sessions.make(false, of_size(2), 1s));
    EXPECT_TRUE(sessions.make(false, of_size(1), 1s));
    EXPECT_TRUE(sessions.make(false, of_size(2), 200s)) << "the large one was idle";
}

TEST(fetch_session_cache, counts_epochs_past_0_which_would_open_a_session)
{
    EXPECT_EQ(next_session_epoch(0), 1);
    EXPECT_EQ(next_session_epoch(1), 2);
    EXPECT_EQ(next_session_epoch(std::numeric_limits<std::int32_t>::max()), 1);
}

class fetch_session_test : public testing::Test {
protected:
    fetch_session_test() { brokers.create("letters", 3); }

    [[nodiscard]] answered<fetch_response> ask(const fetch_order& order, std::int16_t version = 12)
    {
        return brokers.ask(order.request, version);
    }
    /// Opens a session for these partitions.
    [[nodiscard]] std::int32_t open(std::vector<fetch_order::wanted> partitions)
    {
        fetch_order order{std::move(partitions)};
        const auto said = ask(order.within(0, 0));
        EXPECT_EQ(said->error_code, broker_errc::none);
        EXPECT_NE(said->session_id, 0);
        return said->session_id;
    }
    /// The partitions that an answer within a session names.
    [[nodiscard]] std::vector<std::int32_t> news(std::int32_t session, std::int32_t epoch,
                                                 std::vector<fetch_order::wanted> changed = {})
    {
        fetch_order order{std::move(changed)};
        const auto said = ask(order.within(session, epoch));
        EXPECT_EQ(said->error_code, broker_errc::none);
        EXPECT_EQ(said->session_id, session);
        std::vector<std::int32_t> all;
        for (const auto& topic : said->responses)
            for (const auto& one : topic.partitions) all.push_back(one.partition_index);
        return all;
    }

    broker_core brokers;
};

TEST_F(fetch_session_test, opens_only_for_those_that_ask)
{
    fetch_order order;
    EXPECT_EQ(ask(order)->session_id, 0) << "epoch -1";
    EXPECT_EQ(ask(fetch_order{std::vector<fetch_order::wanted>{}}.within(0, 0))->session_id, 0) << "for nothing";
    EXPECT_EQ(brokers.core.sessions(1).size(), 0u);
    EXPECT_NE(ask(order.within(0, 0))->session_id, 0);
    EXPECT_EQ(ask(order, 6)->session_id, 0) << "sessions came with version 7";
    EXPECT_EQ(brokers.core.sessions(1).size(), 1u);
}

TEST_F(fetch_session_test, gives_no_id_twice_also_after_the_broker_was_down)
{
    const std::int32_t before = open({{.partition = 0}});
    brokers.core.set_up(1, false);
    (void)brokers.take();
    brokers.core.set_up(1, true);
    EXPECT_NE(open({{.partition = 0}}), before);
    EXPECT_EQ(ask(fetch_order{std::vector<fetch_order::wanted>{}}.within(before, 1))->error_code,
              broker_errc::fetch_session_id_not_found);
}

TEST_F(fetch_session_test, says_nothing_twice)
{
    store(brokers, 2);
    const std::int32_t session = open({{.partition = 0, .fetch_offset = 2}, {.partition = 1}});
    EXPECT_TRUE(news(session, 1).empty());
    store(brokers, 1, "letters", 1);
    EXPECT_EQ(news(session, 2), std::vector<std::int32_t>{1});
    EXPECT_EQ(news(session, 3), std::vector<std::int32_t>{1}) << "the records are there still";
    EXPECT_TRUE(news(session, 4, {{.partition = 1, .fetch_offset = 1}}).empty());
}

TEST_F(fetch_session_test, takes_in_partitions_later)
{
    store(brokers, 1, "letters", 2);
    const std::int32_t session = open({{.partition = 0}});
    EXPECT_EQ(news(session, 1, {{.partition = 2}}), std::vector<std::int32_t>{2});
    EXPECT_EQ(news(session, 2), std::vector<std::int32_t>{2}) << "it stays";
}

TEST_F(fetch_session_test, drops_partitions)
{
    store(brokers, 1, "letters", 1);
    const std::int32_t session = open({{.partition = 0}, {.partition = 1}});
    fetch_order order{std::vector<fetch_order::wanted>{}};
    EXPECT_TRUE(ask(order.within(session, 1).without({1}))->responses.empty());
    EXPECT_TRUE(news(session, 2).empty());
}

TEST_F(fetch_session_test, tells_that_the_log_begins_elsewhere)
{
    store(brokers, 3);
    const std::int32_t session = open({{.partition = 0, .fetch_offset = 3}});
    test::log_of(brokers).delete_before(2);
    EXPECT_EQ(news(session, 1), std::vector<std::int32_t>{0});
    EXPECT_TRUE(news(session, 2).empty());
}

TEST_F(fetch_session_test, tells_an_error_each_time_and_everything_after_it)
{
    const std::int32_t session = open({{.partition = 0, .fetch_offset = 5}});
    EXPECT_EQ(news(session, 1), std::vector<std::int32_t>{0});
    EXPECT_EQ(news(session, 2), std::vector<std::int32_t>{0});
    EXPECT_EQ(news(session, 3, {{.partition = 0, .fetch_offset = 0}}), std::vector<std::int32_t>{0})
        << "the offset is fine now, and its high watermark is news";
    EXPECT_TRUE(news(session, 4).empty());
}

TEST_F(fetch_session_test, puts_partitions_that_had_records_behind_the_others)
{
    for (std::int32_t index = 0; index < 3; ++index) store(brokers, 1, "letters", index);
    const std::int32_t session = open({{.partition = 0}, {.partition = 1}, {.partition = 2}});
    fetch_order order{std::vector<fetch_order::wanted>{}};
    order.request.max_bytes = 1; // so that only the first one gets something
    for (std::int32_t epoch = 1; epoch <= 4; ++epoch) {
        const auto said = ask(order.within(session, epoch));
        ASSERT_EQ(said->responses.size(), 1u);
        EXPECT_EQ(said->responses[0].partitions[0].partition_index, (epoch - 1) % 3) << "each in its turn";
    }
}

TEST(fetch_session_of_old, puts_every_partition_that_was_named_behind_the_others) // up to 2.8
{
    for (const auto& [release, order_after_an_error] :
         {std::pair{"2.8", std::vector<std::int32_t>{1, 0}}, std::pair{"3.9", std::vector<std::int32_t>{0, 1}}}) {
        core::options how = broker_core::options();
        how.as = *find_release(release);
        broker_core brokers{how};
        brokers.create("letters", 2);
        fetch_order open{{{.partition = 0, .fetch_offset = 5}, {.partition = 1}}};
        const std::int32_t session = brokers.ask(open.within(0, 0).request, 12)->session_id;
        fetch_order again{std::vector<fetch_order::wanted>{}};
        ASSERT_EQ(brokers.ask(again.within(session, 1).request, 12)->responses.size(), 1u) << "the error";
        store(brokers, 1, "letters", 1);
        fetch_order mended{{{.partition = 0, .fetch_offset = 0}}};
        const auto said = brokers.ask(mended.within(session, 2).request, 12);
        std::vector<std::int32_t> order;
        for (const auto& topic : said->responses)
            for (const auto& one : topic.partitions) order.push_back(one.partition_index);
        EXPECT_EQ(order, order_after_an_error) << release;
    }
}

TEST_F(fetch_session_test, wants_the_epochs_in_their_order)
{
    const std::int32_t session = open({{.partition = 0}});
    fetch_order order{std::vector<fetch_order::wanted>{}};
    EXPECT_EQ(ask(order.within(session, 2))->error_code, broker_errc::invalid_fetch_session_epoch);
    EXPECT_EQ(ask(order.within(session, 1))->error_code, broker_errc::none) << "an error changes nothing";
    EXPECT_EQ(ask(order.within(session, 1))->error_code, broker_errc::invalid_fetch_session_epoch);
    EXPECT_EQ(ask(order.within(session, 2))->error_code, broker_errc::none);
}

TEST_F(fetch_session_test, ends_with_the_last_epoch_or_when_a_new_one_is_opened_in_its_place)
{
    const std::int32_t first = open({{.partition = 0}});
    fetch_order order;
    const auto second = ask(order.within(first, 0));
    EXPECT_NE(second->session_id, 0);
    EXPECT_NE(second->session_id, first);
    EXPECT_EQ(brokers.core.sessions(1).size(), 1u);
    const auto last = ask(order.within(second->session_id, -1));
    EXPECT_EQ(last->session_id, 0);
    EXPECT_EQ(last->responses.size(), 1u) << "answered in full all the same";
    EXPECT_EQ(brokers.core.sessions(1).size(), 0u);
}

TEST_F(fetch_session_test, goes_by_names_or_by_ids_but_not_by_both) // KIP-516
{
    const uuid id = topic_of(brokers).id;
    const std::int32_t named = open({{.partition = 0}});
    fetch_order none{std::vector<fetch_order::wanted>{}};
    EXPECT_EQ(ask(none.within(named, 1), 13)->error_code, broker_errc::fetch_session_topic_id_error);
    fetch_order by_id{{{.partition = 0}}, "", id};
    const auto opened = ask(by_id.within(0, 0), 13);
    EXPECT_EQ(opened->responses[0].topic_id, id);
    EXPECT_EQ(ask(none.within(opened->session_id, 1), 12)->error_code, broker_errc::fetch_session_topic_id_error);
    EXPECT_EQ(ask(none.within(opened->session_id, 1), 13)->error_code, broker_errc::none);
}

TEST_F(fetch_session_test, belongs_to_the_broker_that_gave_it)
{
    broker_core two{broker_core::options(2)};
    two.create("letters", 1, {.replication_factor = 2});
    fetch_order order;
    const auto opened = two.ask(two.connect(1), order.within(0, 0).request, 12);
    fetch_order none{std::vector<fetch_order::wanted>{}};
    EXPECT_EQ(two.ask(two.connect(2), none.within(opened->session_id, 1).request, 12)->error_code,
              broker_errc::fetch_session_id_not_found);
}

TEST_F(fetch_session_test, outlives_the_connection_that_it_was_opened_on)
{
    const std::int32_t session = open({{.partition = 0}}); // each request has a connection of its own here
    EXPECT_TRUE(news(session, 1).empty());
}

TEST_F(fetch_session_test, is_kept_alive_by_being_used)
{
    const std::int32_t session = open({{.partition = 0}});
    brokers.pass(90s);
    EXPECT_TRUE(news(session, 1).empty());
    for (std::size_t i = 1; i < fetch_sessions::slots; ++i) ASSERT_NE(open({{.partition = 0}}), 0);
    brokers.pass(60s);
    fetch_order order;
    EXPECT_EQ(ask(order.within(0, 0))->session_id, 0) << "all are in use";
    EXPECT_TRUE(news(session, 2).empty());
    brokers.pass(100s);
    EXPECT_NE(ask(order.within(0, 0))->session_id, 0) << "by now some are idle";
    EXPECT_TRUE(news(session, 3).empty());
}

TEST_F(fetch_session_test, tells_that_its_topic_is_gone)
{
    const std::int32_t session = open({{.partition = 0}});
    brokers.core.cluster().remove("letters");
    fetch_order none{std::vector<fetch_order::wanted>{}};
    const auto said = ask(none.within(session, 1));
    ASSERT_EQ(said->responses.size(), 1u);
    EXPECT_EQ(said->responses[0].partitions[0].error_code, broker_errc::unknown_topic_or_partition);
}

} // namespace
} // namespace odradek::broker
