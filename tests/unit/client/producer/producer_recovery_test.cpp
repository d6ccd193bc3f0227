// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/producer.hpp>

#include <gtest/gtest.h>

#include <map>
#include <string>
#include <tests/unit/client/producer/producer_bed.hpp>
#include <vector>

namespace odradek {
namespace {

using namespace test;
using namespace std::chrono_literals;
using texts = std::vector<std::vector<std::string>>;

producer_options quick()
{
    return {.linger = 0ms};
}

TEST(producer_recovery, takes_a_duplicate_for_success) // B3, R12
{
    producer_bed bed{quick()};
    bed.answers = [](const seen_batch&) { return batch_answer{.error = broker_errc::duplicate_sequence_number}; };
    const auto sent = bed.send("a");
    bed.run(sent);
    EXPECT_FALSE(*sent->ec);
    EXPECT_EQ(sent->at.offset, -1);
}

TEST(producer_recovery, sends_again_under_the_same_number_when_the_outcome_is_open) // B2
{
    for (const broker_errc error : {broker_errc::request_timed_out, broker_errc::not_enough_replicas_after_append,
                                    broker_errc::unknown_server_error}) {
        producer_bed bed{quick()};
        bed.answers = [&, n = 0](const seen_batch&) mutable {
            return n++ == 0 ? batch_answer{.error = error} : batch_answer{};
        };
        const auto sent = bed.send("a");
        bed.run(sent);
        EXPECT_FALSE(*sent->ec);
        ASSERT_EQ(bed.batches.size(), 2u);
        EXPECT_EQ(bed.batches[1].sequence, bed.batches[0].sequence);
        EXPECT_EQ(bed.batches[1].epoch, bed.batches[0].epoch);
    }
}

TEST(producer_recovery, begins_a_new_epoch_when_the_broker_has_lost_its_place) // B3, R14, KIP-360
{
    producer_bed bed{quick()};
    bed.run(bed.send("a"));
    bed.answers = [&, n = 0](const seen_batch&) mutable {
        return n++ == 0 ? batch_answer{.error = broker_errc::out_of_order_sequence_number} : batch_answer{};
    };
    const auto sent = bed.send("b");
    bed.run(sent);
    EXPECT_FALSE(*sent->ec);
    ASSERT_EQ(bed.batches.size(), 3u);
    EXPECT_EQ(bed.batches[1].sequence, 1);
    EXPECT_EQ(bed.batches[1].epoch, 0);
    EXPECT_EQ(bed.batches[2].sequence, 0);
    EXPECT_EQ(bed.batches[2].epoch, 1);
    EXPECT_EQ(bed.batches[2].producer_id, bed.batches[1].producer_id);
    EXPECT_EQ(bed->metrics().epochs, 1u);
}

TEST(producer_recovery, splits_a_batch_that_is_too_large_and_makes_smaller_ones_then) // B14
{
    producer_bed bed{{.linger = 10ms}};
    bed.run(bed.send("first"));
    bed.answers = [](const seen_batch& b) {
        return b.values.size() > 2 ? batch_answer{.error = broker_errc::message_too_large} : batch_answer{};
    };
    std::vector<std::shared_ptr<producer_bed::end_of_send>> all;
    for (const char* value : {"a", "b", "c", "d", "e"}) all.push_back(bed.send(value));
    for (const auto& one : all) {
        bed.run(one);
        EXPECT_FALSE(*one->ec) << one->about.to_string();
    }
    EXPECT_EQ(bed.values(),
              (texts{{"first"}, {"a", "b", "c", "d", "e"}, {"a", "b"}, {"c", "d", "e"}, {"c"}, {"d", "e"}}));
    EXPECT_EQ(bed.batches[2].sequence, 1);
    EXPECT_EQ(bed.batches[4].sequence, 3);
    EXPECT_EQ(bed.batches[5].sequence, 4);
    EXPECT_EQ(bed->metrics().splits, 2u);

    bed.answers = [](const seen_batch&) { return batch_answer{.error = broker_errc::message_too_large}; };
    const auto alone = bed.send("alone");
    bed.run(alone);
    EXPECT_EQ(*alone->ec, broker_errc::message_too_large);
}

TEST(producer_recovery, fails_only_the_records_that_the_broker_blames) // R38, KIP-467
{
    producer_bed bed{{.linger = 10ms}};
    bed.run(bed.send("first"));
    bed.answers = [](const seen_batch& b) {
        return b.values.size() == 3 ? batch_answer{.error = broker_errc::invalid_record, .culprits = {1}}
                                    : batch_answer{};
    };
    const auto a = bed.send("a");
    const auto b = bed.send("b");
    const auto c = bed.send("c");
    bed.run(a, b, c);
    EXPECT_FALSE(*a->ec) << a->about.to_string();
    EXPECT_EQ(*b->ec, broker_errc::invalid_record);
    EXPECT_FALSE(*c->ec);
    EXPECT_EQ(bed.values(), (texts{{"first"}, {"a", "b", "c"}, {"a", "c"}}));
    EXPECT_EQ(c->at.offset, a->at.offset + 1);
}

TEST(producer_recovery, follows_the_leader_that_an_answer_names) // R11, KIP-951
{
    producer_bed bed{quick()};
    bed.answers = [](const seen_batch& b) {
        return b.node == 1 ? batch_answer{.error = broker_errc::not_leader_or_follower, .hint = 2} : batch_answer{};
    };
    const auto sent = bed.send("a");
    bed.run(sent);
    EXPECT_FALSE(*sent->ec) << sent->about.to_string();
    ASSERT_EQ(bed.batches.size(), 2u);
    EXPECT_EQ(bed.batches[1].node, 2);
    EXPECT_EQ(bed.brokers.count(api::metadata), 1u) << "nobody had to be asked";
}

TEST(producer_recovery, believes_the_fourth_answer_that_calls_a_topic_unknown) // B12
{
    producer_bed bed{quick()};
    bed.answers = [](const seen_batch&) { return batch_answer{.error = broker_errc::unknown_topic_or_partition}; };
    const auto sent = bed.send("a");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, broker_errc::unknown_topic_or_partition);
    EXPECT_EQ(bed.batches.size(), 4u);
    EXPECT_EQ(bed.batches[1].at, bed.batches[0].at) << "the first one is a leader that has not heard of it yet";
}

TEST(producer_recovery, holds_records_of_an_unknown_topic_for_its_time)
{
    producer_bed bed{{.unknown_topic_timeout = 30s}};
    const auto began = bed.brokers.world.time->now();
    const auto sent = bed.send(record{.topic = "nowhere", .value = "a"});
    bed.run(sent);
    EXPECT_EQ(*sent->ec, errc::unknown_topic) << sent->about.to_string();
    EXPECT_GE(sent->when - began, 29s);
    EXPECT_LE(sent->when - began, 33s);
    EXPECT_NE(sent->about.to_string().find("nowhere"), std::string::npos);
}

TEST(producer_recovery, keeps_records_while_no_partition_has_a_leader) // B13
{
    producer_bed bed{quick()};
    bed.brokers.leaders = {{0, -1}, {1, -1}};
    const auto sent = bed.send(record{.topic = "letters", .value = "a"});
    (void)bed.brokers.run_until([&] { return bed.brokers.count(api::metadata) >= 5; });
    EXPECT_FALSE(sent->ec);
    bed.brokers.leaders = {{0, 2}, {1, 2}};
    bed.brokers.leader_epoch = 9;
    bed.run(sent);
    EXPECT_FALSE(*sent->ec) << sent->about.to_string();
    EXPECT_EQ(bed.batches.at(0).node, 2);
}

TEST(producer_recovery, ends_with_a_timeout_what_was_never_written_and_with_unknown_what_was) // B4, R16
{
    producer_bed leaderless{{.linger = 0ms, .delivery_timeout = 20s}};
    leaderless.brokers.leaders = {{0, -1}, {1, -1}};
    const auto kept = leaderless.send("a");
    leaderless.run(kept);
    EXPECT_EQ(*kept->ec, errc::delivery_timed_out);
    EXPECT_EQ(kept->about.how_far(), delivery::not_delivered);

    producer_bed silent{{.linger = 0ms, .delivery_timeout = 20s}};
    silent.answers = [](const seen_batch&) { return batch_answer{.silent = true}; };
    const auto lost = silent.send("a");
    silent.run(lost);
    EXPECT_EQ(*lost->ec, errc::outcome_unknown);
    EXPECT_EQ(*lost->ec, condition::outcome_unknown);
    EXPECT_EQ(lost->about.how_far(), delivery::possibly_delivered);
}

TEST(producer_recovery, says_that_it_may_not_be_idempotent)
{
    producer_bed bed{quick()};
    bed.identity_error = broker_errc::cluster_authorization_failed;
    const auto sent = bed.send("a");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, broker_errc::cluster_authorization_failed);
    EXPECT_NE(sent->about.to_string().find("letters"), std::string::npos);
    bed.identity_error = broker_errc::none;
    const auto later = bed.send("b");
    bed.run(later);
    EXPECT_FALSE(*later->ec) << "rights may be given";
}

