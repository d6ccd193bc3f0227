// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/client.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <gtest/gtest.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <tests/unit/client/ending.hpp>

namespace odradek {
namespace {

using namespace test;
using fault = fake_cluster::fault;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""h;

TEST(client_life, begins_again_with_the_function_that_finds_brokers_when_none_is_left) // B32
{
    fake_cluster brokers;
    client_options options;
    std::vector<std::uint32_t> rounds;
    options.brokers = broker_list{[&rounds](discovery d) -> asio::awaitable<std::vector<endpoint>> {
        rounds.push_back(d.round);
        co_return std::vector<endpoint>{{.host = d.round == 1 ? "b1" : "elsewhere", .port = 9092}};
    }};
    client c = brokers.make_client(options);
    ending<placed> before;
    c.async_produce(first_partition, one_record, {}, before.handler());
    ASSERT_TRUE(brokers.run_until([&] { return before.is_there(); }));
    EXPECT_EQ(rounds, (std::vector<std::uint32_t>{1}));

    brokers.close("b1");
    brokers.close("b2");
    brokers.open(1, "elsewhere");
    brokers.instead = [](int, fake_session& session, const fake_session::request& r) {
        if (r.key != api::metadata) return false;
        session.answer(r, test::metadata_builder{}
                              .broker(1, "elsewhere")
                              .topic("letters", test::id_of(7), {{1, 6}, {1, 6}})
                              .response());
        return true;
    };
    const steady_time lost = brokers.world.time->now();
    ending<placed> after;
    c.async_produce(after.about, first_partition, one_record, {.delivery_timeout = 600s}, after.handler());
    ASSERT_TRUE(brokers.run_until([&] { return after.is_there(); }));
    EXPECT_EQ(*after.ec, std::error_code{}) << after.about.to_string();
    EXPECT_EQ(rounds, (std::vector<std::uint32_t>{1, 2}));
    EXPECT_GE(brokers.world.time->now() - lost, 300s);
}

TEST(client_life, leaves_a_broker_alone_that_asks_for_it) // B31, KIP-219
{
    fake_cluster brokers;
    client c = brokers.make_client();
    brokers.instead = [&](int, fake_session& session, const fake_session::request& r) {
        if (r.key != api::heartbeat) return false;
        heartbeat_response answer;
        answer.throttle_time_ms = brokers.count(api::heartbeat) == 1 ? 3000 : 0;
        session.answer(r, answer);
        return true;
    };
    for (int i = 0; i < 2; ++i) {
        ending<response<heartbeat_response>> end;
        c.async_request(broker_id{1}, heartbeat_request{}, {}, end.handler());
        ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
        EXPECT_EQ(*end.ec, std::error_code{});
    }
    EXPECT_GE(brokers.seen.back().at - brokers.seen[brokers.seen.size() - 2].at, 3000ms);
}

TEST(client_life, names_the_topic_that_does_not_exist)
{
    fake_cluster brokers;
    brokers.instead = [](int, fake_session& session, const fake_session::request& r) {
        if (r.key != api::metadata) return false;
        session.answer(r, test::metadata_builder{}
                              .broker(1, "b1")
                              .refused_topic("diaries", broker_errc::unknown_topic_or_partition)
                              .response());
        return true;
    };
    client c = brokers.make_client();
    ending<fetched> end;
    c.async_fetch(end.about, {.topic = "diaries", .partition = 0, .offset = 0}, {}, end.handler());
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, errc::unknown_topic);
    EXPECT_NE(end.about.client_message().find("diaries"), std::string_view::npos);
}

TEST(client_life, names_the_partitions_that_there_are)
{
    fake_cluster brokers;
    client c = brokers.make_client();
    ending<fetched> end;
    c.async_fetch(end.about, {.topic = "letters", .partition = 2, .offset = 0}, {}, end.handler());
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, errc::unknown_partition);
    EXPECT_NE(end.about.client_message().find("0 to 1"), std::string_view::npos);
}

