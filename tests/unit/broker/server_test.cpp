// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/api_versions.hpp>
#include <odradek/protocol/generated/messages/fetch.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>
#include <odradek/protocol/generated/messages/produce.hpp>

#include <gtest/gtest.h>

#include <tests/unit/broker/raw_client.hpp>

namespace odradek::broker {
namespace {

using namespace test;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using ids = std::vector<std::int32_t>;

// Waits for records that never come.
fetch_request long_poll(std::vector<fetch_request::fetch_topic>& topics,
                        std::vector<fetch_request::fetch_partition>& partitions)
{
    partitions = {{.partition = 0, .fetch_offset = 0, .partition_max_bytes = 1000}};
    topics = {{.topic = "letters", .partitions = partitions}};
    return {.max_wait_ms = 500, .min_bytes = 1, .topics = topics};
}

TEST(broker_server, answers_a_request_that_comes_byte_by_byte)
{
    served in;
    raw_client client{in};
    for (const std::byte one : raw_client::frame_of(api_versions_request{}, 0, 7)) client.send({one});
    EXPECT_EQ(client.answers(), ids{7});
    EXPECT_FALSE(client.is_closed());
}

TEST(broker_server, answers_requests_that_come_together_in_their_order)
{
    served in;
    raw_client client{in};
    std::vector<std::byte> all;
    ids expected;
    for (std::int32_t id = 0; id < 3000; ++id) {
        const auto one = raw_client::frame_of(metadata_request{}, 9, id);
        all.insert(all.end(), one.begin(), one.end());
        expected.push_back(id);
    }
    client.send(all);
    EXPECT_EQ(client.answers(), expected);
}

TEST(broker_server, sends_nothing_for_a_produce_that_wants_no_answer)
{
    served in{{.topics = {{"letters", 1}}}};
    raw_client client{in};
    client.ask(produce_request{.acks = 0, .timeout_ms = 1000}, 7, 1);
    EXPECT_TRUE(client.received().empty());
    client.ask(api_versions_request{}, 0, 2);
    EXPECT_EQ(client.answers(), ids{2});
}

TEST(broker_server, looks_at_the_next_request_only_after_the_answer_to_the_last)
{
    served in{{.topics = {{"letters", 1}}}};
    raw_client client{in};
    std::vector<fetch_request::fetch_topic> topics;
    std::vector<fetch_request::fetch_partition> partitions;
    client.ask(long_poll(topics, partitions), 4, 1);
    client.ask(api_versions_request{}, 0, 2);
    in.pass(400ms);
    EXPECT_EQ(client.answers(), ids{});
    in.pass(200ms);
    EXPECT_EQ(client.answers(), (ids{1, 2}));
}

TEST(broker_server, closes_a_connection_that_speaks_something_else)
{
    served in{{.properties = {{"socket.request.max.bytes", "1000"}}}};
    for (const std::string_view words :
         {std::string_view{"GET / HTTP/1.1\r\n\r\n"}, std::string_view{"\0\0\3\xe9", 4},
          std::string_view{"\xff\xff\xff\xff", 4}, std::string_view{"\0\0\0\4\0\22\0\0", 8}}) {
        raw_client client{in};
        const auto* const bytes = reinterpret_cast<const std::byte*>(words.data());
        client.send({bytes, bytes + words.size()});
        EXPECT_TRUE(client.is_closed()) << words;
        EXPECT_TRUE(client.received().empty());
    }
}

TEST(broker_server, closes_connections_that_ask_nothing_and_wakes_up_for_nothing_else)
{
    served in{{.properties = {{"connections.max.idle.ms", "60000"}}, .first_request_timeout = 5s}};
    in.settle();
    EXPECT_EQ(in.time->pending(), 0U); // nobody is there: no timer
    raw_client silent{in};
    raw_client slow{in};
    raw_client good{in};
    slow.send({std::byte{0}, std::byte{0}});
    good.ask(api_versions_request{}, 0, 1);
    EXPECT_EQ(in.time->pending(), 1U);
    in.pass(4s);
    slow.send({std::byte{0}}); // bytes alone prove nothing
    EXPECT_FALSE(silent.is_closed());
    in.pass(1s);
    EXPECT_TRUE(silent.is_closed());
    EXPECT_TRUE(slow.is_closed());
    EXPECT_EQ(good.answers(), ids{1});
    in.pass(54s);
    EXPECT_FALSE(good.is_closed());
    good.ask(api_versions_request{}, 0, 2);
    in.pass(59s);
    EXPECT_FALSE(good.is_closed());
    in.pass(1s);
    EXPECT_TRUE(good.is_closed());
    EXPECT_EQ(in.time->pending(), 0U);
}

TEST(broker_server, drops_a_client_that_takes_no_answers_and_no_other)
{
    served in{{.topics = {{"letters", 1000}}, .stall_timeout = 5s, .output_cap = 100'000}};
    raw_client deaf{in};
    raw_client good{in};
    std::vector<std::byte> all;
    for (std::int32_t id = 0; id < 1000; ++id) {
        const auto one = raw_client::frame_of(metadata_request{.topics = nullptr}, 9, id);
        all.insert(all.end(), one.begin(), one.end());
    }
    deaf.send(all); // 30 MB of answers, more than sockets hold
    in.pass(4s);
    good.ask(api_versions_request{}, 0, 1);
    EXPECT_EQ(good.answers(), ids{1});
    in.pass(2s);
    good.ask(api_versions_request{}, 0, 2);
    EXPECT_EQ(good.answers(), ids{2});
    EXPECT_LT(deaf.answers().size(), 1000U);
    EXPECT_TRUE(deaf.is_closed());
}

TEST(broker_server, answers_a_client_that_has_shut_down_its_side_and_then_closes)
{
    served in{{.topics = {{"letters", 1}}}};
    raw_client client{in};
    std::vector<fetch_request::fetch_topic> topics;
    std::vector<fetch_request::fetch_partition> partitions;
    client.ask(long_poll(topics, partitions), 4, 1);
    client.shut_down_sending();
    EXPECT_FALSE(client.is_closed());
    in.pass(500ms);
    EXPECT_EQ(client.answers(), ids{1});
    EXPECT_TRUE(client.is_closed());
}

TEST(broker_server, cuts_connections_where_a_fault_says_so)
{
    served in;
    const std::vector<std::byte> request = raw_client::frame_of(api_versions_request{}, 0, 1);
    std::vector<std::byte> whole;
    for (const cut where : {cut::after, cut::inside, cut::before}) {
        in.cluster.faults().add({.effect = {.where = where}});
        raw_client client{in};
        client.send(request);
        EXPECT_TRUE(client.is_closed());
        if (where == cut::after) whole = client.received();
        const std::size_t expected = where == cut::after ? whole.size() : where == cut::inside ? whole.size() / 2 : 0;
        EXPECT_EQ(client.received().size(), expected);
    }
    EXPECT_FALSE(whole.empty());
}

TEST(broker_server, delays_an_answer)
{
    served in;
    in.cluster.faults().add({.effect = {.delay = 300ms}});
    raw_client client{in};
    client.ask(api_versions_request{}, 0, 1);
    in.pass(299ms);
    EXPECT_EQ(client.answers(), ids{});
    in.pass(1ms);
    EXPECT_EQ(client.answers(), ids{1});
}

TEST(broker_server, lets_go_of_a_connection_whose_answer_was_dropped_once_the_client_leaves)
{
    served in{{.first_request_timeout = 5s}};
    in.cluster.faults().add({.times = 0, .effect = {.drop_response = true}});
    {
        raw_client client{in};
        client.ask(api_versions_request{}, 0, 1);
        EXPECT_EQ(client.answers(), ids{});
    }
    in.pass(5s);
    EXPECT_EQ(in.time->pending(), 0U);
}

} // namespace
} // namespace odradek::broker
