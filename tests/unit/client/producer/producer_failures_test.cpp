// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/producer.hpp>
#include <odradek/net/one_line.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <gtest/gtest.h>

#include <string>
#include <tests/unit/client/producer/producer_bed.hpp>
#include <vector>

// What a producer says about what it could not deliver, and what it counts.
namespace odradek {
namespace {

using namespace test;
using namespace std::chrono_literals;
using texts = std::vector<std::vector<std::string>>;
using ended = std::shared_ptr<producer_bed::end_of_send>;

producer_options quick()
{
    return {.linger = 0ms};
}

producer_options impatient()
{
    return {.linger = 0ms, .delivery_timeout = 20s};
}

bool says(const ended& one, std::string_view words)
{
    return one->about.to_string().find(words) != std::string::npos;
}

// --- Why it was not delivered in time

TEST(producer_failures, name_the_broker_that_could_not_be_reached) // B4
{
    producer_bed bed{impatient()};
    bed.brokers.leaders = {{0, 2}, {1, 2}};
    bed.brokers.close("b2");
    const auto sent = bed.send("a");
    const auto held_up = bed.send(record{.topic = "letters", .value = "b"});
    bed.run(sent, held_up);
    for (const ended& one : {sent, held_up}) {
        EXPECT_EQ(*one->ec, errc::delivery_timed_out);
        EXPECT_EQ(one->about.how_far(), delivery::not_delivered);
        EXPECT_TRUE(says(one, "within 20000 ms, the last attempt failed: ")) << one->about.to_string();
        EXPECT_TRUE(says(one, "refused") && says(one, "b2:9092")) << one->about.to_string();
        EXPECT_TRUE(says(one, "letters")) << one->about.to_string();
    }
}

TEST(producer_failures, name_a_broker_no_more_that_was_reached_since)
{
    producer_bed bed{impatient()};
    bed.brokers.leaders = {{0, 2}, {1, 2}};
    bed.brokers.close("b2");
    const auto a = bed.send("a");
    bed.pass(5s);
    bed.brokers.open(2, "b2");
    bed.run(a);
    EXPECT_FALSE(*a->ec) << a->about.to_string();
    bed.answers = [](const seen_batch&) { return batch_answer{.silent = true}; };
    bed.run(bed.send("first of this connection"));
    const auto b = bed.send("b");
    bed.run(b);
    EXPECT_FALSE(says(b, "refused")) << b->about.to_string();
}

TEST(producer_failures, name_a_partition_that_nobody_leads) // B4, B13
{
    producer_bed bed{impatient()};
    bed.brokers.leaders = {{0, -1}, {1, -1}};
    const auto sent = bed.send("a");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, errc::delivery_timed_out);
    EXPECT_TRUE(says(sent, "no broker leads the partition")) << sent->about.to_string();
}

TEST(producer_failures, name_what_metadata_said_of_a_topic)
{
    producer_bed bed{impatient()};
    bed.told = [] {
        return metadata_builder{}.broker(1, "b1").refused_topic("letters", broker_errc::leader_not_available);
    };
    const auto sent = bed.send("a");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, errc::delivery_timed_out) << sent->about.to_string();
    EXPECT_TRUE(says(sent, clause(make_error_code(broker_errc::leader_not_available).message())))
        << sent->about.to_string();
}

TEST(producer_failures, name_what_was_said_when_a_producer_id_was_asked_for)
{
    producer_bed bed{impatient()};
    bed.identity_error = broker_errc::coordinator_load_in_progress;
    const auto sent = bed.send("a");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, errc::delivery_timed_out);
    EXPECT_TRUE(says(sent, clause(make_error_code(broker_errc::coordinator_load_in_progress).message())))
        << sent->about.to_string();
}

