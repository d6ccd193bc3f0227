// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/broker_pool.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <tests/support/fake_broker.hpp>

namespace odradek {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

const endpoint first{"first.test", 9092};
const endpoint second{"second.test", 9092};
const endpoint third{"third.test", 9092};

struct outcome {
    int calls = 0;
    std::error_code ec;
    diagnostics about;
    std::shared_ptr<connection> got;
};

class broker_pool_test : public testing::Test {
protected:
    void TearDown() override
    {
        if (!pool) return;
        pool->close();
        fake.settle();
    }

    void make(std::vector<endpoint> bootstrap) { make({.bootstrap = std::move(bootstrap), .reconnect = calm}); }
    void make(broker_pool_options options) { pool = broker_pool::make(fake.world, std::move(options)); }

    auto handler(const std::shared_ptr<outcome>& result, asio::cancellation_slot slot = {})
    {
        return asio::bind_cancellation_slot(slot, [result](std::error_code ec, std::shared_ptr<connection> got) {
            ++result->calls;
            result->ec = ec;
            result->got = std::move(got);
        });
    }
    std::shared_ptr<outcome> any(std::chrono::milliseconds patience = 60s, asio::cancellation_slot slot = {})
    {
        auto result = std::make_shared<outcome>();
        pool->acquire_any(fake.time->now() + patience, {handler(result, slot), fake.world.executor, &result->about});
        fake.settle();
        return result;
    }
    std::shared_ptr<outcome> node(std::int32_t id, connection_role role = {}, std::chrono::milliseconds patience = 60s)
    {
        auto result = std::make_shared<outcome>();
        pool->acquire(id, role, fake.time->now() + patience, {handler(result), fake.world.executor, &result->about});
        fake.settle();
        return result;
    }
    std::shared_ptr<int> send(connection& on) // a request whose answer never comes
    {
        auto calls = std::make_shared<int>(0);
        outgoing_request request;
        request.key = api::metadata;
        request.version = api_version{12};
        EXPECT_FALSE(encode(metadata_request{}, request.version, request.body));
        request.deadline = fake.time->now() + 1'000s;
        on.send(std::move(request), {[calls](std::error_code, response_frame) { ++*calls; }, fake.world.executor});
        fake.settle();
        return calls;
    }
    [[nodiscard]] std::size_t attempts(const endpoint& where) const
    {
        return static_cast<std::size_t>(
            std::count_if(fake.network->attempts.begin(), fake.network->attempts.end(),
                          [&](const transport_request& one) { return one.broker == where; }));
    }

