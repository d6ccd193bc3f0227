// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/client.hpp>
#include <odradek/protocol/generated/messages/create_topics.hpp>
#include <odradek/protocol/generated/messages/describe_groups.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <gtest/gtest.h>

#include <string>
#include <tests/unit/client/ending.hpp>
#include <vector>

namespace odradek {
namespace {

using namespace test;
using fault = fake_cluster::fault;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using created = response<create_topics_response>;

// Brokers whose controller moves: broker `controller` creates topics, the other one says that it does not.
struct moving_controller {
    fake_cluster brokers;
    std::int32_t controller = 1;

    moving_controller()
    {
        brokers.instead = [this](int node, fake_session& session, const fake_session::request& r) {
            if (r.key == api::metadata) {
                session.answer(r, brokers.picture().controller(controller).response());
                return true;
            }
            if (r.key != api::create_topics) return false;
            arena memory;
            const auto asked = fake_cluster::read<create_topics_request>(r, memory);
            create_topics_response::creatable_topic_result topic;
            topic.name = asked.topics[0].name;
            topic.error_message = nullptr;
            if (node != controller) topic.error_code = broker_errc::not_controller;
            create_topics_response answer;
            answer.topics = list{&topic, 1};
            session.answer(r, answer);
            return true;
        };
    }

