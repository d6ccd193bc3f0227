// SPDX-License-Identifier: Apache-2.0
#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <tests/support/broker_asking.hpp>
#include <vector>

namespace odradek::broker {
namespace {

using namespace std::chrono_literals;
using test::answered;
using test::broker_core;
using test::fetch_order;
using test::log_of;
using test::make_batch;
using test::offsets_in;
using test::options_as;
using test::store;
using test::topic_of;
using wanted = fetch_order::wanted;
using offsets = std::vector<std::int64_t>;

constexpr int many = 50; // records of a batch that is worth limiting

class fetch_limits_test : public testing::Test {
protected:
    fetch_limits_test() { brokers.create("letters", 3); }

    [[nodiscard]] answered<fetch_response> ask(const fetch_order& order, std::int16_t version = 12,
                                               std::int32_t node = 1)
    {
        const auto on = brokers.connect(node);
        auto said = brokers.ask(on, order.request, version);
        brokers.core.closed(on);
        return said;
    }
    /// What one partition is answered with.
    [[nodiscard]] test::fetched_partition first(const wanted& one, std::int16_t version = 12, std::int32_t node = 1)
    {
        const fetch_order order{std::vector<wanted>{one}};
        last_ = ask(order, version, node);
        return last_->responses[0].partitions[0];
    }
    /// How many bytes each partition got.
    [[nodiscard]] std::vector<std::size_t> sizes(const fetch_order& order)
    {
        const auto said = ask(order);
        std::vector<std::size_t> all;
        for (const auto& one : said->responses[0].partitions) all.push_back(one.records->size());
        return all;
    }
    [[nodiscard]] std::vector<std::int64_t> offsets_of(const wanted& one) { return offsets_in(first(one)); }

