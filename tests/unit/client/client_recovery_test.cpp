// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/client.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <stdexcept>
#include <string>
#include <tests/unit/client/ending.hpp>
#include <utility>
#include <vector>

// How a client finds its way back: to a coordinator, a leader or a broker that moved, or to the bootstrap servers.

namespace odradek {
namespace {

using namespace test;
using fault = fake_cluster::fault;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using beat = response<heartbeat_response>;

const coordinator readers{.type = coordinator_type::group, .key = "readers"};

TEST(client_recovery, finds_a_broker_that_has_another_address_by_now)
{
    fake_cluster brokers;
    client c = brokers.make_client();
    EXPECT_EQ(*ask(brokers, c, broker_id{2}, heartbeat_request{}).ec, std::error_code{});
    brokers.close("b2");
    brokers.open(2, "b3");
    brokers.instead = [](int, fake_session& session, const fake_session::request& r) {
        if (r.key != api::metadata) return false;
        session.answer(r, test::metadata_builder{}.broker(1, "b1").broker(2, "b3").response());
        return true;
    };
    const steady_time lost = brokers.world.time->now();
    const auto end = ask(brokers, c, broker_id{2}, heartbeat_request{});
    EXPECT_EQ(*end.ec, std::error_code{}) << end.about.to_string();
    EXPECT_EQ(end.result.node_id(), 2);
    EXPECT_LT(brokers.world.time->now() - lost, 3s);
}

TEST(client_recovery, follows_a_leader_that_moved_according_to_an_error_inside_the_answer)
{
    fake_cluster brokers;
    brokers.instead = [](int node, fake_session& session, const fake_session::request& r) {
        if (r.key != api::list_offsets || node == 2) return false;
        list_offsets_response::list_offsets_partition_response partition;
        partition.error_code = broker_errc::not_leader_or_follower;
        list_offsets_response::list_offsets_topic_response topic;
        topic.name = "letters";
        topic.partitions = list{&partition, 1};
        list_offsets_response answer;
        answer.topics = list{&topic, 1};
        session.answer(r, answer);
        return true;
    };
    client c = brokers.make_client();
    const list_offsets_request::list_offsets_partition partition{.timestamp = offset::end};
    const list_offsets_request::list_offsets_topic topic{.name = "letters", .partitions = list{&partition, 1}};
    list_offsets_request request;
    request.topics = list{&topic, 1};
    const auto refused = ask(brokers, c, leader_of{"letters", 0}, request);
    EXPECT_EQ(refused.result->topics[0].partitions[0].error_code, broker_errc::not_leader_or_follower);
    brokers.leaders[0] = 2;
    brokers.leader_epoch = 6;
    brokers.world.time->run_for(brokers.world.io, 1s);
    const auto end = ask(brokers, c, leader_of{"letters", 0}, request);
    EXPECT_EQ(end.result.node_id(), 1) << "the answer came before the leader had moved";
    brokers.world.time->run_for(brokers.world.io, 2s);
    EXPECT_EQ(ask(brokers, c, leader_of{"letters", 0}, request).result.node_id(), 2);
}

TEST(client_recovery, looks_for_a_coordinator_until_there_is_one)
{
    fake_cluster brokers;
    int missing = 3;
    brokers.instead = [&missing](int, fake_session& session, const fake_session::request& r) {
        if (r.key != api::find_coordinator || missing-- <= 0) return false;
        find_coordinator_response::coordinator none;
        none.key = "readers";
        none.node_id = -1;
        none.error_code = broker_errc::coordinator_not_available;
        find_coordinator_response answer;
        answer.coordinators = list{&none, 1};
        session.answer(r, answer);
        return true;
    };
    client c = brokers.make_client();
    const auto end = ask(brokers, c, readers, heartbeat_request{});
    EXPECT_EQ(*end.ec, std::error_code{}) << end.about.to_string();
    EXPECT_EQ(end.result.node_id(), 2);
    EXPECT_EQ(brokers.count(api::find_coordinator), 4u);
}

TEST(client_recovery, looks_a_coordinator_up_again_that_is_not_available)
{
    fake_cluster brokers;
    client c = brokers.make_client();
    EXPECT_EQ(ask(brokers, c, readers, heartbeat_request{}).result.node_id(), 2);
    brokers.coordinator_node = 1;
    brokers.instead = [](int node, fake_session& session, const fake_session::request& r) {
        if (r.key != api::heartbeat || node == 1) return false;
        heartbeat_response answer;
        answer.error_code = broker_errc::coordinator_not_available;
        session.answer(r, answer);
        return true;
    };
    const auto end = ask(brokers, c, readers, heartbeat_request{});
    EXPECT_EQ(end.result.node_id(), 1);
    EXPECT_EQ(end.result->error_code, broker_errc::none);
    EXPECT_EQ(brokers.count(api::find_coordinator), 2u);
}

TEST(client_recovery, reaches_a_coordinator_that_metadata_does_not_name_yet)
{
    fake_cluster brokers;
    brokers.coordinator_node = 3; // only its own cluster knows that it has joined
    client c = brokers.make_client();
    EXPECT_EQ(ask(brokers, c, readers, heartbeat_request{}).result.node_id(), 3);
    ending<placed> written; // which brings a picture without it
    c.async_produce(first_partition, one_record, {}, written.handler());
    ASSERT_TRUE(brokers.run_until([&] { return written.is_there(); }));
    const steady_time before = brokers.world.time->now();
    const auto end = ask(brokers, c, readers, heartbeat_request{});
    EXPECT_EQ(*end.ec, std::error_code{}) << end.about.to_string();
    EXPECT_EQ(end.result.node_id(), 3);
    EXPECT_LT(brokers.world.time->now() - before, 3s);
    EXPECT_EQ(brokers.count(api::find_coordinator), 2u);
}

TEST(client_recovery, lets_others_look_a_coordinator_up_when_whoever_did_is_cancelled)
{
    ending<beat> first;
    ending<beat> second; // is still pending when the client goes
    fake_cluster brokers;
    brokers.fail_at(0, fault::silence);
    client c = brokers.make_client();
    asio::cancellation_signal stop;
    c.async_request(readers, heartbeat_request{}, {}, asio::bind_cancellation_slot(stop.slot(), first.handler()));
    c.async_request(readers, heartbeat_request{}, {}, second.handler());
    brokers.world.time->run_for(brokers.world.io, 1s);
    ASSERT_FALSE(first.is_there() || second.is_there());
    stop.emit(asio::cancellation_type::terminal);
    brokers.world.settle();
    ASSERT_TRUE(first.is_there());
    EXPECT_EQ(*first.ec, asio::error::operation_aborted);
    EXPECT_EQ(brokers.count(api::find_coordinator), 2u);
}

TEST(client_recovery, lets_one_stop_waiting_while_another_looks_a_coordinator_up)
{
    ending<beat> first; // is still pending when the client goes
    ending<beat> second;
    fake_cluster brokers;
    brokers.fail_at(0, fault::silence);
    client c = brokers.make_client();
    asio::cancellation_signal stop;
    c.async_request(readers, heartbeat_request{}, {}, first.handler());
    c.async_request(readers, heartbeat_request{}, {}, asio::bind_cancellation_slot(stop.slot(), second.handler()));
    brokers.world.time->run_for(brokers.world.io, 1s);
    stop.emit(asio::cancellation_type::terminal);
    brokers.world.settle();
    EXPECT_FALSE(first.is_there());
    ASSERT_TRUE(second.is_there());
    EXPECT_EQ(*second.ec, asio::error::operation_aborted);
}

TEST(client_recovery, says_that_nobody_was_reached_also_when_somebody_else_has_tried)
{
    fake_cluster brokers;
    brokers.close("b1");
    client c = brokers.make_client();
    ending<beat> first;
    c.async_request(any_broker, heartbeat_request{}, {.timeout = 1s}, first.handler());
    ASSERT_TRUE(brokers.run_until([&] { return first.is_there(); }));
    EXPECT_EQ(*first.ec, errc::no_broker_available);
    ending<fetched> second;
    c.async_fetch(second.about, from_beginning, {.timeout = 50ms}, second.handler());
    ASSERT_TRUE(brokers.run_until([&] { return second.is_there(); }));
    EXPECT_EQ(*second.ec, errc::no_broker_available) << second.about.to_string();
}

TEST(client_recovery, says_at_the_deadline_what_went_wrong_before_and_not_that_it_was_interrupted)
{
    fake_cluster brokers;
    int asked = 0;
    brokers.instead = [&asked](int, fake_session& session, const fake_session::request& r) {
        if (r.key != api::heartbeat) return false;
        if (++asked == 1) session.stream->end();
        return true; // and the second one waits in vain
    };
    client c = brokers.make_client();
    ending<beat> end;
    c.async_request(end.about, broker_id{2}, heartbeat_request{}, {.timeout = 5s}, end.handler());
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(asked, 2);
    EXPECT_EQ(*end.ec, errc::connection_closed) << end.about.to_string();
    EXPECT_NE(end.about.client_message().find("closed the connection"), std::string_view::npos)
        << end.about.to_string();
}

// Below zero are the numbers of the user's own servers, which no filter is asked about; and behind a NUL begins what only one of two
// readers sees.
TEST(client_recovery, connects_to_no_broker_whose_number_or_name_cannot_be)
{
    fake_cluster brokers;
    brokers.instead = [](int, fake_session& session, const fake_session::request& r) {
        if (r.key != api::metadata) return false;
        session.answer(r, test::metadata_builder{}
                              .broker(1, "b1")
                              .broker(-7, "evil")
                              .broker(2, std::string("b2\0.test", 8))
                              .response());
        return true;
    };
    client c = brokers.make_client();
    std::vector<std::string> said;
    c.on_log([&said](log_level, std::string_view, std::string_view text) { said.emplace_back(text); },
             log_level::warning);
    const auto end = ask(brokers, c, broker_id{1}, heartbeat_request{});
    EXPECT_EQ(*end.ec, std::error_code{}) << end.about.to_string();
    std::size_t refused = 0;
    for (const std::string& line : said)
        refused += line.find("which cannot be connected to") != std::string::npos ? 1u : 0u;
    EXPECT_GE(refused, 2u);
    for (const auto& attempt : brokers.world.network->attempts) {
        EXPECT_NE(attempt.broker.host, "evil");
        EXPECT_FALSE(attempt.broker.host.starts_with("b2"));
    }
}

// Brokers that a function finds: at "b1" at first, and where `after` says when the client begins again.
struct found_brokers {
    fake_cluster brokers;
    std::string after = "b1";
    std::function<void(std::uint32_t call)> trouble; ///< May throw instead.
    std::uint32_t calls = 0;

