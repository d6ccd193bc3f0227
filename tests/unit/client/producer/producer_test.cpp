// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/producer.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <gtest/gtest.h>

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

TEST(producer, says_where_a_record_lies)
{
    producer_bed bed;
    bed.end = 41;
    const auto sent = bed.send(record{.topic = "letters", .partition = 1, .key = "milena", .value = "Dear M."});
    bed.run(sent);
    EXPECT_FALSE(*sent->ec) << sent->about.to_string();
    EXPECT_EQ(sent->at.topic, "letters");
    EXPECT_EQ(sent->at.partition, 1);
    EXPECT_EQ(sent->at.offset, 41);
    ASSERT_EQ(bed.batches.size(), 1u);
    EXPECT_EQ(bed.batches[0].acks, -1);
    EXPECT_EQ(bed.batches[0].producer_id, 71);
    EXPECT_EQ(bed.batches[0].sequence, 0);
}

TEST(producer, collects_what_comes_within_the_linger_time)
{
    producer_bed bed{{.linger = 10ms}};
    bed.run(bed.send("first"));
    const auto a = bed.send("a");
    const auto b = bed.send("b");
    bed.run(a, b);
    EXPECT_EQ(bed.values(), (texts{{"first"}, {"a", "b"}}));
    EXPECT_EQ(a->at.offset + 1, b->at.offset);
}

TEST(producer, puts_the_batches_of_one_broker_into_one_request)
{
    producer_bed bed{{.linger = 10ms}};
    const auto a = bed.send("a", 0);
    const auto b = bed.send("b", 1);
    bed.run(a, b);
    ASSERT_EQ(bed.batches.size(), 2u);
    EXPECT_EQ(bed.requests, 1u);
}

TEST(producer, keeps_null_empty_and_bytes_apart) // B35
{
    producer_bed bed;
    const auto null = bed.send(record{.topic = "letters", .partition = 0});
    const auto empty = bed.send("");
    bed.run(null, empty);
    EXPECT_EQ(bed.values(), (texts{{"null", ""}}));
}

TEST(producer, never_mixes_records_of_different_options)
{
    producer_bed bed{{.linger = 10ms}};
    bed.run(bed.send("first"));
    const auto all = bed.send("all");
    const auto leader = bed.send("leader", 0, {.acks = acks::leader});
    const auto none = bed.send("none", 0, {.acks = acks::none});
    const auto slow = bed.send("slow", 0, {.timeout = 7s});
    const auto packed = bed.send("packed", 0, {.compression = compression::gzip});
    bed.run(all, leader, none, slow, packed);
    ASSERT_EQ(bed.values(), (texts{{"first"}, {"all"}, {"leader"}, {"none"}, {"slow"}, {"packed"}}));
    EXPECT_EQ(bed.batches[1].acks, -1);
    EXPECT_EQ(bed.batches[2].acks, 1);
    EXPECT_EQ(bed.batches[2].producer_id, -1) << "without acks all it goes out without a number";
    EXPECT_EQ(bed.batches[3].acks, 0);
    EXPECT_EQ(bed.batches[4].timeout_ms, 7'000);
    EXPECT_EQ(none->at.offset, -1); // B15: nothing is answered
    EXPECT_FALSE(*none->ec);
}

TEST(producer, says_what_is_wrong_with_a_record_and_the_others_go_on)
{
    producer_bed bed{{.max_request_size = 2000}};
    const std::string large(3000, 'x');
    const record_header no_key[] = {{.key = {}, .value = "v"}};
    struct bad_record {
        record what;
        std::error_code expected;
        const char* words;
    };
    const bad_record all[] = {
        {{.topic = "letters", .partition = 0, .value = bytes_view{large}}, errc::record_too_large, "max_request_size"},
        {{.topic = "with space", .value = "v"}, errc::invalid_topic_name, "with space"},
        {{.topic = "", .value = "v"}, errc::invalid_topic_name, "topic"},
        {{.topic = "letters", .partition = -3, .value = "v"}, errc::invalid_argument, "negative"},
        {{.topic = "letters", .partition = 0, .value = "v", .timestamp = std::chrono::system_clock::time_point{-1ms}},
         errc::invalid_argument,
         "1970"},
        {{.topic = "letters", .partition = 0, .value = "v", .headers = no_key}, errc::invalid_argument, "header 0"},
        {{.topic = "letters", .partition = 9, .value = "v"}, errc::unknown_partition, "only 0 to 1"},
    };
    const auto before = bed.send("before");
    for (const bad_record& one : all) {
        const auto sent = bed.send(one.what);
        bed.run(sent);
        EXPECT_EQ(*sent->ec, one.expected) << sent->about.to_string();
        EXPECT_NE(sent->about.to_string().find(one.words), std::string::npos) << sent->about.to_string();
    }
    const auto after = bed.send("after");
    bed.run(before, after);
    EXPECT_FALSE(*before->ec);
    EXPECT_FALSE(*after->ec);
}

TEST(producer, refuses_options_that_contradict_each_other)
{
    producer_bed bed{{.acks = acks::leader, .idempotence = true}};
    const auto sent = bed.send("a");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, errc::invalid_option);
    EXPECT_NE(sent->about.to_string().find("idempotence"), std::string::npos);
    EXPECT_EQ(bed->try_send({.topic = "letters", .value = "v"}), errc::invalid_option);

    producer_bed explicitly{{.idempotence = true}};
    const auto one = explicitly.send("a", 0, {.acks = acks::leader});
    explicitly.run(one);
    EXPECT_EQ(*one->ec, errc::not_idempotent);
}

