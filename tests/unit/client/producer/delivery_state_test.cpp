// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/producer.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <string>
#include <tests/unit/client/producer/producer_bed.hpp>
#include <vector>

// How far a record got: what a failed send says about that, and what it means for sending again.

namespace odradek {
namespace {

using namespace test;
using namespace std::chrono_literals;
using texts = std::vector<std::vector<std::string>>;

batch_answer say_nothing(const seen_batch&)
{
    return {.silent = true};
}

// Batches are not sent again once they were written, so that only what was not written can still arrive.
producer_options once()
{
    return {.acks = acks::leader, .linger = 0ms, .retries = 0};
}

/// A callback that looks at the diagnostics.
struct note_state {
    std::optional<delivery>* to;

    void operator()(const delivery_callback::outcome& ended) const
    {
        EXPECT_FALSE(ended.error);
        *to = ended.about.how_far();
    }
    void operator()(std::error_code, const placed&) const { ADD_FAILURE() << "called without diagnostics"; }
};

void cut(producer_bed& bed)
{
    for (const auto& session : bed.brokers.world.sessions) session->stream->end();
}

TEST(delivery_state, tells_what_was_in_flight_when_the_connection_went_from_what_was_queued) // R16
{
    producer_bed bed{{.linger = 0ms, .max_in_flight = 1, .delivery_timeout = 20s}};
    bed.run(bed.send("first", 0), bed.send("first", 1));
    bed.answers = say_nothing;
    const std::size_t before = bed.batches.size();
    const auto in_flight = bed.send("in flight", 0);
    ASSERT_TRUE(bed.brokers.run_until([&] { return bed.batches.size() > before; }));
    const auto queued = bed.send("queued", 1);
    bed.brokers.world.settle();
    bed.brokers.close("b1");
    bed.brokers.close("b2");
    bed.run(in_flight, queued);
    EXPECT_EQ(*in_flight->ec, errc::outcome_unknown);
    EXPECT_EQ(in_flight->about.how_far(), delivery::possibly_delivered);
    EXPECT_EQ(*queued->ec, errc::delivery_timed_out);
    EXPECT_EQ(queued->about.how_far(), delivery::not_delivered);
    EXPECT_NE(in_flight->about.to_string().find("may have been written"), std::string::npos);
    EXPECT_EQ(in_flight->about.to_string().find("never sent"), std::string::npos) << in_flight->about.to_string();
    for (const auto& ended : {in_flight, queued})
        EXPECT_NE(ended->about.to_string().find("Connection refused"), std::string::npos) << ended->about.to_string();
}

TEST(delivery_state, sends_again_what_waited_behind_a_write_when_the_connection_went) // R16, R18
{
    producer_bed bed{once()};
    bed.run(bed.send("first"));
    for (const auto& session : bed.brokers.world.sessions) session->stream->hold_writes = true;
    const auto being_written = bed.send("being written", 0);
    bed.brokers.world.settle();
    const auto queued = bed.send("queued", 1);
    bed.brokers.world.settle();
    cut(bed);
    bed.run(being_written, queued);
    EXPECT_EQ(*being_written->ec, errc::outcome_unknown);
    EXPECT_EQ(being_written->about.how_far(), delivery::possibly_delivered);
    EXPECT_FALSE(*queued->ec) << queued->about.to_string();
    EXPECT_EQ(bed.values(), (texts{{"first"}, {"queued"}}));
}

TEST(delivery_state, takes_the_first_byte_on_the_socket_for_written) // R16, R18
{
    for (const std::size_t bytes : {std::size_t{0}, std::size_t{1}}) {
        producer_bed bed{once()};
        bed.run(bed.send("first"));
        for (const auto& session : bed.brokers.world.sessions)
            session->stream->accept_at_most = session->stream->received.size() + bytes;
        const auto sent = bed.send("cut off");
        bed.run(sent);
        if (bytes == 0) {
            EXPECT_FALSE(*sent->ec) << sent->about.to_string();
            EXPECT_EQ(bed.values(), (texts{{"first"}, {"cut off"}}));
        } else {
            EXPECT_EQ(*sent->ec, errc::outcome_unknown);
            EXPECT_EQ(sent->about.how_far(), delivery::possibly_delivered);
        }
    }
}

TEST(delivery_state, keeps_saying_possibly_delivered_when_a_later_attempt_is_refused) // R16
{
    producer_bed bed{{.linger = 0ms}};
    bed.run(bed.send("first"));
    bed.answers = [n = 0](const seen_batch&) mutable {
        return n++ == 0 ? batch_answer{.error = broker_errc::request_timed_out}
                        : batch_answer{.error = broker_errc::topic_authorization_failed};
    };
    const auto sent = bed.send("a");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, errc::outcome_unknown);
    EXPECT_EQ(sent->about.how_far(), delivery::possibly_delivered);
}

TEST(delivery_state, says_not_delivered_of_what_the_broker_refused) // R16
{
    producer_bed bed{{.linger = 0ms}};
    bed.answers = [](const seen_batch&) { return batch_answer{.error = broker_errc::topic_authorization_failed}; };
    const auto sent = bed.send("a");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, broker_errc::topic_authorization_failed);
    EXPECT_EQ(sent->about.how_far(), delivery::not_delivered);
}

