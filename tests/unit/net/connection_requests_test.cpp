// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <tests/unit/net/connection_fixture.hpp>

namespace odradek {
namespace {

using namespace test;
using connection_requests = connection_fixture;

// R33: one request that times out ends the connection; the others may be sent again and know how far they got.
TEST_F(connection_requests, closes_when_a_written_request_times_out)
{
    open_to_broker();
    const auto late = send(metadata(10s));
    const auto written = send(metadata(20s));
    fake.settle();
    session()->stream->hold_writes = true;
    const auto writing = send(metadata(20s));
    fake.settle();
    const auto queued = send(metadata(20s));
    fake.settle();
    fake.time->run_for(fake.io, 10s);
    EXPECT_EQ(late->ec, errc::request_timed_out);
    EXPECT_EQ(late->about.request_api(), api::metadata);
    EXPECT_EQ(late->about.peer(), here);
    EXPECT_EQ(written->ec, errc::connection_closed);
    EXPECT_EQ(written->about.how_far(), delivery::possibly_delivered);
    EXPECT_EQ(writing->about.how_far(), delivery::possibly_delivered);
    EXPECT_EQ(queued->ec, errc::connection_closed);
    EXPECT_EQ(queued->about.how_far(), delivery::not_delivered);
    for (const auto& one : {late, written, writing, queued}) EXPECT_EQ(one->calls, 1);
    EXPECT_EQ(link->current_state(), connection::state::closed);
    fake.time->run_for(fake.io, 60s);
    for (const auto& one : {late, written, writing, queued}) EXPECT_EQ(one->calls, 1);
}

TEST_F(connection_requests, a_request_that_never_got_its_turn_times_out_alone)
{
    open_to_broker();
    session()->stream->hold_writes = true;
    const auto writing = send(metadata(30s));
    fake.settle();
    const auto queued = send(metadata(10s));
    fake.time->run_for(fake.io, 10s);
    EXPECT_EQ(queued->ec, errc::request_timed_out);
    EXPECT_EQ(queued->about.how_far(), delivery::not_delivered);
    EXPECT_EQ(writing->calls, 0);
    session()->stream->release_writes();
    fake.settle();
    ASSERT_EQ(session()->requests.size(), 1u);
    session()->stream->push(answer_to(0));
    fake.settle();
    EXPECT_FALSE(writing->ec);
}

// R33: an answer that nobody asked for means that the two sides no longer agree.
TEST_F(connection_requests, closes_on_an_answer_out_of_turn)
{
    open_to_broker();
    const auto first = send(metadata());
    const auto second = send(metadata());
    fake.settle();
    session()->stream->push(answer_to(1));
    fake.settle();
    EXPECT_EQ(first->ec, errc::unexpected_response);
    EXPECT_EQ(second->ec, errc::connection_closed);
    EXPECT_EQ(link->current_state(), connection::state::closed);
}

TEST_F(connection_requests, drops_the_answer_to_a_cancelled_request_and_goes_on)
{
    open_to_broker();
    asio::cancellation_signal signal;
    const auto cancelled = send(metadata(), signal.slot());
    const auto other = send(metadata());
    fake.settle();
    signal.emit(asio::cancellation_type::terminal);
    fake.settle();
    EXPECT_EQ(cancelled->ec, asio::error::operation_aborted);
    EXPECT_EQ(cancelled->about.how_far(), delivery::possibly_delivered);
    session()->stream->push(answer_to(0, "dropped") + answer_to(1, "kept"));
    fake.settle();
    EXPECT_EQ(cancelled->calls, 1);
    EXPECT_EQ(cluster_of(other->response), "kept");
}

TEST_F(connection_requests, withdraws_a_queued_request_that_is_cancelled)
{
    open_to_broker();
    session()->stream->hold_writes = true;
    const auto writing = send(metadata());
    fake.settle();
    asio::cancellation_signal signal;
    const auto queued = send(metadata(), signal.slot());
    fake.settle();
    signal.emit(asio::cancellation_type::terminal);
    fake.settle();
    EXPECT_EQ(queued->ec, asio::error::operation_aborted);
    EXPECT_EQ(queued->about.how_far(), delivery::not_delivered);
    session()->stream->release_writes();
    fake.settle();
    EXPECT_EQ(session()->requests.size(), 1u);
}

TEST_F(connection_requests, a_request_that_is_cancelled_while_it_is_written_keeps_its_bytes_until_then)
{
    open_to_broker();
    session()->stream->hold_writes = true;
    asio::cancellation_signal signal;
    std::weak_ptr<std::string> records;
    const auto writing = send(with_records(records), signal.slot());
    fake.settle();
    signal.emit(asio::cancellation_type::terminal);
    fake.settle();
    EXPECT_EQ(writing->ec, asio::error::operation_aborted);
    EXPECT_FALSE(records.expired());
    session()->stream->release_writes();
    fake.settle();
    EXPECT_TRUE(records.expired());
    ASSERT_EQ(session()->requests.size(), 1u);
    const auto next = send(metadata());
    fake.settle();
    session()->stream->push(answer_to(0) + answer_to(1, "next"));
    fake.settle();
    EXPECT_EQ(cluster_of(next->response), "next");
}

// A peer that stops reading and answers all the same must not make us free what the transport still reads.
TEST_F(connection_requests, an_answer_that_comes_before_its_request_is_written_leaves_the_bytes_until_then)
{
    open_to_broker();
    session()->stream->hold_writes = true;
    std::weak_ptr<std::string> records;
    const auto early = send(with_records(records));
    fake.settle();
    session()->stream->push(early_answer_to(0, "early"));
    fake.settle();
    ASSERT_EQ(early->calls, 1);
    EXPECT_EQ(cluster_of(early->response), "early");
    EXPECT_FALSE(records.expired());
    session()->stream->release_writes();
    fake.settle();
    EXPECT_TRUE(records.expired());
    ASSERT_EQ(session()->requests.size(), 1u);
    EXPECT_EQ(session()->requests[0].body, std::string(100'000, 'r'));
    EXPECT_EQ(link->in_flight(), 0u);
    const auto next = send(metadata());
    fake.settle();
    session()->stream->push(answer_to(1, "next"));
    fake.settle();
    EXPECT_EQ(cluster_of(next->response), "next");
    EXPECT_EQ(early->calls, 1);
}

TEST_F(connection_requests, an_early_answer_to_a_cancelled_request_leaves_the_bytes_until_they_are_written)
{
    open_to_broker();
    session()->stream->hold_writes = true;
    asio::cancellation_signal signal;
    std::weak_ptr<std::string> records;
    const auto cancelled = send(with_records(records), signal.slot());
    fake.settle();
    signal.emit(asio::cancellation_type::terminal);
    fake.settle();
    session()->stream->push(early_answer_to(0));
    fake.settle();
    EXPECT_FALSE(records.expired());
    session()->stream->release_writes();
    fake.settle();
    EXPECT_TRUE(records.expired());
    EXPECT_EQ(cancelled->ec, asio::error::operation_aborted);
    EXPECT_EQ(cancelled->calls, 1);
    EXPECT_EQ(link->current_state(), connection::state::ready);
}

// B15: what comes to acks 0 is dropped, and the request still ends when it is written.
TEST_F(connection_requests, an_early_answer_to_a_request_without_answer_neither_ends_it_nor_frees_its_bytes)
{
    open_to_broker();
    const auto before = send(metadata()); // so that something is read
    fake.settle();
    session()->stream->hold_writes = true;
    std::weak_ptr<std::string> records;
    auto request = with_records(records);
    request.expects_response = false;
    const auto silent = send(std::move(request));
    fake.settle();
    session()->stream->push(early_answer_to(0x4000'0000));
    fake.settle();
    EXPECT_EQ(silent->calls, 0);
    EXPECT_FALSE(records.expired());
    session()->stream->release_writes();
    fake.settle();
    EXPECT_EQ(silent->calls, 1);
    EXPECT_FALSE(silent->ec);
}

// Otherwise nothing would ever be written on it again.
TEST_F(connection_requests, closes_when_an_answered_request_is_not_read_by_its_deadline)
{
    open_to_broker();
    session()->stream->hold_writes = true;
    std::weak_ptr<std::string> records;
    const auto early = send(with_records(records, 10s));
    fake.settle();
    session()->stream->push(early_answer_to(0));
    fake.settle();
    const auto queued = send(metadata(30s));
    fake.time->run_for(fake.io, 10s);
    EXPECT_EQ(link->current_state(), connection::state::closed);
    EXPECT_EQ(queued->ec, errc::connection_closed);
    EXPECT_EQ(queued->about.how_far(), delivery::not_delivered);
    EXPECT_EQ(early->calls, 1);
    EXPECT_FALSE(early->ec);
}

// The transport may read until it says that the write has ended, also when it was closed before.
TEST_F(connection_requests, closing_it_leaves_what_is_written_until_the_write_has_ended)
{
    open_to_broker();
    session()->stream->hold_writes = true;
    session()->stream->close_waits_for_writes = true;
    std::weak_ptr<std::string> records;
    std::weak_ptr<std::string> answered_records;
    const auto answered = send(with_records(answered_records));
    const auto writing = send(with_records(records));
    fake.settle();
    session()->stream->push(early_answer_to(0));
    fake.settle();
    link->close(errc::closed);
    fake.settle();
    EXPECT_FALSE(answered->ec);
    EXPECT_EQ(writing->ec, errc::closed);
    EXPECT_EQ(writing->about.how_far(), delivery::possibly_delivered);
    EXPECT_FALSE(records.expired());
    EXPECT_FALSE(answered_records.expired());
    session()->stream->release_writes();
    fake.settle();
    EXPECT_TRUE(records.expired());
    EXPECT_TRUE(answered_records.expired());
    EXPECT_EQ(writing->calls, 1);
}

// B15: acks 0.
TEST_F(connection_requests, ends_a_request_without_answer_when_it_is_written)
{
    open_to_broker();
    auto request = metadata();
    request.expects_response = false;
    const auto silent = send(std::move(request));
    fake.settle();
    EXPECT_EQ(silent->calls, 1);
    EXPECT_FALSE(silent->ec);
    EXPECT_TRUE(silent->response.bytes.empty());
    session()->stream->push(answer_to(0)); // as Event Hubs does
    const auto next = send(metadata());
    fake.settle();
    session()->stream->push(answer_to(1, "next"));
    fake.settle();
    EXPECT_EQ(cluster_of(next->response), "next");
}

TEST_F(connection_requests, knows_which_requests_a_broken_write_never_touched)
{
    open_to_broker();
    const auto first = send(metadata());
    const auto second = send(metadata());
    session()->stream->accept_at_most = session()->stream->received.size() + 5;
    fake.settle();
    EXPECT_EQ(first->ec, errc::connection_reset);
    EXPECT_EQ(first->about.how_far(), delivery::possibly_delivered);
    EXPECT_EQ(second->about.how_far(), delivery::not_delivered);
}

TEST_F(connection_requests, fails_everything_once_when_the_peer_goes_away)
{
    open_to_broker();
    const auto first = send(metadata());
    const auto second = send(metadata());
    fake.settle();
    session()->stream->end();
    fake.settle();
    EXPECT_EQ(first->ec, errc::connection_closed);
    EXPECT_EQ(second->ec, errc::connection_closed);
    const auto after = send(metadata());
    fake.settle();
    EXPECT_EQ(after->ec, errc::connection_closed);
    EXPECT_EQ(after->about.how_far(), delivery::not_delivered);
    EXPECT_EQ(first->calls + second->calls + after->calls, 3);
}

TEST_F(connection_requests, leaves_nothing_pending_while_it_is_idle)
{
    open_to_broker();
    const auto result = send(metadata());
    fake.settle();
    EXPECT_TRUE(session()->stream->is_read_pending());
    session()->stream->push(answer_to(0));
    fake.settle();
    EXPECT_FALSE(session()->stream->is_read_pending());
    EXPECT_EQ(fake.time->pending(), 0u);
    fake.io.restart();
    EXPECT_EQ(fake.io.run(), 0u); // returns: no work is left
}

TEST_F(connection_requests, sees_before_it_writes_that_an_idle_connection_was_closed)
{
    open_to_broker();
    session()->stream->end();
    fake.settle();
    const auto result = send(metadata());
    fake.settle();
    EXPECT_EQ(result->ec, errc::connection_closed);
    EXPECT_EQ(result->about.how_far(), delivery::not_delivered);
    EXPECT_FALSE(link->is_usable());
}

// B31, KIP-219
TEST_F(connection_requests, writes_nothing_while_it_is_muted_but_reads_on)
{
    open_to_broker();
    const auto before = send(metadata());
    fake.settle();
    link->mute_until(fake.time->now() + 500ms);
    const auto muted = send(metadata());
    fake.settle();
    EXPECT_EQ(session()->requests.size(), 1u);
    session()->stream->push(answer_to(0));
    fake.settle();
    EXPECT_EQ(before->calls, 1);
    fake.time->run_for(fake.io, 499ms);
    EXPECT_EQ(session()->requests.size(), 1u);
    fake.time->run_for(fake.io, 1ms);
    EXPECT_EQ(session()->requests.size(), 2u);
    EXPECT_EQ(muted->calls, 0);
}

TEST_F(connection_requests, closing_it_ends_everything_with_the_reason_and_tells_the_owner)
{
    open_to_broker();
    int told = 0;
    link->on_close([&](std::error_code why, const diagnostics&) { told += why == errc::closed ? 1 : 100; });
    const auto result = send(metadata());
    fake.settle();
    link->close(errc::closed, diagnostics("enough"));
    link->close(errc::closed);
    fake.settle();
    EXPECT_EQ(result->ec, errc::closed);
    EXPECT_EQ(result->calls, 1);
    EXPECT_EQ(told, 1);
    EXPECT_TRUE(session()->stream->closed_by_client);
}

TEST_F(connection_requests, cancelling_the_opening_closes_it)
{
    fake.network->listeners[here] = [this](std::shared_ptr<test::fake_stream> stream) { silent.push_back(stream); };
    make();
    asio::cancellation_signal signal;
    std::error_code ended;
    link->async_open(asio::bind_cancellation_slot(signal.slot(), [&](std::error_code ec) { ended = ec; }));
    fake.settle();
    signal.emit(asio::cancellation_type::terminal);
    fake.settle();
    EXPECT_EQ(ended, asio::error::operation_aborted);
    EXPECT_EQ(link->current_state(), connection::state::closed);
    EXPECT_TRUE(silent.at(0)->closed_by_client);
    EXPECT_EQ(fake.time->pending(), 0u);
}

} // namespace
} // namespace odradek
