// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <tests/unit/net/broker_pool_fixture.hpp>

namespace odradek {
namespace {

using namespace test;
using broker_pool_test = broker_pool_fixture;

TEST_F(broker_pool_test, connects_to_a_bootstrap_server_on_demand_and_shares_the_connection)
{
    fake.listen(first);
    make({first});
    EXPECT_TRUE(fake.network->attempts.empty());
    const auto one = any();
    const auto two = any();
    ASSERT_EQ(one->ec, std::error_code()) << one->about.to_string();
    EXPECT_EQ(one->got, two->got);
    EXPECT_EQ(one->got->node_id(), -1);
    EXPECT_EQ(fake.network->attempts.size(), 1u);
}

TEST_F(broker_pool_test, makes_one_attempt_for_all_who_ask_at_the_same_time)
{
    std::vector<std::shared_ptr<test::fake_stream>> accepted;
    fake.network->listeners[first] = [&](std::shared_ptr<test::fake_stream> s) { accepted.push_back(std::move(s)); };
    make({first});
    pool->set_brokers({{1, first}});
    std::vector<std::shared_ptr<acquire_outcome>> all;
    for (int i = 0; i < 3; ++i) all.push_back(node(1));
    ASSERT_EQ(accepted.size(), 1u);
    auto session = std::make_shared<test::fake_session>(accepted[0]);
    session->start();
    accepted[0]->on_received();
    fake.settle();
    for (const auto& one : all) EXPECT_EQ(one->ec, std::error_code());
}

TEST_F(broker_pool_test, keeps_a_connection_for_each_role)
{
    fake.listen(first);
    make({third});
    pool->set_brokers({{1, first}});
    const auto general = node(1, connection_role::general);
    const auto produce = node(1, connection_role::produce);
    const auto fetch = node(1, connection_role::fetch);
    ASSERT_TRUE(general->got && produce->got && fetch->got);
    EXPECT_NE(general->got, produce->got);
    EXPECT_NE(general->got, fetch->got);
    EXPECT_NE(produce->got, fetch->got);
    EXPECT_EQ(produce->got->role(), connection_role::produce);
    EXPECT_EQ(fetch->got->role(), connection_role::fetch);
    EXPECT_EQ(node(1, connection_role::fetch)->got, fetch->got);
}

TEST_F(broker_pool_test, does_not_know_a_broker_that_the_cluster_does_not_name)
{
    make({first});
    EXPECT_EQ(node(5)->ec, errc::unknown_broker);
}

// B29: a dead broker is told to whoever caches its roles.
TEST_F(broker_pool_test, a_dead_broker_fails_its_waiters_and_is_reported)
{
    make({third});
    pool->set_brokers({{1, first}});
    std::vector<std::int32_t> lost;
    pool->on_broker_lost([&](std::int32_t id, std::error_code, const diagnostics&) { lost.push_back(id); });
    const auto failed = node(1);
    EXPECT_EQ(failed->ec, asio::error::connection_refused);
    EXPECT_EQ(failed->ec, condition::retriable);
    EXPECT_EQ(failed->about.peer(), first);
    EXPECT_EQ(lost, std::vector<std::int32_t>{1});
}

// KIP-144, KIP-580
TEST_F(broker_pool_test, waits_longer_after_each_failed_attempt)
{
    make({third});
    pool->set_brokers({{1, first}});
    std::vector<std::chrono::milliseconds> waits;
    for (int i = 0; i < 6; ++i) {
        const auto start = fake.time->now();
        const auto failed = node(1);
        fake.time->run_until(fake.io, [&] { return failed->calls > 0; });
        waits.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(fake.time->now() - start));
    }
    EXPECT_EQ(waits, (std::vector<std::chrono::milliseconds>{0ms, 100ms, 200ms, 400ms, 800ms, 1000ms}));
}

// R19: a broker that accepts, negotiates and closes at once is not hammered.
TEST_F(broker_pool_test, resets_the_backoff_only_when_a_connection_was_stable)
{
    fake.listen(first);
    make({.bootstrap = {third}, .reconnect = calm, .stable_after = 10s});
    pool->set_brokers({{1, first}});
    std::vector<std::chrono::milliseconds> waits;
    for (const auto held : {1s, 1s, 1s, 10s, 1s}) {
        const auto start = fake.time->now();
        const auto found = node(1);
        fake.time->run_until(fake.io, [&] { return found->calls > 0; });
        waits.push_back(std::chrono::duration_cast<std::chrono::milliseconds>(fake.time->now() - start));
        ASSERT_TRUE(found->got);
        const auto calls = send(*found->got);
        fake.time->run_for(fake.io, held);
        fake.sessions.back()->stream->end();
        fake.settle();
        EXPECT_EQ(*calls, 1);
    }
    EXPECT_EQ(waits, (std::vector<std::chrono::milliseconds>{0ms, 100ms, 200ms, 400ms, 0ms}));
}

// R21
TEST_F(broker_pool_test, closes_idle_connections_quietly_and_connects_anew)
{
    fake.listen(first);
    fake.listen(second);
    make({.bootstrap = {third}, .idle_timeout = 540s});
    pool->set_brokers({{1, first}, {2, second}});
    int lost = 0;
    pool->on_broker_lost([&](std::int32_t, std::error_code, const diagnostics&) { ++lost; });
    const auto old_one = node(1);
    const auto old_two = node(2);
    fake.time->run_for(fake.io, 485s);
    EXPECT_EQ(node(1)->got, old_one->got);
    (void)send(*old_one->got);
    fake.time->run_for(fake.io, 55s);
    EXPECT_EQ(node(1)->got, old_one->got);                               // in use
    EXPECT_EQ(old_two->got->current_state(), connection::state::closed); // looked through on that occasion
    EXPECT_TRUE(fake.sessions[1]->stream->closed_by_client);
    EXPECT_EQ(lost, 0);
    const auto new_two = node(2);
    EXPECT_EQ(new_two->ec, std::error_code());
    EXPECT_NE(new_two->got, old_two->got);
}

// R21: the broker was faster.
TEST_F(broker_pool_test, replaces_a_connection_that_the_peer_closed_while_it_was_idle)
{
    fake.listen(first);
    make({third});
    pool->set_brokers({{1, first}});
    const auto before = node(1);
    fake.time->run_for(fake.io, 60s);
    fake.sessions[0]->stream->end();
    const auto after = node(1);
    EXPECT_EQ(after->ec, std::error_code());
    EXPECT_NE(after->got, before->got);
}

// R21: a thousand clients that were started together must not all come back in the same second.
TEST_F(broker_pool_test, spreads_the_closing_of_idle_connections_and_never_closes_too_late)
{
    std::set<std::chrono::seconds> closed_after;
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
        test::fake_world other;
        other.world.random = std::make_shared<random_source>(seed);
        other.listen(first);
        auto p = broker_pool::make(other.world, {.bootstrap = {first}, .idle_timeout = 540s});
        std::vector<std::shared_ptr<connection>> got;
        const auto ask = [&] {
            p->async_acquire_any(other.time->now() + 1s,
                                 [&](std::error_code, std::shared_ptr<connection> c) { got.push_back(std::move(c)); });
            other.settle();
        };
        ask();
        std::chrono::seconds age{0};
        for (; age < 600s && got.back() == got.front(); ask()) {
            age += 1s;
            other.time->run_for(other.io, 1s);
        }
        EXPECT_GE(age, 486s);
        EXPECT_LE(age, 540s);
        closed_after.insert(age);
        p->close();
        other.settle();
    }
    EXPECT_GT(closed_after.size(), 5u);
}