    const std::size_t batch_size = make_batch(many).size();
    broker_core brokers;

private:
    answered<fetch_response> last_;
};

TEST_F(fetch_limits_test, gives_the_first_partition_a_batch_however_small_the_limit) // KIP-74
{
    store(brokers, many);
    store(brokers, many, "letters", 1);
    fetch_order order{{{.partition = 0}, {.partition = 1}}};
    order.request.max_bytes = 1;
    EXPECT_EQ(sizes(order), (std::vector<std::size_t>{batch_size, 0}));
}

TEST_F(fetch_limits_test, gives_that_batch_to_the_first_partition_that_has_one)
{
    store(brokers, many, "letters", 1);
    store(brokers, many, "letters", 2);
    fetch_order order{{{.partition = 0}, {.partition = 1}, {.partition = 2}}};
    order.request.max_bytes = 1;
    EXPECT_EQ(sizes(order), (std::vector<std::size_t>{0, batch_size, 0}));
}

TEST_F(fetch_limits_test, gives_a_later_partition_nothing_if_its_first_batch_does_not_fit)
{
    store(brokers, 1);
    store(brokers, many, "letters", 1);
    store(brokers, 1, "letters", 2);
    const std::size_t small = make_batch(1).size();
    fetch_order order{{{.partition = 0}, {.partition = 1}, {.partition = 2}}};
    order.request.max_bytes = static_cast<std::int32_t>(2 * small);
    EXPECT_EQ(sizes(order), (std::vector<std::size_t>{small, 0, small})) << "and what fits comes all the same";
}

TEST_F(fetch_limits_test, keeps_to_the_limit_of_each_partition)
{
    for (int i = 0; i < 3; ++i) store(brokers, many);
    const auto size = static_cast<std::int32_t>(batch_size);
    EXPECT_EQ(first({.partition = 0, .partition_max_bytes = 2 * size}).records->size(), 2 * batch_size);
    EXPECT_EQ(offsets_of({.partition = 0, .partition_max_bytes = 2 * size}).size(), 2u * many);
    EXPECT_EQ(first({.partition = 0, .partition_max_bytes = 1}).records->size(), batch_size);
}

TEST_F(fetch_limits_test, cuts_off_what_comes_behind_the_first_batch)
{
    for (int i = 0; i < 3; ++i) store(brokers, many);
    const auto half = static_cast<std::int32_t>(batch_size + batch_size / 2);
    const auto said = first({.partition = 0, .partition_max_bytes = half});
    EXPECT_EQ(said.records->size(), static_cast<std::size_t>(half));
    EXPECT_EQ(offsets_in(said).size(), static_cast<std::size_t>(many)) << "a reader leaves the rest";
}

TEST_F(fetch_limits_test, gives_nothing_for_nothing_at_the_end_of_the_log)
{
    store(brokers, 2);
    const auto said = first({.partition = 0, .fetch_offset = 2});
    EXPECT_EQ(said.error_code, broker_errc::none);
    EXPECT_TRUE(said.records->empty());
    EXPECT_EQ(said.high_watermark, 2);
}

TEST_F(fetch_limits_test, gives_whole_batches_from_the_one_that_holds_the_offset)
{
    store(brokers, 3);
    store(brokers, 3);
    EXPECT_EQ(offsets_of({.partition = 0, .fetch_offset = 4}), (offsets{3, 4, 5}));
}

TEST_F(fetch_limits_test, refuses_offsets_outside_of_the_log)
{
    store(brokers, 4);
    log_of(brokers).delete_before(2);
    const auto error = [this](std::int64_t offset) {
        return first({.partition = 0, .fetch_offset = offset}).error_code;
    };
    EXPECT_EQ(error(1), broker_errc::offset_out_of_range);
    EXPECT_EQ(error(2), broker_errc::none);
    EXPECT_EQ(error(4), broker_errc::none);
    EXPECT_EQ(error(5), broker_errc::offset_out_of_range);
    EXPECT_EQ(error(-1), broker_errc::offset_out_of_range);
    const auto refused = first({.partition = 0, .fetch_offset = 5});
    EXPECT_EQ(refused.high_watermark, -1);
    EXPECT_EQ(refused.log_start_offset, -1);
    EXPECT_TRUE(refused.records->empty());
}

TEST_F(fetch_limits_test, answers_at_once_when_enough_is_there_or_nothing_is_wanted)
{
    store(brokers, many);
    fetch_order order;
    order.request.max_wait_ms = 1000;
    order.request.min_bytes = static_cast<std::int32_t>(batch_size);
    EXPECT_EQ(sizes(order), std::vector<std::size_t>{batch_size});
    fetch_order at_the_end{{{.partition = 0, .fetch_offset = many}}};
    at_the_end.request.max_wait_ms = 1000;
    at_the_end.request.min_bytes = 0;
    EXPECT_EQ(sizes(at_the_end), std::vector<std::size_t>{0});
    fetch_order impatient{{{.partition = 0, .fetch_offset = many}}};
    impatient.request.max_wait_ms = 0;
    EXPECT_EQ(sizes(impatient), std::vector<std::size_t>{0});
}

TEST_F(fetch_limits_test, waits_until_all_partitions_together_have_enough)
{
    const auto on = brokers.connect();
    fetch_order order{{{.partition = 0}, {.partition = 1}}};
    order.request.max_wait_ms = 1000;
    order.request.min_bytes = static_cast<std::int32_t>(2 * batch_size);
    brokers.send(on, order.request, api_version{12});
    store(brokers, many);
    EXPECT_FALSE(brokers.is_answered());
    store(brokers, many, "letters", 1);
    const auto said = brokers.receive<fetch_response>(api_version{12});
    EXPECT_EQ(said->responses[0].partitions[0].records->size(), batch_size);
    EXPECT_EQ(said->responses[0].partitions[1].records->size(), batch_size);
}

TEST_F(fetch_limits_test, gives_what_there_is_when_the_time_is_over_and_not_before)
{
    const auto on = brokers.connect();
    fetch_order order;
    order.request.max_wait_ms = 1000;
    order.request.min_bytes = 1'000'000;
    brokers.send(on, order.request, api_version{12});
    store(brokers, 2);
    brokers.pass(999ms);
    EXPECT_FALSE(brokers.is_answered());
    brokers.pass(1ms);
    const auto said = brokers.receive<fetch_response>(api_version{12});
    EXPECT_EQ(offsets_in(said->responses[0].partitions[0]), (offsets{0, 1}));
}

TEST_F(fetch_limits_test, waits_for_no_more_than_the_answer_may_hold)
{
    const auto on = brokers.connect();
    fetch_order order;
    order.request.max_wait_ms = 60'000;
    order.request.min_bytes = 1'000'000;
    order.request.max_bytes = 10;
    brokers.send(on, order.request, api_version{12});
    store(brokers, 1);
    ASSERT_TRUE(brokers.is_answered());
    const auto said = brokers.receive<fetch_response>(api_version{12});
    EXPECT_EQ(offsets_in(said->responses[0].partitions[0]), offsets{0});
}

TEST_F(fetch_limits_test, tells_errors_at_once)
{
    fetch_order order{{{.partition = 0}, {.partition = 9}}};
    order.request.max_wait_ms = 60'000;
    const auto said = ask(order);
    EXPECT_EQ(said->responses[0].partitions[0].error_code, broker_errc::none);
    EXPECT_EQ(said->responses[0].partitions[1].error_code, broker_errc::unknown_topic_or_partition);
}

TEST_F(fetch_limits_test, wakes_readers_when_their_partition_gets_another_leader)
{
    broker_core two{broker_core::options(2)};
    two.create("letters", 1, {.replication_factor = 2});
    const auto on = two.connect();
    fetch_order order{{{.partition = 0, .current_leader_epoch = 0}}};
    order.request.max_wait_ms = 60'000;
    two.send(on, order.request, api_version{12});
    ASSERT_FALSE(two.is_answered());
    two.core.move_leader("letters", 0, 2);
    const auto said = two.receive<fetch_response>(api_version{12});
    const auto& one = said->responses[0].partitions[0];
    EXPECT_EQ(one.error_code, broker_errc::fenced_leader_epoch);
    EXPECT_EQ(one.current_leader.leader_id, 2);
    EXPECT_EQ(one.current_leader.leader_epoch, 1);
}

class fetch_leader_test : public testing::Test {
protected:
    fetch_leader_test()
    {
        brokers.create("letters", 1, {.replication_factor = 2});
        brokers.core.move_leader("letters", 0, 2);
        brokers.core.move_leader("letters", 0, 1);
    }