TEST(producer_failures, name_the_broker_that_does_not_answer_what_is_in_the_way)
{
    producer_bed bed{{.acks = acks::leader, .linger = 0ms, .max_in_flight = 1, .delivery_timeout = 20s}};
    bed.answers = [](const seen_batch&) { return batch_answer{.silent = true}; };
    const auto first = bed.send("a");
    EXPECT_TRUE(bed.brokers.run_until([&] { return !bed.batches.empty(); }));
    const auto behind = bed.send("b");
    bed.run(first, behind);
    EXPECT_EQ(*behind->ec, errc::delivery_timed_out);
    EXPECT_TRUE(says(behind, "broker 1 has not answered yet")) << behind->about.to_string();
}

// --- What brokers refuse

TEST(producer_failures, name_a_topic_that_may_not_be_seen)
{
    producer_bed bed{quick()};
    bed.told = [] {
        return metadata_builder{}.broker(1, "b1").refused_topic("letters", broker_errc::topic_authorization_failed);
    };
    const auto sent = bed.send("a");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, broker_errc::topic_authorization_failed);
    EXPECT_EQ(*sent->ec, condition::fatal);
    EXPECT_TRUE(says(sent, "letters")) << sent->about.to_string();
    EXPECT_EQ(sent->about.how_far(), delivery::not_delivered);
    EXPECT_EQ(bed.requests, 0u);
}

TEST(producer_failures, name_topic_and_partition_that_may_not_be_written)
{
    producer_bed bed{quick()};
    bed.answers = [](const seen_batch& b) {
        return b.partition == 1 ? batch_answer{.error = broker_errc::topic_authorization_failed} : batch_answer{};
    };
    const auto refused = bed.send("a", 1);
    const auto other = bed.send("b", 0);
    bed.run(refused, other);
    EXPECT_EQ(*refused->ec, broker_errc::topic_authorization_failed);
    EXPECT_TRUE(says(refused, "topic \"letters\", partition 1")) << refused->about.to_string();
    EXPECT_TRUE(says(refused, "b1:9092")) << refused->about.to_string();
    EXPECT_FALSE(*other->ec) << other->about.to_string();
    EXPECT_EQ(bed.batches.size(), 2u) << "trying again does not help";
}

TEST(producer_failures, say_what_a_producer_id_is_needed_for)
{
    producer_bed bed{quick()};
    bed.identity_error = broker_errc::cluster_authorization_failed;
    const auto sent = bed.send("a");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, broker_errc::cluster_authorization_failed);
    EXPECT_EQ(*sent->ec, condition::fatal);
    EXPECT_TRUE(says(sent, "topic \"letters\", partition 0")) << sent->about.to_string();
    EXPECT_TRUE(says(sent, "idempotence needs a producer id")) << sent->about.to_string();
    EXPECT_EQ(sent->about.how_far(), delivery::not_delivered);
    const auto plain = bed.send("b", 0, {.acks = acks::leader});
    bed.run(plain);
    EXPECT_FALSE(*plain->ec) << "which needs none";
}

