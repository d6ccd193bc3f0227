// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/producer.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/post.hpp>
#include <gtest/gtest.h>

#include <string>
#include <tests/unit/client/producer/producer_bed.hpp>
#include <vector>

// A producer whose memory is used up, and what leaves it early.
namespace odradek {
namespace {

using namespace test;
using namespace std::chrono_literals;
using texts = std::vector<std::vector<std::string>>;

/// Room for one record of 15,000 bytes.
producer_options narrow()
{
    return {.linger = 0ms, .memory = 20'000, .delivery_timeout = 3s};
}

const std::string large(15'000, 'x');

TEST(producer_memory, counts_the_wait_for_memory_towards_the_delivery_timeout)
{
    producer_bed bed{narrow()};
    bed.answers = [](const seen_batch&) { return batch_answer{.silent = true}; };
    const auto began = bed.brokers.world.time->now();
    const auto first = bed.send(large);
    const auto waiting = bed.send(large);
    bed.run(waiting);
    EXPECT_EQ(*waiting->ec, errc::delivery_timed_out);
    EXPECT_EQ(waiting->about.how_far(), delivery::not_delivered);
    EXPECT_EQ(waiting->at.topic, "letters");
    EXPECT_EQ(waiting->at.partition, 0);
    EXPECT_NE(waiting->about.to_string().find("waited for memory"), std::string::npos) << waiting->about.to_string();
    EXPECT_LE(waiting->when - began, 3s + 200ms);
    bed.run(first);
    EXPECT_EQ(*first->ec, errc::outcome_unknown);
}

TEST(producer_memory, tells_who_waits_for_it_that_a_purge_has_freed_it)
{
    producer_bed bed{narrow()};
    bed.answers = [](const seen_batch&) { return batch_answer{.silent = true}; };
    const auto under_way = bed.send(large);
    EXPECT_TRUE(bed.brokers.run_until([&] { return !bed.batches.empty(); }));
    const auto waiting = bed.send(large);
    std::optional<std::error_code> ready;
    bed->async_ready([&](std::error_code ec) { ready = ec; });
    bed->purge({.queued = true, .in_flight = true});
    bed.run(under_way, waiting);
    EXPECT_TRUE(bed.brokers.run_until([&] { return ready.has_value(); }));
    EXPECT_FALSE(*ready);
    EXPECT_EQ(*waiting->ec, errc::purged);
    EXPECT_EQ(waiting->at.partition, 0);
}

TEST(producer_memory, does_not_let_anybody_wait_for_what_only_a_flush_can_free)
{
    producer_bed bed{{.memory = 20'000, .manual_flush = true}};
    const auto queued = bed.send(large);
    std::optional<std::error_code> ready;
    bed->async_ready([&](std::error_code ec) { ready = ec; });
    EXPECT_TRUE(bed.brokers.run_until([&] { return ready.has_value(); }));
    EXPECT_EQ(*ready, errc::queue_full);
    EXPECT_FALSE(queued->ec);
    std::optional<std::error_code> flushed;
    std::optional<std::error_code> ready_then;
    bed->async_flush([&](std::error_code ec) { flushed = ec; });
    bed->async_ready([&](std::error_code ec) { ready_then = ec; });
    EXPECT_TRUE(bed.brokers.run_until([&] { return flushed && ready_then; }));
    EXPECT_FALSE(*ready_then);
    bed.run(queued);
}

TEST(producer_memory, withdraws_what_is_not_sent_of_many_that_are_cancelled)
{
    producer_bed bed{{.linger = 100ms}};
    bed.run(bed.send("first"));
    const auto before = bed.send("before");
    std::vector<record> many;
    for (const std::string_view value : {"a", "b", "c"})
        many.push_back({.topic = "letters", .partition = 0, .value = bytes_view{value}});
    asio::cancellation_signal signal;
    std::optional<std::error_code> ended;
    std::vector<sent> results;
    diagnostics about;
    bed->async_send(about, std::span<const record>{many}, send_options{},
                    asio::bind_cancellation_slot(signal.slot(), [&](std::error_code ec, std::vector<sent> each) {
                        ended = ec;
                        results = std::move(each);
                    }));
    const auto after = bed.send("after");
    signal.emit(asio::cancellation_type::total);
    bed.run(before, after);
    ASSERT_TRUE(ended);
    EXPECT_EQ(*ended, asio::error::operation_aborted);
    EXPECT_NE(about.to_string().find("3 of 3 records were withdrawn"), std::string::npos) << about.to_string();
    EXPECT_EQ(about.how_far(), delivery::not_delivered);
    ASSERT_EQ(results.size(), 3u);
    for (const sent& one : results) EXPECT_EQ(one.error, asio::error::operation_aborted);
    EXPECT_EQ(bed.values(), (texts{{"first"}, {"before", "after"}}));
}

TEST(producer_memory, bears_an_answer_for_a_group_that_was_cancelled_under_way)
{
    producer_bed bed{{.linger = 0ms}};
    bed.run(bed.send("first"));
    bed.answers = [](const seen_batch&) { return batch_answer{.held = true}; };
    std::vector<record> many;
    for (const std::string_view value : {"a", "b"})
        many.push_back({.topic = "letters", .partition = 0, .value = bytes_view{value}});
    asio::cancellation_signal signal;
    std::optional<std::error_code> ended;
    diagnostics about;
    bed->async_send(about, std::span<const record>{many}, send_options{},
                    asio::bind_cancellation_slot(signal.slot(), [&](std::error_code ec, const std::vector<sent>& each) {
                        EXPECT_FALSE(ended);
                        EXPECT_EQ(each.size(), 2u);
                        ended = ec;
                    }));
    EXPECT_TRUE(bed.brokers.run_until([&] { return bed.batches.size() == 2; }));
    signal.emit(asio::cancellation_type::total);
    signal.emit(asio::cancellation_type::total); // somebody who is in a hurry
    bed.pass(100ms);
    ASSERT_TRUE(ended);
    EXPECT_EQ(*ended, asio::error::operation_aborted);
    EXPECT_EQ(about.how_far(), delivery::possibly_delivered);
    bed.release(); // the records are there all the same
    bed.pass(100ms);
    bed.run(bed.send("after", 1));
}

// A cancellation that comes at the moment of the acknowledgement: what is sent next, perhaps with the same addresses, is not
// withdrawn instead.
TEST(producer_memory, withdraws_nothing_but_what_was_cancelled)
{
    for (int hops = 0; hops < 24; ++hops) {
        producer_bed bed{{.linger = 0ms}};
        asio::cancellation_signal signal;
        const std::function<void(int)> emit_after = [&](int left) {
            if (left == 0) return signal.emit(asio::cancellation_type::total);
            asio::post(bed.brokers.world.io, [&emit_after, left] { emit_after(left - 1); });
        };
        bed.run(bed.send("first"));
        bed.answers = [&](const seen_batch& seen) {
            if (seen.values.front() == "cancelled") emit_after(hops);
            return batch_answer{};
        };
        std::shared_ptr<producer_bed::end_of_send> next;
        bed->async_send({.topic = "letters", .partition = 0, .value = "cancelled"}, send_options{},
                        asio::bind_cancellation_slot(signal.slot(),
                                                     [&](std::error_code, const placed&) { next = bed.send("next"); }));
        EXPECT_TRUE(bed.brokers.run_until([&] { return next && next->ec; })) << hops << " hops";
        EXPECT_FALSE(*next->ec) << hops << " hops";
    }
}

TEST(producer_memory, withdraws_records_that_wait_for_it)
{
    producer_bed bed{narrow()};
    bed.answers = [](const seen_batch&) { return batch_answer{.silent = true}; };
    const auto first = bed.send(large);
    const std::vector<record> many{{.topic = "letters", .partition = 0, .value = bytes_view{large}},
                                   {.topic = "letters", .partition = 0, .value = bytes_view{large}}};
    asio::cancellation_signal signal;
    std::optional<std::error_code> ended;
    bed->async_send(
        std::span<const record>{many}, send_options{},
        asio::bind_cancellation_slot(signal.slot(), [&](std::error_code ec, const std::vector<sent>&) { ended = ec; }));
    EXPECT_TRUE(bed.brokers.run_until([&] { return !bed.batches.empty(); }));
    signal.emit(asio::cancellation_type::total);
    EXPECT_TRUE(bed.brokers.run_until([&] { return ended.has_value(); }));
    EXPECT_EQ(*ended, asio::error::operation_aborted);
    bed.run(first);
    EXPECT_EQ(bed.batches.size(), 1u);
}

// What was compressed is not kept uncompressed, so the budget has room for more than a few batches under way.
TEST(producer_memory, gives_the_uncompressed_bytes_back_when_a_batch_is_sealed)
{
    producer_bed bed{{.compression = compression::lz4, .linger = 0ms, .batch_size = 100'000, .memory = 1'000'000}};
    bed.answers = [](const seen_batch&) { return batch_answer{.silent = true}; };
    (void)bed.send(std::string(90'000, 'x'));
    EXPECT_TRUE(bed.brokers.run_until([&] { return !bed.batches.empty(); }));
    EXPECT_EQ(bed.batches.front().codec, compression::lz4);
    // The block itself waits for the next batch, and is given up when something else wants its place.
    EXPECT_LT(bed->metrics().queue_bytes, 90'000u + 40'000u);
    EXPECT_FALSE(bed->try_send({.topic = "letters", .partition = 1, .value = bytes_view{std::string(890'000, 'y')}}));
}

// A batch that was taken early has room that nobody uses.
TEST(producer_memory, counts_what_a_batch_really_holds)
{
    producer_bed bed{{.linger = 5ms, .batch_size = 100'000, .memory = 1'000'000}};
    std::vector<std::shared_ptr<producer_bed::end_of_send>> all;
    for (int i = 0; i < 200; ++i)
        all.push_back(bed.send(std::string(1'000, 'x'))); // two full batches: the next one expects to be
    for (const auto& one : all) bed.run(one);
    bed.answers = [](const seen_batch&) { return batch_answer{.silent = true}; };
    const std::size_t seen = bed.batches.size();
    (void)bed.send("small");
    EXPECT_TRUE(bed.brokers.run_until([&] { return bed.batches.size() > seen; }));
    EXPECT_LT(bed->metrics().queue_bytes, 10'000u);
}

// What waits for use again is no reason to wait for memory.
TEST(producer_memory, has_room_where_only_unused_blocks_lie)
{
    producer_bed bed{{.linger = 0ms, .batch_size = 100'000, .memory = 230'000, .delivery_timeout = 3s}};
    int seen = 0;
    bed.answers = [&](const seen_batch&) { return batch_answer{.silent = ++seen > 2}; };
    std::vector<std::shared_ptr<producer_bed::end_of_send>> all;
    for (std::int32_t p = 0; p < 2; ++p) all.push_back(bed.send(std::string(90'000, 'x'), p));
    for (const auto& one : all) bed.run(one);
    (void)bed.send("keeps the producer from being idle");
    EXPECT_TRUE(bed.brokers.run_until([&] { return seen == 3; }));
    const auto began = bed.brokers.world.time->now();
    std::optional<std::error_code> ready;
    bed->async_ready([&](std::error_code ec) { ready = ec; });
    EXPECT_TRUE(bed.brokers.run_until([&] { return ready.has_value(); }));
    EXPECT_FALSE(*ready);
    EXPECT_EQ(bed.brokers.world.time->now(), began);
}

} // namespace
} // namespace odradek