    static constexpr backoff::policy calm{.initial = 100ms, .maximum = 1000ms, .jitter = 0};
    test::fake_world fake;
    std::shared_ptr<broker_pool> pool;
};

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
    std::vector<std::shared_ptr<outcome>> all;
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

TEST_F(broker_pool_test, any_prefers_what_is_ready_then_known_brokers_then_bootstrap_servers)
{
    fake.listen(second);
    fake.listen(third);
    make({third});
    pool->set_brokers({{1, first}, {2, second}}); // the first one is down
    const auto known = any();
    ASSERT_TRUE(known->got);
    EXPECT_EQ(known->got->node_id(), 2);
    EXPECT_EQ(attempts(third), 0u);
    EXPECT_EQ(any()->got, known->got);

    known->got->close();
    fake.settle();
    fake.network->listeners.erase(second);
    const auto fallen_back = any();
    fake.time->run_until(fake.io, [&] { return fallen_back->calls > 0; });
    ASSERT_TRUE(fallen_back->got);
    EXPECT_EQ(fallen_back->got->peer(), third);
}

TEST_F(broker_pool_test, any_takes_the_servers_in_random_order)
{
    std::set<std::string> chosen;
    for (std::uint64_t seed = 0; seed < 40; ++seed) {
        test::fake_world other;
        other.world.random = std::make_shared<random_source>(seed);
        for (const auto& where : {first, second, third}) other.listen(where);
        auto p = broker_pool::make(other.world, {.bootstrap = {first, second, third}});
        p->async_acquire_any(other.time->now() + 60s, [&](std::error_code, const std::shared_ptr<connection>& got) {
            if (got) chosen.insert(got->peer().host);
        });
        other.settle();
        p->close();
        other.settle();
    }
    EXPECT_EQ(chosen.size(), 3u);
}

TEST_F(broker_pool_test, any_names_every_address_that_it_tried_and_why)
{
    fake.network->refusals[second] = asio::error::host_unreachable;
    make({first, second});
    const auto failed = any(5s);
    EXPECT_EQ(failed->calls, 0); // it tries until the deadline
    const auto start = fake.time->now();
    fake.time->run_until(fake.io, [&] { return failed->calls > 0; });
    EXPECT_EQ(fake.time->now() - start, 5s);
    EXPECT_EQ(failed->ec, errc::no_broker_available);
    const std::string words(failed->about.client_message());
    EXPECT_NE(words.find("first.test:9092: "), std::string::npos) << words;
    EXPECT_NE(words.find("refused"), std::string::npos) << words;
    EXPECT_NE(words.find("second.test:9092: "), std::string::npos) << words;
    EXPECT_GT(attempts(first), 2u);
    EXPECT_LT(attempts(first), 20u); // with a backoff
}

// A server that cannot become right by waiting is reported at once: HTTP or TLS at the port, a name that does not exist.
TEST_F(broker_pool_test, any_ends_at_once_when_no_server_can_ever_work)
{
    fake.network->listeners[first] = [](std::shared_ptr<test::fake_stream> s) {
        s->push("HTTP/1.1 400 Bad Request\r\n\r\n");
    };
    make({first});
    const auto failed = any();
    EXPECT_EQ(failed->ec, errc::not_a_kafka_broker) << failed->about.to_string();
    EXPECT_NE(failed->about.client_message().find("HTTP"), std::string_view::npos);
}

// One that exists but has to wait for its backoff is still a hope.
TEST_F(broker_pool_test, any_does_not_give_up_while_a_server_that_it_did_not_try_may_work)
{
    fake.network->refusals[second] = errc::host_not_found;
    make({first, second});
    const auto before = any(1s); // puts both into their backoffs
    fake.time->run_until(fake.io, [&] { return before->calls > 0; });
    EXPECT_EQ(before->ec, errc::no_broker_available);
    pool->set_brokers({{1, first}, {2, second}});
    const auto failed_again = node(1, {}, 1s);
    fake.time->run_until(fake.io, [&] { return failed_again->calls > 0; });
    const auto found = any(60s);
    EXPECT_EQ(found->calls, 0) << found->ec.message();
    fake.listen(first);
    fake.time->run_until(fake.io, [&] { return found->calls > 0; });
    EXPECT_TRUE(found->got) << found->about.to_string();
}

// KIP-1102: a broker that asks for bootstrapping anew is no reason to give up, but to begin again.
TEST_F(broker_pool_test, any_does_not_give_up_when_it_is_told_to_bootstrap_again)
{
    fake.network->refusals[first] = broker_errc::rebootstrap_required;
    make({first});
    const auto found = any(60s);
    EXPECT_EQ(found->calls, 0) << found->ec.message();
    fake.network->refusals.clear();
    fake.listen(first);
    fake.time->run_until(fake.io, [&] { return found->calls > 0; });
    EXPECT_TRUE(found->got);
}

TEST_F(broker_pool_test, any_keeps_the_backoff_of_an_address_that_is_known_twice)
{
    make({first});
    pool->set_brokers({{1, first}});
    const auto failed = any(60s);
    fake.time->run_for(fake.io, 99ms);
    EXPECT_EQ(attempts(first), 1u);
    fake.time->run_for(fake.io, 2ms);
    EXPECT_EQ(attempts(first), 2u);
}

TEST_F(broker_pool_test, any_is_not_held_up_by_a_server_that_swallows_everything)
{
    fake.network->listeners[first] = [](std::shared_ptr<test::fake_stream>) {};
    fake.network->listeners[second] = [](std::shared_ptr<test::fake_stream>) {};
    fake.listen(third);
    make({first, second, third});
    const auto found = any(30s);
    fake.time->run_until(fake.io, [&] { return found->calls > 0; });
    ASSERT_TRUE(found->got) << found->about.to_string();
    EXPECT_EQ(found->got->peer(), third);
}

TEST_F(broker_pool_test, any_waits_for_a_broker_that_comes_up)
{
    make({first});
    const auto found = any(60s);
    fake.time->run_for(fake.io, 3s);
    EXPECT_EQ(found->calls, 0);
    fake.listen(first);
    fake.time->run_for(fake.io, 2s);
    EXPECT_TRUE(found->got);
}

TEST_F(broker_pool_test, without_any_server_any_fails_at_once)
{
    make(std::vector<endpoint>{});
    EXPECT_EQ(any()->ec, errc::no_broker_available);
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

// B32: bootstrapping again begins with the servers of the list, and asks where they are.
TEST_F(broker_pool_test, forgets_brokers_and_discovers_servers_again)
{
    fake.listen(first);
    fake.listen(second);
    int asked = 0;
    broker_pool_options options;
    options.discover = [&](completion<void(std::error_code, std::vector<endpoint>)> done) {
        done.succeed({++asked == 1 ? first : second});
    };
    make(std::move(options));
    EXPECT_EQ(any()->got->peer(), first);
    EXPECT_EQ(any()->got->peer(), first);
    EXPECT_EQ(asked, 1);
    pool->set_brokers({{1, third}});
    pool->forget_brokers();
    fake.settle();
    EXPECT_EQ(any()->got->peer(), second);
    EXPECT_EQ(asked, 2);
    EXPECT_EQ(node(1)->ec, errc::unknown_broker);
}

TEST_F(broker_pool_test, asks_the_discovery_function_again_when_it_failed)
{
    fake.listen(first);
    int asked = 0;
    broker_pool_options options;
    options.discover = [&](completion<void(std::error_code, std::vector<endpoint>)> done) {
        if (++asked < 3) return done.fail(errc::discovery_failed);
        done.succeed({first});
    };
    make(std::move(options));
    const auto found = any();
    fake.time->run_until(fake.io, [&] { return found->calls > 0; });
    EXPECT_TRUE(found->got);
    EXPECT_EQ(asked, 3);
}

// A function of the user's, which may hang: whoever waits for it has a deadline all the same, and it runs once at a time.
TEST_F(broker_pool_test, runs_one_discovery_for_all_who_search_and_ends_each_search_at_its_deadline)
{
    fake.listen(first);
    std::vector<completion<void(std::error_code, std::vector<endpoint>)>> asked;
    broker_pool_options options;
    options.discover = [&](completion<void(std::error_code, std::vector<endpoint>)> done) {
        asked.push_back(std::move(done));
    };
    make(std::move(options));
    const auto hasty = any(5s);
    const auto patient = any(60s);
    asio::cancellation_signal signal;
    const auto cancelled = any(60s, signal.slot());
    EXPECT_EQ(asked.size(), 1u);
    signal.emit(asio::cancellation_type::terminal);
    fake.settle();
    EXPECT_EQ(cancelled->ec, asio::error::operation_aborted);
    fake.time->run_for(fake.io, 5s);
    EXPECT_EQ(hasty->ec, errc::no_broker_available);
    EXPECT_NE(hasty->about.client_message().find("(discovery)"), std::string_view::npos) << hasty->about.to_string();
    EXPECT_EQ(patient->calls, 0);
    const auto later = any(60s);
    EXPECT_EQ(asked.size(), 1u);
    asked[0].succeed({first});
    fake.settle();
    EXPECT_TRUE(patient->got);
    EXPECT_EQ(later->got, patient->got);
    EXPECT_EQ(asked.size(), 1u);
    EXPECT_EQ(attempts(first), 1u);
    EXPECT_EQ(fake.time->pending(), 0u);
}

TEST_F(broker_pool_test, rests_between_discoveries_that_fail_and_says_why_they_did)
{
    int asked = 0;
    broker_pool_options options;
    options.reconnect = calm;
    options.discover = [&](completion<void(std::error_code, std::vector<endpoint>)> done) {
        ++asked;
        done.fail(errc::discovery_failed, diagnostics("the registry is on fire"));
    };
    make(std::move(options));
    const auto one = any(5s);
    const auto two = any(500ms);
    fake.time->run_for(fake.io, 900ms);
    EXPECT_EQ(asked, 1);
    EXPECT_EQ(two->ec, errc::no_broker_available);
    EXPECT_NE(two->about.client_message().find("on fire"), std::string_view::npos) << two->about.to_string();
    fake.time->run_for(fake.io, 200ms);
    EXPECT_EQ(asked, 2);
    EXPECT_EQ(one->calls, 0);
}

// What is found while the pool begins anew replaces the servers that were known before.
TEST_F(broker_pool_test, goes_to_the_servers_of_the_last_discovery_only)
{
    fake.listen(first);
    fake.listen(third);
    std::vector<completion<void(std::error_code, std::vector<endpoint>)>> asked;
    broker_pool_options options;
    options.reconnect = calm;
    options.discover = [&](completion<void(std::error_code, std::vector<endpoint>)> done) {
        asked.push_back(std::move(done));
    };
    make(std::move(options));
    const auto before = any();
    asked.at(0).succeed({first, second});
    fake.settle();
    fake.time->run_until(fake.io, [&] { return before->calls > 0; });
    ASSERT_TRUE(before->got);
    pool->forget_brokers();
    const auto after = any();
    ASSERT_EQ(asked.size(), 2u);
    asked.at(1).succeed({third});
    fake.settle();
    ASSERT_TRUE(after->got) << after->about.to_string();
    EXPECT_EQ(after->got->peer(), third);
}

// Also when the list changes under a search: no connection in use is lost, and no dead server makes the search turn idly.
TEST_F(broker_pool_test, does_not_spin_on_servers_that_are_not_in_the_list_any_more)
{
    fake.network->listeners[first] = [](std::shared_ptr<test::fake_stream>) {}; // accepts and is silent
    std::vector<completion<void(std::error_code, std::vector<endpoint>)>> asked;
    broker_pool_options options;
    options.reconnect = calm;
    options.discover = [&](completion<void(std::error_code, std::vector<endpoint>)> done) {
        asked.push_back(std::move(done));
    };
    make(std::move(options));
    const auto before = any(1s);
    asked.at(0).succeed({first});
    fake.time->run_until(fake.io, [&] { return before->calls > 0; });
    pool->forget_brokers();
    const auto hasty = any(1s); // looks at the old list once more when its time is over
    fake.time->run_for(fake.io, 1s);
    EXPECT_EQ(hasty->calls, 1);
    const auto after = any(10s);
    asked.at(1).succeed({second}); // refuses
    fake.time->run_until(fake.io, [&] { return after->calls > 0; });
    EXPECT_EQ(after->ec, errc::no_broker_available);
    EXPECT_LT(attempts(second), 20u);
    EXPECT_EQ(attempts(first), 1u);
}

TEST_F(broker_pool_test, a_wait_for_a_broker_that_moved_meanwhile_can_still_be_cancelled)
{
    fake.network->listeners[first] = [](std::shared_ptr<test::fake_stream>) {};
    make({third});
    pool->set_brokers({{1, first}});
    asio::cancellation_signal signal;
    auto result = std::make_shared<outcome>();
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
