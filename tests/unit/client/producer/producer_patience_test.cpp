// SPDX-License-Identifier: Apache-2.0
// What a working producer bears until the delivery timeout of its records.
#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <string>
#include <tests/unit/client/producer/producer_bed.hpp>
#include <utility>
#include <vector>

namespace odradek::test {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

using end_pointer = std::shared_ptr<producer_bed::end_of_send>;

// Requests of that API are taken and never answered, as long as `silent` says so.
void make_silent(producer_bed& bed, api key, const std::function<bool()>& silent)
{
    bed.brokers.instead = [before = bed.brokers.instead, key, silent](int node, fake_session& session,
                                                                      const fake_cluster::request& r) {
        return (r.key == key && silent()) || before(node, session, r);
    };
}

class producer_patience : public testing::Test {
protected:
    // It is still there after several operations' time, and delivered when the silence ends.
    static void outlives(producer_bed& bed, bool& silent, const end_pointer& sent)
    {
        bed.pass(40s);
        EXPECT_FALSE(sent->ec);
        silent = false;
        bed.pass(40s);
        ASSERT_TRUE(sent->ec);
        EXPECT_EQ(*sent->ec, std::error_code{});
    }
    [[nodiscard]] static std::chrono::milliseconds since(const producer_bed& bed, steady_time from)
    {
        return std::chrono::duration_cast<std::chrono::milliseconds>(bed.brokers.world.time->now() - from);
    }
};

TEST_F(producer_patience, waits_for_a_producer_id_as_long_as_for_an_acknowledgement)
{
    producer_bed bed{{.linger = 0ms}, {.default_api_timeout = 5s}};
    bool silent = true;
    make_silent(bed, api::init_producer_id, [&] { return silent; });
    const auto sent = bed.send("x");
    outlives(bed, silent, sent);
}

TEST_F(producer_patience, waits_for_leaders_while_metadata_is_silent)
{
    producer_bed bed{{.linger = 0ms}, {.default_api_timeout = 5s}};
    bed.run(bed.send("first"));
    bool silent = true;
    make_silent(bed, api::metadata, [&] { return silent; });
    bed.answers = [&](const seen_batch&) {
        return silent ? batch_answer{.error = broker_errc::not_leader_or_follower} : batch_answer{};
    };
    const auto sent = bed.send("x");
    outlives(bed, silent, sent);
}

TEST_F(producer_patience, ends_with_its_own_time_where_metadata_stays_silent)
{
    producer_bed bed{{.linger = 0ms, .delivery_timeout = 20s}, {.default_api_timeout = 5s}};
    bed.run(bed.send("first"));
    make_silent(bed, api::metadata, [] { return true; });
    bed.answers = [](const seen_batch&) { return batch_answer{.error = broker_errc::not_leader_or_follower}; };
    const steady_time from = bed.brokers.world.time->now();
    const auto sent = bed.send("x");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, errc::delivery_timed_out);
    EXPECT_EQ(since(bed, from), 20s);
}

TEST_F(producer_patience, bears_a_metadata_answer_that_makes_no_sense)
{
    producer_bed bed{{.linger = 0ms}};
    bed.run(bed.send("first"));
    int garbled = 1;
    bed.brokers.instead = [&, before = bed.brokers.instead](int node, fake_session& session,
                                                            const fake_cluster::request& r) {
        if (r.key != api::metadata || garbled-- <= 0) return before(node, session, r);
        std::vector<std::byte> bytes(10);
        bytes[3] = std::byte{6};
        for (std::size_t i = 0; i < 4; ++i)
            bytes[4 + i] = static_cast<std::byte>(static_cast<std::uint32_t>(r.correlation_id) >> (24 - 8 * i));
        bytes[9] = std::byte{1}; // and nothing more
        session.stream->push(bytes_view{bytes.data(), bytes.size()});
        return true;
    };
    int asked = 0;
    bed.answers = [&](const seen_batch&) {
        return asked++ == 0 ? batch_answer{.error = broker_errc::not_leader_or_follower} : batch_answer{};
    };
    const auto sent = bed.send("x");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, std::error_code{});
    EXPECT_LT(garbled, 1);
}