TEST(client_life, names_the_bounds_of_the_log_when_an_offset_lies_outside)
{
    fake_cluster brokers;
    brokers.log_end = 17;
    client c = brokers.make_client();
    ending<fetched> end;
    c.async_fetch(end.about, {.topic = "letters", .partition = 0, .offset = 99}, {}, end.handler());
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, broker_errc::offset_out_of_range);
    EXPECT_NE(end.about.client_message().find("from 0 to 17"), std::string_view::npos);
}

TEST(client_life, ends_an_operation_that_is_cancelled)
{
    fake_cluster brokers;
    brokers.fail_at(1, fault::silence);
    client c = brokers.make_client();
    ending<placed> end;
    asio::cancellation_signal stop;
    c.async_produce(first_partition, one_record, {}, asio::bind_cancellation_slot(stop.slot(), end.handler()));
    brokers.world.time->run_for(brokers.world.io, 1s);
    ASSERT_FALSE(end.is_there());
    stop.emit(asio::cancellation_type::terminal);
    brokers.world.settle();
    ASSERT_TRUE(end.is_there());
    EXPECT_EQ(*end.ec, asio::error::operation_aborted);
}

TEST(client_life, ends_what_is_pending_when_it_is_destroyed) // B39
{
    fake_cluster brokers;
    brokers.fail_at(1, fault::silence);
    ending<placed> end;
    {
        client c = brokers.make_client();
        c.async_produce(first_partition, one_record, {}, end.handler());
        brokers.world.time->run_for(brokers.world.io, 1s);
        ASSERT_FALSE(end.is_there());
    }
    brokers.world.settle();
    ASSERT_TRUE(end.is_there());
    EXPECT_EQ(*end.ec, errc::closed);
    EXPECT_EQ(brokers.world.time->pending(), 0u);
}

TEST(client_life, lets_go_of_everything_when_the_context_ends_with_operations_pending)
{
    asio::io_context elsewhere; // where somebody listens who never answers
    asio::ip::tcp::acceptor silent{elsewhere, {asio::ip::address_v4::loopback(), 0}};
    const std::string address = "127.0.0.1:" + std::to_string(silent.local_endpoint().port());
    auto io = std::make_unique<asio::io_context>();
    ending<placed> end;
    {
        client c{*io, {.brokers = {address}}};
        c.async_produce(first_partition, one_record, {}, end.handler());
        io->run_for(20ms);
        EXPECT_FALSE(end.is_there());
    }
    io.reset();
    EXPECT_FALSE(end.is_there()) << "nobody is called; a sanitizer sees that nothing leaks";
}

TEST(client_life, waits_for_what_is_pending_when_it_is_closed_and_refuses_what_comes_later) // B39
{
    fake_cluster brokers;
    client c = brokers.make_client();
    ending<placed> end;
    c.async_produce(first_partition, one_record, {}, end.handler());
    std::optional<std::error_code> closed;
    c.async_close(5s, [&](std::error_code ec) { closed = ec; });
    ASSERT_TRUE(brokers.run_until([&] { return closed.has_value(); }));
    ASSERT_TRUE(end.is_there());
    EXPECT_EQ(*end.ec, std::error_code{});
    ending<placed> late;
    c.async_produce(first_partition, one_record, {}, late.handler());
    brokers.world.settle();
    ASSERT_TRUE(late.is_there());
    EXPECT_EQ(*late.ec, errc::closed);
}

TEST(client_life, is_closed_at_the_deadline_even_if_something_hangs) // B39
{
    fake_cluster brokers;
    brokers.fail_at(1, fault::silence);
    client c = brokers.make_client();
    ending<placed> end;
    c.async_produce(first_partition, one_record, {}, end.handler());
    brokers.world.settle();
    const steady_time begin = brokers.world.time->now();
    std::optional<std::error_code> closed;
    c.async_close(5s, [&](std::error_code ec) { closed = ec; });
    ASSERT_TRUE(brokers.run_until([&] { return closed.has_value() && end.is_there(); }));
    EXPECT_EQ(*end.ec, errc::closed);
    EXPECT_EQ(brokers.world.time->now() - begin, 5s);
}