TEST(producer_recovery, leaves_a_broker_alone_for_as_long_as_it_asks) // B31, R34, KIP-219
{
    producer_bed bed{quick()};
    bed.answers = [n = 0](const seen_batch&) mutable { return batch_answer{.throttle = n++ == 0 ? 3000 : 0}; };
    bed.run(bed.send("a"));
    bed.run(bed.send("b"));
    ASSERT_EQ(bed.batches.size(), 2u);
    EXPECT_GE(bed.batches[1].at - bed.batches[0].at, 3s);
    EXPECT_EQ(bed->metrics().throttled, 3s);
}

TEST(producer_recovery, keeps_the_order_without_idempotence_with_one_in_flight)
{
    producer_bed bed{{.acks = acks::leader, .linger = 0ms, .max_in_flight = 1}};
    bed.answers = [n = 0](const seen_batch&) mutable {
        return n++ == 0 ? batch_answer{.error = broker_errc::not_enough_replicas} : batch_answer{};
    };
    const auto a = bed.send("a");
    EXPECT_TRUE(bed.brokers.run_until([&] { return !bed.batches.empty(); }));
    const auto b = bed.send("b");
    bed.run(a, b);
    EXPECT_EQ(bed.values(), (texts{{"a"}, {"a"}, {"b"}}));
    EXPECT_EQ(bed.batches[0].producer_id, -1);
    EXPECT_EQ(bed.identities, 0);
}

