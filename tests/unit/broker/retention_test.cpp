// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/incremental_alter_configs.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <tests/support/broker_asking.hpp>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

using namespace std::chrono_literals;
using test::broker_core;
using test::fetch_order;
using test::log_of;
using test::make_batch;
using test::produce;
using test::topic_of;

constexpr auto day = 24h;

class retention_test : public testing::Test {
protected:
    using config_map = std::map<std::string, std::string, std::less<>>;

    void create(config_map config) { brokers.create("letters", 1, {.config = std::move(config)}); }

    /// Stores two records, the younger one of so long ago, as a producer would.
    void send(std::chrono::milliseconds ago = 0ms, const seal_options& how = {})
    {
        ASSERT_EQ(produce(brokers, make_batch(2, how, brokers.now.wall_ms - ago.count() - 1)).error, broker_errc::none);
    }
    /// In how long the core wants to be woken.
    [[nodiscard]] std::optional<std::chrono::milliseconds> due() const
    {
        const auto at = brokers.core.wake_at();
        if (!at) return {};
        return std::chrono::duration_cast<std::chrono::milliseconds>(at->steady - brokers.now.steady);
    }
    [[nodiscard]] std::int64_t start() { return log_of(brokers).start_offset(); }
    [[nodiscard]] std::size_t producers() { return topic_of(brokers).find(0)->producers.all().size(); }

    broker_core brokers;
};

TEST_F(retention_test, wakes_when_something_is_too_old_and_not_before)
{
    create({{"retention.ms", "3600000"}});
    EXPECT_FALSE(due()) << "nothing is stored";
    send();
    EXPECT_EQ(due(), 1h + 1ms) << "when it is older than an hour";
    brokers.pass(1h);
    EXPECT_EQ(start(), 0);
    brokers.pass(1ms);
    EXPECT_EQ(start(), 2);
    EXPECT_FALSE(due()) << "nothing is left that could become old";
}

TEST_F(retention_test, looks_at_most_every_five_minutes)
{
    create({{"retention.ms", "1000"}});
    send();
    EXPECT_EQ(due(), 5min);
    brokers.pass(4min);
    EXPECT_EQ(start(), 0) << "too old for long, but nobody looked";
    brokers.pass(1min);
    EXPECT_EQ(start(), 2);
}

TEST_F(retention_test, forgets_nothing_old_at_the_append)
{
    create({{"retention.ms", "3600000"}});
    send(30 * day);
    EXPECT_EQ(start(), 0) << "a consumer may read it still";
    EXPECT_EQ(log_of(brokers).end_offset(), 2);
    EXPECT_EQ(due(), 5min);
    send(30 * day);
    EXPECT_EQ(start(), 0);
    brokers.pass(5min);
    EXPECT_EQ(start(), 4);
}

TEST_F(retention_test, keeps_a_segment_as_long_as_its_youngest_record)
{
    create({{"retention.ms", "3600000"}});
    send(2h);
    send(0ms);
    brokers.pass(10min);
    EXPECT_EQ(start(), 0);
    brokers.pass(51min);
    EXPECT_EQ(start(), 4);
}

TEST_F(retention_test, forgets_segment_by_segment)
{
    create({{"retention.ms", "3600000"}, {"internal.segment.bytes", "100"}}); // a batch each
    send();
    brokers.pass(30min);
    send();
    brokers.pass(31min);
    EXPECT_EQ(start(), 2);
    EXPECT_EQ(due(), 29min + 1ms) << "for the second one";
    brokers.pass(30min);
    EXPECT_EQ(start(), 4);
}

TEST_F(retention_test, goes_by_the_brokers_time_where_records_have_that)
{
    create({{"retention.ms", "3600000"}, {"message.timestamp.type", "LogAppendTime"}});
    send(30 * day);
    EXPECT_EQ(due(), 1h + 1ms);
    brokers.pass(30min);
    EXPECT_EQ(start(), 0);
}

TEST_F(retention_test, keeps_records_of_the_future)
{
    create({{"retention.ms", "3600000"}, {"message.timestamp.after.max.ms", "9223372036854775807"}});
    send(-30 * day);
    brokers.pass(5h);
    EXPECT_EQ(start(), 0) << "they are not old yet";
    EXPECT_TRUE(due()) << "but will be some day";
}

TEST_F(retention_test, keeps_for_ever_with_minus_1)
{
    create({{"retention.ms", "-1"}});
    send(1000 * day);
    EXPECT_FALSE(due());
    brokers.pass(1000 * day);
    EXPECT_EQ(start(), 0);
}

