// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/happy_eyeballs.hpp>
#include <odradek/protocol/error.hpp>

#include <gtest/gtest.h>

#include <ostream>

namespace odradek {

// How actions look when they differ.
void PrintTo(const happy_eyeballs::action& what, std::ostream* out)
{
    using eyes = happy_eyeballs;
    if (const auto* begun = std::get_if<eyes::connect>(&what)) *out << "connect " << begun->address;
    if (const auto* closed = std::get_if<eyes::give_up>(&what)) *out << "give up " << closed->address;
    if (const auto* until = std::get_if<eyes::wait>(&what))
        *out << "wait until " << until->until.time_since_epoch() / std::chrono::milliseconds{1};
    if (const auto* one = std::get_if<eyes::won>(&what)) *out << "won " << one->address;
    if (const auto* why = std::get_if<eyes::failed>(&what)) *out << "failed: " << why->ec.message();
}

namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

const endpoint v4_a{"10.0.0.1", 9092};
const endpoint v4_b{"10.0.0.2", 9092};
const endpoint v4_c{"10.0.0.3", 9092};
const endpoint v6_a{"2001:db8::1", 9092};
const endpoint v6_b{"2001:db8::2", 9092};

const std::error_code refused{static_cast<int>(std::errc::connection_refused), std::system_category()};
const std::error_code timed_out = errc::connect_timed_out;

// A script: what it says to do, and what happens, in a time that passes only here.
class script {
public:
    using eyes = happy_eyeballs;

    explicit script(std::vector<endpoint> addresses, std::chrono::milliseconds deadline = 60s,
                    eyes::options how = {.attempt_delay = 250ms, .attempt_timeout = 10s})
        : decision_([&] {
              how.deadline = start_ + deadline;
              return eyes{std::move(addresses), how};
          }())
    {}

    script& connects(std::size_t address) { return does(eyes::connect{address}); }
    script& gives_up(std::size_t address) { return does(eyes::give_up{address}); }
    script& waits_until(std::chrono::milliseconds since_start) { return does(eyes::wait{start_ + since_start}); }
    script& wins(std::size_t address) { return does(eyes::won{address}).does(eyes::won{address}); }
    script& fails(std::error_code ec) { return does(eyes::failed{ec}).does(eyes::failed{ec}); }

    script& at(std::chrono::milliseconds since_start)
    {
        now_ = start_ + since_start;
        return *this;
    }
    script& connected(std::size_t address)
    {
        decision_.on_connected(address);
        return *this;
    }
    script& failed(std::size_t address, std::error_code ec = refused)
    {
        decision_.on_failed(address, ec, ec.message());
        return *this;
    }
    script& skipped(std::size_t address, std::error_code ec, std::string_view why = "not allowed")
    {
        decision_.on_skipped(address, ec, why);
        return *this;
    }

    [[nodiscard]] std::string words() const { return decision_.words(); }

private:
    script& does(const eyes::action& expected)
    {
        EXPECT_EQ(decision_.next(now_), expected);
        return *this;
    }

