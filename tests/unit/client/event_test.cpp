// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/event.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <system_error>
#include <tests/unit/client/ending.hpp>
#include <tests/unit/client/event_recorder.hpp>
#include <vector>

namespace odradek {
namespace {

using namespace test;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using beat = response<heartbeat_response>;
using kinds = std::vector<event_kind>;

// Two brokers and a client whose events are recorded.
class client_events : public testing::Test {
protected:
    void make(client_options options = {})
    {
        options.client_id = "observed";
        made.emplace(brokers.make_client(std::move(options)));
        (void)made->on_event(recorder.listener());
    }
    void pass(std::chrono::milliseconds span) { brokers.world.time->run_for(brokers.world.io, span); }
    // The second of two requests waits 10 ms for its turn. The broker answers when the test says so.
    void queue_one_behind_another(const request_options& first, const request_options& second)
    {
        make();
        ask(brokers, *made, any_broker, heartbeat_request{});
        brokers.instead = [this](int, fake_session&, const fake_session::request& r) {
            unanswered.push_back(r);
            return true;
        };
        recorder.forget();
        stream().hold_writes = true;
        made->async_request(any_broker, heartbeat_request{}, first, ends[0].handler());
        brokers.world.settle();
        made->async_request(any_broker, heartbeat_request{}, second, ends[1].handler());
        brokers.world.settle();
    }
    fake_stream& stream() { return *brokers.world.sessions.back()->stream; }