TEST(client_life, stops_at_once_when_closing_is_cancelled)
{
    fake_cluster brokers;
    brokers.fail_at(1, fault::silence);
    client c = brokers.make_client();
    ending<placed> pending;
    c.async_produce(first_partition, one_record, {}, pending.handler());
    std::optional<std::error_code> closed;
    asio::cancellation_signal stop;
    c.async_close(60s, asio::bind_cancellation_slot(stop.slot(), [&closed](std::error_code ec) { closed = ec; }));
    brokers.world.time->run_for(brokers.world.io, 1s);
    ASSERT_FALSE(closed);
    stop.emit(asio::cancellation_type::terminal);
    brokers.world.settle();
    ASSERT_TRUE(closed && pending.is_there());
    EXPECT_EQ(*closed, asio::error::operation_aborted);
    EXPECT_EQ(*pending.ec, errc::closed);
}

TEST(client_life, waits_for_ever_if_that_is_what_is_asked)
{
    fake_cluster brokers;
    client c = brokers.make_client();
    ending<placed> end;
    c.async_produce(first_partition, one_record, {.delivery_timeout = std::chrono::milliseconds::max()}, end.handler());
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, std::error_code{});
}

TEST(client_life, takes_the_longest_time_that_there_is_for_never_in_every_option)
{
    constexpr auto never = std::chrono::milliseconds::max();
    fake_cluster brokers;
    client_options options;
    for (std::chrono::milliseconds client_options::* one :
         {&client_options::connect_timeout, &client_options::setup_timeout, &client_options::request_timeout,
          &client_options::default_api_timeout, &client_options::retry_backoff_max,
          &client_options::reconnect_backoff_max, &client_options::connections_max_idle,
          &client_options::metadata_max_age, &client_options::metadata_topic_idle,
          &client_options::metadata_missing_grace, &client_options::rebootstrap_trigger})
        options.*one = never;
    client c = brokers.make_client(options);
    for (int i = 0; i < 2; ++i) {
        ending<placed> written;
        c.async_produce(first_partition, one_record, {.timeout = never, .delivery_timeout = never}, written.handler());
        ASSERT_TRUE(brokers.run_until([&] { return written.is_there(); }));
        EXPECT_EQ(*written.ec, std::error_code{});
        ending<fetched> read;
        c.async_fetch(from_beginning, {.max_wait = never}, read.handler());
        ASSERT_TRUE(brokers.run_until([&] { return read.is_there(); }));
        EXPECT_EQ(*read.ec, std::error_code{});
        brokers.world.time->run_for(brokers.world.io, 24h);
    }
    EXPECT_EQ(brokers.count(api::metadata), 1u);
    brokers.close("b1");
    ending<placed> lost;
    c.async_produce(first_partition, one_record, {.delivery_timeout = 600s}, lost.handler());
    ASSERT_TRUE(brokers.run_until([&] { return lost.is_there(); }));
    EXPECT_TRUE(*lost.ec);
}

TEST(client_life, keeps_nothing_pending_while_nothing_is_asked_of_it)
{
    fake_cluster brokers;
    client c = brokers.make_client();
    ending<placed> end;
    c.async_produce(first_partition, one_record, {}, end.handler());
    brokers.world.io.restart();
    while (!end.is_there() && brokers.world.io.run_one() != 0) {
    }
    brokers.world.io.restart();
    brokers.world.io.run(); // returns: no work is left
    EXPECT_TRUE(end.is_there());
}

TEST(client_life, reports_invalid_options_with_the_first_operation)
{
    fake_cluster brokers;
    client c = brokers.make_client({.brokers = {"b1:notaport"}});
    ending<placed> end;
    c.async_produce(end.about, first_partition, one_record, {}, end.handler());
    brokers.world.settle();
    ASSERT_TRUE(end.is_there());
    EXPECT_EQ(*end.ec, errc::invalid_option);
    EXPECT_NE(end.about.client_message().find("b1:notaport"), std::string_view::npos);
}

