// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/faults.hpp>
#include <odradek/protocol/generated/messages/fetch.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>

#include <gtest/gtest.h>

#include <string>
#include <tests/support/broker_core.hpp>
#include <vector>

namespace odradek::broker {
namespace {

using namespace std::chrono_literals;
using test::broker_core;

class fault_test : public testing::Test {
protected:
    /// What a Metadata request leads to under a fault.
    std::vector<action> with(fault_effect effect)
    {
        brokers.core.faults().clear();
        brokers.core.faults().add({.key = api::metadata, .effect = std::move(effect)});
        on = brokers.connect();
        brokers.send(on, metadata_request{}, api_version{9});
        return brokers.take();
    }
    std::size_t whole() { return with({}).at(0).bytes.size(); }

    broker_core brokers;
    connection_id on = 0;
};

TEST_F(fault_test, fails_the_next_ones_of_an_api_and_then_no_more)
{
    brokers.create("letters");
    brokers.core.faults().fail_next(api::metadata, broker_errc::leader_not_available, 2);
    const metadata_request::metadata_request_topic wanted[] = {{.name = "letters"}};
    metadata_request request;
    request.topics = wanted;
    for (int i = 0; i < 2; ++i)
        EXPECT_EQ(brokers.ask(request, 9)->topics[0].error_code, broker_errc::leader_not_available);
    EXPECT_EQ(brokers.ask(request, 9)->topics[0].error_code, broker_errc::none);
    EXPECT_EQ(brokers.core.faults().hits().at("fail"), 2u);
}

TEST_F(fault_test, lets_a_callback_change_the_cluster_while_others_wait)
{
    brokers.create("letters");
    fault_effect effect;
    int answers = 0;
    effect.rewrite = [&](api, api_version, std::vector<std::byte>&) {
        ++answers;
        brokers.core.move_leader("letters", 0, -1); // which everybody who waits is told
    };
    brokers.core.faults().add({.key = api::fetch, .times = 3, .effect = std::move(effect)});
    const fetch_request::fetch_partition partition{.partition = 0, .fetch_offset = 0, .partition_max_bytes = 1000};
    fetch_request::fetch_topic topic;
    topic.topic = "letters";
    topic.partitions = list{&partition, 1};
    fetch_request request;
    request.min_bytes = 1;
    request.max_bytes = 1000;
    request.topics = list{&topic, 1};
    for (const std::int32_t wait : {1000, 5000, 9000}) {
        request.max_wait_ms = wait;
        brokers.send(brokers.connect(), request, api_version{10});
    }
    EXPECT_FALSE(brokers.is_answered());
    brokers.pass(2s); // the first gives up waiting; its answer makes the others be answered
    EXPECT_EQ(brokers.take().size(), 3u);
    EXPECT_EQ(answers, 3);
}

TEST_F(fault_test, cuts_the_connection_before_inside_or_after_the_answer)
{
    const std::size_t size = whole();
    for (const auto& [where, left] :
         {std::pair{cut::before, std::size_t{0}}, {cut::inside, size / 2}, {cut::after, size}}) {
        const auto actions = with({.where = where});
        ASSERT_EQ(actions.size(), 1u);
        EXPECT_EQ(actions[0].what, action::kind::close);
        EXPECT_EQ(actions[0].bytes.size(), left);
    }
}

TEST_F(fault_test, answers_late)
{
    EXPECT_TRUE(with({.delay = 300ms}).empty());
    brokers.pass(299ms);
    EXPECT_FALSE(brokers.is_answered());
    brokers.pass(1ms);
    EXPECT_EQ(brokers.take().size(), 1u);
}

TEST_F(fault_test, is_silent_about_requests_and_responses_that_it_drops)
{
    EXPECT_TRUE(with({.drop_request = true}).empty());
    EXPECT_TRUE(with({.drop_response = true}).empty());
    EXPECT_FALSE(brokers.core.wake_at());
}

TEST_F(fault_test, answers_garbage_whose_length_is_right_and_rewrites)
{
    const std::size_t size = whole();
    const auto garbage = with({.garbage = true});
    ASSERT_EQ(garbage.size(), 1u);
    EXPECT_EQ(garbage[0].bytes.size(), size);
    const auto rewritten = with({.rewrite = [](api, api_version, std::vector<std::byte>& frame) { frame.resize(5); }});
    EXPECT_EQ(rewritten.at(0).bytes.size(), 9u);
}

TEST_F(fault_test, throttles)
{
    brokers.core.faults().add({.key = api::metadata, .effect = {.throttle = 250ms}});
    EXPECT_EQ(brokers.ask(metadata_request{}, 9)->throttle_time_ms, 250);
    EXPECT_EQ(brokers.ask(metadata_request{}, 9)->throttle_time_ms, 0);
}

TEST(faults, strike_by_api_broker_and_client_as_often_as_they_are_told)
{
    faults all{1};
    all.add({.key = api::fetch, .broker = 2, .client_id = "c", .times = 2, .effect = {.garbage = true}});
    EXPECT_FALSE(all.strike(api::produce, 2, "c").garbage);
    EXPECT_FALSE(all.strike(api::fetch, 1, "c").garbage);
    EXPECT_FALSE(all.strike(api::fetch, 2, "d").garbage);
    EXPECT_TRUE(all.strike(api::fetch, 2, "c").garbage);
    EXPECT_TRUE(all.strike(api::fetch, 2, "c").garbage);
    EXPECT_FALSE(all.strike(api::fetch, 2, "c").garbage);
    EXPECT_TRUE(all.empty());
}

TEST(faults, strike_by_chance_the_same_for_the_same_seed)
{
    const auto pattern = [](std::uint64_t seed) {
        faults all{seed};
        all.add({.times = 0, .probability = 0.3, .effect = {.garbage = true}});
        std::string hits;
        for (int i = 0; i < 200; ++i) hits += all.strike(api::fetch, 1, "").garbage ? '1' : '0';
        return hits;
    };
    EXPECT_EQ(pattern(5), pattern(5));
    EXPECT_NE(pattern(5), pattern(6));
    const auto hits = std::ranges::count(pattern(5), '1');
    EXPECT_GT(hits, 30);
    EXPECT_LT(hits, 90);
}

TEST(faults, refuse_connections_to_one_broker)
{
    broker_core brokers{broker_core::options(2)};
    brokers.core.faults().refuse_connections(2);
    EXPECT_TRUE(brokers.core.open(1));
    EXPECT_FALSE(brokers.core.open(2));
    brokers.core.faults().refuse_connections(2, false);
    EXPECT_TRUE(brokers.core.open(2));
}

} // namespace
} // namespace odradek::broker