    [[nodiscard]] answered<fetch_response> ask(std::int32_t epoch, std::int32_t node, std::int16_t version)
    {
        const fetch_order order{{{.partition = 0, .current_leader_epoch = epoch}}};
        const auto on = brokers.connect(node);
        auto said = brokers.ask(on, order.request, version);
        brokers.core.closed(on);
        return said;
    }
    [[nodiscard]] broker_errc error_of(std::int32_t epoch, std::int32_t node, std::int16_t version = 12)
    {
        return ask(epoch, node, version)->responses[0].partitions[0].error_code;
    }

    broker_core brokers{broker_core::options(3)};
};

TEST_F(fetch_leader_test, is_looked_at_after_the_epoch) // KIP-320
{
    EXPECT_EQ(error_of(2, 1), broker_errc::none);
    EXPECT_EQ(error_of(1, 1), broker_errc::fenced_leader_epoch);
    EXPECT_EQ(error_of(3, 1), broker_errc::unknown_leader_epoch);
    EXPECT_EQ(error_of(1, 2, 10), broker_errc::fenced_leader_epoch) << "asked at a follower";
    EXPECT_EQ(error_of(3, 2, 10), broker_errc::unknown_leader_epoch);
    EXPECT_EQ(error_of(2, 2, 10), broker_errc::not_leader_or_follower);
    EXPECT_EQ(error_of(1, 3), broker_errc::not_leader_or_follower) << "no replica at all";
}

TEST_F(fetch_leader_test, shares_its_work_with_followers_from_version_11_on) // KIP-392
{
    EXPECT_EQ(error_of(-1, 2, 10), broker_errc::not_leader_or_follower);
    EXPECT_EQ(error_of(-1, 2, 11), broker_errc::none);
    EXPECT_EQ(error_of(-1, 3, 11), broker_errc::not_leader_or_follower);
}

TEST_F(fetch_leader_test, is_named_from_version_12_on_and_located_from_16_on) // KIP-951
{
    EXPECT_EQ(ask(1, 1, 11)->responses[0].partitions[0].current_leader.leader_id, -1);
    const auto fenced = ask(1, 1, 12);
    EXPECT_EQ(fenced->responses[0].partitions[0].current_leader.leader_id, 1);
    EXPECT_EQ(fenced->responses[0].partitions[0].current_leader.leader_epoch, 2);
    EXPECT_TRUE(fenced->node_endpoints.empty());
    EXPECT_EQ(ask(3, 1, 12)->responses[0].partitions[0].current_leader.leader_id, -1)
        << "a client that knows more is not helped";

    const fetch_order order{{{.partition = 0}}, "", topic_of(brokers).id};
    const auto moved = brokers.ask(brokers.connect(3), order.request, 16);
    EXPECT_EQ(moved->responses[0].partitions[0].error_code, broker_errc::not_leader_or_follower);
    ASSERT_EQ(moved->node_endpoints.size(), 1u);
    EXPECT_EQ(moved->node_endpoints[0].node_id, 1);
    EXPECT_EQ(moved->node_endpoints[0].port, 9001);
    EXPECT_TRUE(brokers.ask(brokers.connect(3), order.request, 15)->node_endpoints.empty());
}

TEST(fetch_topics, go_by_id_from_version_13_on) // KIP-516
{
    broker_core brokers;
    brokers.create("letters");
    store(brokers, 2);
    const uuid id = topic_of(brokers).id;
    const fetch_order known{{{.partition = 0}}, "", id};
    for (std::int16_t version = 13; version <= 18; ++version) {
        const auto said = brokers.ask(known.request, version);
        EXPECT_EQ(said->responses[0].topic_id, id) << version;
        EXPECT_EQ(offsets_in(said->responses[0].partitions[0]), (offsets{0, 1})) << version;
    }
    const fetch_order unknown{{{.partition = 0}}, "", uuid{{5}}};
    EXPECT_EQ(brokers.ask(unknown.request, 13)->responses[0].partitions[0].error_code, broker_errc::unknown_topic_id);
    const fetch_order beyond{{{.partition = 4}}, "", id};
    EXPECT_EQ(brokers.ask(beyond.request, 13)->responses[0].partitions[0].error_code,
              broker_errc::unknown_topic_or_partition);
}

TEST(fetch_topics, go_by_name_up_to_version_12)
{
    broker_core brokers{options_as("3.9")};
    brokers.create("letters");
    store(brokers, 2);
    const fetch_order known;
    const fetch_order unknown{{{.partition = 0}}, "nowhere"};
    for (std::int16_t version = 4; version <= 12; ++version) {
        const auto said = brokers.ask(known.request, version);
        EXPECT_EQ(said->responses[0].topic, "letters") << version;
        EXPECT_EQ(offsets_in(said->responses[0].partitions[0]), (offsets{0, 1})) << version;
        EXPECT_EQ(said->responses[0].partitions[0].log_start_offset, version < 5 ? -1 : 0) << version;
        EXPECT_EQ(brokers.ask(unknown.request, version)->responses[0].partitions[0].error_code,
                  broker_errc::unknown_topic_or_partition)
            << version;
    }
}

class fetch_divergence_test : public testing::Test { // KIP-595
protected:
    /// Epoch 0 wrote offsets 0 to 3, epoch 2 wrote 4 and 5.
    fetch_divergence_test()
    {
        brokers.create("letters", 1, {.replication_factor = 2});
        store(brokers, 4);
        brokers.core.move_leader("letters", 0, 2);
        brokers.core.move_leader("letters", 0, 1);
        store(brokers, 2);
    }

