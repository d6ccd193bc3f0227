// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/log.hpp>
#include <odradek/protocol/record_set_reader.hpp>

#include <gtest/gtest.h>

#include <string>
#include <tests/support/broker_core.hpp>
#include <vector>

namespace odradek::broker {
namespace {

using test::make_batch;

constexpr std::int64_t start = 1'790'000'000'000;
constexpr std::size_t everything = 1'000'000;

class log_test : public testing::Test {
protected:
    log::placed append(const std::string& bytes, std::optional<std::int64_t> append_time = {})
    {
        batch_view batch;
        EXPECT_FALSE(batch.parse(bytes_view{bytes}));
        const auto type = append_time ? timestamp_type::log_append : timestamp_type::create;
        return records.append(batch, {append_time.value_or(batch.max_timestamp()), type}, settings);
    }

    std::vector<std::int64_t> offsets(const log_slice& slice) const
    {
        std::vector<std::int64_t> all;
        batch_memory memory;
        record_set_reader reader{slice.bytes, memory, {.codecs = &default_codecs()}};
        for (batch_view batch; reader.next(batch);)
            for (const record_view& record : batch) all.push_back(record.offset());
        EXPECT_FALSE(reader.error()) << reader.error().message();
        return all;
    }

    std::size_t total = 0;
    log records{default_codecs(), total};
    log::settings settings;
};

TEST_F(log_test, gives_each_batch_the_next_offsets_and_the_epoch_of_now)
{
    records.begin_epoch(3);
    EXPECT_EQ(append(make_batch(2)).base_offset, 0);
    EXPECT_EQ(append(make_batch(3)).last_offset, 4);
    const log_slice slice = records.read(0, 5, everything, true);
    EXPECT_EQ(offsets(slice), (std::vector<std::int64_t>{0, 1, 2, 3, 4}));
    batch_view first;
    ASSERT_FALSE(first.parse(slice.bytes.subview(0, make_batch(2).size())));
    EXPECT_EQ(first.partition_leader_epoch(), 3);
    EXPECT_GE(total, records.size_in_bytes());
}

TEST_F(log_test, reads_from_the_batch_that_holds_the_offset_and_below_the_limit)
{
    for (int i = 0; i < 3; ++i) append(make_batch(2));
    EXPECT_EQ(offsets(records.read(3, 6, everything, true)), (std::vector<std::int64_t>{2, 3, 4, 5}));
    EXPECT_EQ(offsets(records.read(0, 4, everything, true)), (std::vector<std::int64_t>{0, 1, 2, 3}));
    EXPECT_TRUE(records.read(6, 6, everything, true).bytes.empty());
}

TEST_F(log_test, keeps_a_batch_where_it_was_read_if_it_may)
{
    append(make_batch(2));
    const std::string bytes = make_batch(3);
    byte_buffer read;
    ASSERT_TRUE(read.append(bytes_view{"before"}) && read.append(bytes_view{bytes}) &&
                read.append(bytes_view{"behind"}));
    const bytes_view inside = read.view().subview(6, bytes.size());
    batch_view batch;
    ASSERT_FALSE(batch.parse(inside));
    const auto memory = std::make_shared<chunk>(std::move(read));
    EXPECT_EQ(records.append(batch, {batch.max_timestamp()}, settings, memory).base_offset, 2);
    const log_slice slice = records.read(2, 5, everything, true);
    EXPECT_EQ(slice.bytes.data(), inside.data());
    EXPECT_EQ(slice.memory, memory);
    EXPECT_EQ(offsets(slice), (std::vector<std::int64_t>{2, 3, 4}));
    append(make_batch(1));
    EXPECT_EQ(offsets(records.read(5, 6, everything, true)), (std::vector<std::int64_t>{5}));
}

TEST_F(log_test, lays_small_batches_together_and_large_ones_alone)
{
    record_batch_builder builder;
    ASSERT_EQ(builder.append(start, nullptr, bytes_view{std::string(log::large_batch, 'x')}), errc{});
    sealed_batch large;
    ASSERT_FALSE(builder.seal({}, default_codecs(), large));
    append(make_batch(1));
    append(std::string(large.bytes().text()));
    append(make_batch(1));
    append(make_batch(1));
    EXPECT_EQ(offsets(records.read(0, 4, everything, true)), (std::vector<std::int64_t>{0}));
    EXPECT_EQ(offsets(records.read(1, 4, everything, true)), (std::vector<std::int64_t>{1}));
    EXPECT_EQ(offsets(records.read(2, 4, everything, true)), (std::vector<std::int64_t>{2, 3}));
    EXPECT_EQ(records.read(0, 4, everything, true).memory, records.read(2, 4, everything, true).memory);
}

TEST_F(log_test, cuts_anywhere_but_in_the_first_batch)
{
    const std::size_t size = make_batch(2).size();
    append(make_batch(2));
    append(make_batch(2));
    EXPECT_EQ(records.read(0, 4, 10, true).bytes.size(), size);
    EXPECT_TRUE(records.read(0, 4, 10, false).bytes.empty());
    EXPECT_EQ(records.read(0, 4, size + 5, true).bytes.size(), size + 5) << "the second one is cut off";
    EXPECT_EQ(offsets(records.read(0, 4, size + 5, true)), (std::vector<std::int64_t>{0, 1}));
}

TEST_F(log_test, writes_its_own_time_with_a_checksum_that_is_right)
{
    append(make_batch(2, {.codec = compression::lz4}), start + 77);
    batch_memory memory;
    const log_slice slice = records.read(0, 2, everything, true);
    record_set_reader reader{slice.bytes, memory, {.codecs = &default_codecs()}};
    batch_view batch;
    ASSERT_TRUE(reader.next(batch)) << reader.error().message();
    EXPECT_EQ(batch.timestamps(), timestamp_type::log_append);
    for (const record_view& record : batch) EXPECT_EQ(record.timestamp(), start + 77);
}

TEST_F(log_test, finds_the_first_record_at_a_time_and_the_greatest_time)
{
    records.begin_epoch(1);
    append(make_batch(3, {}, start));
    append(make_batch(3, {}, start + 100));
    append(make_batch(1, {}, start + 50));
    EXPECT_EQ(records.find_by_time(start + 1), (log::found{1, start + 1, 1}));
    EXPECT_EQ(records.find_by_time(start + 3), (log::found{3, start + 100, 1}));
    EXPECT_FALSE(records.find_by_time(start + 200));
    EXPECT_EQ(records.find_greatest_time(), (log::found{5, start + 102, 1}));
}

TEST_F(log_test, looks_for_a_time_in_one_segment_alone_which_may_have_been_passed)
{
    append(make_batch(2, {}, start));
    records.delete_before(2);
    append(make_batch(2, {}, start + settings.segment_ms + 10)); // a segment of its own
    ASSERT_EQ(records.segment_count(), 2u);
    EXPECT_TRUE(records.has_passed_segments());
    EXPECT_FALSE(records.find_by_time(start + 1)) << "the first segment reaches so far";
    EXPECT_EQ(records.find_by_time(start + 2).value_or(log::found{}).offset, 2) << "it does not";

    records.forget_passed_segments();
    EXPECT_FALSE(records.has_passed_segments());
    EXPECT_EQ(records.segment_count(), 1u);
    EXPECT_EQ(records.find_by_time(start + 1).value_or(log::found{}).offset, 2);
}

TEST_F(log_test, forgets_what_is_cut_off_behind)
{
    records.begin_epoch(0);
    append(make_batch(2));
    append(make_batch(2));
    records.begin_epoch(1);
    append(make_batch(2));
    records.truncate_to(3);
    EXPECT_EQ(records.end_offset(), 2) << "a batch goes as a whole";
    EXPECT_EQ(records.epochs().latest(), 0);
    EXPECT_EQ(append(make_batch(1)).base_offset, 2);
    EXPECT_EQ(offsets(records.read(2, 3, everything, true)), (std::vector<std::int64_t>{2}));
}

TEST_F(log_test, keeps_bytes_that_somebody_still_reads)
{
    append(make_batch(2));
    const log_slice held = records.read(0, 2, everything, true);
    records.truncate_to(0);
    append(make_batch(1));
    EXPECT_EQ(offsets(held), (std::vector<std::int64_t>{0, 1}));
}

TEST_F(log_test, forgets_old_segments_by_size_and_by_age_but_not_the_last_one_by_size)
{
    settings.segment_bytes = make_batch(2).size(); // a segment a batch
    for (int i = 0; i < 4; ++i) append(make_batch(2, {}, start + i * 1000));
    EXPECT_EQ(records.segment_count(), 4u);
    EXPECT_TRUE(records.apply_retention({.bytes = static_cast<std::int64_t>(2 * make_batch(2).size())}, start));
    EXPECT_EQ(records.start_offset(), 4);
    EXPECT_FALSE(records.apply_retention({.bytes = static_cast<std::int64_t>(2 * make_batch(2).size())}, start));
    EXPECT_TRUE(records.apply_retention({.bytes = 0}, start));
    EXPECT_EQ(records.segment_count(), 1u);
    EXPECT_TRUE(records.apply_retention({.ms = 10}, start + 10'000));
    EXPECT_EQ(records.start_offset(), records.end_offset());
    EXPECT_EQ(total, 0u);
    EXPECT_EQ(append(make_batch(1)).base_offset, 8) << "offsets go on";
}

TEST_F(log_test, deletes_before_an_offset_inside_a_batch)
{
    append(make_batch(4));
    records.delete_before(2);
    EXPECT_EQ(records.start_offset(), 2);
    EXPECT_EQ(records.find_by_time(0)->offset, 2);
}

TEST_F(log_test, keeps_the_last_record_of_each_key_when_it_is_compacted)
{
    settings.segment_bytes = 1;
    for (const compression codec : {compression::none, compression::gzip, compression::zstd})
        append(make_batch(3, {.codec = codec, .producer_id = 9, .producer_epoch = 0, .base_sequence = 0}, start, true));
    append(make_batch(1, {}, start, true), start + 5); // key 0, at offset 9, in the segment that is written to
    ASSERT_TRUE(records.compact());
    EXPECT_FALSE(records.compact());
    std::vector<std::int64_t> all;
    for (std::int64_t at = 0; at < records.end_offset();) {
        const log_slice slice = records.read(at, records.end_offset(), everything, true);
        batch_memory memory;
        record_set_reader reader{slice.bytes, memory, {.codecs = &default_codecs()}};
        for (batch_view batch; reader.next(batch); at = batch.next_offset())
            for (const record_view& record : batch) all.push_back(record.offset());
        ASSERT_FALSE(reader.error()) << reader.error().message();
    }
    EXPECT_EQ(all, (std::vector<std::int64_t>{7, 8, 9}));
}

TEST_F(log_test, counts_what_could_be_read_over_all_segments)
{
    settings.segment_bytes = 100;
    for (int i = 0; i < 6; ++i) append(make_batch(1));
    ASSERT_GT(records.segment_count(), 2u);
    const std::size_t one = records.size_in_bytes() / 6;
    EXPECT_EQ(records.size_from(0, 10'000), 6 * one);
    EXPECT_EQ(records.size_from(2, 10'000), 4 * one);
    EXPECT_EQ(records.size_from(0, one + 1), one + 1) << "enough is enough";
    EXPECT_EQ(records.size_from(6, 10'000), 0u);
}

} // namespace
} // namespace odradek::broker
