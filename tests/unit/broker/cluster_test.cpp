// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/cluster.hpp>
#include <odradek/client/client.hpp>
#include <odradek/protocol/generated/messages/api_versions.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/use_future.hpp>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <tests/unit/broker/raw_client.hpp>
#include <tests/unit/client/ending.hpp>
#include <thread>

namespace odradek::broker {
namespace {

using namespace test;
using odradek::test::ending;
using odradek::test::first_partition;
using odradek::test::from_beginning;
using odradek::test::one_record;
using std::chrono_literals::operator""s;

class broker_cluster : public testing::Test {
protected:
    void run_until(const auto& is_there)
    {
        io.restart();
        while (!is_there()) io.run_one();
    }

    asio::io_context io;
};

TEST(broker_callbacks, may_stop_the_cluster)
{
    served all{{.topics = {{"letters", 1}}}};
    fault stopping{.key = api::metadata};
    stopping.effect.rewrite = [&](api, api_version, std::vector<std::byte>&) { all.cluster.stop(); };
    all.cluster.faults().add(std::move(stopping));
    raw_client asking{all};
    raw_client idle{all};
    asking.ask(metadata_request{}, 9, 1);
    EXPECT_TRUE(asking.is_closed());
    EXPECT_TRUE(idle.is_closed());
    EXPECT_EQ(all.time->pending(), 0u); // nothing keeps the io_context
}

TEST_F(broker_cluster, serves_a_client_on_the_same_io_context)
{
    cluster brokers{io, {.brokers = 3, .topics = {{"letters", 6}}}};
    ASSERT_FALSE(brokers.error()) << brokers.error_text();
    const std::set<std::string> places(brokers.bootstrap().begin(), brokers.bootstrap().end());
    EXPECT_EQ(places.size(), 3U);

    client c{io, {.brokers = brokers.bootstrap()}};
    for (std::int32_t partition = 0; partition < 6; ++partition) {
        ending<placed> sent;
        c.async_produce({.topic = "letters", .partition = partition}, one_record, {}, sent.handler());
        run_until([&] { return sent.is_there(); });
        ASSERT_FALSE(*sent.ec) << sent.ec->message();
        EXPECT_EQ(sent.result.offset, 0);
        ending<fetched> read;
        c.async_fetch({.topic = "letters", .partition = partition, .offset = 0}, {}, read.handler());
        run_until([&] { return read.is_there(); });
        ASSERT_FALSE(*read.ec) << read.ec->message();
        std::string values;
        for (const auto& batch : read.result)
            for (const auto& record : batch) values += std::string(record.value()->text());
        EXPECT_EQ(values, "Dear M.");
    }
    EXPECT_GT(brokers.bytes_stored(), 6 * 60U);
}

TEST_F(broker_cluster, may_be_driven_by_another_thread_than_the_one_that_says_what_goes_wrong)
{
    cluster brokers{io, {.topics = {{"letters", 1}}}};
    std::thread serving([this] { io.run(); });
    asio::io_context own;
    client c{own, {.brokers = brokers.bootstrap()}};
    brokers.faults().fail_next(api::produce, broker_errc::not_leader_or_follower);
    ending<placed> sent;
    c.async_produce(first_partition, one_record, {}, sent.handler());
    own.run();
    EXPECT_FALSE(*sent.ec) << sent.ec->message();
    EXPECT_EQ(brokers.faults().hits("fail"), 1U);
    brokers.stop();
    serving.join(); // nothing is pending any more
}

TEST_F(broker_cluster, moves_a_leader_and_loses_a_broker)
{
    cluster brokers{io, {.brokers = 3, .topics = {{"letters", 1}}}};
    client c{io, {.brokers = brokers.bootstrap()}};
    const auto leader = [&] {
        ending<cluster_snapshot> known;
        c.async_metadata(std::vector<std::string>{"letters"}, {}, known.handler());
        run_until([&] { return known.is_there(); });
        EXPECT_FALSE(*known.ec) << known.ec->message();
        return known.result->find_topic("letters")->find_partition(0)->leader;
    };
    brokers.move_leader("letters", 0, 2);
    EXPECT_EQ(leader(), 2);
    brokers.take_down(2);
    const auto next = leader();
    EXPECT_NE(next, 2);
    EXPECT_NE(next, -1);
    ending<placed> sent;
    c.async_produce(first_partition, one_record, {}, sent.handler());
    run_until([&] { return sent.is_there(); });
    EXPECT_FALSE(*sent.ec) << sent.ec->message();
    brokers.bring_up(2);
}

TEST(broker_cluster_connections, are_closed_at_once_where_a_broker_is_down_or_refuses)
{
    served in{{.brokers = 2}};
    raw_client before{in, 0};
    in.cluster.faults().refuse_connections(1);
    EXPECT_TRUE((raw_client{in, 0}.is_closed()));
    EXPECT_FALSE((raw_client{in, 1}.is_closed()));
    EXPECT_FALSE(before.is_closed());
    in.cluster.faults().clear();
    EXPECT_FALSE((raw_client{in, 0}.is_closed()));
    in.cluster.take_down(1);
    EXPECT_TRUE(before.is_closed());
    EXPECT_TRUE((raw_client{in, 0}.is_closed()));
    in.cluster.bring_up(1);
    EXPECT_FALSE((raw_client{in, 0}.is_closed()));
}

TEST_F(broker_cluster, leaves_nothing_pending_when_it_stops_or_goes)
{
    {
        cluster brokers{io, {.brokers = 2}};
        client c{io, {.brokers = brokers.bootstrap()}};
        ending<cluster_snapshot> known;
        c.async_metadata({}, {}, known.handler());
        run_until([&] { return known.is_there(); });
        cluster moved = std::move(brokers);
        EXPECT_EQ(moved.bootstrap().size(), 2U);
    }
    io.restart();
    io.run();
    cluster never_run{io}; // and one whose context never runs leaks nothing
}

TEST_F(broker_cluster, takes_the_ports_behind_the_one_that_was_named)
{
    cluster one{io};
    const std::uint16_t taken = parse_endpoint(one.bootstrap()[0])->port;
    cluster same{io, {.listen = "127.0.0.1:" + std::to_string(taken)}};
    EXPECT_TRUE(same.error());
    EXPECT_NE(same.error_text().find("listen: 127.0.0.1:" + std::to_string(taken) + ": "), std::string::npos)
        << same.error_text();
    EXPECT_TRUE(same.bootstrap().empty());
    cluster behind{io, {.brokers = 2, .listen = "127.0.0.1:" + std::to_string(taken - 1)}};
    if (behind.error()) GTEST_SKIP() << "the port before is taken too"; // by somebody else on this machine
    EXPECT_GT(parse_endpoint(behind.bootstrap()[1])->port, taken);
}

TEST_F(broker_cluster, names_the_option_that_cannot_be)
{
    const auto problem = [this](cluster_options options) {
        cluster made{io, std::move(options)};
        EXPECT_TRUE(made.error());
        EXPECT_TRUE(made.bootstrap().empty());
        made.faults().clear(); // harmless
        return made.error_text();
    };
    EXPECT_EQ(problem({.brokers = 0}), "brokers: 0 is not from 1 to 1000");
    EXPECT_TRUE(problem({.as_version = "0.8"}).starts_with("as_version: there is no \"0.8\"; known are 0.11"));
    cluster there{io};
    EXPECT_TRUE(problem({.listen = there.bootstrap().front(), .as_version = "0.8"}).starts_with("as_version: "))
        << "before it would find that the port is taken";
    EXPECT_EQ(problem({.listen = "broker.test:0"}),
              "listen: \"broker.test:0\" is not HOST:PORT with a numeric address or localhost");
    EXPECT_EQ(problem({.listen = "SSL://127.0.0.1:0"}),
              "listen: \"SSL://127.0.0.1:0\" is not HOST:PORT with a numeric address or localhost");
    EXPECT_TRUE(problem({.listen = "0.0.0.0:0"}).starts_with("listen: other machines reach 0.0.0.0"));
    EXPECT_EQ(problem({.topics = {{"letters", 0}}}),
              "topics: \"letters\": Number of partitions was set to an invalid non-positive value.");
    EXPECT_EQ(problem({.properties = {{"num.partitions", "x"}}}),
              "properties: num.partitions: \"x\" is not a number from 1 to 2147483647");
    EXPECT_EQ(problem({.properties = {{"auto.create.topics.enable", "yes"}}}),
              "properties: auto.create.topics.enable: \"yes\" is not true or false");
    EXPECT_TRUE(problem({.properties = {{"log.retention.ms", "x"}}}).starts_with("properties: log.retention.ms: "));
    EXPECT_EQ(problem({.properties = {{"num.partition", "4"}}}),
              R"(properties: the embedded broker has no setting "num.partition"; did you mean num.partitions?)");
    EXPECT_EQ(problem({.properties = {{"quite.something.else", "4"}}}),
              R"(properties: the embedded broker has no setting "quite.something.else")");
}

TEST_F(broker_cluster, applies_properties_and_pretends_to_be_an_older_release)
{
    cluster brokers{io, {.as_version = "2.8", .properties = {{"num.partitions", "4"}}}};
    ASSERT_FALSE(brokers.error()) << brokers.error_text();
    client c{io, {.brokers = brokers.bootstrap()}};
    ending<cluster_snapshot> known;
    c.async_metadata(std::vector<std::string>{"made"}, {.allow_auto_topic_creation = true}, known.handler());
    run_until([&] { return known.is_there(); });
    ASSERT_FALSE(*known.ec) << known.ec->message();
    EXPECT_EQ(known.result->find_topic("made")->partitions.size(), 4U);
    ending<response<api_versions_response>> spoken;
    c.async_request(any_broker, api_versions_request{}, {}, spoken.handler());
    run_until([&] { return spoken.is_there(); });
    ASSERT_FALSE(*spoken.ec) << spoken.ec->message();
    for (const auto& one : spoken.result->api_keys)
        if (static_cast<api>(one.api_key_) == api::metadata) {
            EXPECT_EQ(one.max_version, 11);
        }
}

TEST_F(broker_cluster, makes_topics_later_too)
{
    cluster brokers{io, {.topics = {{"letters", 1}}}};
    EXPECT_EQ(brokers.create_topic({"letters", 1}), broker_errc::topic_already_exists);
    EXPECT_EQ(brokers.create_topic({"diaries", 2}), broker_errc::none);
}

} // namespace
} // namespace odradek::broker