    ending<beat> ends[3]; // outlive the brokers' world, which ends what is pending
    fake_cluster brokers;
    event_recorder recorder;
    std::optional<client> made;
    std::vector<fake_session::request> unanswered;
};

TEST_F(client_events, tell_of_a_connection_that_comes_and_goes)
{
    brokers.instead_limits = [this](int, fake_session& session) { // 7 ms until it is ready
        session.stream->hold_writes = true;
        brokers.world.time->schedule(brokers.world.time->now() + 7ms, [&] { stream().release_writes(); });
    };
    make();
    ask(brokers, *made, any_broker, heartbeat_request{});
    pass(3s);
    made->stop();
    brokers.world.settle();

    const auto came = recorder.of(event_kind::connect);
    ASSERT_EQ(came.size(), 1u);
    EXPECT_EQ(came[0].what.broker.node_id, -1) << "a bootstrap server";
    EXPECT_EQ(came[0].host, "b1");
    EXPECT_EQ(came[0].what.broker.port, 9092);
    EXPECT_EQ(came[0].client_id, "observed");
    EXPECT_EQ(came[0].what.duration, 7ms);
    EXPECT_FALSE(came[0].what.error);

    const auto went = recorder.of(event_kind::disconnect);
    ASSERT_EQ(went.size(), 1u);
    EXPECT_EQ(went[0].host, "b1");
    EXPECT_EQ(went[0].what.error, errc::closed);
    EXPECT_EQ(went[0].message, "closed by this client");
    EXPECT_EQ(went[0].what.duration, 3s);
    EXPECT_EQ(went[0].what.at, came[0].what.at + 3s);
}

TEST_F(client_events, say_why_a_connection_was_lost_and_that_the_operation_begins_again)
{
    brokers.fail_at(0, fake_cluster::fault::cut);
    make();
    EXPECT_FALSE(*ask(brokers, *made, any_broker, heartbeat_request{}).ec);
    const auto went = recorder.of(event_kind::disconnect);
    ASSERT_EQ(went.size(), 1u);
    EXPECT_EQ(went[0].what.error, errc::connection_closed);
    EXPECT_EQ(went[0].message,
              "the peer closed the connection at its first request, as brokers do that want authentication");
    const auto again = recorder.of(event_kind::retry);
    ASSERT_EQ(again.size(), 1u);
    EXPECT_EQ(again[0].what.attempt, 2u);
    EXPECT_EQ(again[0].what.error, errc::connection_closed);
    EXPECT_EQ(again[0].what.api_key, api::heartbeat);
    EXPECT_EQ(again[0].api_name, "Heartbeat");
    EXPECT_EQ(again[0].host, "b1");
    EXPECT_EQ(recorder.of(event_kind::connect).size(), 2u);
    EXPECT_EQ(recorder.of(event_kind::request).size(), 1u);
}

TEST_F(client_events, tell_of_a_connection_that_could_not_be_made)
{
    brokers.close("b1");
    make({.default_api_timeout = 1s});
    EXPECT_TRUE(*ask(brokers, *made, any_broker, heartbeat_request{}).ec);
    const auto failed = recorder.of(event_kind::connect_failed);
    ASSERT_FALSE(failed.empty());
    EXPECT_EQ(failed[0].host, "b1");
    EXPECT_TRUE(failed[0].what.error);
    EXPECT_TRUE(recorder.of(event_kind::connect).empty());
    EXPECT_TRUE(recorder.of(event_kind::disconnect).empty()) << "it was never there";
}

TEST_F(client_events, tell_of_each_request_its_sizes_and_how_long_it_took)
{
    queue_one_behind_another({}, {});
    const steady_time begin = brokers.world.time->now();
    pass(10ms);
    stream().release_writes();
    pass(40ms);
    ASSERT_EQ(unanswered.size(), 2u);
    for (const auto& r : unanswered) brokers.world.sessions.back()->answer(r, heartbeat_response{});
    brokers.world.settle();

    const auto answered = recorder.of(event_kind::request);
    ASSERT_EQ(answered.size(), 2u);
    const event& second = answered[1].what;
    EXPECT_EQ(second.api_key, api::heartbeat);
    EXPECT_EQ(answered[1].api_name, "Heartbeat");
    EXPECT_EQ(second.version, unanswered[1].version);
    EXPECT_EQ(second.correlation_id, unanswered[1].correlation_id);
    EXPECT_EQ(answered[1].host, "b1");
    EXPECT_EQ(answered[1].client_id, "observed");
    EXPECT_EQ(second.created_at, begin);
    EXPECT_EQ(second.sent_at, begin + 10ms);
    EXPECT_EQ(second.pending_duration, 10ms);
    EXPECT_EQ(second.duration, 40ms);
    EXPECT_EQ(second.at, begin + 50ms);
    EXPECT_EQ(second.request_size, stream().writes.back());
    EXPECT_EQ(second.response_size, response_bytes(heartbeat_response{}, second.version, second.correlation_id).size());
    EXPECT_EQ(answered[0].what.pending_duration, 0ms);
    EXPECT_EQ(answered[0].what.duration, 50ms);
    EXPECT_FALSE(second.error);
}

TEST_F(client_events, follow_the_queue_up_and_down)
{
    queue_one_behind_another({}, {});
    EXPECT_EQ(recorder.queue_sizes(), (std::vector<std::size_t>{1, 0, 1}));
    EXPECT_EQ(recorder.of(event_kind::request_queue_size).back().host, "b1");
    made->async_request(any_broker, heartbeat_request{}, {}, ends[2].handler());
    brokers.world.settle();
    EXPECT_EQ(recorder.queue_sizes(), (std::vector<std::size_t>{1, 0, 1, 2}));
    stream().release_writes();
    brokers.world.settle();
    EXPECT_EQ(recorder.queue_sizes(), (std::vector<std::size_t>{1, 0, 1, 2, 0}));
}

TEST_F(client_events, empty_the_queue_of_a_connection_that_closes)
{
    queue_one_behind_another({}, {});
    made->stop();
    brokers.world.settle();
    EXPECT_EQ(recorder.queue_sizes(), (std::vector<std::size_t>{1, 0, 1, 0}));
    EXPECT_EQ(recorder.all().back().what.kind, event_kind::disconnect);
}

TEST_F(client_events, tell_of_a_request_that_timed_out_before_its_connection_closes)
{
    brokers.instead = [](int, fake_session&, const fake_session::request&) { return true; };
    make();
    ending<beat> end;
    made->async_request(any_broker, heartbeat_request{}, {.attempt_timeout = 2s, .retry = false}, end.handler());
    EXPECT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(recorder.kinds(),
              (kinds{event_kind::connect, event_kind::request_queue_size, event_kind::request_queue_size,
                     event_kind::request_timeout, event_kind::disconnect}));
    const seen_event late = recorder.of(event_kind::request_timeout).at(0);
    EXPECT_EQ(late.what.error, errc::request_timed_out);
    EXPECT_EQ(late.api_name, "Heartbeat");
    EXPECT_GE(late.what.correlation_id, 0);
    EXPECT_TRUE(late.what.sent_at);
    EXPECT_EQ(late.what.pending_duration, 0ms);
    EXPECT_EQ(late.what.duration, 2s);
    EXPECT_GT(late.what.request_size, 0u);
    EXPECT_EQ(late.what.response_size, 0u);
    EXPECT_EQ(recorder.all().back().what.error, errc::request_timed_out);
}

TEST_F(client_events, tell_of_a_request_that_timed_out_in_the_queue)
{
    queue_one_behind_another({}, {.attempt_timeout = 2s, .retry = false});
    EXPECT_TRUE(brokers.run_until([&] { return ends[1].is_there(); }));
    const auto late = recorder.of(event_kind::request_timeout);
    ASSERT_EQ(late.size(), 1u);
    EXPECT_FALSE(late[0].what.sent_at);
    EXPECT_EQ(late[0].what.pending_duration, 2s);
    EXPECT_EQ(late[0].what.duration, 0ms);
    EXPECT_EQ(recorder.queue_sizes(), (std::vector<std::size_t>{1, 0, 1, 0}));
    EXPECT_TRUE(recorder.of(event_kind::disconnect).empty());
}

TEST_F(client_events, tell_of_an_answer_that_nobody_waits_for_any_more)
{
    brokers.instead = [this](int, fake_session&, const fake_session::request& r) {
        unanswered.push_back(r);
        return true;
    };
    make();
    ending<beat> end;
    made->async_request(any_broker, heartbeat_request{}, {.timeout = 1s, .retry = false}, end.handler());
    EXPECT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_TRUE(recorder.of(event_kind::request).empty());
    brokers.world.sessions.back()->answer(unanswered.at(0), heartbeat_response{});
    brokers.world.settle();
    ASSERT_EQ(recorder.of(event_kind::request).size(), 1u);
    EXPECT_EQ(recorder.of(event_kind::request)[0].what.duration, 1s);
}

TEST_F(client_events, tell_of_a_broker_that_wants_to_be_left_alone)
{
    brokers.instead = [](int, fake_session& session, const fake_session::request& r) {
        session.answer(r, heartbeat_response{.throttle_time_ms = 250});
        return true;
    };
    make();
    ask(brokers, *made, any_broker, heartbeat_request{});
    const auto told = recorder.of(event_kind::throttle);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].what.throttle_time, 250ms);
    EXPECT_EQ(told[0].api_name, "Heartbeat");
    EXPECT_EQ(told[0].host, "b1");
}

