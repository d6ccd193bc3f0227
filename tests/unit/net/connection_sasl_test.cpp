// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/credentials.hpp>
#include <odradek/protocol/generated/messages/sasl_authenticate.hpp>
#include <odradek/protocol/generated/messages/sasl_handshake.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <tests/support/ticket_mechanism.hpp>
#include <tests/unit/net/connection_fixture.hpp>
#include <vector>

namespace odradek {
namespace {

using namespace test;
using std::chrono_literals::operator""h;

// A broker that wants tickets, whose sessions last ten seconds.
class connection_sasl : public connection_fixture {
protected:
    static constexpr std::chrono::milliseconds lifetime{10'000};
    static constexpr std::chrono::milliseconds latest{9'001}; // by then it is time to authenticate again

    void listen()
    {
        fake.listen(here, [this](fake_session& accepted) {
            accepted.on_request = [this, &accepted](const fake_session::request& asked) { serve(accepted, asked); };
        });
        who->replace(ticket("alice", "t-1"));
        connection_options options;
        options.credentials = who;
        options.setup_timeout = 20s;
        make(std::move(options));
    }
    void open_with_ticket()
    {
        listen();
        ASSERT_EQ(open(), std::error_code()) << open_diagnostics.to_string();
        heard.clear();
    }

    void serve(fake_session& on, const fake_session::request& asked)
    {
        if (asked.key == api::sasl_handshake) {
            heard.emplace_back("handshake");
            on.answer(asked, sasl_handshake_response{});
        } else if (asked.key == api::sasl_authenticate) {
            arena memory;
            sasl_authenticate_request request;
            ASSERT_FALSE(decode(bytes_view(asked.body), memory, asked.version, request));
            heard.emplace_back(request.auth_bytes.text());
            if (!silent_from_now) judge(on, asked, heard.back());
        } else {
            heard.emplace_back("metadata");
        }
    }
    void judge(fake_session& on, const fake_session::request& asked, std::string_view said)
    {
        sasl_authenticate_response response;
        if (said.starts_with("hello")) {
            response.auth_bytes = bytes_view("c");
        } else if (said == "proof c " + wanted) {
            response.auth_bytes = bytes_view("welcome");
            response.session_lifetime_ms = lifetime.count();
        } else {
            response.error_code = broker_errc::sasl_authentication_failed;
            response.error_message = std::string_view("no such ticket");
        }
        on.answer(asked, response);
    }

    // The answer to the metadata request of this number among all.
    std::string answer_to_metadata(std::size_t number)
    {
        std::size_t index = 0;
        for (const auto& one : session()->requests) {
            if (one.key == api::metadata && number-- == 0) return answer_to(index);
            ++index;
        }
        throw std::string("there is no such request");
    }

    std::shared_ptr<credentials> who = std::make_shared<credentials>();
    std::string wanted = "t-1";
    std::vector<std::string> heard; ///< What the broker was told, in order.
    bool silent_from_now = false;
};

using words = std::vector<std::string>;

TEST_F(connection_sasl, authenticates_before_it_is_ready)
{
    listen();
    EXPECT_EQ(open(), std::error_code()) << open_diagnostics.to_string();
    EXPECT_EQ(heard, (words{"handshake", "hello alice", "proof c t-1"}));
    EXPECT_EQ(fake.time->pending(), 0u);
}

TEST_F(connection_sasl, a_refusal_ends_the_opening_with_the_words_of_the_broker)
{
    wanted = "another";
    listen();
    EXPECT_EQ(open(), errc::authentication_failed);
    EXPECT_EQ(open_diagnostics.broker_message(), "no such ticket");
    EXPECT_EQ(open_diagnostics.peer(), here);
}

TEST_F(connection_sasl, a_broker_that_never_answers_costs_the_setup_timeout)
{
    silent_from_now = true;
    listen();
    EXPECT_EQ(open(), errc::connect_timed_out);
    EXPECT_NE(open_diagnostics.client_message().find("SaslAuthenticate"), std::string_view::npos)
        << open_diagnostics.to_string();
}

// KIP-368, R23
TEST_F(connection_sasl, renews_the_session_before_the_first_request_that_comes_late_in_its_life)
{
    open_with_ticket();
    fake.time->run_for(fake.io, latest);
    EXPECT_EQ(heard, words{}); // nothing happens on an idle connection
    const auto asked = send(metadata());
    fake.settle();
    EXPECT_EQ(heard, (words{"handshake", "hello alice", "proof c t-1", "metadata"}));
    session()->stream->push(answer_to_metadata(0));
    fake.settle();
    EXPECT_EQ(asked->calls, 1);
    EXPECT_FALSE(asked->ec) << asked->about.to_string();
    EXPECT_EQ(fake.sessions.size(), 1u);
    EXPECT_EQ(fake.time->pending(), 0u);
    EXPECT_FALSE(session()->stream->is_read_pending()); // an idle connection keeps nothing pending
}

TEST_F(connection_sasl, does_not_renew_in_the_first_four_fifths)
{
    open_with_ticket();
    fake.time->run_for(fake.io, 7'999ms);
    (void)send(metadata());
    fake.settle();
    EXPECT_EQ(heard, words{"metadata"});
}

TEST_F(connection_sasl, a_session_that_is_over_can_still_be_renewed)
{
    open_with_ticket();
    fake.time->run_for(fake.io, 3 * lifetime);
    (void)send(metadata());
    fake.settle();
    EXPECT_EQ(heard, (words{"handshake", "hello alice", "proof c t-1", "metadata"}));
}

// B30
TEST_F(connection_sasl, waits_for_the_answers_to_what_is_in_flight_and_sends_nothing_twice)
{
    open_with_ticket();
    fake.time->run_for(fake.io, 7s);
    const auto first = send(metadata());
    fake.settle();
    fake.time->run_for(fake.io, 2s + 1ms);
    const auto second = send(metadata());
    const auto third = send(metadata());
    fake.settle();
    EXPECT_EQ(heard, words{"metadata"});
    session()->stream->push(answer_to_metadata(0));
    fake.settle();
    EXPECT_FALSE(first->ec);
    EXPECT_EQ(heard, (words{"metadata", "handshake", "hello alice", "proof c t-1", "metadata", "metadata"}));
    session()->stream->push(answer_to_metadata(1) + answer_to_metadata(2));
    fake.settle();
    EXPECT_FALSE(second->ec);
    EXPECT_FALSE(third->ec);
    EXPECT_EQ(fake.sessions.size(), 1u);
}

TEST_F(connection_sasl, an_answer_that_nobody_waits_for_any_more_is_waited_for_too)
{
    open_with_ticket();
    fake.time->run_for(fake.io, 7s);
    asio::cancellation_signal signal;
    const auto cancelled = send(metadata(), signal.slot());
    fake.settle();
    signal.emit(asio::cancellation_type::terminal);
    fake.time->run_for(fake.io, 2s + 1ms);
    const auto next = send(metadata());
    fake.settle();
    EXPECT_EQ(heard, words{"metadata"});
    session()->stream->push(answer_to_metadata(0));
    fake.settle();
    EXPECT_EQ(heard.back(), "metadata");
    EXPECT_EQ(heard.size(), 5u);
    EXPECT_EQ(next->calls, 0);
}

TEST_F(connection_sasl, renews_again_and_again)
{
    open_with_ticket();
    for (std::size_t round = 0; round < 5; ++round) {
        fake.time->run_for(fake.io, latest);
        const auto asked = send(metadata());
        fake.settle();
        session()->stream->push(answer_to_metadata(round));
        fake.settle();
        EXPECT_FALSE(asked->ec);
    }
    EXPECT_EQ(std::count(heard.begin(), heard.end(), "proof c t-1"), 5);
    EXPECT_EQ(fake.sessions.size(), 1u);
}

TEST_F(connection_sasl, uses_a_password_that_was_replaced)
{
    open_with_ticket();
    wanted = "t-2";
    who->replace(ticket("alice", "t-2"));
    fake.time->run_for(fake.io, latest);
    const auto asked = send(metadata());
    fake.settle();
    EXPECT_EQ(heard, (words{"handshake", "hello alice", "proof c t-2", "metadata"}));
    EXPECT_EQ(asked->calls, 0);
}

TEST_F(connection_sasl, a_session_of_another_mechanism_ends_with_the_connection)
{
    open_with_ticket();
    who->replace(plain{.username = "alice", .password = "secret"});
    fake.time->run_for(fake.io, latest);
    const auto asked = send(metadata());
    fake.settle();
    EXPECT_EQ(asked->ec, errc::connection_closed);
    EXPECT_EQ(asked->about.how_far(), delivery::not_delivered);
    EXPECT_EQ(heard, words{});
    EXPECT_EQ(link->current_state(), connection::state::closed);
}

// R23
TEST_F(connection_sasl, a_refused_renewal_closes_the_connection_and_what_was_held_is_not_delivered)
{
    open_with_ticket();
    std::error_code closed;
    std::string told;
    link->on_close([&](std::error_code why, const diagnostics& about) {
        closed = why;
        told = about.broker_message();
    });
    wanted = "another";
    fake.time->run_for(fake.io, latest);
    const auto asked = send(metadata());
    fake.settle();
    EXPECT_EQ(closed, errc::authentication_failed);
    EXPECT_EQ(told, "no such ticket");
    EXPECT_EQ(asked->calls, 1);
    EXPECT_EQ(asked->ec, errc::connection_closed);
    EXPECT_EQ(asked->about.how_far(), delivery::not_delivered);
    EXPECT_EQ(std::count(heard.begin(), heard.end(), "metadata"), 0);
}

TEST_F(connection_sasl, a_renewal_without_an_answer_ends_like_a_setup_without_one)
{
    open_with_ticket();
    silent_from_now = true;
    fake.time->run_for(fake.io, latest);
    const auto asked = send(metadata(60s));
    const auto impatient = send(metadata(5s));
    fake.time->run_for(fake.io, 6s);
    EXPECT_EQ(impatient->ec, errc::request_timed_out);
    EXPECT_EQ(impatient->about.how_far(), delivery::not_delivered);
    EXPECT_EQ(asked->calls, 0);
    fake.time->run_for(fake.io, 15s);
    EXPECT_EQ(asked->ec, errc::connection_closed);
    EXPECT_EQ(asked->about.how_far(), delivery::not_delivered);
}

TEST_F(connection_sasl, a_peer_that_goes_away_during_a_renewal_ends_what_was_held)
{
    open_with_ticket();
    silent_from_now = true;
    fake.time->run_for(fake.io, latest);
    const auto asked = send(metadata());
    fake.settle();
    session()->stream->end();
    fake.settle();
    EXPECT_EQ(asked->ec, errc::connection_closed);
    EXPECT_EQ(asked->about.how_far(), delivery::not_delivered);
    EXPECT_EQ(fake.time->pending(), 0u);
}

TEST_F(connection_sasl, a_request_that_is_withdrawn_during_a_renewal_is_never_sent)
{
    open_with_ticket();
    silent_from_now = true;
    fake.time->run_for(fake.io, latest);
    asio::cancellation_signal signal;
    const auto asked = send(metadata(), signal.slot());
    fake.settle();
    signal.emit(asio::cancellation_type::terminal);
    fake.settle();
    EXPECT_EQ(asked->ec, asio::error::operation_aborted);
    judge(*session(), session()->requests.back(), "hello");
    silent_from_now = false;
    fake.settle();
    EXPECT_EQ(heard.back(), "proof c t-1");
    EXPECT_FALSE(session()->stream->is_read_pending());
    EXPECT_EQ(fake.time->pending(), 0u);
    (void)send(metadata());
    fake.settle();
    EXPECT_EQ(heard.back(), "metadata");
    EXPECT_EQ(std::count(heard.begin(), heard.end(), "metadata"), 1);
}

// A broker holds a fetch as long as it was asked to, and turns to what is behind it then: by that time the session might be over.
TEST_F(connection_sasl, holds_back_what_the_broker_would_turn_to_after_the_session)
{
    open_with_ticket();
    fake.time->run_for(fake.io, 1s);
    const auto fetch = [this] {
        auto request = metadata(60s);
        request.held_for = 4s;
        return request;
    };
    std::vector<std::shared_ptr<outcome>> asked;
    for (int i = 0; i < 4; ++i) asked.push_back(send(fetch()));
    fake.settle();
    EXPECT_EQ(heard, (words{"metadata", "metadata", "metadata"})); // the fourth could be held until 1 s + 3 * 4 s
    session()->stream->push(answer_to_metadata(0));
    fake.settle();
    EXPECT_EQ(heard.size(), 4u);
    fake.time->run_for(fake.io, 8s);
    (void)send(fetch());
    session()->stream->push(answer_to_metadata(1) + answer_to_metadata(2));
    fake.settle();
    EXPECT_EQ(heard.size(), 4u);
    session()->stream->push(answer_to_metadata(3));
    fake.settle();
    EXPECT_EQ(heard, (words{"metadata", "metadata", "metadata", "metadata", "handshake", "hello alice", "proof c t-1",
                            "metadata"}));
    for (const auto& one : asked) EXPECT_EQ(one->calls, 1);
    EXPECT_EQ(fake.sessions.size(), 1u);
}

TEST_F(connection_sasl, holds_nothing_back_that_has_nothing_before_it)
{
    open_with_ticket();
    auto request = metadata(60s);
    request.held_for = 1h;
    (void)send(std::move(request));
    fake.settle();
    EXPECT_EQ(heard, words{"metadata"});
}

TEST_F(connection_sasl, a_slow_write_holds_everything_up_and_loses_nothing)
{
    open_with_ticket();
    fake.time->run_for(fake.io, latest);
    session()->stream->hold_writes = true;
    const auto asked = send(metadata());
    fake.time->run_for(fake.io, 1s);
    const auto other = send(metadata());
    fake.settle();
    EXPECT_EQ(heard, words{});
    session()->stream->release_writes();
    fake.settle();
    EXPECT_EQ(heard, (words{"handshake", "hello alice", "proof c t-1", "metadata", "metadata"}));
    EXPECT_EQ(asked->calls + other->calls, 0);
}

TEST_F(connection_sasl, closing_during_a_renewal_ends_everything_once)
{
    open_with_ticket();
    silent_from_now = true;
    fake.time->run_for(fake.io, latest);
    const auto asked = send(metadata());
    fake.settle();
    link->close(errc::closed);
    fake.settle();
    EXPECT_EQ(asked->calls, 1);
    EXPECT_EQ(asked->ec, errc::closed);
    EXPECT_EQ(fake.time->pending(), 0u);
}

TEST_F(connection_sasl, no_secret_is_ever_logged)
{
    open_with_ticket();
    fake.time->run_for(fake.io, latest);
    (void)send(metadata());
    fake.settle();
    wanted = "another";
    fake.time->run_for(fake.io, latest);
    session()->stream->push(answer_to_metadata(0));
    (void)send(metadata());
    fake.settle();
    ASSERT_FALSE(fake.lines.empty());
    for (const std::string& line : fake.lines) {
        EXPECT_EQ(line.find("t-1"), std::string::npos) << line;
        EXPECT_EQ(line.find("proof"), std::string::npos) << line;
    }
}

} // namespace
} // namespace odradek
