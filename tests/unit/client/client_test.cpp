// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/client.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <tests/unit/client/ending.hpp>

namespace odradek {
namespace {

using namespace test;
using fault = fake_cluster::fault;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;

template <class Result>
using starter = std::function<void(client&, ending<Result>&)>;

// Plays an operation as it should go, then with each kind of fault at each of its requests in turn: it always ends, and
// `judge` says whether rightly so.
template <class Result, class Judge>
void replay_failing_at_each_step(const starter<Result>& start, std::size_t expected_steps, Judge judge)
{
    std::size_t steps = 0;
    {
        fake_cluster brokers;
        client c = brokers.make_client();
        ending<Result> end;
        start(c, end);
        ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
        ASSERT_EQ(*end.ec, std::error_code{}) << end.about.to_string();
        steps = brokers.seen.size();
        EXPECT_EQ(steps, expected_steps);
    }
    for (const fault how : {fault::cut, fault::garbage, fault::silence}) {
        for (std::size_t step = 0; step < steps; ++step) {
            fake_cluster brokers;
            brokers.fail_at(step, how);
            client c = brokers.make_client();
            ending<Result> end;
            start(c, end);
            ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); })) << "hangs after step " << step;
            ASSERT_LT(step, brokers.seen.size());
            SCOPED_TRACE(std::string{find_api(brokers.seen[step].key)->name} + " fails in way " +
                         std::to_string(static_cast<int>(how)));
            judge(how, brokers.seen[step].key, *end.ec, end.about);
            if (*end.ec) {
                EXPECT_NE(end.about.to_string(), "");
            }
        }
    }
}

TEST(client, produces_and_survives_every_failure_on_the_way)
{
    const starter<placed> start = [](client& c, ending<placed>& end) {
        c.async_produce(end.about, first_partition, one_record, {}, end.handler());
    };
    replay_failing_at_each_step(start, 2, [](fault how, api at, std::error_code ec, const diagnostics& about) {
        if (at == api::produce) {
            EXPECT_EQ(ec, errc::outcome_unknown);
            EXPECT_EQ(about.how_far(), delivery::possibly_delivered);
        } else {
            EXPECT_EQ(ec, how == fault::garbage ? make_error_code(errc::invalid_response) : std::error_code{});
        }
    });
}

TEST(client, fetches_and_survives_every_failure_on_the_way)
{
    const starter<fetched> start = [](client& c, ending<fetched>& end) {
        c.async_fetch(end.about, {.topic = "letters", .partition = 0, .offset = offset::beginning}, {}, end.handler());
    };
    replay_failing_at_each_step(start, 3, [](fault how, api, std::error_code ec, const diagnostics&) {
        EXPECT_EQ(ec, how == fault::garbage ? make_error_code(errc::invalid_response) : std::error_code{});
    });
}

TEST(client, reaches_a_coordinator_and_survives_every_failure_on_the_way)
{
    using answer = response<heartbeat_response>;
    const starter<answer> start = [](client& c, ending<answer>& end) {
        heartbeat_request request;
        request.group_id = "readers";
        const coordinator to{.type = coordinator_type::group, .key = "readers"};
        c.async_request(end.about, to, request, {}, end.handler());
    };
    // The coordinator is looked up, then its address in the metadata, then it is asked.
    replay_failing_at_each_step(start, 2, [](fault how, api, std::error_code ec, const diagnostics&) {
        EXPECT_EQ(ec, how == fault::garbage ? make_error_code(errc::invalid_response) : std::error_code{});
    });
}

TEST(client, finds_offsets_and_survives_every_failure_on_the_way)
{
    const starter<listed_offset> start = [](client& c, ending<listed_offset>& end) {
        c.async_list_offsets(end.about, {.topic = "letters", .partition = 1, .timestamp = offset::end}, {},
                             end.handler());
    };
    replay_failing_at_each_step(start, 2, [](fault how, api, std::error_code ec, const diagnostics&) {
        EXPECT_EQ(ec, how == fault::garbage ? make_error_code(errc::invalid_response) : std::error_code{});
    });
}

TEST(client, reads_back_what_it_wrote)
{
    fake_cluster brokers;
    client c = brokers.make_client();
    ending<placed> written;
    {
        std::string key = "milena"; // gone before anything is sent
        std::string value = "Dear M.";
        const std::vector<record_header> headers{{.key = "city", .value = "Praha"}};
        const std::vector<record> records{{.key = key, .value = value, .headers = headers}};
        c.async_produce(first_partition, records, {.compression = compression::gzip}, written.handler());
        key = value = "";
    }
    ASSERT_TRUE(brokers.run_until([&] { return written.is_there(); }));
    EXPECT_EQ(written.result.topic, "letters");
    EXPECT_EQ(written.result.offset, 0);
    ending<fetched> read;
    c.async_fetch(from_beginning, {}, read.handler());
    ASSERT_TRUE(brokers.run_until([&] { return read.is_there(); }));
    ASSERT_EQ(read.result.size(), 1u);
    const record_view r = *read.result.begin()->begin();
    EXPECT_EQ(r.key()->text(), "milena");
    EXPECT_EQ(r.value()->text(), "Dear M.");
    EXPECT_EQ((*r.headers().begin()).key, "city");
    EXPECT_TRUE(read.result.is_at_end());
}