TEST(delivery_state, is_persisted_when_acknowledged_and_possibly_delivered_without_acks) // R16
{
    for (const acks how : {acks::all, acks::leader, acks::none}) {
        producer_bed bed{{.acks = how, .linger = 0ms}};
        std::optional<delivery> far;
        EXPECT_FALSE(bed->try_send({.topic = "letters", .partition = 0, .value = "a"}, note_state{&far}));
        ASSERT_TRUE(bed.brokers.run_until([&] { return far.has_value(); }));
        EXPECT_EQ(*far, how == acks::none ? delivery::possibly_delivered : delivery::persisted);
    }
}

TEST(delivery_state, of_what_a_broker_that_hangs_up_would_get_is_not_delivered_and_a_mismatch_is_named) // B29
{
    for (const bool is_known : {false, true}) { // whether it hangs up from the beginning
        producer_bed bed{{.linger = 0ms, .delivery_timeout = 50s}};
        if (is_known) {
            bed.run(bed.send("first"));
            bed.brokers.close("b1");
            bed.brokers.close("b2");
        }
        for (const char* host : {"b1", "b2"})
            bed.brokers.world.network->listeners[{.host = host, .port = 9092}] =
                [](std::shared_ptr<fake_stream> stream) { stream->end(); };
        const steady_time began = bed.brokers.world.time->now();
        const auto lost = bed.send("lost");
        bed.run(lost);
        EXPECT_EQ(*lost->ec, errc::delivery_timed_out);
        EXPECT_GE(lost->when - began, 50s) << "it may be a broker that is only starting";
        EXPECT_EQ(lost->about.how_far(), delivery::not_delivered);
        EXPECT_NE(lost->about.to_string().find("TLS"), std::string::npos) << lost->about.to_string();

        const auto kept = bed.send("kept");
        bed.brokers.world.time->run_for(bed.brokers.world.io, 10s);
        EXPECT_FALSE(kept->ec) << "it has a time of its own";
        bed.brokers.open(1, "b1");
        bed.run(kept);
        EXPECT_FALSE(*kept->ec) << kept->about.to_string();
    }
}

TEST(delivery_state, of_a_record_does_not_end_with_the_time_of_an_earlier_one)
{
    producer_bed bed{{.linger = 0ms, .delivery_timeout = 20s}};
    bed.brokers.close("b1");
    const auto early = bed.send("early");
    bed.brokers.world.time->run_for(bed.brokers.world.io, 15s);
    const auto late = bed.send("late", 0, {}); // not in the batch of the other, which is too old
    bed.run(early);
    EXPECT_EQ(*early->ec, errc::delivery_timed_out);
    bed.brokers.world.time->run_for(bed.brokers.world.io, 5s);
    EXPECT_FALSE(late->ec);
    bed.brokers.open(1, "b1");
    bed.run(late);
    EXPECT_FALSE(*late->ec) << late->about.to_string();
}

TEST(delivery_state, of_a_dead_broker_does_not_hammer_it) // R19
{
    producer_bed bed{{.linger = 0ms, .delivery_timeout = 120s}};
    bed.run(bed.send("first"));
    bed.brokers.close("b1");
    const std::size_t before = bed.brokers.world.network->attempts.size();
    const auto kept = bed.send("kept");
    bed.brokers.world.time->run_for(bed.brokers.world.io, 60s);
    const auto& attempts = bed.brokers.world.network->attempts;
    const auto to_it = std::count_if(attempts.begin() + static_cast<std::ptrdiff_t>(before), attempts.end(),
                                     [](const transport_request& one) { return one.broker.host == "b1"; });
    EXPECT_GE(to_it, 10);
    EXPECT_LE(to_it, 200);
    bed.brokers.open(1, "b1");
    bed.run(kept);
    EXPECT_FALSE(*kept->ec) << kept->about.to_string();
}

} // namespace
} // namespace odradek