TEST(client_life, names_an_option_and_its_value)
{
    const auto words_for = [](client_options options, const produce_options& how, errc expected) {
        fake_cluster brokers;
        client c = brokers.make_client(std::move(options));
        ending<placed> end;
        c.async_produce(end.about, first_partition, one_record, how, end.handler());
        brokers.world.settle();
        EXPECT_TRUE(end.is_there() && *end.ec == expected);
        return end.about.to_string();
    };
    using namespace std::chrono_literals;
    EXPECT_EQ(words_for({.request_timeout = -5ms}, {}, errc::invalid_option),
              "client_options::request_timeout must be above 0, not -5 ms");
    EXPECT_EQ(words_for({}, {.acks = static_cast<acks>(5)}, errc::invalid_argument),
              "produce: acks is 5, which is none of 0 (none), 1 (leader) and -1 (all)");
    EXPECT_TRUE(words_for({}, {.compression = static_cast<compression>(9)}, errc::invalid_argument)
                    .starts_with("produce: compression is 9, which is no codec"));
}

TEST(client_life, refuses_records_that_are_not_for_the_destination)
{
    fake_cluster brokers;
    client c = brokers.make_client();
    const record elsewhere[] = {{.topic = "diaries", .value = "x"}};
    ending<placed> end;
    c.async_produce(end.about, first_partition, elsewhere, {}, end.handler());
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, errc::invalid_argument);
    EXPECT_NE(end.about.client_message().find("record 0"), std::string_view::npos);
}

TEST(client_life, needs_a_target_for_an_api_that_goes_to_one_of_many)
{
    fake_cluster brokers;
    client c = brokers.make_client();
    ending<response<fetch_response>> end;
    c.async_request(fetch_request{}, {}, end.handler());
    brokers.world.settle();
    ASSERT_TRUE(end.is_there());
    EXPECT_EQ(*end.ec, errc::invalid_argument);
    ending<response<metadata_response>> any;
    c.async_request(metadata_request{}, {}, any.handler());
    ASSERT_TRUE(brokers.run_until([&] { return any.is_there(); }));
    EXPECT_EQ(*any.ec, std::error_code{});
    EXPECT_EQ(any.result->brokers.size(), 2u);
}

TEST(client_life, keeps_to_the_highest_version_that_it_is_told)
{
    fake_cluster brokers;
    client c = brokers.make_client();
    ending<response<metadata_response>> end;
    c.async_request(metadata_request{}, {.highest_version = api_version{9}}, end.handler());
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(end.result.version(), api_version{9});
}

TEST(client_life, names_the_field_that_a_version_cannot_carry)
{
    fake_cluster brokers;
    client c = brokers.make_client();
    metadata_request request;
    request.allow_auto_topic_creation = false;
    ending<response<metadata_response>> end;
    c.async_request(end.about, any_broker, request, {.highest_version = api_version{3}}, end.handler());
    ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    EXPECT_EQ(*end.ec, errc::unsupported_field);
    EXPECT_NE(end.about.client_message().find("allow_auto_topic_creation"), std::string_view::npos);
}

TEST(client_life, never_chooses_an_unstable_version_unless_asked)
{
    fake_cluster brokers;
    client c = brokers.make_client();
    std::vector<api_version> asked;
    brokers.instead = [&](int, fake_session& session, const fake_session::request& r) {
        if (r.key != api::init_producer_id) return false;
        asked.push_back(r.version);
        session.stream->end();
        return true;
    };
    for (const bool allow : {false, true}) {
        ending<response<init_producer_id_response>> end;
        c.async_request(any_broker, init_producer_id_request{}, {.allow_unstable = allow, .retry = false},
                        end.handler());
        ASSERT_TRUE(brokers.run_until([&] { return end.is_there(); }));
    }
    EXPECT_EQ(asked, (std::vector<api_version>{api_version{5}, api_version{6}}));
}

} // namespace
} // namespace odradek