TEST_F(client_events, do_not_reach_a_listener_that_was_removed)
{
    make();
    const event_remover remove = made->on_event(recorder.listener());
    ask(brokers, *made, any_broker, heartbeat_request{});
    EXPECT_EQ(recorder.of(event_kind::request).size(), 2u) << "it is there twice";
    recorder.forget();
    remove();
    remove(); // does no harm
    ask(brokers, *made, any_broker, heartbeat_request{});
    EXPECT_EQ(recorder.of(event_kind::request).size(), 1u);
    made.reset();
    remove();
    event_remover{}();
}

TEST_F(client_events, let_a_listener_remove_itself_and_others_and_add_others)
{
    make();
    event_remover remove_me;
    event_remover remove_other;
    int called = 0;
    event_recorder late;
    remove_me = made->on_event([&](const event&) {
        ++called;
        remove_me();
        remove_other();
        (void)made->on_event(late.listener());
    });
    event_recorder other;
    remove_other = made->on_event(other.listener());
    ask(brokers, *made, any_broker, heartbeat_request{});
    EXPECT_EQ(called, 1);
    EXPECT_TRUE(other.all().empty()) << "it was removed before its turn";
    EXPECT_EQ(late.all().size() + 1, recorder.all().size()) << "it hears of the next event";
}

TEST_F(client_events, let_a_listener_close_the_client_at_any_moment)
{
    for (int moment = 0; moment < 8; ++moment) {
        fake_cluster some;
        client c = some.make_client();
        std::optional<std::error_code> closed;
        (void)c.on_event([&, left = moment](const event&) mutable {
            if (left-- == 0) c.async_close(0ms, [&](std::error_code ec) { closed = ec; });
        });
        ending<placed> end;
        c.async_produce(first_partition, one_record, {}, end.handler());
        EXPECT_TRUE(some.run_until([&] { return end.is_there() && closed; })) << moment;
        // From the sixth on the produce is written, and these brokers answer at once.
        EXPECT_EQ(*end.ec, moment < 5 ? make_error_code(errc::closed) : std::error_code{}) << moment;
    }
}

TEST_F(client_events, reach_nobody_whose_client_is_gone)
{
    make();
    ask(brokers, *made, any_broker, heartbeat_request{});
    recorder.forget();
    made.reset();
    brokers.world.settle();
    EXPECT_TRUE(brokers.world.sessions.back()->stream->closed_by_client);
    EXPECT_TRUE(recorder.all().empty());
}

TEST_F(client_events, let_go_of_their_listeners_when_the_client_stops)
{
    make();
    auto owned = std::make_shared<int>(0);
    const std::weak_ptr<int> watched = owned;
    (void)made->on_event([owned](const event&) {});
    owned.reset();
    made->stop();
    brokers.world.settle();
    EXPECT_TRUE(watched.expired());
    (void)made->on_event(recorder.listener()); // of which nothing will come
    (void)made->on_event({});
}

TEST(event_kind, has_the_names_that_kafkajs_gives)
{
    EXPECT_EQ(name(event_kind::connect), "connect");
    EXPECT_EQ(name(event_kind::connect_failed), "connect_failed");
    EXPECT_EQ(name(event_kind::disconnect), "disconnect");
    EXPECT_EQ(name(event_kind::request), "network.request");
    EXPECT_EQ(name(event_kind::request_timeout), "network.request_timeout");
    EXPECT_EQ(name(event_kind::request_queue_size), "network.request_queue_size");
    EXPECT_EQ(name(event_kind::throttle), "throttle");
    EXPECT_EQ(name(event_kind::retry), "retry");
}

} // namespace
} // namespace odradek