TEST_F(broker_pool_test, never_closes_idle_connections_when_the_time_is_endless_or_0)
{
    for (const auto timeout : {0ms, std::chrono::milliseconds::max()}) {
        fake.listen(first);
        make({.bootstrap = {first}, .idle_timeout = timeout});
        const auto before = any();
        fake.time->run_for(fake.io, std::chrono::hours{10'000});
        EXPECT_EQ(any()->got, before->got);
        pool->close();
        fake.settle();
    }
}

// R21: brokers close idle connections every ten minutes; that is no loss and nothing to tell anybody.
TEST_F(broker_pool_test, says_nothing_when_the_peer_closes_an_idle_connection)
{
    fake.listen(first);
    make({third});
    pool->set_brokers({{1, first}});
    std::vector<std::string> loud;
    fake.world.log->set_sink(
        [&](log_level level, std::string_view, std::string_view text) {
            if (level > log_level::debug) loud.emplace_back(text);
        },
        log_level::debug);
    int lost = 0;
    pool->on_broker_lost([&](std::int32_t, std::error_code, const diagnostics&) { ++lost; });
    for (const std::error_code how : {asio::error::make_error_code(asio::error::eof),
                                      asio::error::make_error_code(asio::error::connection_reset)}) {
        ASSERT_TRUE(node(1)->got);
        fake.time->run_for(fake.io, 60s);
        fake.sessions.back()->stream->end(how);
        ASSERT_TRUE(node(1)->got);
    }
    EXPECT_EQ(fake.sessions.size(), 3u);
    EXPECT_EQ(lost, 0);
    EXPECT_EQ(loud, std::vector<std::string>{});

    (void)send(*node(1)->got);
    fake.sessions.back()->stream->end();
    fake.settle();
    EXPECT_EQ(lost, 1); // somebody waited for it
    EXPECT_EQ(loud.size(), 1u);
}

TEST_F(broker_pool_test, leaves_nothing_pending_once_nobody_waits)
{
    fake.listen(first);
    make({first});
    (void)any();
    EXPECT_EQ(fake.time->pending(), 0u);
    fake.io.restart();
    EXPECT_EQ(fake.io.run(), 0u);
}

TEST_F(broker_pool_test, follows_a_broker_to_its_new_address_when_the_old_connection_is_free)
{
    fake.listen(first);
    fake.listen(second);
    make({third});
    pool->set_brokers({{1, first}});
    const auto before = node(1);
    const auto pending = send(*before->got);
    pool->set_brokers({{1, second}});
    const auto after = node(1);
    ASSERT_TRUE(after->got);
    EXPECT_EQ(after->got->peer(), second);
    EXPECT_EQ(before->got->current_state(), connection::state::ready); // something is in flight
    EXPECT_EQ(*pending, 0);
    EXPECT_EQ(pool->brokers(), (std::vector<known_broker>{{1, second}}));
}

TEST_F(broker_pool_test, ends_those_who_wait_for_another_attempt_at_a_broker_that_is_gone)
{
    make(std::vector<endpoint>{third});
    pool->set_brokers({{1, first}});
    EXPECT_EQ(node(1)->ec, asio::error::connection_refused);
    const auto waiting = node(1); // for the end of the backoff
    EXPECT_EQ(waiting->calls, 0);
    pool->set_brokers({{2, second}});
    fake.settle();
    EXPECT_EQ(waiting->calls, 1);
    EXPECT_EQ(waiting->ec, errc::connection_closed);
}

TEST_F(broker_pool_test, a_wait_for_a_broker_that_moved_meanwhile_can_still_be_cancelled)
{
    fake.network->listeners[first] = [](std::shared_ptr<test::fake_stream>) {};
    make({third});
    pool->set_brokers({{1, first}});
    asio::cancellation_signal signal;
    auto result = std::make_shared<acquire_outcome>();
    pool->acquire(1, {}, fake.time->now() + 60s, {handler(result, signal.slot()), fake.world.executor, &result->about});
    fake.settle();
    pool->set_brokers({{1, second}});
    signal.emit(asio::cancellation_type::terminal);
    fake.settle();
    EXPECT_EQ(result->ec, asio::error::operation_aborted);
    EXPECT_EQ(fake.time->pending(), 0u);
}

TEST_F(broker_pool_test, ends_waiters_at_their_own_deadlines)
{
    fake.network->listeners[first] = [](std::shared_ptr<test::fake_stream>) {};
    make({third});
    pool->set_brokers({{1, first}});
    const auto hasty = node(1, {}, 2s);
    const auto patient = node(1, {}, 60s);
    fake.time->run_for(fake.io, 2s);
    EXPECT_EQ(hasty->ec, errc::operation_timed_out);
    EXPECT_EQ(patient->calls, 0);
    fake.time->run_for(fake.io, 28s);
    EXPECT_EQ(patient->ec, errc::connect_timed_out);
}

TEST_F(broker_pool_test, stops_connecting_when_the_last_waiter_leaves)
{
    fake.network->refusals[first] = asio::error::operation_aborted; // never answers
    make({first});
    asio::cancellation_signal signal;
    const auto cancelled = any(60s, signal.slot());
    EXPECT_EQ(cancelled->calls, 0);
    signal.emit(asio::cancellation_type::terminal);
    fake.settle();
    EXPECT_EQ(cancelled->ec, asio::error::operation_aborted);
    EXPECT_EQ(fake.time->pending(), 0u);
    fake.io.restart();
    EXPECT_EQ(fake.io.run(), 0u);
}

// B39
TEST_F(broker_pool_test, closing_ends_everything_exactly_once_and_later_acquires_too)
{
    fake.listen(first);
    fake.network->listeners[second] = [](std::shared_ptr<test::fake_stream>) {};
    make({first});
    pool->set_brokers({{2, second}});
    const auto waiting = node(2);
    const auto searching = any();
    auto used = any();
    pool->close();
    pool->close();
    fake.settle();
    EXPECT_EQ(waiting->ec, errc::closed);
    EXPECT_EQ(searching->calls, 1);
    EXPECT_EQ(node(2)->ec, errc::closed);
    EXPECT_EQ(any()->ec, errc::closed);
    fake.time->run_for(fake.io, 100s);
    EXPECT_EQ(waiting->calls, 1);
    EXPECT_EQ(fake.time->pending(), 0u);
}

TEST_F(broker_pool_test, destroying_it_ends_everything_as_well)
{
    fake.network->listeners[first] = [](std::shared_ptr<test::fake_stream>) {};
    make({first});
    const auto waiting = any();
    pool.reset();
    EXPECT_EQ(waiting->calls, 0);
    fake.settle();
    EXPECT_EQ(waiting->ec, errc::closed);
}

TEST_F(broker_pool_test, remembers_when_a_broker_was_last_reached)
{
    fake.listen(first);
    make({first});
    const auto created = fake.time->now();
    fake.time->run_for(fake.io, 10s);
    EXPECT_EQ(pool->last_reached(), created);
    (void)any();
    EXPECT_EQ(pool->last_reached(), created + 10s);
}

} // namespace
} // namespace odradek
