// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/inflight.hpp>

#include <gtest/gtest.h>

namespace odradek {
namespace {

using verdict = inflight::answer::verdict;
using std::chrono_literals::operator""s;

constexpr api_version v1{1};

inflight::time_point at(int seconds)
{
    return inflight::time_point{std::chrono::seconds{seconds}};
}

// Adds a request and pretends that it was written.
std::int32_t written(inflight& table, int deadline = 30, api key = api::metadata)
{
    const std::int32_t id = table.add(key, v1, at(deadline));
    (void)table.begin_writing();
    (void)table.on_written();
    return id;
}

TEST(inflight, knows_how_long_the_broker_may_hold_what_it_has)
{
    inflight table;
    EXPECT_EQ(table.longest_hold(), 0s);
    const auto first = table.add(api::fetch, v1, at(30), true, at(0), 4s);
    (void)table.add(api::fetch, v1, at(30), true, at(0), 5s);
    EXPECT_EQ(table.longest_hold(), 0s) << "nothing of it was written";
    (void)table.begin_writing();
    EXPECT_EQ(table.longest_hold(), 4s);
    (void)table.begin_writing();
    (void)table.on_written();
    EXPECT_EQ(table.longest_hold(), 9s);
    (void)table.abandon(first);
    EXPECT_EQ(table.longest_hold(), 9s) << "the broker knows nothing of that";
    (void)table.on_response(first);
    EXPECT_EQ(table.longest_hold(), 5s);
    (void)table.add(api::fetch, v1, at(30), true, at(0), inflight::time_point::duration::max());
    (void)table.begin_writing();
    EXPECT_EQ(table.longest_hold(), inflight::time_point::duration::max());
}

TEST(inflight, delivers_answers_in_the_order_of_the_requests)
{
    inflight table;
    const auto first = written(table);
    const auto second = written(table);
    EXPECT_NE(first, second);
    const auto answer = table.on_response(first);
    EXPECT_EQ(answer.what, verdict::deliver);
    EXPECT_EQ(answer.to.key, api::metadata);
    EXPECT_EQ(answer.to.version, v1);
    EXPECT_EQ(table.on_response(second).what, verdict::deliver);
    EXPECT_TRUE(table.empty());
}

// R33: order and correlation ids stay sane, or the connection closes.
TEST(inflight, does_not_expect_an_answer_out_of_order_or_late_or_unknown)
{
    inflight table;
    const auto first = written(table);
    const auto second = written(table);
    EXPECT_EQ(table.on_response(second).what, verdict::unexpected);
    EXPECT_EQ(table.on_response(4711).what, verdict::unexpected);
    EXPECT_EQ(table.on_response(-1).what, verdict::unexpected);
    EXPECT_EQ(table.on_response(first).what, verdict::deliver);
    EXPECT_EQ(table.on_response(first).what, verdict::unexpected);
}

TEST(inflight, keeps_when_a_request_came_and_was_sent_and_how_long_it_is)
{
    inflight table;
    const auto id = table.add(api::fetch, v1, at(30), true, at(1));
    (void)table.add(api::fetch, v1, at(30), true, at(2));
    EXPECT_EQ(table.queued(), 2u);
    EXPECT_EQ(table.begin_writing(at(3))->sent_at, at(3));
    EXPECT_EQ(table.queued(), 1u);
    table.set_size(id, 99);
    table.set_size(4711, 1); // nobody's
    const auto answer = table.on_response(id);
    EXPECT_EQ(answer.to.created_at, at(1));
    EXPECT_EQ(answer.to.sent_at, at(3));
    EXPECT_EQ(answer.to.size, 99u);
}

TEST(inflight, does_not_expect_an_answer_to_what_was_not_written)
{
    inflight table;
    const auto queued = table.add(api::fetch, v1, at(30));
    EXPECT_EQ(table.on_response(queued).what, verdict::unexpected);
    EXPECT_FALSE(table.awaits_response());
}

TEST(inflight, takes_an_answer_that_is_faster_than_the_end_of_the_write)
{
    inflight table;
    const auto id = table.add(api::fetch, v1, at(30));
    (void)table.begin_writing();
    EXPECT_TRUE(table.awaits_response());
    EXPECT_EQ(table.on_response(id).what, verdict::deliver);
    EXPECT_TRUE(table.on_written().empty());
    EXPECT_TRUE(table.empty());
}

TEST(inflight, a_request_that_was_answered_early_stays_until_it_is_written)
{
    inflight table;
    const auto early = table.add(api::fetch, v1, at(10));
    (void)table.begin_writing();
    const auto other = table.add(api::fetch, v1, at(30));
    (void)table.begin_writing();
    EXPECT_EQ(table.on_response(early).what, verdict::deliver);
    EXPECT_EQ(table.on_response(early).what, verdict::unexpected); // once
    EXPECT_EQ(table.abandon(early), std::nullopt);
    EXPECT_EQ(table.oldest_awaited()->id, other);
    EXPECT_EQ(table.on_response(other).what, verdict::deliver);
    EXPECT_FALSE(table.awaits_response());
    EXPECT_EQ(table.overdue(at(10))->id, early); // nobody reads it
    EXPECT_TRUE(table.on_written().empty());
    EXPECT_TRUE(table.empty());
}

TEST(inflight, an_early_answer_is_no_failure_when_everything_fails)
{
    inflight table;
    const auto early = table.add(api::fetch, v1, at(10));
    (void)table.begin_writing();
    (void)table.on_response(early);
    EXPECT_TRUE(table.fail_all().empty());
}

// B15: acks 0.
TEST(inflight, completes_a_request_without_answer_when_it_is_written)
{
    inflight table;
    const auto silent = table.add(api::produce, v1, at(30), false);
    (void)table.begin_writing();
    EXPECT_FALSE(table.awaits_response());
    const auto complete = table.on_written();
    ASSERT_EQ(complete.size(), 1u);
    EXPECT_EQ(complete.front().id, silent);
    EXPECT_TRUE(table.empty());
}

TEST(inflight, drops_answers_to_requests_that_expect_none_but_not_made_up_ones)
{
    inflight table;
    const auto silent = table.add(api::produce, v1, at(30), false);
    (void)table.begin_writing();
    (void)table.on_written();
    const auto asked = written(table);
    EXPECT_EQ(table.on_response(silent).what, verdict::drop);
    EXPECT_EQ(table.on_response(silent + 1).what, verdict::unexpected);
    EXPECT_EQ(table.on_response(asked).what, verdict::deliver);
}

TEST(inflight, a_cancelled_request_leaves_at_once_when_queued_and_keeps_its_turn_when_written)
{
    inflight table;
    const auto sent = written(table);
    const auto queued = table.add(api::metadata, v1, at(30));
    EXPECT_EQ(table.abandon(queued)->how_far(), delivery::not_delivered);
    EXPECT_EQ(table.abandon(sent)->how_far(), delivery::possibly_delivered);
    EXPECT_EQ(table.abandon(sent), std::nullopt);
    EXPECT_EQ(table.abandon(99), std::nullopt);
    EXPECT_EQ(table.size(), 1u);
    EXPECT_EQ(table.on_response(sent).what, verdict::drop);
    EXPECT_TRUE(table.empty());
}

TEST(inflight, a_queued_request_expires_alone_and_a_written_one_is_overdue)
{
    inflight table;
    const auto sent = written(table, 20);
    const auto queued = table.add(api::metadata, v1, at(10));
    EXPECT_EQ(table.next_deadline(), at(10));
    EXPECT_TRUE(table.take_expired_queued(at(9)).empty());
    const auto expired = table.take_expired_queued(at(10));
    ASSERT_EQ(expired.size(), 1u);
    EXPECT_EQ(expired.front().id, queued);
    EXPECT_EQ(table.overdue(at(19)), std::nullopt);
    EXPECT_EQ(table.overdue(at(20))->id, sent);
    EXPECT_EQ(table.next_deadline(), at(20));
}

// A broker holds a fetch until there is something, and turns to the next one only then.
TEST(inflight, fetches_behind_an_answered_one_have_their_time_from_then_on)
{
    inflight table;
    const auto add = [&](api key, int deadline) {
        const std::int32_t id = table.add(key, v1, at(deadline), true, at(10));
        (void)table.begin_writing(at(10));
        (void)table.on_written();
        return id;
    };
    const auto first = add(api::fetch, 40);
    const auto second = add(api::fetch, 40);
    const auto third = add(api::fetch, 50);
    const auto other = add(api::metadata, 60);
    (void)table.add(api::fetch, v1, inflight::time_point::max(), true, at(10)); // it never ends, and time does not wrap

    EXPECT_EQ(table.on_response(first, at(39)).what, verdict::deliver);
    EXPECT_EQ(table.overdue(at(59)), std::nullopt); // 30 s from then on
    EXPECT_EQ(table.next_deadline(), at(60));       // the other one's
    EXPECT_EQ(table.on_response(second, at(42)).what, verdict::deliver);
    EXPECT_EQ(table.overdue(at(60))->id, other); // what is not held has the time that it had
    EXPECT_EQ(table.on_response(third, at(61)).what, verdict::deliver);
    EXPECT_EQ(table.on_response(other, at(61)).what, verdict::deliver);
    EXPECT_EQ(table.next_deadline(), inflight::time_point::max());
}

TEST(inflight, a_fetch_that_is_answered_early_does_not_get_less_time)
{
    inflight table;
    const auto first = written(table, 40, api::fetch);
    const auto second = written(table, 50, api::fetch);
    (void)table.on_response(first, inflight::time_point{});
    EXPECT_EQ(table.overdue(at(49)), std::nullopt);
    EXPECT_EQ(table.overdue(at(50))->id, second);
}

TEST(inflight, an_abandoned_request_is_overdue_all_the_same)
{
    inflight table;
    const auto sent = written(table, 20);
    (void)table.abandon(sent);
    EXPECT_EQ(table.overdue(at(20))->id, sent);
}

TEST(inflight, fails_everything_oldest_first_with_how_far_it_got)
{
    inflight table;
    const auto sent = written(table);
    const auto writing = table.add(api::fetch, v1, at(30));
    (void)table.begin_writing();
    const auto untouched = table.add(api::fetch, v1, at(30));
    (void)table.begin_writing();
    table.on_not_written(untouched);
    const auto queued = table.add(api::produce, v1, at(30));
    EXPECT_TRUE(table.has_queued());
    EXPECT_EQ(table.oldest_awaited()->id, sent);

    const auto all = table.fail_all();
    ASSERT_EQ(all.size(), 4u);
    EXPECT_EQ(all[0].id, sent);
    EXPECT_EQ(all[0].how_far(), delivery::possibly_delivered);
    EXPECT_EQ(all[1].id, writing);
    EXPECT_EQ(all[1].how_far(), delivery::possibly_delivered);
    EXPECT_EQ(all[2].how_far(), delivery::not_delivered);
    EXPECT_EQ(all[3].id, queued);
    EXPECT_EQ(all[3].how_far(), delivery::not_delivered);
    EXPECT_TRUE(table.empty());
    EXPECT_EQ(table.next_deadline(), std::nullopt);
}

TEST(inflight, hands_out_queued_requests_in_order_until_none_is_left)
{
    inflight table;
    const auto first = table.add(api::fetch, v1, at(30));
    const auto second = table.add(api::fetch, v1, at(30));
    EXPECT_EQ(table.begin_writing()->id, first);
    EXPECT_EQ(table.begin_writing()->id, second);
    EXPECT_EQ(table.begin_writing(), std::nullopt);
    EXPECT_FALSE(table.has_queued());
}

} // namespace
} // namespace odradek
