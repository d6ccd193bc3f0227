// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/client.hpp>
#include <odradek/protocol/generated/messages/alter_partition_reassignments.hpp>

#include <gtest/gtest.h>

#include <string>
#include <tests/unit/client/ending.hpp>

namespace odradek {
namespace {

using namespace test;
using fault = fake_cluster::fault;
using std::chrono_literals::operator""s;
using moved = response<alter_partition_reassignments_response>;

// Brokers of which `controller` is the controller, and answers as a whole; the other one says that it is not.
struct one_controller {
    fake_cluster brokers;
    std::int32_t controller = 1;
    std::int32_t named = 0; // what the metadata says instead, if not 0

    one_controller()
    {
        brokers.instead = [this](int node, fake_session& session, const fake_session::request& r) {
            if (r.key == api::metadata) {
                session.answer(r, brokers.picture().controller(named != 0 ? named : controller).response());
                return true;
            }
            if (r.key != api::alter_partition_reassignments) return false;
            alter_partition_reassignments_response answer;
            if (node != controller) answer.error_code = broker_errc::not_controller;
            session.answer(r, answer);
            return true;
        };
    }
    [[nodiscard]] client make_client() { return brokers.make_client({.brokers = {"b1:9092", "b2:9092"}}); }
    ending<moved> ask(client& c)
    {
        return test::ask(brokers, c, odradek::controller, alter_partition_reassignments_request{});
    }
};

TEST(client_controller, asks_who_is_the_controller_before_it_repeats_what_was_refused)
{
    one_controller world;
    client c = world.make_client();
    EXPECT_EQ(world.ask(c).result.node_id(), 1);
    world.controller = 2;
    const auto end = world.ask(c);
    EXPECT_EQ(*end.ec, std::error_code{});
    EXPECT_EQ(end.result->error_code, broker_errc::none);
    EXPECT_EQ(end.result.node_id(), 2);
    EXPECT_EQ(world.brokers.count(api::alter_partition_reassignments), 3u) << "once each, and once refused";
    EXPECT_EQ(world.brokers.count(api::metadata), 2u);
}

TEST(client_controller, asks_again_who_is_the_controller_when_the_first_answer_was_late_news)
{
    one_controller world;
    world.controller = 2;
    world.named = 1; // the metadata has not heard yet
    client c = world.make_client();
    ending<moved> end;
    c.async_request(end.about, controller, alter_partition_reassignments_request{}, {}, end.handler());
    world.brokers.world.time->run_for(world.brokers.world.io, 5s);
    EXPECT_FALSE(end.is_there());
    const std::size_t refused = world.brokers.count(api::alter_partition_reassignments);
    EXPECT_EQ(world.brokers.count(api::metadata), refused) << "never twice by the same picture";
    EXPECT_LE(refused, 10u);
    world.named = 0;
    ASSERT_TRUE(world.brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, std::error_code{});
    EXPECT_EQ(end.result.node_id(), 2);
}

TEST(client_controller, takes_no_other_news_for_news_of_the_controller)
{
    one_controller world;
    client c = world.make_client();
    EXPECT_EQ(world.ask(c).result.node_id(), 1);
    world.controller = 2;
    // Refused without another attempt, so that the next request is the first to look.
    ending<moved> refused;
    c.async_request(controller, alter_partition_reassignments_request{}, {.retry = false}, refused.handler());
    ASSERT_TRUE(world.brokers.run_until([&] { return refused.is_there(); }));
    EXPECT_EQ(refused.result->error_code, broker_errc::not_controller);
    world.brokers.coordinator_node = 3; // a broker that is new to the picture, which changes by that
    heartbeat_request alive;
    alive.group_id = "readers";
    const coordinator readers{.type = coordinator_type::group, .key = "readers"};
    EXPECT_EQ(*ask(world.brokers, c, readers, alive).ec, std::error_code{});

    const std::size_t before = world.brokers.count(api::alter_partition_reassignments);
    EXPECT_EQ(world.ask(c).result.node_id(), 2);
    EXPECT_EQ(world.brokers.count(api::alter_partition_reassignments), before + 1);
}

TEST(client_controller, goes_on_from_a_controller_that_was_dead_when_it_was_named)
{
    one_controller world;
    world.controller = 2;
    world.brokers.close("b2");
    client c = world.make_client();
    ending<moved> end;
    c.async_request(end.about, controller, alter_partition_reassignments_request{}, {}, end.handler());
    world.brokers.world.time->run_for(world.brokers.world.io, 2s);
    EXPECT_FALSE(end.is_there());
    EXPECT_GE(world.brokers.count(api::metadata), 2u);
    world.controller = 1;
    const steady_time elected = world.brokers.world.time->now();
    ASSERT_TRUE(world.brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, std::error_code{}) << end.about.to_string();
    EXPECT_EQ(end.result.node_id(), 1);
    EXPECT_LT(world.brokers.world.time->now() - elected, 3s);
}

TEST(client_controller, survives_every_failure_while_the_controller_moves)
{
    for (const fault how : {fault::cut, fault::garbage, fault::silence}) {
        for (std::size_t step = 0; step < 4;
             ++step) { // refused, metadata, asked again; one more to be sure that it ends
            one_controller world;
            client c = world.make_client();
            EXPECT_EQ(world.ask(c).result.node_id(), 1);
            world.controller = 2;
            world.brokers.fail_at(world.brokers.seen.size() + step, how);
            const auto end = world.ask(c);
            SCOPED_TRACE("step " + std::to_string(step) + ", way " + std::to_string(static_cast<int>(how)));
            if (!*end.ec) {
                EXPECT_EQ(end.result.node_id(), 2);
                EXPECT_EQ(end.result->error_code, broker_errc::none);
            } else { // moving partitions is safe to repeat or it is not: never anything else
                EXPECT_TRUE(*end.ec == errc::outcome_unknown || *end.ec == errc::invalid_response)
                    << end.about.to_string();
            }
        }
    }
}

} // namespace
} // namespace odradek