    static create_topics_request request()
    {
        static const create_topics_request::creatable_topic topics[] = {
            {.name = "trials", .num_partitions = 1, .replication_factor = 1}};
        create_topics_request made;
        made.topics = topics;
        return made;
    }
};

TEST(client_targets, asks_who_is_the_controller_after_an_answer_that_it_is_another_one)
{
    moving_controller world;
    client c = world.brokers.make_client();
    ending<created> first;
    c.async_request(controller, moving_controller::request(), {}, first.handler());
    ASSERT_TRUE(world.brokers.run_until([&] { return first.is_there(); }));
    EXPECT_EQ(first.result.node_id(), 1);

    // The answer that it is not the controller goes to the caller, since it stands inside; the next request goes right.
    world.controller = 2;
    ending<created> refused;
    c.async_request(controller, moving_controller::request(), {}, refused.handler());
    ASSERT_TRUE(world.brokers.run_until([&] { return refused.is_there(); }));
    EXPECT_EQ(refused.result->topics[0].error_code, broker_errc::not_controller);

    ending<created> again;
    c.async_request(controller, moving_controller::request(), {}, again.handler());
    ASSERT_TRUE(world.brokers.run_until([&] { return again.is_there(); }));
    EXPECT_EQ(again.result.node_id(), 2);
    EXPECT_EQ(again.result->topics[0].error_code, broker_errc::none);
}

TEST(client_targets, finds_the_new_controller_when_the_old_one_is_gone)
{
    moving_controller world;
    client c = world.brokers.make_client({.brokers = {"b1:9092", "b2:9092"}});
    ending<created> first;
    c.async_request(controller, moving_controller::request(), {}, first.handler());
    ASSERT_TRUE(world.brokers.run_until([&] { return first.is_there(); }));

    world.controller = 2;
    world.brokers.close("b1");
    const steady_time lost = world.brokers.world.time->now();
    ending<created> after;
    c.async_request(after.about, controller, moving_controller::request(), {}, after.handler());
    ASSERT_TRUE(world.brokers.run_until([&] { return after.is_there(); }));
    EXPECT_EQ(*after.ec, std::error_code{}) << after.about.to_string();
    EXPECT_EQ(after.result.node_id(), 2);
    EXPECT_LT(world.brokers.world.time->now() - lost, 10s);
}

TEST(client_targets, survives_every_failure_on_the_way_to_the_controller)
{
    for (const fault how : {fault::cut, fault::garbage, fault::silence}) {
        for (std::size_t step = 0; step < 2; ++step) {
            moving_controller world;
            world.brokers.fail_at(step, how);
            client c = world.brokers.make_client();
            ending<created> end;
            c.async_request(end.about, controller, moving_controller::request(), {}, end.handler());
            ASSERT_TRUE(world.brokers.run_until([&] { return end.is_there(); })) << "hangs after step " << step;
            if (step == 1) // a topic may have been created: that is never tried twice
                EXPECT_EQ(*end.ec, how == fault::garbage ? errc::invalid_response : errc::outcome_unknown);
            else
                EXPECT_TRUE(!*end.ec || how == fault::garbage) << end.about.to_string();
        }
    }
}

TEST(client_targets, evicts_a_coordinator_that_a_group_inside_the_answer_disowns) // B40
{
    fake_cluster brokers;
    brokers.instead = [&brokers](int node, fake_session& session, const fake_session::request& r) {
        if (r.key != api::describe_groups) return false;
        describe_groups_response::described_group group;
        group.group_id = "readers";
        if (node != brokers.coordinator_node) group.error_code = broker_errc::not_coordinator;
        describe_groups_response answer;
        answer.groups = list{&group, 1};
        session.answer(r, answer);
        return true;
    };
    client c = brokers.make_client();
    const std::string_view groups[] = {"readers"};
    describe_groups_request request;
    request.groups = groups;
    const coordinator to{.type = coordinator_type::group, .key = "readers"};
    const auto ask = [&] {
        ending<response<describe_groups_response>> end;
        c.async_request(to, request, {}, end.handler());
        EXPECT_TRUE(brokers.run_until([&] { return end.is_there(); }));
        return end.result->groups[0].error_code;
    };
    EXPECT_EQ(ask(), broker_errc::none);
    brokers.coordinator_node = 1;
    EXPECT_EQ(ask(), broker_errc::not_coordinator);
    EXPECT_EQ(ask(), broker_errc::none) << "it was looked up again";
    EXPECT_EQ(brokers.count(api::find_coordinator), 2u);
}

TEST(client_targets, begins_again_when_a_broker_asks_for_it_in_any_answer) // B32, error 129
{
    fake_cluster brokers;
    std::vector<std::uint32_t> rounds;
    client_options options;
    options.brokers = broker_list{[&rounds](discovery d) -> asio::awaitable<std::vector<endpoint>> {
        rounds.push_back(d.round);
        co_return std::vector<endpoint>{{.host = "b1", .port = 9092}};
    }};
    int refusals = 1;
    brokers.instead = [&refusals](int, fake_session& session, const fake_session::request& r) {
        if (r.key != api::heartbeat || refusals-- <= 0) return false;
        heartbeat_response answer;
        answer.error_code = broker_errc::rebootstrap_required;
        session.answer(r, answer);
        return true;
    };
    client c = brokers.make_client(options);
    ending<response<heartbeat_response>> end;
    c.async_request(end.about, any_broker, heartbeat_request{}, {}, end.handler());
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, std::error_code{}) << end.about.to_string();
    EXPECT_EQ(end.result->error_code, broker_errc::none);
    EXPECT_EQ(rounds, (std::vector<std::uint32_t>{1, 2}));
}

TEST(client_targets, begins_again_without_naming_a_topic_when_nobody_was_reached_for_long) // B32
{
    fake_cluster brokers;
    std::uint32_t calls = 0;
    client_options options;
    options.brokers = broker_list{[&calls](discovery) -> asio::awaitable<std::vector<endpoint>> {
        ++calls;
        co_return std::vector<endpoint>{{.host = calls == 1 ? "b1" : "elsewhere", .port = 9092}};
    }};
    client c = brokers.make_client(options);
    const auto ask = [&] {
        ending<response<heartbeat_response>> end;
        c.async_request(any_broker, heartbeat_request{}, {}, end.handler());
        EXPECT_TRUE(brokers.run_until([&] { return end.is_there(); }));
        return *end.ec;
    };
    EXPECT_EQ(ask(), std::error_code{});
    // A client that knows the cluster does not ask for it again as long as it can.
    ending<placed> known;
    c.async_produce(first_partition, one_record, {}, known.handler());
    ASSERT_TRUE(brokers.run_until([&] { return known.is_there(); }));

    brokers.close("b1");
    brokers.close("b2");
    brokers.open(1, "elsewhere");
    const steady_time lost = brokers.world.time->now();
    int refused = 0;
    while (ask() && ++refused < 20) {
    }
    EXPECT_LT(refused, 20);
    EXPECT_EQ(calls, 2u);
    EXPECT_GE(brokers.world.time->now() - lost, 300s);
}

TEST(client_targets, says_at_once_that_a_broker_does_not_exist)
{
    fake_cluster brokers;
    client c = brokers.make_client();
    const steady_time before = brokers.world.time->now();
    ending<response<heartbeat_response>> end;
    c.async_request(broker_id{77}, heartbeat_request{}, {}, end.handler());
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, errc::unknown_broker);
    EXPECT_LT(brokers.world.time->now() - before, 5s);
    EXPECT_EQ(brokers.count(api::metadata), 1u) << "it was asked for";
}

