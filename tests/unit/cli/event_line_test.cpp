// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/error.hpp>
#include <odradek/net/one_line.hpp>
#include <odradek/tools/cli/event_line.hpp>

#include <gtest/gtest.h>

namespace odradek::cli {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""us;

event some(event_kind kind)
{
    event e;
    e.kind = kind;
    e.broker = {.node_id = 1, .host = "b1", .port = 9092};
    e.api_key = api::produce;
    e.api_name = "Produce";
    e.version = api_version{12};
    e.request_size = 180;
    return e;
}

TEST(event_line, says_how_long_a_request_took)
{
    event e = some(event_kind::request);
    e.response_size = 62;
    e.duration = 3200us;
    e.pending_duration = 20us; // as for every request
    EXPECT_EQ(event_line(e), "Produce v12, 180 bytes to b1:9092 (node 1): 62 bytes after 3.2 ms");
    e.pending_duration = 10ms;
    e.broker = {.host = "::1", .port = 9092};
    EXPECT_EQ(event_line(e),
              "Produce v12, 180 bytes to [::1]:9092: 62 bytes after 3.2 ms, and 10.0 ms before it was sent");
    e.response_size = 0;
    EXPECT_EQ(event_line(e), "Produce v12, 180 bytes to [::1]:9092: written, no answer is expected");
}

TEST(event_line, says_what_did_not_go_well)
{
    event late = some(event_kind::request_timeout);
    late.pending_duration = 500ms;
    late.duration = 500ms;
    EXPECT_EQ(event_line(late), "Produce v12 to b1:9092 (node 1): no answer after 1000.0 ms");
    event slow = some(event_kind::throttle);
    slow.throttle_time = 300ms;
    EXPECT_EQ(event_line(slow), "Produce v12: b1:9092 (node 1) wants to be left alone for 300 ms");
    event again = some(event_kind::retry);
    again.error = errc::connection_closed;
    again.attempt = 2;
    again.topic = "letters";
    again.partition = 3;
    const std::string why = again.error.message();
    EXPECT_EQ(event_line(again), "Produce to letters/3, attempt 2, after " + why);
    again.message = "the peer closed the connection";
    EXPECT_EQ(event_line(again),
              "Produce to letters/3, attempt 2, after " + clause(why) + ": the peer closed the connection");
    event other;
    other.kind = event_kind::retry;
    other.error = errc::connection_closed;
    other.attempt = 3;
    EXPECT_EQ(event_line(other), "an operation, attempt 3, after " + why);
}

TEST(event_line, leaves_to_the_log_what_it_has_a_line_for)
{
    EXPECT_EQ(event_line(some(event_kind::connect)), "");
    EXPECT_EQ(event_line(some(event_kind::connect_failed)), "");
    EXPECT_EQ(event_line(some(event_kind::disconnect)), "");
    EXPECT_EQ(event_line(some(event_kind::request_queue_size)), "");
}

} // namespace
} // namespace odradek::cli
