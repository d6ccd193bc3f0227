// SPDX-License-Identifier: Apache-2.0
#include <asio/post.hpp>
#include <gtest/gtest.h>

#include <tests/unit/net/connection_fixture.hpp>

namespace odradek {
namespace {

using namespace test;
using connection_test = connection_fixture;

TEST_F(connection_test, negotiates_versions_and_carries_a_request_and_its_answer)
{
    open_to_broker();
    EXPECT_EQ(link->current_state(), connection::state::ready);
    EXPECT_EQ(link->versions().choose(api::metadata), api_version{13});
    const auto result = send(metadata());
    fake.settle();
    ASSERT_EQ(session()->requests.size(), 1u);
    EXPECT_EQ(session()->requests[0].key, api::metadata);
    session()->stream->push(answer_to(0, "castle"));
    fake.settle();
    ASSERT_EQ(result->calls, 1);
    EXPECT_FALSE(result->ec) << result->ec.message();
    EXPECT_EQ(cluster_of(result->response), "castle");
    EXPECT_EQ(result->response.key, api::metadata);
    EXPECT_EQ(result->response.version, v12);
}

TEST_F(connection_test, tells_what_refused_it)
{
    make();
    EXPECT_EQ(open(), asio::error::connection_refused);
    EXPECT_EQ(open_diagnostics.peer(), here);
    EXPECT_EQ(open_diagnostics.node_id(), 3);
    EXPECT_EQ(link->current_state(), connection::state::closed);
}

TEST_F(connection_test, sends_many_requests_of_one_turn_in_one_write_and_delivers_in_order)
{
    open_to_broker();
    const std::size_t writes_before = session()->stream->writes.size();
    std::vector<std::shared_ptr<outcome>> results;
    for (int i = 0; i < 5; ++i) results.push_back(send(metadata()));
    fake.settle();
    EXPECT_EQ(session()->stream->writes.size(), writes_before + 1);
    ASSERT_EQ(session()->requests.size(), 5u);
    std::string all;
    for (std::size_t i = 0; i < 5; ++i) all += answer_to(i, std::to_string(i));
    session()->stream->push(all);
    fake.settle();
    for (std::size_t i = 0; i < 5; ++i) {
        ASSERT_EQ(results[i]->calls, 1);
        EXPECT_EQ(cluster_of(results[i]->response), std::to_string(i));
    }
}

TEST_F(connection_test, writes_what_waits_for_a_flush_in_the_turn_of_the_flush)
{
    open_to_broker();
    const std::size_t writes_before = session()->stream->writes.size();
    const auto flushed = [&] {
        outgoing_request request = metadata();
        request.waits_for_flush = true;
        return send(std::move(request));
    };
    std::vector<std::shared_ptr<outcome>> results;
    asio::post(fake.world.strand, [&] {
        ASSERT_TRUE(link->is_usable());
        results.push_back(flushed());
        results.push_back(flushed());
        EXPECT_EQ(session()->stream->writes.size(), writes_before);
        link->flush();
        EXPECT_EQ(session()->stream->writes.size(), writes_before + 1);
        link->flush();                // nothing waits
        results.push_back(flushed()); // goes when the write at hand has ended
        link->flush();
    });
    fake.settle();
    EXPECT_EQ(session()->stream->writes.size(), writes_before + 2);
    ASSERT_EQ(session()->requests.size(), 3u);
    session()->stream->push(answer_to(0, "a") + answer_to(1, "b") + answer_to(2, "c"));
    fake.settle();
    for (const auto& one : results) EXPECT_EQ(one->calls, 1);
}

TEST_F(connection_test, keeps_the_deadline_of_what_was_flushed_behind_a_write_that_does_not_end)
{
    open_to_broker();
    session()->stream->hold_writes = true;
    const auto first = send(metadata());
    fake.settle();
    outgoing_request late = metadata();
    late.deadline = fake.time->now() + 5s;
    late.waits_for_flush = true;
    const auto second = send(std::move(late));
    link->flush();
    fake.time->run_for(fake.io, 6s);
    ASSERT_EQ(second->calls, 1);
    EXPECT_EQ(second->ec, errc::request_timed_out);
    EXPECT_EQ(first->calls, 0);
}

TEST_F(connection_test, a_closed_connection_fails_what_waits_for_a_flush)
{
    open_to_broker();
    link->close();
    outgoing_request request = metadata();
    request.waits_for_flush = true;
    const auto result = send(std::move(request));
    link->flush();
    fake.settle();
    ASSERT_EQ(result->calls, 1);
    EXPECT_EQ(result->ec, errc::connection_closed);
}

TEST_F(connection_test, puts_answers_together_from_single_bytes)
{
    open_to_broker();
    session()->stream->read_at_most = 1;
    const auto result = send(metadata());
    fake.settle();
    session()->stream->push(answer_to(0, "bytewise"));
    for (int i = 0; i < 200 && result->calls == 0; ++i) {
        fake.settle();
        session()->stream->push(bytes_view());
    }
    ASSERT_EQ(result->calls, 1);
    EXPECT_EQ(cluster_of(result->response), "bytewise");
}

TEST_F(connection_test, sends_long_segments_from_where_they_lie)
{
    open_to_broker();
    auto records = std::make_shared<std::string>(100'000, 'r');
    outgoing_request request;
    request.key = api::produce;
    request.version = api_version{9};
    request.body.bytes("head");
    request.body.external(*records);
    request.keep_alive = records;
    request.deadline = fake.time->now() + 30s;
    const std::weak_ptr<std::string> watched = records;
    records.reset();
    const auto result = send(std::move(request));
    session()->stream->hold_writes = true;
    fake.settle();
    EXPECT_FALSE(watched.expired());
    session()->stream->release_writes();
    fake.settle();
    EXPECT_TRUE(watched.expired()); // the bytes are written: what they lay in is free, before the answer
    ASSERT_EQ(session()->requests.size(), 1u);
    EXPECT_EQ(session()->requests[0].body.size(), 100'004u);
    EXPECT_EQ(result->calls, 0);
}

// R20: everything together has one deadline; a peer that accepts and says nothing does not stretch it.
TEST_F(connection_test, gives_up_on_a_silent_peer_after_the_set_up_timeout)
{
    fake.network->listeners[here] = [this](std::shared_ptr<test::fake_stream> stream) { silent.push_back(stream); };
    make({.setup_timeout = 7s});
    const auto start = fake.time->now();
    EXPECT_EQ(open(), errc::connect_timed_out);
    EXPECT_EQ(fake.time->now() - start, 7s);
    EXPECT_NE(open_diagnostics.client_message().find("ApiVersions v5"), std::string_view::npos);
    EXPECT_TRUE(silent.at(0)->closed_by_client);
}

// R20: also while the transport itself is being made.
TEST_F(connection_test, gives_up_on_connecting_after_the_set_up_timeout)
{
    fake.network->refusals[here] = asio::error::operation_aborted; // nothing ever answers
    make({.setup_timeout = 7s});
    const auto start = fake.time->now();
    EXPECT_EQ(open(), errc::connect_timed_out);
    EXPECT_EQ(fake.time->now() - start, 7s);
    EXPECT_EQ(open_diagnostics.client_message(), "not ready in time, waited for a connection");
}

TEST_F(connection_test, gives_up_on_connecting_with_the_words_of_who_connects)
{
    fake.network->refusals[here] = asio::error::operation_aborted; // nothing ever answers
    make({.setup_timeout = 7s});
    wait = fake.time->make_timer(fake.world.strand);
    wait->async_wait_until(fake.world.strand, fake.time->now() + 1s, [this](std::error_code) {
        fake.network->attempts.at(0).waits_for("proxy socks5 p.test:1080: the login");
    });
    EXPECT_EQ(open(), errc::connect_timed_out);
    EXPECT_EQ(open_diagnostics.client_message(), "not ready in time, waited for proxy socks5 p.test:1080: the login");
}

// R20: reconnecting for the sake of ApiVersions gets no fresh deadline.
TEST_F(connection_test, counts_every_attempt_of_the_handshake_into_one_deadline)
{
    fake.network->listeners[here] = [this](std::shared_ptr<test::fake_stream> stream) {
        silent.push_back(stream);
        if (silent.size() > 1) return;
        wait = fake.time->make_timer(fake.world.strand);
        wait->async_wait_until(fake.world.strand, fake.time->now() + 5s, [stream](std::error_code) { stream->end(); });
    };
    make({.setup_timeout = 7s});
    const auto start = fake.time->now();
    EXPECT_EQ(open(), errc::connect_timed_out);
    EXPECT_EQ(silent.size(), 2u);
    EXPECT_EQ(fake.time->now() - start, 7s);
}

// B28, R22: Event Hubs resets the connection on a version of ApiVersions that it does not know.
TEST_F(connection_test, connects_again_with_version_0_when_it_is_cut_off)
{
    int accepted = 0;
    fake.network->listeners[here] = [&](std::shared_ptr<test::fake_stream> stream) {
        if (++accepted == 1) {
            silent.push_back(stream);
            stream->end(asio::error::connection_reset);
            return;
        }
        fake.sessions.push_back(std::make_shared<test::fake_session>(std::move(stream)));
        fake.sessions.back()->start();
    };
    make();
    EXPECT_EQ(open(), std::error_code());
    EXPECT_EQ(accepted, 2);
}

// B29
TEST_F(connection_test, names_the_likely_mismatch_when_the_peer_closes_without_a_word)
{
    fake.network->listeners[here] = [](std::shared_ptr<test::fake_stream> stream) { stream->end(); };
    make();
    EXPECT_EQ(open(), errc::handshake_failed);
    EXPECT_NE(open_diagnostics.client_message().find("TLS"), std::string_view::npos);
}

TEST_F(connection_test, recognises_a_web_server)
{
    fake.network->listeners[here] = [](std::shared_ptr<test::fake_stream> s) {
        s->push("HTTP/1.1 400 Bad Request\r\n\r\n");
    };
    make();
    EXPECT_EQ(open(), errc::not_a_kafka_broker);
    EXPECT_NE(open_diagnostics.client_message().find("HTTP"), std::string_view::npos) << open_diagnostics.to_string();
}

TEST_F(connection_test, recognises_a_peer_that_speaks_tls)
{
    fake.network->listeners[here] = [](std::shared_ptr<test::fake_stream> s) {
        s->push(bytes_view("\x15\x03\x01\x00\x02\x02\x46", 7));
    };
    make();
    EXPECT_EQ(open(), errc::tls_expected);
}

// R35: the limit is low until the broker has answered the handshake.
TEST_F(connection_test, refuses_large_frames_before_it_is_ready_and_takes_them_afterwards)
{
    fake.network->listeners[here] = [](std::shared_ptr<test::fake_stream> s) {
        s->push(bytes_view("\x00\x20\x00\x00", 4)); // 2 MiB
    };
    make();
    EXPECT_EQ(open(), errc::frame_too_large);

    open_to_broker();
    const auto result = send(metadata());
    fake.settle();
    const std::string long_name(30'000, 'x');
    metadata_response large; // no text of it may be longer than 32 kB
    large.cluster_id = "large";
    std::vector<metadata_response::metadata_response_topic> topics(100);
    for (auto& topic : topics) topic.name = std::string_view(long_name);
    large.topics = topics;
    const std::string bytes = test::response_bytes(large, v12, session()->requests.at(0).correlation_id);
    ASSERT_GT(bytes.size(), std::size_t{2} << 20);
    session()->stream->push(bytes);
    for (int reads = 0; reads < 1'000 && result->calls == 0; ++reads) fake.settle();
    ASSERT_EQ(result->calls, 1);
    EXPECT_FALSE(result->ec);
    EXPECT_EQ(cluster_of(result->response), "large");
}

// R35: 100 MiB, as Kafka's own socket.request.max.bytes.
TEST_F(connection_test, takes_frames_of_100_megabytes_and_no_more_by_default)
{
    fake.listen(here);
    for (const bool is_above : {false, true}) {
        make();
        ASSERT_EQ(open(), std::error_code());
        const auto result = send(metadata());
        fake.settle();
        session()->stream->push(bytes_view(is_above ? "\x06\x40\x00\x01" : "\x06\x40\x00\x00", 4));
        fake.settle();
        EXPECT_EQ(result->calls, is_above ? 1 : 0);
        EXPECT_EQ(result->ec, is_above ? make_error_code(errc::frame_too_large) : std::error_code());
        link->close();
        fake.settle();
    }
}

// R35
TEST_F(connection_test, closes_on_a_frame_above_the_limit_and_blames_the_request_whose_turn_it_was)
{
    fake.listen(here);
    make({.frame_limit = 1'000});
    ASSERT_EQ(open(), std::error_code());
    const auto first = send(metadata());
    const auto second = send(metadata());
    fake.settle();
    session()->stream->push(bytes_view("\x00\x00\x04\x00", 4));
    fake.settle();
    EXPECT_EQ(first->ec, errc::frame_too_large);
    EXPECT_EQ(second->ec, errc::connection_closed);
    EXPECT_EQ(second->ec, condition::retriable);
    EXPECT_TRUE(session()->stream->closed_by_client);
}

} // namespace
} // namespace odradek