    client make_client()
    {
        client_options options;
        options.brokers = broker_list{[this](discovery) -> asio::awaitable<std::vector<endpoint>> {
            ++calls;
            if (trouble) trouble(calls);
            co_return std::vector<endpoint>{{.host = calls == 1 ? "b1" : after, .port = 9092}};
        }};
        return brokers.make_client(options);
    }
};

TEST(client_recovery, begins_again_for_every_kind_of_target_when_nobody_was_reached_for_long) // B32
{
    const std::pair<const char*, target> kinds[] = {
        {"broker", broker_id{1}}, {"controller", controller}, {"coordinator", readers}, {"any", any_broker}};
    for (const auto& [name, to] : kinds) {
        SCOPED_TRACE(name);
        found_brokers world;
        world.after = "elsewhere";
        world.brokers.coordinator_node = 1;
        client c = world.make_client();
        ASSERT_EQ(*ask(world.brokers, c, to, heartbeat_request{}).ec, std::error_code{});
        world.brokers.close("b1");
        world.brokers.close("b2");
        world.brokers.open(1, "elsewhere");
        world.brokers.instead = [](int, fake_session& session, const fake_session::request& r) {
            if (r.key != api::metadata) return false;
            session.answer(r, test::metadata_builder{}.broker(1, "elsewhere").controller(1).response());
            return true;
        };
        const steady_time lost = world.brokers.world.time->now();
        int refused = 0;
        while (refused < 10 && *ask(world.brokers, c, to, heartbeat_request{}).ec) ++refused;
        EXPECT_LT(refused, 10);
        EXPECT_EQ(world.calls, 2u);
        EXPECT_GE(world.brokers.world.time->now() - lost, 299s);
    }
}

TEST(client_recovery, survives_every_failure_while_it_begins_again) // B32, error 129
{
    for (const fault how : {fault::cut, fault::garbage, fault::silence}) {
        for (std::size_t step = 1; step < 3; ++step) { // after the refusal: metadata, then the request again
            SCOPED_TRACE("step " + std::to_string(step) + ", way " + std::to_string(static_cast<int>(how)));
            found_brokers world;
            int refusals = 1;
            world.brokers.instead = [&refusals](int, fake_session& session, const fake_session::request& r) {
                if (r.key != api::heartbeat || refusals-- <= 0) return false;
                heartbeat_response answer;
                answer.error_code = broker_errc::rebootstrap_required;
                session.answer(r, answer);
                return true;
            };
            world.brokers.fail_at(step, how);
            client c = world.make_client();
            const auto end = ask(world.brokers, c, any_broker, heartbeat_request{});
            EXPECT_EQ(*end.ec, how == fault::garbage ? make_error_code(errc::invalid_response) : std::error_code{})
                << end.about.to_string();
            EXPECT_EQ(world.calls, 2u);
        }
    }
}

TEST(client_recovery, survives_a_function_that_fails_at_first_or_when_it_begins_again) // B32
{
    for (const std::uint32_t bad_call : {1u, 2u}) {
        SCOPED_TRACE("call " + std::to_string(bad_call));
        found_brokers world;
        world.trouble = [bad_call](std::uint32_t call) {
            if (call == bad_call) throw std::runtime_error("no answer from the name service");
        };
        int refusals = 1;
        world.brokers.instead = [&refusals](int, fake_session& session, const fake_session::request& r) {
            if (r.key != api::heartbeat || refusals-- <= 0) return false;
            heartbeat_response answer;
            answer.error_code = broker_errc::rebootstrap_required;
            session.answer(r, answer);
            return true;
        };
        client c = world.make_client();
        const auto end = ask(world.brokers, c, any_broker, heartbeat_request{});
        EXPECT_EQ(*end.ec, std::error_code{}) << end.about.to_string();
        EXPECT_EQ(end.result->error_code, broker_errc::none);
        EXPECT_EQ(world.calls, 3u);
    }
}

// The connection of this number, counted from 0, to that host is told in its first answer to bootstrap again.
void refuse_connection(fake_cluster& brokers, const std::string& host, int index)
{
    auto& listener = brokers.world.network->listeners[{.host = host, .port = 9092}];
    listener = [next = listener, left = std::make_shared<int>(index)](std::shared_ptr<fake_stream> stream) {
        if ((*left)-- != 0) return next(std::move(stream));
        stream->on_received = [s = stream.get()] {
            frame_splitter frames;
            frames.append(bytes_view(s->received));
            frame one;
            ASSERT_TRUE(frames.next(one));
            arena memory;
            request_header header;
            bytes_view body;
            ASSERT_FALSE(read_request_header(one.bytes(), memory, header, body));
            api_versions_response answer;
            answer.error_code = broker_errc::rebootstrap_required;
            const std::string bytes =
                response_bytes(answer, api_version{header.request_api_version}, header.correlation_id);
            s->push(bytes_view{bytes});
        };
    };
}

TEST(client_recovery, begins_again_when_a_leader_asks_for_it_as_it_is_connected_to) // B32, error 129
{
    found_brokers world;
    refuse_connection(world.brokers, "b1", 1); // the first is the one that metadata comes from
    client c = world.make_client();
    ending<placed> end;
    c.async_produce(end.about, first_partition, one_record, {}, end.handler());
    ASSERT_TRUE(world.brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, std::error_code{}) << end.about.to_string();
    EXPECT_EQ(world.calls, 2u);
}

TEST(client_recovery, begins_again_when_a_coordinator_asks_for_it_as_it_is_connected_to) // B32, error 129
{
    found_brokers world;
    refuse_connection(world.brokers, "b2", 0);
    client c = world.make_client();
    const auto end = ask(world.brokers, c, readers, heartbeat_request{});
    EXPECT_EQ(*end.ec, std::error_code{}) << end.about.to_string();
    EXPECT_EQ(world.calls, 2u);
}

TEST(client_recovery, counts_the_retries_of_a_refused_fetch_and_of_a_refused_search_for_an_offset)
{
    fake_cluster brokers;
    brokers.instead = [](int, fake_session& session, const fake_session::request& r) {
        if (r.key == api::fetch) {
            arena memory;
            const auto asked = fake_cluster::read<fetch_request>(r, memory);
            fetch_response::partition_data partition;
            partition.error_code = broker_errc::not_leader_or_follower;
            fetch_response::fetchable_topic_response topic;
            topic.topic_id = asked.topics[0].topic_id;
            topic.partitions = list{&partition, 1};
            fetch_response answer;
            answer.responses = list{&topic, 1};
            session.answer(r, answer);
            return true;
        }
        if (r.key != api::list_offsets) return false;
        list_offsets_response::list_offsets_partition_response partition;
        partition.error_code = broker_errc::not_leader_or_follower;
        list_offsets_response::list_offsets_topic_response topic;
        topic.name = "letters";
        topic.partitions = list{&partition, 1};
        list_offsets_response answer;
        answer.topics = list{&topic, 1};
        session.answer(r, answer);
        return true;
    };
    client_options options;
    options.retries = 0;
    client c = brokers.make_client(options);
    ending<fetched> read;
    c.async_fetch(read.about, from_beginning, {}, read.handler());
    ASSERT_TRUE(brokers.run_until([&] { return read.is_there(); }));
    EXPECT_EQ(*read.ec, broker_errc::not_leader_or_follower) << read.about.to_string();
    EXPECT_EQ(brokers.count(api::fetch), 1u);
    ending<listed_offset> listed;
    c.async_list_offsets(listed.about, {.topic = "letters", .partition = 0}, {}, listed.handler());
    ASSERT_TRUE(brokers.run_until([&] { return listed.is_there(); }));
    EXPECT_EQ(*listed.ec, broker_errc::not_leader_or_follower) << listed.about.to_string();
    EXPECT_EQ(brokers.count(api::list_offsets), 1u);
}

TEST(client_recovery, sends_nothing_twice_that_a_leader_appended_before_it_resigned) // B2
{
    for (const bool twice : {false, true}) {
        fake_cluster brokers;
        brokers.instead = [&brokers](int, fake_session& session, const fake_session::request& r) {
            if (r.key != api::produce || brokers.count(api::produce) > 1) return false;
            arena memory;
            const auto asked = fake_cluster::read<produce_request>(r, memory);
            produce_response::partition_produce_response partition;
            partition.error_code = broker_errc::not_leader_or_follower;
            partition.base_offset = 41; // it waited for replicas when it lost the leadership
            produce_response::topic_produce_response topic;
            topic.topic_id = asked.topic_data[0].topic_id;
            topic.partition_responses = list{&partition, 1};
            produce_response answer;
            answer.responses = list{&topic, 1};
            session.answer(r, answer);
            return true;
        };
        client c = brokers.make_client();
        ending<placed> end;
        c.async_produce(end.about, first_partition, one_record, {.retry_duplicates = twice}, end.handler());
        ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
        EXPECT_EQ(*end.ec, twice ? std::error_code{} : make_error_code(errc::outcome_unknown)) << end.about.to_string();
        EXPECT_EQ(brokers.count(api::produce), twice ? 2u : 1u);
    }
}

TEST(client_recovery, stays_with_the_partition_that_a_lost_batch_may_lie_in)
{
    fake_cluster brokers;
    std::vector<std::int32_t> asked;
    brokers.instead = [&](int, fake_session& session, const fake_session::request& r) {
        if (r.key != api::produce) return false;
        arena memory;
        asked.push_back(fake_cluster::read<produce_request>(r, memory).topic_data[0].partition_data[0].index);
        if (asked.size() > 1) return false;
        brokers.leaders[asked[0]] = -1; // it lost its leader, and with it the answer
        brokers.leader_epoch = 6;
        session.stream->end();
        return true;
    };
    client c = brokers.make_client();
    ending<placed> end;
    c.async_produce(end.about, {.topic = "letters"}, one_record, {.retry_duplicates = true}, end.handler());
    brokers.world.time->run_for(brokers.world.io, 5s);
    EXPECT_FALSE(end.is_there());
    ASSERT_EQ(asked.size(), 1u) << "the other partition has a leader";
    brokers.leaders[asked[0]] = 2;
    brokers.leader_epoch = 7;
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, std::error_code{}) << end.about.to_string();
    ASSERT_EQ(asked.size(), 2u);
    EXPECT_EQ(asked[1], asked[0]);
    EXPECT_EQ(end.result.partition, asked[0]);
}

} // namespace
} // namespace odradek
