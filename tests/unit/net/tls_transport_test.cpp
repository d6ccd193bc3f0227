// SPDX-License-Identifier: Apache-2.0
#include "tls_fixture.hpp"
#include <odradek/protocol/error.hpp>

#include <gmock/gmock.h>

#include <algorithm>
#include <numeric>
#include <random>

namespace odradek::test {
namespace {

using testing::HasSubstr;

constexpr std::size_t record = tls_engine::record_size;

class tls_transport_test : public tls_fixture {
protected:
    void SetUp() override { ASSERT_TRUE(shake()) << words(client); }

    // Both sides have read everything that is not application data.
    void settle_tickets() { EXPECT_EQ(pass(*server.stream, *client.stream, "settled"), "settled"); }

    static std::string noise(std::size_t size, unsigned seed = 1)
    {
        std::mt19937 random(seed);
        std::string made(size, '\0');
        for (char& c : made) c = static_cast<char>(random());
        return made;
    }
    // Reads until so many bytes came or it fails.
    std::string read_all(transport& from, std::size_t size, std::size_t at_a_time = 65536)
    {
        std::string all;
        while (all.size() < size) {
            transfer got;
            start_read(from, got, at_a_time);
            run();
            if (!got.ec || *got.ec) break;
            all += got.bytes;
        }
        return all;
    }
};

TEST_F(tls_transport_test, carries_writes_of_every_size_around_that_of_a_record)
{
    for (const std::size_t size : {std::size_t{1}, record - 1, record, record + 1, 2 * record, 3 * record + 7,
                                   tls_engine::chunk_size, tls_engine::chunk_size + 1, std::size_t{3'000'000}}) {
        const std::string sent = noise(size);
        transfer written;
        start_write(*client.stream, written, {sent});
        run();
        EXPECT_EQ(written.ec, std::error_code{});
        EXPECT_TRUE(read_all(*server.stream, size) == sent) << size;
    }
}

TEST_F(tls_transport_test, fills_records_from_many_parts)
{
    std::vector<std::string> parts;
    std::string expected;
    for (unsigned i = 0; i < 3000; ++i) {
        parts.push_back(noise(i % 7 == 0 ? 20'000 : i % 50, i));
        expected += parts.back();
    }
    const std::size_t before = wire.to_server->total;
    transfer written;
    start_write(*client.stream, written, parts);
    run();
    EXPECT_EQ(written.ec, std::error_code{});
    const std::size_t overhead = wire.to_server->total - before - expected.size();
    const std::size_t records = (expected.size() + record - 1) / record;
    EXPECT_LE(overhead, (records + 1) * 22); // a record of TLS 1.3 has 22 bytes of its own
    EXPECT_TRUE(read_all(*server.stream, expected.size()) == expected);
    EXPECT_EQ(client.stream->bytes_written(), expected.size());
}

TEST_F(tls_transport_test, reads_whatever_is_there_into_a_large_buffer_at_once)
{
    const std::string sent = noise(5 * record);
    transfer written;
    start_write(*client.stream, written, {sent});
    transfer got;
    run();
    start_read(*server.stream, got, 10 * record);
    run();
    EXPECT_GE(got.size, record);
    std::string all = got.bytes;
    start_read(*server.stream, got, 10 * record);
    run();
    all += got.bytes;
    start_read(*server.stream, got, 10 * record);
    run();
    if (got.ec) all += got.bytes;
    EXPECT_TRUE(all == sent);
    server.stream->close();
    run();
}

TEST_F(tls_transport_test, ends_a_write_and_a_read_of_nothing)
{
    transfer written;
    start_write(*client.stream, written, {"", ""});
    transfer got;
    start_read(*client.stream, got, 0);
    run();
    EXPECT_EQ(written.ec, std::error_code{});
    EXPECT_EQ(got.ec, std::error_code{});
}

// Reads and writes in both directions at once, in pieces of random sizes, over a connection that takes and gives in pieces.
TEST_F(tls_transport_test, carries_both_directions_at_the_same_time)
{
    std::mt19937 random(7);
    for (const auto& pipe : {wire.to_client, wire.to_server}) {
        pipe->room = 10'000;
        pipe->read_at_most = 3'000;
    }
    struct direction {
        transport& from;
        transport& to;
        std::string text;
        transfer write{};
        transfer read{};
        std::size_t sent = 0;
        std::string received{};
    };
    direction both[] = {{*client.stream, *server.stream, noise(1'500'000, 3)},
                        {*server.stream, *client.stream, noise(900'000, 4)}};
    const auto is_done = [](const direction& d) { return d.received.size() >= d.text.size(); };
    for (int turns = 0; turns < 100'000 && !(is_done(both[0]) && is_done(both[1])); ++turns) {
        for (direction& d : both) {
            const bool may_write = d.write.parts.empty() || d.write.ec;
            if (may_write && d.sent < d.text.size()) {
                const std::size_t size = std::min<std::size_t>(1 + random() % 70'000, d.text.size() - d.sent);
                d.write.parts = {bytes_view(d.text).subview(d.sent, size / 3),
                                 bytes_view(d.text).subview(d.sent + size / 3, size - size / 3)};
                d.sent += size;
                start_write(d.from, d.write);
            }
            if (d.read.ec) {
                ASSERT_EQ(d.read.ec, std::error_code{});
                d.received += d.read.bytes;
                d.read.ec.reset();
                d.read.bytes.clear();
            }
            if (!is_done(d) && d.read.bytes.empty()) start_read(d.to, d.read, 1 + random() % 40'000);
        }
        run();
    }
    for (const direction& d : both) EXPECT_TRUE(d.received == d.text);
}

TEST_F(tls_transport_test, counts_as_written_only_whole_records_that_were_handed_over)
{
    for (std::size_t cut = 0; cut < 4 * record; cut += 997) {
        wire = {};
        ASSERT_TRUE(shake());
        const std::size_t before = wire.to_server->total;
        wire.to_server->cut_at = before + cut;
        const std::string sent = noise(3 * record + 100);
        transfer written;
        start_write(*client.stream, written, {sent.substr(0, 10), sent.substr(10)});
        run();
        const bool is_whole = cut >= sent.size() + 4 * 22;
        EXPECT_EQ(written.ec && !*written.ec, is_whole);
        const std::string received = read_all(*server.stream, sent.size());
        EXPECT_TRUE(received == sent.substr(0, received.size()));
        EXPECT_EQ(client.stream->bytes_written(), received.size()) << "cut after " << cut;
        client.stream->close();
        run();
    }
}

TEST_F(tls_transport_test, reports_how_far_a_write_came_that_close_interrupts)
{
    wire.to_server->room = record + 22 + 100;
    const std::string sent = noise(5 * record);
    transfer written;
    start_write(*client.stream, written, {sent});
    run();
    EXPECT_FALSE(written.ec);
    client.stream->close();
    run();
    EXPECT_EQ(written.ec, asio::error::operation_aborted);
    EXPECT_EQ(client.stream->bytes_written(), record);
    EXPECT_TRUE(read_all(*server.stream, sent.size()) == sent.substr(0, record));
}

// R36: How far a write came is known only when that below has ended, which may be later.
TEST_F(tls_transport_test, ends_a_write_no_sooner_than_the_transport_below_does)
{
    wire.to_server->holds_writer = true;
    wire.to_server->room = 100;
    transfer written;
    start_write(*client.stream, written, {noise(5 * record)});
    run();
    client.stream->close();
    run();
    EXPECT_FALSE(written.ec);
    wire.to_server->room = 2 * (record + 22) + 100;
    wire.to_server->serve();
    wire.to_server->end_writer();
    run();
    EXPECT_EQ(written.ec, asio::error::operation_aborted);
    EXPECT_EQ(client.stream->bytes_written(), 2 * record);
}

// What a read has to say, here an alert, waits for the write at hand.
TEST_F(tls_transport_test, keeps_an_alert_behind_a_write_that_is_pending)
{
    settle_tickets();
    wire.to_server->room = 100;
    const std::string sent = noise(3 * record);
    transfer written;
    start_write(*client.stream, written, {sent});
    transfer got;
    start_read(*client.stream, got);
    run();
    wire.to_client->flip_at = wire.to_client->total + 30;
    transfer answer;
    start_write(*server.stream, answer, {noise(50)});
    run();
    EXPECT_EQ(got.ec, errc::connection_reset);
    EXPECT_FALSE(written.ec);
    EXPECT_TRUE(read_all(*server.stream, sent.size()) == sent);
    EXPECT_EQ(written.ec, std::error_code{});
    start_read(*server.stream, got);
    run();
    EXPECT_THAT(got.about.to_string(), HasSubstr("the client ended TLS (alert 20"));
    start_write(*client.stream, written);
    run();
    EXPECT_EQ(written.ec, errc::connection_reset);
}

TEST_F(tls_transport_test, ends_what_is_pending_when_closed_or_destroyed)
{
    for (const bool destroys : {false, true}) {
        wire = {};
        ASSERT_TRUE(shake());
        wire.to_server->room = 0;
        const std::string sent = noise(100);
        transfer written;
        transfer got;
        start_read(*client.stream, got);
        start_write(*client.stream, written, {sent});
        run();
        EXPECT_FALSE(got.ec || written.ec);
        if (destroys)
            client.stream.reset();
        else
            client.stream->close();
        EXPECT_FALSE(got.ec || written.ec) << "ended in place";
        run();
        EXPECT_EQ(got.ec, asio::error::operation_aborted);
        EXPECT_EQ(written.ec, asio::error::operation_aborted);
        if (destroys) continue;
        EXPECT_EQ(client.stream->probe(), transport::state::closed);
        start_read(*client.stream, got);
        start_write(*client.stream, written);
        run();
        EXPECT_EQ(got.ec, asio::error::bad_descriptor);
        EXPECT_EQ(written.ec, asio::error::bad_descriptor);
        client.stream->close();
    }
}

TEST_F(tls_transport_test, ends_a_handshake_that_close_interrupts)
{
    for (const std::size_t room : {std::size_t{0}, ~std::size_t{0}}) {
        wire = {};
        wire.to_server->room = room; // pending is a write, or a read
        client.stream = client_over(wire.client());
        begin(client);
        run();
        EXPECT_FALSE(client.shaken);
        client.stream->close();
        run();
        EXPECT_EQ(client.shaken, asio::error::operation_aborted);
    }
}

TEST_F(tls_transport_test, says_farewell_and_hears_it)
{
    settle_tickets();
    const std::size_t before = wire.to_server->total;
    client.stream->close();
    EXPECT_GT(wire.to_server->total, before);
    transfer got;
    start_read(*server.stream, got);
    run();
    EXPECT_EQ(got.ec, asio::error::eof);
    EXPECT_EQ(server.stream->probe(), transport::state::closed);
}

// R36
TEST_F(tls_transport_test, takes_an_end_without_farewell_for_a_plain_end)
{
    transfer got;
    start_read(*client.stream, got);
    run();
    server.stream.reset(); // only close() says farewell
    run();
    EXPECT_EQ(got.ec, asio::error::eof);
    start_read(*client.stream, got);
    run();
    EXPECT_EQ(got.ec, asio::error::eof);
}

TEST_F(tls_transport_test, hands_out_what_came_before_the_end)
{
    const std::string sent = noise(50'000);
    transfer written;
    start_write(*client.stream, written, {sent});
    run();
    client.stream->close();
    EXPECT_TRUE(read_all(*server.stream, sent.size() + 1) == sent);
}

TEST_F(tls_transport_test, takes_changed_bytes_for_a_broken_connection)
{
    settle_tickets();
    wire.to_server->flip_at = wire.to_server->total + 30;
    const std::string sent = noise(100);
    transfer written;
    start_write(*client.stream, written, {sent});
    transfer got;
    start_read(*server.stream, got);
    run();
    EXPECT_EQ(got.ec, errc::connection_reset);
    EXPECT_THAT(got.about.to_string(), HasSubstr("TLS with the client broke: "));
    EXPECT_EQ(server.stream->probe(), transport::state::closed);
    start_read(*client.stream, got);
    run();
    EXPECT_EQ(got.ec, errc::connection_reset);
    EXPECT_THAT(got.about.to_string(), HasSubstr("the broker ended TLS (alert 20, bad record mac)"));
}

TEST_F(tls_transport_test, sees_session_tickets_as_quiet)
{
    EXPECT_FALSE(wire.to_client->unread.empty());
    EXPECT_EQ(client.stream->probe(), transport::state::quiet);
    EXPECT_TRUE(wire.to_client->unread.empty());
    EXPECT_EQ(client.context->current().sessions->size(), 2u);
    EXPECT_EQ(pass(*client.stream, *server.stream, "question"), "question");
}

TEST_F(tls_transport_test, sees_data_behind_tickets_and_data_that_is_decrypted_already)
{
    const std::string sent = noise(1000);
    transfer written;
    start_write(*server.stream, written, {sent});
    run();
    EXPECT_EQ(client.stream->probe(), transport::state::readable);
    EXPECT_EQ(client.stream->probe(), transport::state::readable);
    EXPECT_TRUE(read_all(*client.stream, 400, 400) == sent.substr(0, 400));
    EXPECT_EQ(client.stream->probe(), transport::state::readable);
    EXPECT_TRUE(read_all(*client.stream, 600) == sent.substr(400));
    EXPECT_EQ(client.stream->probe(), transport::state::quiet);
}

TEST_F(tls_transport_test, sees_a_farewell_behind_tickets_as_closed)
{
    server.stream->close();
    EXPECT_EQ(client.stream->probe(), transport::state::closed);
    EXPECT_EQ(client.stream->probe(), transport::state::closed);
}

TEST_F(tls_transport_test, sees_a_plain_end_behind_tickets_as_closed)
{
    server.stream.reset();
    EXPECT_EQ(client.stream->probe(), transport::state::closed);
}

TEST_F(tls_transport_test, cannot_tell_tickets_over_a_transport_that_cannot_read_at_once)
{
    wire.to_client->can_read_now = false;
    EXPECT_EQ(client.stream->probe(), transport::state::readable);
}

TEST_F(tls_transport_test, reads_at_once_what_is_there)
{
    std::string room(100, '\0');
    const auto into = std::as_writable_bytes(std::span(room));
    EXPECT_EQ(client.stream->read_now(into), 0u);
    const std::string sent = "hello";
    transfer written;
    start_write(*server.stream, written, {sent});
    run();
    EXPECT_EQ(client.stream->read_now(into), 5u);
    EXPECT_EQ(room.substr(0, 5), "hello");
    EXPECT_EQ(client.stream->read_now(into), 0u);
}

TEST_F(tls_transport_test, goes_on_after_idle_memory_was_given_back)
{
    for (int i = 0; i < 3; ++i) {
        EXPECT_EQ(client.stream->probe(), transport::state::quiet);
        EXPECT_EQ(server.stream->probe(), transport::state::quiet);
        EXPECT_EQ(pass(*client.stream, *server.stream, "question"), "question");
        EXPECT_EQ(pass(*server.stream, *client.stream, "answer"), "answer");
    }
}

TEST_F(tls_transport_test, speaks_tls_inside_tls)
{
    side outer_client = std::move(client);
    side outer_server = std::move(server);
    client = {};
    server = {};
    make_contexts();
    client.stream = client_over(std::move(outer_client.stream));
    server.stream = server_over(std::move(outer_server.stream));
    begin(client);
    begin(server);
    run();
    ASSERT_EQ(client.shaken, std::error_code{}) << words(client);
    EXPECT_THAT(client.stream->describe(), HasSubstr("memory, TLSv1.3, "));
    EXPECT_EQ(client.stream->probe(), transport::state::quiet); // the tickets of both
    const std::string sent = noise(1'000'000);
    transfer written;
    start_write(*client.stream, written, {sent});
    run();
    EXPECT_TRUE(read_all(*server.stream, sent.size()) == sent);
    EXPECT_EQ(client.stream->bytes_written(), sent.size());
    server.stream->close();
    EXPECT_EQ(client.stream->probe(), transport::state::closed);
}

// A server shakes hands with its first read or write.
TEST_F(tls_transport_test, shakes_hands_with_the_first_operation)
{
    wire = {};
    connect();
    transfer got;
    start_read(*server.stream, got);
    transfer written;
    const std::string sent = "question";
    start_write(*client.stream, written, {sent});
    run();
    EXPECT_EQ(written.ec, std::error_code{});
    EXPECT_EQ(got.bytes, "question");
}

} // namespace
} // namespace odradek::test