    eyes::time_point start_{std::chrono::hours{1}};
    eyes::time_point now_ = start_;
    eyes decision_;
};

TEST(order_addresses, takes_the_families_in_turn_beginning_with_that_of_the_first)
{
    EXPECT_EQ(order_addresses({v6_a, v6_b, v4_a, v4_b}, ""), (std::vector{v6_a, v4_a, v6_b, v4_b}));
    EXPECT_EQ(order_addresses({v4_a, v4_b, v4_c, v6_a}, ""), (std::vector{v4_a, v6_a, v4_b, v4_c}));
    EXPECT_EQ(order_addresses({v4_b, v4_a}, ""), (std::vector{v4_b, v4_a}))
        << "one family stays as the resolver gave it";
    EXPECT_TRUE(order_addresses({}, "10.0.0.1").empty());
}

TEST(order_addresses, puts_the_favourite_first_and_goes_on_with_the_other_family)
{
    EXPECT_EQ(order_addresses({v6_a, v6_b, v4_a, v4_b}, "10.0.0.2"), (std::vector{v4_b, v6_a, v4_a, v6_b}));
    EXPECT_EQ(order_addresses({v6_a, v4_a}, "10.9.9.9"), (std::vector{v6_a, v4_a})) << "it is no address any more";
}

TEST(happy_eyeballs, begins_the_next_attempt_after_the_delay_and_lets_the_first_one_go_on)
{
    script({v6_a, v4_a})
        .connects(0)
        .waits_until(250ms)
        .at(249ms)
        .waits_until(250ms)
        .at(250ms)
        .connects(1)
        .waits_until(10s)
        .at(300ms)
        .connected(1)
        .wins(1);
    script({v6_a, v4_a})
        .connects(0)
        .waits_until(250ms)
        .at(250ms)
        .connects(1)
        .waits_until(10s)
        .at(300ms)
        .connected(0)
        .wins(0);
}

TEST(happy_eyeballs, begins_the_next_attempt_at_once_when_one_fails)
{
    script({v6_a, v4_a, v6_b})
        .connects(0)
        .waits_until(250ms)
        .at(20ms)
        .failed(0)
        .connects(1)
        .waits_until(270ms)
        .at(40ms)
        .failed(1)
        .connects(2)
        .waits_until(10'040ms)
        .at(60ms)
        .connected(2)
        .wins(2);
}

TEST(happy_eyeballs, begins_one_attempt_for_each_that_fails)
{
    script({v6_a, v4_a, v6_b, v4_b})
        .connects(0)
        .waits_until(250ms)
        .at(250ms)
        .connects(1)
        .waits_until(500ms)
        .at(300ms)
        .failed(0)
        .connects(2)
        .waits_until(550ms)
        .at(310ms)
        .failed(1)
        .connects(3)
        .waits_until(10'300ms);
}

TEST(happy_eyeballs, gives_each_address_its_own_time)
{
    script eyes({v6_a, v4_a}, 60s, {.attempt_delay = 250ms, .attempt_timeout = 1s});
    eyes.connects(0)
        .waits_until(250ms)
        .at(250ms)
        .connects(1)
        .waits_until(1s)
        .at(1s)
        .gives_up(0)
        .waits_until(1'250ms)
        .at(1'250ms)
        .gives_up(1)
        .fails(timed_out);
    EXPECT_EQ(eyes.words(), "[2001:db8::1]:9092: no answer within 1000 ms; 10.0.0.1:9092: no answer within 1000 ms");
}

TEST(happy_eyeballs, an_attempt_that_times_out_before_the_delay_makes_room_at_once)
{
    script({v6_a, v4_a}, 60s, {.attempt_delay = 250ms, .attempt_timeout = 100ms})
        .connects(0)
        .waits_until(100ms)
        .at(100ms)
        .gives_up(0)
        .connects(1)
        .waits_until(200ms)
        .at(150ms)
        .connected(1)
        .wins(1);
}

TEST(happy_eyeballs, ends_at_the_deadline_and_names_every_address)
{
    script eyes({v6_a, v4_a, v6_b, v4_b}, 400ms);
    eyes.connects(0)
        .waits_until(250ms)
        .at(100ms)
        .failed(0)
        .connects(1)
        .waits_until(350ms)
        .at(350ms)
        .connects(2)
        .waits_until(400ms)
        .at(400ms)
        .fails(errc::connect_timed_out);
    EXPECT_EQ(eyes.words(), "[2001:db8::1]:9092: " + refused.message() +
                                "; 10.0.0.1:9092: no answer until the deadline"
                                "; [2001:db8::2]:9092: no answer until the deadline"
                                "; 10.0.0.2:9092: not tried before the deadline");
}

TEST(happy_eyeballs, begins_nothing_at_or_after_the_deadline)
{
    script({v4_a}, 0ms).fails(errc::connect_timed_out);
    script({v4_a, v4_b}, 100ms).connects(0).waits_until(100ms).at(200ms).failed(0).fails(errc::connect_timed_out);
}

TEST(happy_eyeballs, fails_with_the_last_failure_once_nothing_is_left)
{
    const std::error_code unreachable{static_cast<int>(std::errc::host_unreachable), std::system_category()};
    script eyes({v6_a, v4_a});
    eyes.connects(0)
        .waits_until(250ms)
        .at(250ms)
        .connects(1)
        .waits_until(10s)
        .at(300ms)
        .failed(1, unreachable)
        .waits_until(10s)
        .at(400ms)
        .failed(0, refused)
        .fails(refused);
    EXPECT_EQ(eyes.words(), "10.0.0.1:9092: " + unreachable.message() + "; [2001:db8::1]:9092: " + refused.message());
}

// Or an address that this machine cannot use would end what only has to wait for the broker.
TEST(happy_eyeballs, fails_with_what_may_pass_rather_than_with_what_does_not)
{
    const std::error_code forbidden = errc::endpoint_refused;
    script first({v4_a, v6_a});
    first.connects(0).failed(0, timed_out).connects(1).failed(1, forbidden).fails(timed_out);
    script last({v6_a, v4_a});
    last.connects(0).failed(0, forbidden).connects(1).failed(1, timed_out).fails(timed_out);
}

TEST(happy_eyeballs, what_was_skipped_is_the_outcome_only_if_nothing_was_tried)
{
    script all({v6_a, v4_a});
    all.connects(0)
        .skipped(0, errc::endpoint_refused)
        .connects(1)
        .skipped(1, errc::endpoint_refused)
        .fails(errc::endpoint_refused);
    EXPECT_EQ(all.words(), "[2001:db8::1]:9092: not allowed; 10.0.0.1:9092: not allowed");
    script({v6_a, v4_a})
        .connects(0)
        .waits_until(250ms)
        .at(10ms)
        .failed(0, refused)
        .connects(1)
        .skipped(1, errc::endpoint_refused)
        .fails(refused);
}

TEST(happy_eyeballs, late_news_of_an_attempt_that_is_over_changes_nothing)
{
    script given_up({v6_a, v4_a}, 60s, {.attempt_delay = 250ms, .attempt_timeout = 100ms});
    given_up.connects(0)
        .waits_until(100ms)
        .at(100ms)
        .gives_up(0)
        .connected(0)
        .failed(0) // the socket had succeeded in that very moment, then it was closed
        .connects(1)
        .waits_until(200ms)
        .connected(7)
        .failed(7) // there is none
        .at(200ms)
        .gives_up(1)
        .fails(timed_out)
        .connected(1)
        .fails(timed_out);
    script({v6_a, v4_a})
        .connects(0)
        .waits_until(250ms)
        .at(250ms)
        .connects(1)
        .waits_until(10s)
        .connected(1)
        .connected(0)
        .failed(1)
        .skipped(0, refused)
        .wins(1);
    script({v6_a, v4_a}).connects(0).waits_until(250ms).connected(1).waits_until(250ms); // it was not begun yet
}

TEST(happy_eyeballs, a_delay_is_ten_milliseconds_at_least)
{
    for (const auto delay : {-5ms, 0ms, 9ms})
        script({v6_a, v4_a}, 60s, {.attempt_delay = delay, .attempt_timeout = 1s}).connects(0).waits_until(10ms);
    script({v6_a, v4_a}, 60s, {.attempt_delay = 11ms, .attempt_timeout = 1s}).connects(0).waits_until(11ms);
}

TEST(happy_eyeballs, bears_times_without_end)
{
    using eyes = happy_eyeballs;
    eyes endless({v6_a, v4_a}, {.attempt_delay = std::chrono::milliseconds::max(),
                                .attempt_timeout = std::chrono::milliseconds::max()});
    const eyes::time_point now{std::chrono::hours{1}};
    EXPECT_EQ(endless.next(now), eyes::action{eyes::connect{0}});
    EXPECT_EQ(endless.next(now), eyes::action{eyes::wait{eyes::time_point::max()}});
    EXPECT_EQ(eyes({}, {}).next(now), eyes::action{eyes::failed{errc::no_address}});
}

} // namespace
} // namespace odradek