TEST(client, asks_for_metadata_once_for_a_hundred_operations) // R32
{
    fake_cluster brokers;
    client c = brokers.make_client();
    std::array<ending<placed>, 100> ends;
    for (auto& end : ends) c.async_produce(first_partition, one_record, {}, end.handler());
    ASSERT_TRUE(
        brokers.run_until([&] { return std::all_of(ends.begin(), ends.end(), [](auto& e) { return e.is_there(); }); }));
    for (const auto& end : ends) EXPECT_FALSE(*end.ec);
    EXPECT_EQ(brokers.count(api::metadata), 1u);
    EXPECT_EQ(brokers.count(api::produce), 100u);
}

TEST(client, looks_a_coordinator_up_once_for_all_and_again_when_it_has_moved) // B40
{
    fake_cluster brokers;
    client c = brokers.make_client();
    heartbeat_request request;
    request.group_id = "readers";
    const coordinator to{.type = coordinator_type::group, .key = "readers"};
    const auto ask = [&](int times) {
        std::vector<ending<response<heartbeat_response>>> ends(static_cast<std::size_t>(times));
        for (auto& end : ends) c.async_request(to, request, {}, end.handler());
        EXPECT_TRUE(brokers.run_until(
            [&] { return std::all_of(ends.begin(), ends.end(), [](auto& e) { return e.is_there(); }); }));
        for (const auto& end : ends) EXPECT_EQ(*end.ec, std::error_code{});
        return ends.front().result.node_id();
    };
    EXPECT_EQ(ask(20), 2);
    EXPECT_EQ(brokers.count(api::find_coordinator), 1u);
    EXPECT_EQ(ask(1), 2);
    EXPECT_EQ(brokers.count(api::find_coordinator), 1u) << "it is kept";

    brokers.coordinator_node = 1;
    brokers.instead = [](int node, fake_session& session, const fake_session::request& r) {
        if (r.key != api::heartbeat || node == 1) return false;
        heartbeat_response answer;
        answer.error_code = broker_errc::not_coordinator;
        session.answer(r, answer);
        return true;
    };
    EXPECT_EQ(ask(1), 1);
    EXPECT_EQ(brokers.count(api::find_coordinator), 2u);
}

TEST(client, counts_a_retry_only_when_bytes_were_sent) // R18
{
    fake_cluster brokers;
    client_options options;
    options.retries = 0;
    client c = brokers.make_client(options);
    brokers.close("b1");
    ending<placed> patient;
    c.async_produce(first_partition, one_record, {}, patient.handler());
    brokers.world.time->run_for(brokers.world.io, 10s);
    EXPECT_FALSE(patient.is_there());
    EXPECT_GT(brokers.world.network->attempts.size(), 3u);
    brokers.open(1, "b1");
    ASSERT_TRUE(brokers.run_until([&] { return patient.is_there(); }));
    EXPECT_EQ(*patient.ec, std::error_code{}) << "refused connections do not count";

    brokers.fail_at(brokers.seen.size(), fault::cut);
    ending<listed_offset> counted;
    c.async_list_offsets({.topic = "letters", .partition = 0}, {}, counted.handler());
    ASSERT_TRUE(brokers.run_until([&] { return counted.is_there(); }));
    EXPECT_TRUE(*counted.ec) << "a lost answer does";
}

TEST(client, waits_longer_and_longer_between_attempts) // R18, KIP-580
{
    fake_cluster brokers;
    client c = brokers.make_client();
    brokers.instead = [&](int, fake_session& session, const fake_session::request& r) {
        if (r.key != api::produce) return false;
        brokers.answer_produce(session, r, broker_errc::not_enough_replicas);
        return true;
    };
    ending<placed> end;
    c.async_produce(end.about, first_partition, one_record, {.delivery_timeout = 10s}, end.handler());
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, broker_errc::not_enough_replicas);
    std::vector<steady_time> times;
    for (const auto& s : brokers.seen)
        if (s.key == api::produce) times.push_back(s.at);
    ASSERT_GE(times.size(), 6u);
    EXPECT_LE(times[1] - times[0], 120ms);
    EXPECT_GE(times[2] - times[1], 160ms);
    EXPECT_GE(times.back() - times[times.size() - 2], 800ms);
    EXPECT_LE(times.size(), 16u);
}