TEST(producer_recovery, ends_after_as_many_retries_as_it_may)
{
    producer_bed bed{{.acks = acks::leader, .linger = 0ms, .retries = 2}};
    bed.answers = [](const seen_batch&) { return batch_answer{.error = broker_errc::not_enough_replicas}; };
    const auto sent = bed.send("a");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, broker_errc::not_enough_replicas);
    EXPECT_EQ(bed.batches.size(), 3u); // R18: those were all written
}

TEST(producer_recovery, asks_for_a_producer_id_until_it_gets_one)
{
    producer_bed bed{quick()};
    bed.identity_error = broker_errc::coordinator_load_in_progress;
    const auto sent = bed.send("a");
    const auto began = bed.brokers.world.time->now();
    // Longer than one request for it may take with all its attempts.
    (void)bed.brokers.run_until([&] { return bed.brokers.world.time->now() - began > 75s; });
    EXPECT_FALSE(sent->ec);
    bed.identity_error = broker_errc::none;
    bed.run(sent);
    EXPECT_FALSE(*sent->ec) << sent->about.to_string();
}

TEST(producer_recovery, packs_anew_what_an_older_leader_cannot_take)
{
    producer_bed bed{{.compression = compression::zstd, .linger = 0ms}};
    bed.brokers.instead_limits = [](int node, fake_session& session) {
        if (node != 2) return;
        session.limited = api::produce;
        session.highest = 6; // Kafka 2.0
    };
    const std::string text(2000, 'x');
    bed.answers = [](const seen_batch& b) {
        return b.node == 1 ? batch_answer{.error = broker_errc::not_leader_or_follower, .hint = 2} : batch_answer{};
    };
    const auto sent = bed.send(text);
    bed.run(sent);
    EXPECT_FALSE(*sent->ec) << sent->about.to_string();
    ASSERT_GE(bed.batches.size(), 2u);
    EXPECT_EQ(bed.batches.front().codec, compression::zstd);
    EXPECT_EQ(bed.batches.back().node, 2);
    EXPECT_EQ(bed.batches.back().codec, compression::lz4);
    EXPECT_EQ(bed.batches.back().values, std::vector<std::string>{text});
    EXPECT_EQ(bed.batches.back().sequence, bed.batches.front().sequence);
}

TEST(producer_recovery, has_each_partition_once_in_a_request)
{
    producer_bed bed{quick()};
    bed.run(bed.send("first", 0), bed.send("first", 1));
    // The connection goes while batches are under way and others wait, and comes back slowly.
    bed.answers = [n = 0](const seen_batch&) mutable { return batch_answer{.silent = n++ < 4}; };
    std::vector<std::shared_ptr<producer_bed::end_of_send>> all;
    for (int i = 0; i < 12; ++i) {
        all.push_back(bed.send(std::to_string(i), i % 2));
        (void)bed.brokers.run_until([&, seen = bed.batches.size()] { return bed.batches.size() > seen || i >= 4; });
    }
    for (const auto& session : bed.brokers.world.sessions) session->stream->end();
    for (const auto& one : all) {
        bed.run(one);
        EXPECT_FALSE(*one->ec) << one->about.to_string();
    }
    std::map<std::pair<std::size_t, std::int32_t>, int> seen;
    for (const seen_batch& b : bed.batches) EXPECT_EQ(++seen[std::pair(b.request, b.partition)], 1);
}

TEST(producer_recovery, counts_one_moment_in_which_a_topic_is_unknown_once)
{
    producer_bed bed{quick()};
    bed.run(bed.send("first"));
    bool is_unknown = true;
    bed.answers = [&](const seen_batch&) {
        return is_unknown ? batch_answer{.error = broker_errc::unknown_topic_or_partition} : batch_answer{};
    };
    std::vector<std::shared_ptr<producer_bed::end_of_send>> all;
    for (int i = 0; i < 5; ++i) {
        all.push_back(bed.send(std::to_string(i)));
        (void)bed.brokers.world.time; // each in a batch of its own
        asio::post(bed.brokers.world.io, [] {});
        bed.brokers.world.settle();
    }
    is_unknown = false;
    for (const auto& one : all) {
        bed.run(one);
        EXPECT_FALSE(*one->ec) << one->about.to_string();
    }
}

} // namespace
} // namespace odradek