TEST(client_targets, leaves_a_slow_request_to_its_connection_at_the_deadline_of_one_operation) // R33
{
    fake_cluster brokers;
    std::vector<std::pair<fake_session*, fake_session::request>> held;
    brokers.instead = [&held](int, fake_session& session, const fake_session::request& r) {
        if (r.key != api::heartbeat) return false;
        held.emplace_back(&session, r);
        return true;
    };
    client c = brokers.make_client();
    ending<response<heartbeat_response>> hasty;
    ending<response<heartbeat_response>> patient;
    c.async_request(any_broker, heartbeat_request{}, {.timeout = 200ms}, hasty.handler());
    c.async_request(any_broker, heartbeat_request{}, {}, patient.handler());
    brokers.world.time->run_for(brokers.world.io, 1s);
    ASSERT_TRUE(hasty.is_there());
    EXPECT_EQ(*hasty.ec, errc::operation_timed_out);
    EXPECT_FALSE(patient.is_there());
    ASSERT_EQ(held.size(), 2u);
    for (const auto& [session, r] : held) session->answer(r, heartbeat_response{});
    brokers.world.settle();
    ASSERT_TRUE(patient.is_there());
    EXPECT_EQ(*patient.ec, std::error_code{}) << "its connection went on";
    EXPECT_EQ(brokers.world.sessions.size(), 1u);
}

TEST(client_targets, keeps_a_produce_from_waiting_behind_a_long_poll)
{
    ending<fetched> poll; // is still pending when the client goes
    fake_cluster brokers;
    fake_session* polled = nullptr;
    fake_session* produced = nullptr;
    brokers.instead = [&](int, fake_session& session, const fake_session::request& r) {
        if (r.key == api::produce) produced = &session;
        if (r.key != api::fetch) return false;
        polled = &session;
        return true; // held
    };
    client c = brokers.make_client();
    c.async_fetch(from_beginning, {.max_wait = 30s}, poll.handler());
    brokers.world.time->run_for(brokers.world.io, 1s);
    ASSERT_NE(polled, nullptr);
    ending<placed> written;
    c.async_produce(first_partition, one_record, {}, written.handler());
    brokers.world.settle();
    ASSERT_TRUE(written.is_there());
    EXPECT_NE(polled, produced);
}

TEST(client_targets, counts_the_retries_of_a_refused_produce)
{
    fake_cluster brokers;
    brokers.instead = [&brokers](int, fake_session& session, const fake_session::request& r) {
        if (r.key != api::produce) return false;
        brokers.answer_produce(session, r, broker_errc::not_enough_replicas);
        return true;
    };
    client_options options;
    options.retries = 2;
    client c = brokers.make_client(options);
    ending<placed> end;
    c.async_produce(first_partition, one_record, {}, end.handler());
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, broker_errc::not_enough_replicas);
    EXPECT_EQ(brokers.count(api::produce), 3u);
}

TEST(client_targets, ends_an_operation_that_is_cancelled_while_metadata_is_not_answered)
{
    fake_cluster brokers;
    brokers.fail_at(0, fault::silence);
    client c = brokers.make_client();
    ending<placed> end;
    asio::cancellation_signal stop;
    c.async_produce(first_partition, one_record, {}, asio::bind_cancellation_slot(stop.slot(), end.handler()));
    brokers.world.time->run_for(brokers.world.io, 1s);
    ASSERT_FALSE(end.is_there());
    stop.emit(asio::cancellation_type::terminal);
    brokers.world.settle();
    ASSERT_TRUE(end.is_there());
    EXPECT_EQ(*end.ec, asio::error::operation_aborted);
}

} // namespace
} // namespace odradek