TEST_F(producer_patience, bears_names_that_are_gone_for_a_while)
{
    producer_bed bed{{.linger = 0ms}};
    bed.run(bed.send("first"));
    for (const char* host : {"b1", "b2"})
        bed.brokers.world.network->refusals[{.host = host, .port = 9092}] = errc::host_not_found;
    for (const auto& session : bed.brokers.world.sessions) session->stream->end();
    bed.brokers.world.settle();
    const auto sent = bed.send("x");
    bed.pass(5s);
    EXPECT_FALSE(sent->ec);
    bed.brokers.world.network->refusals.clear();
    bed.pass(20s);
    ASSERT_TRUE(sent->ec);
    EXPECT_EQ(*sent->ec, std::error_code{});
}

TEST_F(producer_patience, asks_again_for_a_topic_that_has_no_partitions_yet)
{
    producer_bed bed{{.linger = 0ms}};
    const steady_time from = bed.brokers.world.time->now();
    bed.told = [&] {
        if (since(bed, from) >= 1s) return bed.brokers.picture();
        return metadata_builder{}.broker(1, "b1").broker(2, "b2").topic(
            "letters", fake_cluster{}.picture().response().topics[0].topic_id, {});
    };
    const auto sent = bed.send("x");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, std::error_code{});
    EXPECT_LT(since(bed, from), 5s);
}

TEST_F(producer_patience, waits_for_an_unknown_topic_from_the_send_of_each_record)
{
    producer_bed bed{{.linger = 0ms, .allow_auto_topic_creation = false}};
    const steady_time from = bed.brokers.world.time->now();
    const auto a = bed.send({.topic = "nowhere", .value = bytes_view{"a"}});
    bed.pass(28s);
    const auto b = bed.send({.topic = "nowhere", .value = bytes_view{"b"}});
    bed.run(a);
    EXPECT_EQ(*a->ec, errc::unknown_topic);
    EXPECT_LE(since(bed, from), 31s);
    EXPECT_FALSE(b->ec);
    bed.run(b);
    EXPECT_EQ(*b->ec, errc::unknown_topic);
    EXPECT_GE(since(bed, from), 57s);
    EXPECT_LE(since(bed, from), 60s);
}

// What works for a producer is of no use without him.
TEST_F(producer_patience, leaves_nothing_running_behind_its_close)
{
    for (const std::string_view topic : {"letters", "nowhere"}) {
        producer_bed bed{{.linger = 0ms}};
        bed.run(bed.send("first"));
        for (const char* host : {"b1", "b2"})
            bed.brokers.world.network->refusals[{.host = host, .port = 9092}] = asio::error::connection_refused;
        for (const auto& session : bed.brokers.world.sessions) session->stream->end();
        bed.brokers.world.settle();
        const auto sent = bed.send({.topic = topic, .value = bytes_view{"x"}});
        std::optional<std::error_code> closed;
        bed->async_close(1s, [&](std::error_code ec) { closed = ec; });
        bed.pass(1s);
        bed.brokers.world.settle();
        EXPECT_TRUE(closed);
        EXPECT_TRUE(sent->ec);
        const steady_time from = bed.brokers.world.time->now();
        std::optional<std::error_code> client_closed;
        bed.made_client->async_close(30s, [&](std::error_code ec) { client_closed = ec; });
        EXPECT_TRUE(bed.brokers.run_until([&] { return client_closed.has_value(); }));
        EXPECT_LE(since(bed, from), 1s) << topic;
    }
}

