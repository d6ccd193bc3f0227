// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <tests/unit/net/broker_pool_fixture.hpp>

namespace odradek {
namespace {

using namespace test;
using broker_pool_search = broker_pool_fixture;

TEST_F(broker_pool_search, any_does_not_wait_for_a_broker_that_was_forgotten_during_the_search)
{
    fake.network->refusals[first] = asio::error::operation_aborted; // neither ever answers
    fake.network->refusals[second] = asio::error::operation_aborted;
    make(std::vector<endpoint>{third});
    pool->set_brokers({{1, first}, {2, second}});
    const auto searching = any(30s);
    const bool begins_with_first = fake.network->attempts.back().broker == first;
    const endpoint other = begins_with_first ? second : first;
    fake.network->refusals[other] = asio::error::connection_refused;
    EXPECT_EQ(node(begins_with_first ? 2 : 1)->ec, asio::error::connection_refused); // its backoff begins
    pool->set_brokers({{begins_with_first ? 1 : 2, begins_with_first ? first : second}});
    fake.time->run_for(fake.io, 31s);
    EXPECT_EQ(searching->calls, 1);
    EXPECT_EQ(searching->ec, errc::no_broker_available);
}

TEST_F(broker_pool_search, any_prefers_what_is_ready_then_known_brokers_then_bootstrap_servers)
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

TEST_F(broker_pool_search, any_takes_the_servers_in_random_order)
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

TEST_F(broker_pool_search, any_names_every_address_that_it_tried_and_why)
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
TEST_F(broker_pool_search, any_ends_at_once_when_no_server_can_ever_work)
{
    fake.network->listeners[first] = [](std::shared_ptr<test::fake_stream> s) {
        s->push("HTTP/1.1 400 Bad Request\r\n\r\n");
    };
    make({first});
    const auto failed = any();
    EXPECT_EQ(failed->ec, errc::not_a_kafka_broker) << failed->about.to_string();
    EXPECT_NE(failed->about.client_message().find("HTTP"), std::string_view::npos);
}

// Such a server says nothing before it has seen the end of a line.
TEST_F(broker_pool_search, any_recognises_a_server_that_waits_for_the_end_of_a_line)
{
    fake.network->listeners[first] = [](std::shared_ptr<test::fake_stream> s) {
        s->on_received = [stream = s.get()] {
            if (stream->received.find("\r\n\r\n") != std::string::npos)
                stream->push("<!DOCTYPE HTML>\n<html><h1>Bad request syntax</h1></html>\n");
        };
    };
    make({first});
    const auto failed = any();
    EXPECT_EQ(failed->ec, errc::not_a_kafka_broker) << failed->about.to_string();
    EXPECT_NE(failed->about.client_message().find("HTTP"), std::string_view::npos) << failed->about.to_string();
}

TEST_F(broker_pool_search, any_says_for_what_a_silent_server_was_waited)
{
    fake.network->listeners[first] = [](std::shared_ptr<test::fake_stream>) {};
    make({first});
    const auto failed = any(5s);
    fake.time->run_until(fake.io, [&] { return failed->calls > 0; });
    const std::string words(failed->about.client_message());
    EXPECT_NE(words.find("waited for the answer to ApiVersions"), std::string::npos) << words;
}

// The last attempt ends with the time, and would hide what the first ones found.
TEST_F(broker_pool_search, any_says_what_went_wrong_before_the_time_was_over)
{
    const auto began = fake.time->now();
    fake.network->listeners[first] = [this, began](std::shared_ptr<test::fake_stream> s) {
        if (fake.time->now() < began + 2s) s->end();
    };
    make({first});
    const auto failed = any(5s);
    fake.time->run_until(fake.io, [&] { return failed->calls > 0; });
    const std::string words(failed->about.client_message());
    EXPECT_NE(words.find("may expect TLS"), std::string::npos) << words;
}

// One that exists but has to wait for its backoff is still a hope.
TEST_F(broker_pool_search, any_does_not_give_up_while_a_server_that_it_did_not_try_may_work)
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

TEST_F(broker_pool_search, any_says_why_those_that_it_could_not_try_rest)
{
    make({first, second});
    const auto before = any(1s); // puts both into their backoffs
    fake.time->run_until(fake.io, [&] { return before->calls > 0; });
    const auto hurried = any(1ms);
    fake.time->run_until(fake.io, [&] { return hurried->calls > 0; });
    EXPECT_EQ(hurried->ec, errc::no_broker_available);
    const std::string words = hurried->about.to_string();
    EXPECT_NE(words.find(to_string(first)), std::string::npos) << words;
    EXPECT_NE(words.find(to_string(second)), std::string::npos) << words;
    EXPECT_EQ(words.find("no server to try is known"), std::string::npos) << words;
}

// KIP-1102: a broker that asks for bootstrapping anew is no reason to give up, but to begin again.
TEST_F(broker_pool_search, any_does_not_give_up_when_it_is_told_to_bootstrap_again)
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

TEST_F(broker_pool_search, any_keeps_the_backoff_of_an_address_that_is_known_twice)
{
    make({first});
    pool->set_brokers({{1, first}});
    const auto failed = any(60s);
    fake.time->run_for(fake.io, 99ms);
    EXPECT_EQ(attempts(first), 1u);
    fake.time->run_for(fake.io, 2ms);
    EXPECT_EQ(attempts(first), 2u);
}

TEST_F(broker_pool_search, any_is_not_held_up_by_a_server_that_swallows_everything)
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

TEST_F(broker_pool_search, any_waits_for_a_broker_that_comes_up)
{
    make({first});
    const auto found = any(60s);
    fake.time->run_for(fake.io, 3s);
    EXPECT_EQ(found->calls, 0);
    fake.listen(first);
    fake.time->run_for(fake.io, 2s);
    EXPECT_TRUE(found->got);
}

TEST_F(broker_pool_search, without_any_server_any_fails_at_once)
{
    make(std::vector<endpoint>{});
    EXPECT_EQ(any()->ec, errc::no_broker_available);
}

// B32: bootstrapping again begins with the servers of the list, and asks where they are.
TEST_F(broker_pool_search, forgets_brokers_and_discovers_servers_again)
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

TEST_F(broker_pool_search, asks_the_discovery_function_again_when_it_failed)
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
TEST_F(broker_pool_search, runs_one_discovery_for_all_who_search_and_ends_each_search_at_its_deadline)
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

TEST_F(broker_pool_search, rests_between_discoveries_that_fail_and_says_why_they_did)
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
TEST_F(broker_pool_search, goes_to_the_servers_of_the_last_discovery_only)
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
TEST_F(broker_pool_search, does_not_spin_on_servers_that_are_not_in_the_list_any_more)
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

} // namespace
} // namespace odradek