    [[nodiscard]] test::fetched_partition ask(std::int64_t offset, std::int32_t last_epoch, std::int16_t version = 12)
    {
        const fetch_order order{{{.partition = 0, .fetch_offset = offset, .last_fetched_epoch = last_epoch}}};
        last_ = brokers.ask(order.request, version);
        return last_->responses[0].partitions[0];
    }

    broker_core brokers{broker_core::options(2)};

private:
    answered<fetch_response> last_;
};

TEST_F(fetch_divergence_test, is_none_where_reader_and_log_agree)
{
    EXPECT_EQ(ask(3, 0).diverging_epoch.epoch, -1);
    EXPECT_EQ(offsets_in(ask(4, 0)), (offsets{4, 5})) << "the reader goes on into the next epoch";
    EXPECT_EQ(ask(6, 2).diverging_epoch.epoch, -1);
}

TEST_F(fetch_divergence_test, tells_a_reader_that_it_read_more_of_an_epoch_than_there_is)
{
    const auto said = ask(6, 0);
    EXPECT_EQ(said.error_code, broker_errc::none);
    EXPECT_EQ(said.diverging_epoch.epoch, 0);
    EXPECT_EQ(said.diverging_epoch.end_offset, 4);
    EXPECT_TRUE(said.records->empty());
}

TEST_F(fetch_divergence_test, tells_a_reader_that_its_epoch_wrote_nothing_here)
{
    const auto said = ask(5, 1);
    EXPECT_EQ(said.diverging_epoch.epoch, 0);
    EXPECT_EQ(said.diverging_epoch.end_offset, 4);
}

TEST_F(fetch_divergence_test, is_out_of_range_for_an_epoch_to_come)
{
    EXPECT_EQ(ask(6, 9).error_code, broker_errc::offset_out_of_range);
}

TEST_F(fetch_divergence_test, comes_before_an_offset_that_is_out_of_range)
{
    brokers.core.truncate("letters", 0, 4);
    brokers.core.move_leader("letters", 0, 1);
    const auto said = ask(6, 2);
    EXPECT_EQ(said.error_code, broker_errc::none);
    EXPECT_EQ(said.diverging_epoch.epoch, 0);
    EXPECT_EQ(said.diverging_epoch.end_offset, 4);
    EXPECT_EQ(ask(6, -1).error_code, broker_errc::offset_out_of_range) << "who tells no epoch learns nothing more";
}

} // namespace
} // namespace odradek::broker
