// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/producer.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <tests/unit/client/event_recorder.hpp>
#include <tests/unit/client/producer/producer_bed.hpp>
#include <vector>

namespace odradek {
namespace {

using namespace test;
using namespace std::chrono_literals;

// A bed whose producer, client, and another producer of the same client are listened to.
struct observed_bed : producer_bed {
    explicit observed_bed(producer_options options = {.linger = 0ms})
        : producer_bed(std::move(options)), bystander(*made_client)
    {
        (void)made->on_event(own.listener());
        (void)made_client->on_event(of_client.listener());
        (void)bystander.on_event(of_bystander.listener());
    }

    producer bystander;
    event_recorder own;
    event_recorder of_client;
    event_recorder of_bystander;
};

TEST(producer_events, tell_every_producer_of_the_connections_that_all_share)
{
    observed_bed bed;
    bed.run(bed.send("a"));
    std::vector<std::string> asked;
    for (const seen_event& e : bed.own.of(event_kind::request)) asked.push_back(e.api_name);
    EXPECT_NE(std::find(asked.begin(), asked.end(), "Metadata"), asked.end());
    EXPECT_NE(std::find(asked.begin(), asked.end(), "InitProducerId"), asked.end());
    EXPECT_EQ(asked.back(), "Produce");
    EXPECT_EQ(bed.own.of(event_kind::request).back().what.broker.node_id, 1);
    EXPECT_EQ(bed.own.kinds(), bed.of_client.kinds());
    EXPECT_EQ(bed.own.kinds(), bed.of_bystander.kinds());
}

TEST(producer_events, tell_of_a_request_without_an_answer_once_it_is_written)
{
    observed_bed bed{{.acks = acks::none, .linger = 0ms}};
    bed.run(bed.send("a"));
    const seen_event written = bed.own.of(event_kind::request).back();
    EXPECT_EQ(written.api_name, "Produce");
    EXPECT_GT(written.what.request_size, 0u);
    EXPECT_EQ(written.what.response_size, 0u);
}

TEST(producer_events, tell_of_a_batch_that_is_sent_again_and_why)
{
    observed_bed bed;
    bed.answers = [n = 0](const seen_batch&) mutable {
        return batch_answer{.error = n++ < 2 ? broker_errc::not_enough_replicas : broker_errc::none};
    };
    bed.run(bed.send("a", 1));
    const auto again = bed.own.of(event_kind::retry);
    ASSERT_EQ(again.size(), 2u);
    EXPECT_EQ(again.size(), bed->metrics().retries);
    EXPECT_EQ(again[0].topic, "letters");
    EXPECT_EQ(again[0].what.partition, 1);
    EXPECT_EQ(again[0].what.attempt, 2u);
    EXPECT_EQ(again[1].what.attempt, 3u);
    EXPECT_EQ(again[0].what.error, broker_errc::not_enough_replicas);
    EXPECT_EQ(again[0].api_name, "Produce");
    EXPECT_EQ(again[0].what.broker.node_id, 1);
    EXPECT_EQ(again[0].host, "b1");
    EXPECT_EQ(again[0].what.at, bed.batches[1].at);
    EXPECT_EQ(bed.of_client.of(event_kind::retry).size(), 2u) << "the client hears of all";
    EXPECT_TRUE(bed.of_bystander.of(event_kind::retry).empty()) << "not its batch";
}

TEST(producer_events, tell_of_a_broker_that_wants_to_be_left_alone)
{
    observed_bed bed;
    bed.answers = [](const seen_batch&) { return batch_answer{.throttle = 300}; };
    bed.run(bed.send("a"));
    const auto told = bed.own.of(event_kind::throttle);
    ASSERT_EQ(told.size(), 1u);
    EXPECT_EQ(told[0].what.throttle_time, 300ms);
    EXPECT_EQ(told[0].what.throttle_time, bed->metrics().throttled);
    EXPECT_EQ(told[0].api_name, "Produce");
    EXPECT_EQ(told[0].what.broker.node_id, 1);
    EXPECT_EQ(bed.of_client.of(event_kind::throttle).size(), 1u);
    EXPECT_TRUE(bed.of_bystander.of(event_kind::throttle).empty());
}

TEST(producer_events, tell_of_the_search_for_a_producer_id_as_the_producers_own)
{
    observed_bed bed;
    bed.identity_error = broker_errc::coordinator_load_in_progress;
    const auto sent = bed.send("a");
    EXPECT_TRUE(bed.brokers.run_until([&] { return !bed.own.of(event_kind::retry).empty(); }));
    bed.identity_error = broker_errc::none;
    bed.run(sent);
    const seen_event first = bed.own.of(event_kind::retry).front();
    EXPECT_EQ(first.api_name, "InitProducerId");
    EXPECT_EQ(first.what.error, broker_errc::coordinator_load_in_progress);
    EXPECT_EQ(first.what.attempt, 2u);
    EXPECT_TRUE(bed.of_bystander.of(event_kind::retry).empty());
}

TEST(producer_events, let_a_listener_send)
{
    producer_bed bed{{.linger = 0ms}};
    int delivered = 0;
    (void)bed->on_event([&, left = 5](const event& e) mutable {
        if ((e.kind != event_kind::request_queue_size && e.kind != event_kind::request) || left-- <= 0) return;
        const auto on_placed = [&](std::error_code ec, const placed&) { delivered += ec ? 0 : 1; };
        EXPECT_FALSE(bed->try_send({.topic = "letters", .value = "more"}, on_placed));
        EXPECT_GE(bed->metrics().queue_bytes, 1u);
    });
    bed.run(bed.send("a"));
    EXPECT_TRUE(bed.brokers.run_until([&] { return delivered == 5; }));
}

TEST(producer_events, let_a_listener_destroy_the_producer_or_close_the_client_at_any_moment)
{
    for (int moment = 0; moment < 16; ++moment) {
        for (const bool closes : {false, true}) {
            producer_bed bed{{.linger = 0ms}};
            bed.answers = [n = 0](const seen_batch&) mutable {
                return batch_answer{.error = n++ == 0 ? broker_errc::not_enough_replicas : broker_errc::none,
                                    .throttle = 10};
            };
            event_recorder heard;
            (void)bed->on_event([&, left = moment](const event& e) mutable {
                heard.listener()(e);
                if (left-- != 0) return;
                if (closes)
                    bed.made_client->async_close(0ms, [](std::error_code) {});
                else
                    bed.made.reset();
            });
            const auto sent = bed.send("a");
            bed.run(sent);
            if (heard.all().size() <= static_cast<std::size_t>(moment)) continue; // all was done before
            EXPECT_TRUE(!*sent->ec || *sent->ec == errc::closed || *sent->ec == errc::outcome_unknown) << moment;
            if (!closes) {
                EXPECT_EQ(heard.all().size(), static_cast<std::size_t>(moment) + 1);
            }
        }
    }
}

TEST(producer_events, do_not_reach_a_producer_that_is_gone_or_a_listener_that_was_removed)
{
    observed_bed bed;
    event_recorder removed;
    bed->on_event(removed.listener())();
    bed.run(bed.send("a"));
    EXPECT_TRUE(removed.all().empty());
    bed.own.forget();
    bed.made.reset();
    bed.made_client->stop();
    bed.brokers.world.settle();
    EXPECT_TRUE(bed.own.all().empty());
    EXPECT_EQ(bed.of_bystander.all().back().what.kind, event_kind::disconnect);
}

} // namespace
} // namespace odradek