TEST(producer_failures, use_another_codec_where_a_broker_refuses_one) // error 76
{
    producer_bed bed{{.compression = compression::zstd, .linger = 0ms}};
    const std::string text(2000, 'x');
    bed.answers = [](const seen_batch& b) {
        return b.codec == compression::none ? batch_answer{}
                                            : batch_answer{.error = broker_errc::unsupported_compression_type};
    };
    const auto sent = bed.send(text);
    bed.run(sent);
    EXPECT_FALSE(*sent->ec) << sent->about.to_string();
    ASSERT_EQ(bed.batches.size(), 3u);
    EXPECT_EQ(bed.batches[0].codec, compression::zstd);
    EXPECT_EQ(bed.batches[1].codec, compression::lz4);
    EXPECT_EQ(bed.batches[2].codec, compression::none);
    EXPECT_EQ(bed.batches[2].sequence, bed.batches[0].sequence);
    EXPECT_EQ(bed.batches[2].values, std::vector<std::string>{text});
    const producer_metrics counted = bed->metrics();
    EXPECT_EQ(counted.batches, 1u);
    EXPECT_LT(counted.batch_bytes, 3'000u);
    EXPECT_LT(counted.batch_wire_bytes, 1'000u);
    EXPECT_EQ(counted.queue_time.count(), 1u);

    bed.answers = [](const seen_batch&) { return batch_answer{.error = broker_errc::unsupported_compression_type}; };
    const auto never = bed.send(text);
    bed.run(never);
    EXPECT_EQ(*never->ec, broker_errc::unsupported_compression_type);
    EXPECT_TRUE(says(never, "topic \"letters\", partition 0")) << never->about.to_string();
}

// --- What is counted

TEST(producer_failures, count_a_batch_once_that_is_split)
{
    producer_bed bed{{.linger = 10ms}};
    bed.run(bed.send("first"));
    const producer_metrics before = bed->metrics();
    bed.answers = [](const seen_batch& b) {
        return b.values.size() > 1 ? batch_answer{.error = broker_errc::message_too_large} : batch_answer{};
    };
    const auto a = bed.send(std::string(500, 'a'));
    const auto b = bed.send(std::string(500, 'b'));
    bed.run(a, b);
    EXPECT_EQ(bed.batches.size(), 4u);
    const producer_metrics after = bed->metrics();
    EXPECT_EQ(after.batches, before.batches + 1);
    EXPECT_LT(after.batch_bytes - before.batch_bytes, 1'500u);
    EXPECT_LT(after.batch_wire_bytes - before.batch_wire_bytes, 1'500u);
    EXPECT_EQ(after.queue_time.count(), before.queue_time.count() + 1);
    EXPECT_EQ(after.records_acknowledged, 3u);
}

TEST(producer_failures, count_no_record_that_was_withdrawn)
{
    producer_bed bed{{.linger = 100ms, .delivery_timeout = 20s}};
    bed.brokers.leaders = {{0, -1}, {1, -1}};
    asio::cancellation_signal signal;
    std::optional<std::error_code> cancelled;
    bed->async_send(
        {.topic = "letters", .partition = 0, .value = "a"}, send_options{},
        asio::bind_cancellation_slot(signal.slot(), [&](std::error_code ec, const placed&) { cancelled = ec; }));
    const auto kept = bed.send("b");
    bed.pass(10ms);
    signal.emit(asio::cancellation_type::total);
    bed.run(kept);
    ASSERT_TRUE(cancelled);
    EXPECT_EQ(*kept->ec, errc::delivery_timed_out);
    EXPECT_EQ(bed->metrics().records_failed, 1u);
}

// --- The order of batches (send_order decides it)

TEST(producer_failures, leave_no_hole_in_the_sequences_when_a_record_in_the_middle_is_late) // R13
{
    producer_bed bed{impatient()};
    bed.run(bed.send("first"));
    bed.answers = [](const seen_batch&) { return batch_answer{.held = true}; };
    const auto b = bed.send("b");
    bed.pass(5s);
    const auto c = bed.send("c");
    bed.run(b); // its time is over
    EXPECT_EQ(*b->ec, errc::outcome_unknown);
    EXPECT_FALSE(c->ec);
    const auto d = bed.send("d");
    bed.pass(1s);
    EXPECT_EQ(bed.values(), (texts{{"first"}, {"b"}, {"c"}})) << "what is under way comes to an end first";
    bed.answers = nullptr;
    bed.release();
    bed.run(c, d);
    EXPECT_FALSE(*c->ec) << c->about.to_string();
    EXPECT_FALSE(*d->ec) << d->about.to_string();
    ASSERT_EQ(bed.values(), (texts{{"first"}, {"b"}, {"c"}, {"d"}}));
    EXPECT_EQ(bed.batches[2].sequence, 2);
    EXPECT_EQ(bed.batches[2].epoch, 0);
    EXPECT_EQ(bed.batches[3].sequence, 0);
    EXPECT_EQ(bed.batches[3].epoch, 1);
}

TEST(producer_failures, have_five_batches_of_a_partition_under_way_and_hold_up_no_other) // R15
{
    producer_bed bed{{.linger = 0ms, .max_in_flight = 10}};
    bed.brokers.leaders = {{0, 1}, {1, 2}};
    bed.run(bed.send("first", 0), bed.send("first", 1));
    bed.answers = [](const seen_batch& b) { return batch_answer{.held = b.partition == 0}; };
    std::vector<ended> all;
    for (int i = 0; i < 8; ++i) {
        all.push_back(bed.send(std::to_string(i), 0));
        bed.pass(1ms);
    }
    const auto under_way = [&] {
        return std::count_if(bed.batches.begin(), bed.batches.end(), [](const auto& b) { return b.partition == 0; });
    };
    EXPECT_EQ(under_way(), 1 + 5);
    const auto other = bed.send("other", 1);
    bed.run(other);
    EXPECT_FALSE(*other->ec);
    EXPECT_EQ(under_way(), 1 + 5);
    bed.release(1);
    EXPECT_EQ(under_way(), 1 + 6);
    bed.answers = nullptr;
    bed.release();
    for (const ended& one : all) {
        bed.run(one);
        EXPECT_FALSE(*one->ec) << one->about.to_string();
    }
}

TEST(producer_failures, send_again_in_the_order_of_the_records) // R17
{
    producer_bed bed{quick()};
    bed.run(bed.send("first"));
    bed.answers = [](const seen_batch& b) {
        // What a broker says: the one behind a gap is out of order.
        return batch_answer{.error = b.values.front() == "a" ? broker_errc::not_enough_replicas
                                                             : broker_errc::out_of_order_sequence_number,
                            .held = true};
    };
    std::vector<ended> all;
    for (const char* value : {"a", "b", "c"}) {
        all.push_back(bed.send(value));
        bed.pass(1ms);
    }
    EXPECT_EQ(bed.values(), (texts{{"first"}, {"a"}, {"b"}, {"c"}}));
    bed.release(1);
    all.push_back(bed.send("d"));
    bed.pass(5s);
    EXPECT_EQ(bed.batches.size(), 4u) << "not before all are answered";
    bed.answers = nullptr;
    bed.release();
    for (const ended& one : all) {
        bed.run(one);
        EXPECT_FALSE(*one->ec) << one->about.to_string();
    }
    ASSERT_EQ(bed.values(), (texts{{"first"}, {"a"}, {"b"}, {"c"}, {"a"}, {"b"}, {"c"}, {"d"}}));
    for (std::size_t i = 1; i <= 3; ++i) EXPECT_EQ(bed.batches[i + 3].sequence, bed.batches[i].sequence);
    EXPECT_EQ(bed.batches.back().epoch, 0);
}

// --- The end of a flush

TEST(producer_failures, let_records_linger_again_once_a_flush_has_ended) // R37
{
    producer_bed bed{{.acks = acks::leader, .linger = 10ms, .max_in_flight = 1}};
    std::vector<ended> all;
    // Whenever one is under way there is another one behind it.
    bed.answers = [&](const seen_batch&) {
        if (all.size() < 5) all.push_back(bed.send(std::to_string(all.size())));
        return batch_answer{};
    };
    all.push_back(bed.send("0"));
    std::optional<std::error_code> flushed;
    bed->async_flush([&](std::error_code ec) { flushed = ec; });
    EXPECT_TRUE(bed.brokers.run_until([&] { return flushed && all.size() == 5; }));
    bed.run(all.back());
    ASSERT_EQ(bed.batches.size(), 5u);
    for (std::size_t i = 2; i < 5; ++i) EXPECT_GE(bed.batches[i].at - bed.batches[i - 1].at, 10ms) << i;
}

} // namespace
} // namespace odradek