TEST(client, follows_the_leader_that_an_answer_names_without_asking_for_metadata) // R11, KIP-951
{
    fake_cluster brokers;
    client c = brokers.make_client();
    brokers.instead = [&](int node, fake_session& session, const fake_session::request& r) {
        if (r.key != api::produce || node == 2) return false;
        brokers.answer_produce(session, r, broker_errc::not_leader_or_follower, 2);
        return true;
    };
    ending<placed> end;
    c.async_produce(first_partition, one_record, {}, end.handler());
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, std::error_code{});
    EXPECT_EQ(brokers.count(api::metadata), 1u);
    EXPECT_EQ(brokers.seen.back().node, 2);
}

TEST(client, asks_for_metadata_when_the_leader_has_moved_and_follows_it)
{
    fake_cluster brokers;
    client c = brokers.make_client();
    brokers.instead = [&](int node, fake_session& session, const fake_session::request& r) {
        if (r.key != api::produce || node == 2) return false;
        brokers.leaders[0] = 2;
        brokers.leader_epoch = 6;
        brokers.answer_produce(session, r, broker_errc::not_leader_or_follower);
        return true;
    };
    ending<placed> end;
    c.async_produce(first_partition, one_record, {}, end.handler());
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, std::error_code{});
    EXPECT_EQ(brokers.count(api::metadata), 2u);
    EXPECT_EQ(brokers.seen.back().node, 2);
}

TEST(client, tries_a_topic_that_its_own_leader_does_not_know_yet_again_at_once) // B12
{
    fake_cluster brokers;
    client c = brokers.make_client();
    int refusals = 0;
    brokers.instead = [&](int, fake_session& session, const fake_session::request& r) {
        if (r.key != api::produce || refusals == 1) return false;
        ++refusals;
        brokers.answer_produce(session, r, broker_errc::unknown_topic_or_partition);
        return true;
    };
    ending<placed> end;
    c.async_produce(first_partition, one_record, {}, end.handler());
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, std::error_code{});
    EXPECT_EQ(brokers.count(api::metadata), 1u);
    EXPECT_EQ(brokers.seen[1].at, brokers.seen[2].at);
}

TEST(client, waits_for_a_leader_when_all_partitions_are_without) // B13
{
    fake_cluster brokers;
    brokers.leaders = {{0, -1}, {1, -1}};
    client c = brokers.make_client();
    ending<placed> end;
    c.async_produce({.topic = "letters"}, one_record, {}, end.handler());
    brokers.world.time->run_for(brokers.world.io, 5s);
    EXPECT_FALSE(end.is_there());
    brokers.leaders[1] = 2;
    brokers.leader_epoch = 6;
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, std::error_code{});
    EXPECT_EQ(end.result.partition, 1);
}

TEST(client, awaits_no_answer_with_acks_none) // B15
{
    fake_cluster brokers;
    client c = brokers.make_client();
    ending<placed> end;
    c.async_produce(first_partition, one_record, {.acks = acks::none}, end.handler());
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, std::error_code{});
    EXPECT_EQ(end.result.offset, -1);
}

TEST(client, remembers_that_a_lost_batch_may_be_written_when_sending_it_again_fails)
{
    fake_cluster brokers;
    client c = brokers.make_client();
    int attempts = 0;
    brokers.instead = [&](int, fake_session& session, const fake_session::request& r) {
        if (r.key != api::produce) return false;
        if (++attempts == 1)
            session.stream->end();
        else
            brokers.answer_produce(session, r, broker_errc::topic_authorization_failed);
        return true;
    };
    ending<placed> end;
    c.async_produce(end.about, first_partition, one_record, {.retry_duplicates = true}, end.handler());
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(attempts, 2);
    EXPECT_EQ(*end.ec, errc::outcome_unknown);
    EXPECT_EQ(end.about.how_far(), delivery::possibly_delivered);
}

TEST(client, asks_for_metadata_when_the_leaders_name_does_not_exist_any_more)
{
    fake_cluster brokers;
    brokers.leaders[0] = 2;
    brokers.world.network->refusals[{.host = "b2", .port = 9092}] = errc::host_not_found;
    client c = brokers.make_client();
    ending<placed> end;
    c.async_produce(end.about, first_partition, one_record, {}, end.handler());
    brokers.world.time->run_for(brokers.world.io, 1s);
    EXPECT_FALSE(end.is_there());
    brokers.leaders[0] = 1;
    brokers.leader_epoch = 6;
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, std::error_code{}) << end.about.to_string();
}

TEST(client, sends_a_lost_batch_again_when_duplicates_are_welcome)
{
    fake_cluster brokers;
    brokers.fail_at(1, fault::cut);
    client c = brokers.make_client();
    ending<placed> end;
    c.async_produce(first_partition, one_record, {.retry_duplicates = true}, end.handler());
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, std::error_code{});
    EXPECT_EQ(brokers.count(api::produce), 2u);
}

} // namespace
} // namespace odradek