TEST(producer, says_that_its_memory_is_full_and_when_there_is_some_again)
{
    producer_bed bed{{.linger = 1min, .memory = 20'000}};
    bed.run(bed.send("first", 0, {.acks = acks::leader}));
    const std::string value(1000, 'x');
    std::size_t called = 0;
    std::size_t taken = 0;
    std::error_code ec;
    while (!(ec = bed->try_send({.topic = "letters", .partition = 0, .value = bytes_view{value}},
                                [&called](std::error_code, const placed&) { ++called; })))
        ++taken;
    EXPECT_EQ(ec, errc::queue_full);
    EXPECT_GE(taken, 8u);
    EXPECT_LE(bed->metrics().queue_bytes, 20'000u);
    // Those who wait come in their order, and before anybody else.
    const auto first = bed.send(value);
    const auto second = bed.send("second");
    EXPECT_EQ(bed->try_send({.topic = "letters", .partition = 0, .value = "third"}), errc::queue_full);
    std::optional<std::error_code> ready;
    bed->async_ready([&](std::error_code e) { ready = e; });
    bed.run(first, second);
    EXPECT_TRUE(bed.brokers.run_until([&] { return ready && called == taken; }));
    EXPECT_FALSE(*first->ec);
    EXPECT_FALSE(*second->ec);
    EXPECT_LT(first->at.offset, second->at.offset);
    EXPECT_EQ(bed->try_send({.topic = "letters", .partition = 0, .value = "fourth"}), std::error_code{});
}

TEST(producer, flushes_without_waiting_for_the_linger_time) // R37
{
    producer_bed bed{{.linger = 1min}};
    const auto began = bed.brokers.world.time->now();
    const auto sent = bed.send("a");
    std::optional<std::error_code> flushed;
    bed->async_flush([&](std::error_code ec) { flushed = ec; });
    EXPECT_TRUE(bed.brokers.run_until([&] { return flushed.has_value(); }));
    ASSERT_TRUE(sent->ec) << "a flush ends after what it waits for";
    EXPECT_FALSE(*sent->ec);
    EXPECT_LT(bed.brokers.world.time->now() - began, 30s);
}

TEST(producer, sends_nothing_before_a_flush_when_told_so)
{
    producer_bed bed{{.linger = 0ms, .memory = 20'000, .manual_flush = true}};
    const auto a = bed.send("a");
    const auto b = bed.send("b");
    (void)bed.brokers.run_until([&] { return bed.brokers.count(api::metadata) > 0 && bed.requests > 0; });
    EXPECT_EQ(bed.requests, 0u);
    const std::string value(15'000, 'x');
    (void)bed.send(value);
    const auto full = bed.send(value);
    bed.run(full);
    EXPECT_EQ(*full->ec, errc::queue_full) << "nobody would ever make room";
    bed.brokers.world.settle();
    EXPECT_EQ(bed.requests, 0u) << "a full memory is no flush";
    std::optional<std::error_code> flushed;
    bed->async_flush([&](std::error_code ec) { flushed = ec; });
    bed.run(a, b);
    EXPECT_TRUE(bed.brokers.run_until([&] { return flushed.has_value(); }));
}

TEST(producer, delivers_what_it_has_when_it_is_closed_and_takes_nothing_more) // B39
{
    producer_bed bed{{.linger = 1min}};
    const auto sent = bed.send("a");
    std::optional<std::error_code> closed;
    bed->async_close(10s, [&](std::error_code ec) { closed = ec; });
    EXPECT_TRUE(bed.brokers.run_until([&] { return closed.has_value(); }));
    ASSERT_TRUE(sent->ec);
    EXPECT_FALSE(*sent->ec);
    const auto late = bed.send("b");
    bed.run(late);
    EXPECT_EQ(*late->ec, errc::closed);
    EXPECT_EQ(bed->try_send({.topic = "letters", .value = "c"}), errc::closed);
}

TEST(producer, keeps_nothing_pending_once_all_is_delivered)
{
    producer_bed bed;
    bed.run(bed.send("a"));
    bed.brokers.world.settle();
    EXPECT_EQ(bed.brokers.world.time->pending(), 0u);
    std::optional<std::error_code> closed;
    bed->async_close(10s, [&](std::error_code ec) { closed = ec; });
    EXPECT_TRUE(bed.brokers.run_until([&] { return closed.has_value(); }));
    bed.brokers.world.settle();
    EXPECT_EQ(bed.brokers.world.time->pending(), 0u) << "run() would not return";
}

TEST(producer, gives_up_at_the_deadline_of_its_close)
{
    producer_bed bed{quick()};
    bed.answers = [](const seen_batch&) { return batch_answer{.silent = true}; };
    const auto sent = bed.send("a");
    std::optional<std::error_code> closed;
    const auto began = bed.brokers.world.time->now();
    bed->async_close(2s, [&](std::error_code ec) { closed = ec; });
    EXPECT_TRUE(bed.brokers.run_until([&] { return closed.has_value(); }));
    EXPECT_LE(bed.brokers.world.time->now() - began, 3s);
    EXPECT_EQ(*closed, errc::operation_timed_out);
    ASSERT_TRUE(sent->ec);
    EXPECT_EQ(*sent->ec, errc::closed);
    EXPECT_EQ(sent->about.how_far(), delivery::possibly_delivered);
}

TEST(producer, says_at_every_close_that_something_was_given_up)
{
    producer_bed bed{quick()};
    bed.answers = [](const seen_batch&) { return batch_answer{.silent = true}; };
    (void)bed.send("a");
    std::vector<std::error_code> closed;
    for (const auto longest : {20s, 2s}) bed->async_close(longest, [&](std::error_code ec) { closed.push_back(ec); });
    EXPECT_TRUE(bed.brokers.run_until([&] { return closed.size() == 2; }));
    for (const std::error_code& ec : closed) EXPECT_EQ(ec, errc::operation_timed_out);
}

TEST(producer, says_that_something_was_given_up_because_its_client_was_closed)
{
    producer_bed bed{quick()};
    bed.answers = [](const seen_batch&) { return batch_answer{.silent = true}; };
    (void)bed.send("a");
    std::optional<std::error_code> closed;
    bed->async_close(20s, [&](std::error_code ec) { closed = ec; });
    bed.made_client->async_close(1s, [](std::error_code) {});
    EXPECT_TRUE(bed.brokers.run_until([&] { return closed.has_value(); }));
    EXPECT_EQ(*closed, errc::operation_timed_out);
    closed.reset();
    bed->async_close(20s, [&](std::error_code ec) { closed = ec; });
    EXPECT_TRUE(bed.brokers.run_until([&] { return closed.has_value(); }));
    EXPECT_EQ(*closed, errc::closed) << "it had ended already, but not well";
}

TEST(producer, ends_what_is_pending_when_it_is_destroyed_or_its_client_is)
{
    for (const bool of_client : {false, true}) {
        producer_bed bed{{.linger = 1min, .memory = 20'000}};
        const auto sent = bed.send("a");
        const std::string value(15'000, 'x');
        const auto second = bed.send(value);
        const auto waiting = bed.send(value);
        if (of_client)
            bed.made_client.reset();
        else
            bed.made.reset();
        bed.run(sent, second, waiting);
        EXPECT_EQ(*sent->ec, errc::closed);
        EXPECT_EQ(*second->ec, errc::closed);
        EXPECT_EQ(*waiting->ec, errc::closed);
    }
}

TEST(producer, withdraws_a_record_that_is_cancelled_in_time)
{
    producer_bed bed{{.linger = 100ms}};
    bed.run(bed.send("first"));
    const auto a = bed.send("a");
    asio::cancellation_signal signal;
    std::optional<std::error_code> ended;
    diagnostics about;
    bed->async_send(
        about, {.topic = "letters", .partition = 0, .value = "b"}, send_options{},
        asio::bind_cancellation_slot(signal.slot(), [&](std::error_code ec, const placed&) { ended = ec; }));
    const auto c = bed.send("c");
    signal.emit(asio::cancellation_type::total);
    bed.run(a, c);
    ASSERT_TRUE(ended);
    EXPECT_EQ(*ended, asio::error::operation_aborted);
    EXPECT_EQ(about.how_far(), delivery::not_delivered);
    EXPECT_EQ(bed.values(), (texts{{"first"}, {"a", "c"}}));
    EXPECT_EQ(c->at.offset, a->at.offset + 1);
}

TEST(producer, says_that_a_cancelled_record_may_be_written_once_it_is_sent)
{
    producer_bed bed{quick()};
    bed.answers = [](const seen_batch&) { return batch_answer{.silent = true}; };
    asio::cancellation_signal signal;
    std::optional<std::error_code> ended;
    diagnostics about;
    bed->async_send(
        about, {.topic = "letters", .partition = 0, .value = "a"}, send_options{},
        asio::bind_cancellation_slot(signal.slot(), [&](std::error_code ec, const placed&) { ended = ec; }));
    EXPECT_TRUE(bed.brokers.run_until([&] { return !bed.batches.empty(); }));
    signal.emit(asio::cancellation_type::terminal);
    EXPECT_TRUE(bed.brokers.run_until([&] { return ended.has_value(); }));
    EXPECT_EQ(*ended, asio::error::operation_aborted);
    EXPECT_EQ(about.how_far(), delivery::possibly_delivered);
}

TEST(producer, throws_away_what_waits_and_on_request_what_is_under_way) // R37
{
    producer_bed bed{quick()};
    bed.answers = [](const seen_batch&) { return batch_answer{.silent = true}; };
    const auto under_way = bed.send("a");
    EXPECT_TRUE(bed.brokers.run_until([&] { return !bed.batches.empty(); }));
    const auto queued = bed.send("b");
    bed->purge();
    bed.run(queued);
    EXPECT_EQ(*queued->ec, errc::purged);
    EXPECT_EQ(queued->about.how_far(), delivery::not_delivered);
    EXPECT_FALSE(under_way->ec);
    bed->purge({.queued = true, .in_flight = true});
    bed.run(under_way);
    EXPECT_EQ(*under_way->ec, errc::purged);
    EXPECT_EQ(under_way->about.how_far(), delivery::possibly_delivered);
}

TEST(producer, throws_away_what_waits_for_memory_too)
{
    producer_bed bed{{.linger = 1min, .memory = 20'000}};
    const std::string value(15'000, 'x');
    (void)bed.send(value);
    const auto waiting = bed.send(value);
    bed->purge();
    bed.run(waiting);
    EXPECT_EQ(*waiting->ec, errc::purged);
}

TEST(producer, stops_waiting_when_it_is_told)
{
    producer_bed bed{{.linger = 1min, .memory = 20'000}};
    bed.answers = [](const seen_batch&) { return batch_answer{.silent = true}; };
    const std::string value(15'000, 'x');
    const auto sent = bed.send(value);
    const auto waiting = bed.send(value);
    asio::cancellation_signal flush_signal;
    asio::cancellation_signal ready_signal;
    std::optional<std::error_code> flushed;
    std::optional<std::error_code> ready;
    bed->async_flush(asio::bind_cancellation_slot(flush_signal.slot(), [&](std::error_code ec) { flushed = ec; }));
    bed->async_ready(asio::bind_cancellation_slot(ready_signal.slot(), [&](std::error_code ec) { ready = ec; }));
    EXPECT_TRUE(bed.brokers.run_until([&] { return !bed.batches.empty(); }));
    flush_signal.emit(asio::cancellation_type::total);
    ready_signal.emit(asio::cancellation_type::partial);
    EXPECT_TRUE(bed.brokers.run_until([&] { return flushed && ready; }));
    EXPECT_EQ(*flushed, asio::error::operation_aborted);
    EXPECT_EQ(*ready, asio::error::operation_aborted);
    EXPECT_FALSE(sent->ec);
    EXPECT_FALSE(waiting->ec);
}

TEST(producer, flushes_records_that_wait_for_memory_too)
{
    producer_bed bed{{.linger = 1min, .memory = 20'000}};
    const std::string value(15'000, 'x');
    const auto first = bed.send(value);
    const auto waiting = bed.send(value);
    std::optional<std::error_code> flushed;
    bed->async_flush([&](std::error_code ec) { flushed = ec; });
    EXPECT_TRUE(bed.brokers.run_until([&] { return flushed.has_value(); }));
    ASSERT_TRUE(first->ec && waiting->ec) << "the flush ended before what came before it";
    EXPECT_FALSE(*waiting->ec);
}

TEST(producer, sends_many_records_and_says_what_became_of_each)
{
    producer_bed bed;
    const record letters[] = {
        {.partition = 0, .value = "a"}, {.partition = -1, .value = "b"}, {.partition = 1, .value = "c"}};
    const topic_messages all[] = {{.topic = "letters", .messages = letters}};
    std::optional<std::error_code> ended;
    std::vector<sent> results;
    bed->async_send_batch(all, {.acks = acks::all}, [&](std::error_code ec, std::vector<sent> r) {
        ended = ec;
        results = std::move(r);
    });
    EXPECT_TRUE(bed.brokers.run_until([&] { return ended.has_value(); }));
    EXPECT_EQ(*ended, errc::invalid_argument) << "the first error of all";
    ASSERT_EQ(results.size(), 3u);
    EXPECT_FALSE(results[0].error);
    EXPECT_EQ(results[1].error, errc::invalid_argument);
    EXPECT_FALSE(results[2].error);
    EXPECT_EQ(results[2].at.partition, 1);

    std::optional<std::error_code> nothing;
    bed->async_send(std::span<const record>{}, {}, [&](std::error_code ec, const std::vector<sent>&) { nothing = ec; });
    EXPECT_TRUE(bed.brokers.run_until([&] { return nothing.has_value(); }));
    EXPECT_FALSE(*nothing);
}

TEST(producer, calls_once_a_batch_whoever_wants_that)
{
    producer_bed bed{{.linger = 10ms}};
    std::vector<std::string> calls;
    bed->on_delivery([&](const delivered_batch& b) {
        calls.push_back(std::string{b.topic} + '/' + std::to_string(b.partition) + '@' + std::to_string(b.base_offset) +
                        " x" + std::to_string(b.records));
    });
    (void)bed->try_send({.topic = "letters", .partition = 1, .value = "a"});
    (void)bed->try_send({.topic = "letters", .partition = 1, .value = "b"});
    EXPECT_TRUE(bed.brokers.run_until([&] { return !calls.empty(); }));
    EXPECT_EQ(calls, (std::vector<std::string>{"letters/1@0 x2"}));
}

TEST(producer, refers_to_a_topic_by_its_handle)
{
    producer_bed bed;
    const topic_handle letters = bed->topic("letters");
    std::optional<placed> at;
    EXPECT_FALSE(
        bed->try_send(letters, {.partition = 1, .value = "a"}, [&](std::error_code, const placed& p) { at = p; }));
    EXPECT_TRUE(bed.brokers.run_until([&] { return at.has_value(); }));
    EXPECT_EQ(at->topic, "letters");
    EXPECT_EQ(bed->try_send(topic_handle{}, {.value = "a"}), errc::invalid_argument);
    EXPECT_EQ(bed->try_send(bed->topic("no name"), {.value = "a"}), errc::invalid_topic_name);
}

} // namespace
} // namespace odradek
