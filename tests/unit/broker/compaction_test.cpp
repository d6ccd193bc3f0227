// SPDX-License-Identifier: Apache-2.0

#include <gtest/gtest.h>

#include <chrono>
#include <map>
#include <string>
#include <tests/support/broker_asking.hpp>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

using test::broker_core;
using test::fetch_order;
using test::log_of;
using test::make_batch;
using test::produce;

class compaction_test : public testing::Test {
protected:
    compaction_test()
    {
        // A batch is a segment, and the last segment is never compacted.
        brokers.create("letters", 1, {.config = {{"cleanup.policy", "compact"}, {"internal.segment.bytes", "120"}}});
    }

    /// Stores one record; no value is a tombstone.
    void put(std::string_view key, nullable<std::string_view> value, const seal_options& how = {})
    {
        record_batch_builder builder;
        nullable<bytes_view> bytes;
        if (value) bytes = bytes_view{*value};
        ASSERT_EQ(builder.append(brokers.now.wall_ms, bytes_view{key}, bytes), errc{});
        sealed_batch sealed;
        ASSERT_FALSE(builder.seal(how, default_codecs(), sealed));
        ASSERT_EQ(produce(brokers, std::string(sealed.bytes().text())).error, broker_errc::none);
    }

    /// All records as a reader gets them: offset and "key=value".
    [[nodiscard]] std::map<std::int64_t, std::string> read()
    {
        std::map<std::int64_t, std::string> all;
        for (std::int64_t at = 0; at < log_of(brokers).end_offset();) {
            const fetch_order order{{{.partition = 0, .fetch_offset = at}}};
            const auto said = brokers.ask(order.request, 12);
            batch_memory memory;
            record_set_reader reader{*said->responses[0].partitions[0].records, memory, {.codecs = &default_codecs()}};
            const std::int64_t before = at;
            for (batch_view batch; reader.next(batch); at = batch.next_offset())
                for (const record_view& record : batch)
                    all[record.offset()] = std::string(record.key()->text()) + '=' +
                                           (record.value() ? std::string(record.value()->text()) : "nothing");
            if (at == before) {
                ADD_FAILURE() << "a reader does not get on behind " << at;
                break;
            }
        }
        return all;
    }

    using records = std::map<std::int64_t, std::string>;

    broker_core brokers;
};

TEST_F(compaction_test, keeps_the_last_record_of_each_key_at_its_offset)
{
    put("a", "1");
    put("b", "1");
    put("a", "2");
    put("c", "1");
    put("a", "3");
    brokers.core.compact("letters");
    EXPECT_EQ(read(), (records{{1, "b=1"}, {3, "c=1"}, {4, "a=3"}}));
    EXPECT_EQ(log_of(brokers).end_offset(), 5);
    EXPECT_EQ(log_of(brokers).start_offset(), 0);
}

TEST_F(compaction_test, does_not_touch_the_segment_that_is_written_to)
{
    ASSERT_EQ(produce(brokers, make_batch(2, {}, brokers.now.wall_ms, true)).error, broker_errc::none);
    brokers.core.compact("letters");
    EXPECT_EQ(read().size(), 2u);
}

TEST_F(compaction_test, keeps_a_tombstone_that_is_the_last_of_its_key)
{
    put("a", "1");
    put("a", nullptr);
    put("b", "1");
    brokers.core.compact("letters");
    EXPECT_EQ(read(), (records{{1, "a=nothing"}, {2, "b=1"}}));
}

TEST_F(compaction_test, changes_nothing_the_second_time)
{
    for (const char* const value : {"1", "2", "3"}) put("a", value);
    brokers.core.compact("letters");
    const auto once = read();
    const std::size_t held = brokers.core.cluster().bytes_stored();
    brokers.core.compact("letters");
    EXPECT_EQ(read(), once);
    EXPECT_EQ(brokers.core.cluster().bytes_stored(), held);
}

TEST_F(compaction_test, gives_back_memory)
{
    for (const char* const value : {"1", "2", "3", "4"}) put("a", std::string(40, *value));
    const std::size_t before = brokers.core.cluster().bytes_stored();
    brokers.core.compact("letters");
    EXPECT_LT(brokers.core.cluster().bytes_stored(), before - 100);
}

TEST_F(compaction_test, happens_on_demand_only)
{
    put("a", "1");
    put("a", "2");
    brokers.pass(std::chrono::hours{48});
    EXPECT_EQ(read().size(), 2u);
}

TEST_F(compaction_test, keeps_what_is_known_of_producers)
{
    put("a", "1", {.producer_id = 9, .producer_epoch = 0, .base_sequence = 0});
    put("a", "2", {.producer_id = 9, .producer_epoch = 0, .base_sequence = 1});
    put("a", "3", {.producer_id = 9, .producer_epoch = 0, .base_sequence = 2});
    brokers.core.compact("letters");
    put("a", "1", {.producer_id = 9, .producer_epoch = 0, .base_sequence = 0}); // a duplicate still
    EXPECT_EQ(read(), (records{{2, "a=3"}}));
}

TEST_F(compaction_test, lets_a_reader_get_past_what_is_gone)
{
    put("a", "1");
    put("a", "2");
    put("b", "1");
    brokers.core.compact("letters");
    const fetch_order order{{{.partition = 0, .fetch_offset = 0}}};
    const auto said = brokers.ask(order.request, 12);
    EXPECT_EQ(said->responses[0].partitions[0].error_code, broker_errc::none);
    EXPECT_FALSE(said->responses[0].partitions[0].records->empty()) << "an empty batch tells where to go on";
}

TEST_F(compaction_test, of_a_topic_that_is_not_there_is_nothing)
{
    brokers.core.compact("nowhere");
    EXPECT_TRUE(brokers.core.take_actions().empty());
}

} // namespace
} // namespace odradek::broker