TEST_F(retention_test, keeps_what_is_only_compacted)
{
    create({{"retention.ms", "1000"}, {"cleanup.policy", "compact"}});
    ASSERT_EQ(produce(brokers, make_batch(2, {}, brokers.now.wall_ms - 5'000, true)).error, broker_errc::none);
    EXPECT_FALSE(due());
    brokers.pass(30min);
    EXPECT_EQ(start(), 0);
}

TEST_F(retention_test, takes_a_new_setting_for_what_is_stored)
{
    create({{"retention.ms", "604800000"}});
    send();
    EXPECT_EQ(due(), 7 * day + 1ms);
    const incremental_alter_configs_request::alterable_config config[] = {
        {.name = "retention.ms", .config_operation = 0, .value = "60000"}};
    const incremental_alter_configs_request::alter_configs_resource letters[] = {
        {.resource_type = 2, .resource_name = "letters", .configs = config}};
    incremental_alter_configs_request request;
    request.resources = letters;
    request.validate_only = true;
    ASSERT_EQ(brokers.ask(request, 1)->responses[0].error_code, broker_errc::none);
    EXPECT_EQ(due(), 7 * day + 1ms) << "only checked";
    request.validate_only = false;
    ASSERT_EQ(brokers.ask(request, 1)->responses[0].error_code, broker_errc::none);
    EXPECT_EQ(due(), 5min);
    brokers.pass(5min);
    EXPECT_EQ(start(), 2);
}

TEST_F(retention_test, by_size_happens_at_the_append)
{
    const std::size_t size = make_batch(2).size();
    create({{"retention.bytes", std::to_string(2 * size)}, {"internal.segment.bytes", std::to_string(size)}});
    for (const std::int64_t expected : {0, 0, 2, 4}) {
        EXPECT_EQ(produce(brokers, make_batch(2)).log_start_offset, expected);
        EXPECT_EQ(start(), expected);
    }
}

TEST_F(retention_test, by_size_keeps_a_segment_that_is_needed_to_have_so_much)
{
    const std::size_t size = make_batch(2).size();
    create({{"retention.bytes", std::to_string(2 * size + 1)}, {"internal.segment.bytes", std::to_string(size)}});
    for (int i = 0; i < 5; ++i) send();
    EXPECT_EQ(log_of(brokers).size_in_bytes(), 3 * size);
}

TEST_F(retention_test, by_size_never_takes_the_segment_that_is_written_to)
{
    create({{"retention.bytes", "0"}});
    for (int i = 0; i < 3; ++i) send();
    EXPECT_EQ(start(), 0) << "one segment of a gibibyte";
}

TEST_F(retention_test, by_size_leaves_alone_what_is_only_compacted)
{
    create({{"retention.bytes", "1"}, {"internal.segment.bytes", "100"}, {"cleanup.policy", "compact"}});
    for (int i = 0; i < 3; ++i)
        ASSERT_EQ(produce(brokers, make_batch(1, {}, brokers.now.wall_ms, true)).error, broker_errc::none);
    EXPECT_EQ(start(), 0);
}

TEST_F(retention_test, moves_a_reader_out_of_range)
{
    create({{"retention.ms", "1000"}});
    send();
    brokers.pass(5min);
    const fetch_order order;
    EXPECT_EQ(brokers.ask(order.request, 12)->responses[0].partitions[0].error_code, broker_errc::offset_out_of_range);
}

class producer_expiry_test : public retention_test {
protected:
    producer_expiry_test()
    {
        auto how = broker_core::options();
        how.cluster.producer_expiration_ms = 3'600'000;
        forgetful.emplace(std::move(how));
        forgetful->create("letters", 1, {.config = {{"retention.ms", "-1"}}});
    }

    [[nodiscard]] broker_errc send_as(std::int64_t id, std::int32_t sequence)
    {
        return produce(*forgetful, make_batch(1, {.producer_id = id, .producer_epoch = 0, .base_sequence = sequence},
                                              forgetful->now.wall_ms))
            .error;
    }
    [[nodiscard]] std::size_t known() { return topic_of(*forgetful).find(0)->producers.all().size(); }

    std::optional<broker_core> forgetful;
};

TEST_F(producer_expiry_test, forgets_who_stayed_away)
{
    EXPECT_EQ(send_as(5, 0), broker_errc::none);
    ASSERT_TRUE(forgetful->core.wake_at());
    forgetful->pass(59min);
    EXPECT_EQ(send_as(5, 7), broker_errc::out_of_order_sequence_number) << "still known";
    forgetful->pass(2min);
    EXPECT_EQ(known(), 0u);
    EXPECT_FALSE(forgetful->core.wake_at()) << "nobody is left";
    EXPECT_EQ(send_as(5, 7), broker_errc::none) << "anybody may begin anywhere";
    EXPECT_EQ(log_of(*forgetful).end_offset(), 2) << "the records stay";
}

TEST_F(producer_expiry_test, keeps_who_came_back)
{
    EXPECT_EQ(send_as(5, 0), broker_errc::none);
    EXPECT_EQ(send_as(6, 0), broker_errc::none);
    forgetful->pass(40min);
    EXPECT_EQ(send_as(5, 1), broker_errc::none);
    forgetful->pass(30min);
    EXPECT_EQ(known(), 1u);
    EXPECT_EQ(send_as(5, 9), broker_errc::out_of_order_sequence_number);
    EXPECT_EQ(send_as(6, 9), broker_errc::none);
}

TEST_F(producer_expiry_test, gives_back_the_memory)
{
    const std::size_t before = forgetful->core.cluster().bytes_stored();
    for (std::int64_t id = 0; id < 50; ++id) EXPECT_EQ(send_as(id, 0), broker_errc::none);
    const std::size_t logs = log_of(*forgetful).size_in_bytes();
    const std::size_t full = forgetful->core.cluster().bytes_stored();
    EXPECT_GT(full, before + logs + 50 * sizeof(producer_states::state)) << "producers are counted";
    forgetful->pass(61min);
    EXPECT_LE(forgetful->core.cluster().bytes_stored(), full - 50 * sizeof(producer_states::state));
}

} // namespace
} // namespace odradek::broker