TEST_F(producer_patience, a_record_that_waits_for_memory_has_the_time_of_its_send)
{
    producer_bed bed{{.linger = 0ms, .memory = 20'000}};
    const std::string large(15'000, 'x');
    bed.run(bed.send("first"));
    bed.answers = [](const seen_batch&) { return batch_answer{.held = true}; };
    const auto a = bed.send(large);
    bed.pass(1s);
    const wall_time before = bed.brokers.world.time->wall_now();
    const auto waiting = bed.send(large);
    const auto bad = bed.send({.topic = "letters", .partition = -1});
    const auto nowhere = bed.send({.topic = "no topic"});
    bed.run(bad, nowhere); // which has nothing to wait for
    EXPECT_EQ(*bad->ec, errc::invalid_argument);
    EXPECT_EQ(*nowhere->ec, errc::invalid_topic_name);
    EXPECT_FALSE(waiting->ec);
    bed.pass(20s);
    bed.release();
    bed.run(a);
    bed.pass(1s);
    bed.release();
    bed.run(waiting);
    EXPECT_EQ(waiting->at.timestamp,
              std::chrono::duration_cast<std::chrono::milliseconds>(before.time_since_epoch()).count());
}

TEST_F(producer_patience, may_last_for_ever)
{
    producer_bed bed{{.linger = 0ms, .delivery_timeout = std::chrono::milliseconds::max()}};
    bed.run(bed.send("first"));
    bed.answers = [](const seen_batch&) { return batch_answer{.silent = true}; };
    const auto sent = bed.send("x");
    bed.pass(3600s);
    EXPECT_FALSE(sent->ec);
    bed.answers = {};
    bed.pass(60s);
    ASSERT_TRUE(sent->ec);
    EXPECT_EQ(*sent->ec, std::error_code{});
}

// B14, KIP-951: several batches in flight hear of the same new leader, and that is one failure.
TEST_F(producer_patience, follows_a_hint_at_once_however_many_batches_are_in_flight)
{
    for (const int count : {1, 2, 5}) {
        producer_bed bed{{.linger = 0ms}};
        bed.run(bed.send("first"));
        bed.answers = [](const seen_batch& b) {
            if (b.node != 1) return batch_answer{};
            return batch_answer{.error = broker_errc::not_leader_or_follower, .hint = 2, .held = true};
        };
        std::vector<end_pointer> all;
        for (int i = 0; i < count; ++i) {
            all.push_back(bed.send("x"));
            bed.pass(1ms);
        }
        bed.brokers.leaders = {{0, 2}, {1, 2}};
        bed.release();
        bed.pass(20ms);
        for (const end_pointer& one : all) {
            ASSERT_TRUE(one->ec) << count << " in flight";
            EXPECT_EQ(*one->ec, std::error_code{});
        }
    }
}

TEST_F(producer_patience, gives_a_record_its_whole_time_though_others_were_held_before_it)
{
    producer_bed bed{{.linger = 0ms}};
    bool silent = true;
    make_silent(bed, api::metadata, [&] { return silent; });
    bed.answers = [](const seen_batch&) { return batch_answer{.silent = true}; };
    const auto a = bed.send("a");
    bed.pass(85s);
    const steady_time from = bed.brokers.world.time->now();
    const auto b = bed.send("b");
    bed.pass(1s);
    silent = false;
    bed.run(a);
    EXPECT_LE(since(bed, from), 36s);
    bed.run(b);
    EXPECT_GE(since(bed, from), 100s);
}

TEST_F(producer_patience, gives_a_record_its_whole_time_though_another_one_waited_for_memory)
{
    producer_bed bed{{.linger = 10ms, .memory = 20'000}};
    const std::string large(15'000, 'x');
    bed.run(bed.send("first"));
    bed.answers = [](const seen_batch&) { return batch_answer{.silent = true}; };
    const auto a = bed.send(large); // takes the memory
    bed.pass(1s);
    const auto waiting = bed.send(large);
    end_pointer late;
    while (!late) {
        bed.pass(10ms);
        if (a->ec) late = bed.send("small"); // while the batch of the one that waited is still open
    }
    const steady_time from = bed.brokers.world.time->now();
    bed.run(waiting);
    EXPECT_LE(since(bed, from), 2s);
    bed.run(late);
    EXPECT_GE(since(bed, from), 100s);
}

TEST_F(producer_patience, ends_a_close_behind_the_callbacks_of_what_is_still_being_compressed)
{
    asio::io_context elsewhere;
    producer_bed bed{{.compression = compression::gzip,
                      .compression_executor = elsewhere.get_executor(),
                      .compress_elsewhere_from = 0,
                      .linger = 0ms}};
    const auto sent = bed.send("x");
    bed.pass(100ms);
    std::optional<std::error_code> closed;
    bed->async_close(0ms, [&](std::error_code ec) {
        EXPECT_TRUE(sent->ec) << "its callback may refer to what goes now";
        closed = ec;
    });
    std::optional<std::error_code> client_closed;
    bed.made_client->async_close(10s, [&](std::error_code ec) { client_closed = ec; });
    bed.pass(1s);
    EXPECT_FALSE(closed);
    EXPECT_FALSE(client_closed);
    elsewhere.run();
    bed.pass(1ms);
    ASSERT_TRUE(closed);
    EXPECT_EQ(*closed, errc::operation_timed_out);
    ASSERT_TRUE(sent->ec);
    EXPECT_EQ(*sent->ec, errc::closed);
    EXPECT_TRUE(client_closed);
}

TEST_F(producer_patience, says_that_a_manual_flush_is_missing)
{
    producer_bed bed{{.linger = 0ms, .manual_flush = true, .delivery_timeout = 2s}};
    const auto sent = bed.send("x");
    bed.run(sent);
    EXPECT_EQ(*sent->ec, errc::delivery_timed_out);
    EXPECT_NE(sent->about.to_string().find("only async_flush() sends it"), std::string::npos)
        << sent->about.to_string();
}

TEST_F(producer_patience, a_manual_flush_takes_nothing_that_was_sent_after_it)
{
    producer_bed bed{{.manual_flush = true}};
    bed.answers = [](const seen_batch&) { return batch_answer{.held = true}; };
    const auto a = bed.send("a");
    int flushed = 0;
    bed->async_flush([&](std::error_code) { ++flushed; });
    bed.pass(1s);
    const auto b = bed.send("b", 1);
    bed.pass(1s);
    EXPECT_EQ(bed.values(), (std::vector<std::vector<std::string>>{{"a"}}));
    bed.release();
    EXPECT_EQ(flushed, 1);
    EXPECT_FALSE(b->ec);
    bed->async_flush([&](std::error_code) { ++flushed; });
    bed.pass(1s);
    bed.release();
    EXPECT_EQ(flushed, 2);
    EXPECT_TRUE(b->ec);
}

// An application that may not write to a topic would else use up the epochs for all others.
TEST_F(producer_patience, refusals_one_by_one_take_no_epochs)
{
    producer_bed bed{{.linger = 0ms}};
    bed.run(bed.send("first"));
    bed.answers = [](const seen_batch& b) {
        return b.partition == 1 ? batch_answer{.error = broker_errc::topic_authorization_failed} : batch_answer{};
    };
    for (int i = 0; i < 10; ++i) {
        const auto refused = bed.send("x", 1);
        bed.run(refused);
        EXPECT_EQ(*refused->ec, broker_errc::topic_authorization_failed);
    }
    bed.answers = {};
    bed.run(bed.send("y", 1));
    EXPECT_EQ(bed->metrics().epochs, 0u);
    EXPECT_EQ(bed.batches.back().epoch, 0);
    EXPECT_EQ(bed.batches.back().sequence, 0); // as if the others had not been
}

TEST_F(producer_patience, ignores_keys_where_it_draws_partitions_too)
{
    producer_bed bed{{.linger = 100ms, .partitioner = partition_strategy::random, .ignore_keys = true}};
    std::vector<end_pointer> all;
    for (int i = 0; i < 20; ++i) {
        all.push_back(bed.send({.topic = "letters", .key = bytes_view{"k"}, .value = bytes_view{"v"}}));
        all.push_back(bed.send({.topic = "letters", .value = bytes_view{"v"}}));
    }
    bed.pass(5s);
    for (const end_pointer& one : all) EXPECT_EQ(one->at.partition, all.front()->at.partition);
}

TEST_F(producer_patience, refuses_the_handle_of_another_producer)
{
    producer_bed bed{{.linger = 0ms}};
    producer other{*bed.made_client, {.linger = 0ms}};
    const record what{.topic = "letters", .partition = 0, .value = bytes_view{"x"}};
    const std::error_code refused = bed->try_send(other.topic("letters"), what);
    EXPECT_EQ(refused, errc::invalid_argument);
    EXPECT_NE(bed->explain(refused, other.topic("letters"), what).find("another producer's"), std::string::npos);
    EXPECT_EQ(bed->try_send(bed->topic("letters"), what), std::error_code{});
    bed.pass(1s);
    EXPECT_EQ(bed.batches.size(), 1u);
}

// The loop of whoever uses try_send().
TEST_F(producer_patience, is_ready_only_when_what_was_refused_has_room)
{
    producer_bed bed{{.linger = 0ms, .max_request_size = 8u << 20, .memory = 10u << 20}};
    bed.run(bed.send("first"));
    bed.answers = [](const seen_batch&) { return batch_answer{.held = true}; };
    const std::string large(6u << 20, 'x');
    const auto before = bed.send(large);
    bed.pass(1s);
    const record what{.topic = "letters", .partition = 0, .value = bytes_view{large}};
    EXPECT_EQ(bed->try_send(what), errc::queue_full);
    std::optional<std::error_code> ready;
    bed->async_ready([&](std::error_code ec) { ready = ec; });
    bed.brokers.world.settle();
    EXPECT_FALSE(ready);
    bed.release();
    bed.run(before);
    bed.brokers.world.settle();
    ASSERT_TRUE(ready);
    EXPECT_EQ(*ready, std::error_code{});
    EXPECT_EQ(bed->try_send(what), std::error_code{});
}

} // namespace
} // namespace odradek::test
