// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/record_batch.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace odradek {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

constexpr std::int64_t now = 1'790'000'000'000;

sealed_batch seal(record_batch_builder& builder, const seal_options& how = {})
{
    sealed_batch sealed;
    const compression_error failed = builder.seal(how, no_codecs(), sealed);
    EXPECT_FALSE(failed) << failed.reason;
    return sealed;
}

batch_view open(const sealed_batch& sealed)
{
    batch_memory memory;
    batch_view batch;
    batch_error error = batch.parse(sealed.bytes());
    if (!error) error = batch.open(memory, {});
    EXPECT_FALSE(error) << error.message();
    return batch;
}

std::vector<record_view> records(const batch_view& batch)
{
    std::vector<record_view> all;
    for (const record_view& record : batch) all.push_back(record);
    return all;
}

TEST(record_batch_builder, keeps_null_and_empty_apart) // B35
{
    record_batch_builder builder;
    ASSERT_EQ(builder.append(now, nullptr, nullptr), errc{});
    ASSERT_EQ(builder.append(now, "", ""), errc{});
    ASSERT_EQ(builder.append(now, "k", nullptr), errc{});
    ASSERT_EQ(builder.append(now, nullptr, "v"), errc{});
    const sealed_batch sealed = seal(builder);
    const std::vector<record_view> all = records(open(sealed));
    ASSERT_EQ(all.size(), 4U);
    EXPECT_FALSE(all[0].key().has_value());
    EXPECT_FALSE(all[0].value().has_value());
    EXPECT_EQ(all[1].key(), nullable<bytes_view>{""});
    EXPECT_EQ(all[1].value(), nullable<bytes_view>{""});
    EXPECT_EQ(all[2].key(), nullable<bytes_view>{"k"});
    EXPECT_FALSE(all[2].value().has_value());
    EXPECT_FALSE(all[3].key().has_value());
    EXPECT_EQ(all[3].value(), nullable<bytes_view>{"v"});
}

TEST(record_batch_builder, keeps_headers_in_order_with_duplicates_and_null_values) // B35
{
    record_batch_builder builder;
    const std::vector<record_header> headers{{"b", "1"}, {"a", nullptr}, {"b", ""}, {"", "x"}, {"b", "1"}};
    ASSERT_EQ(builder.append(now, "k", "v", headers), errc{});
    ASSERT_EQ(builder.append(now, "k", "v"), errc{});
    const sealed_batch sealed = seal(builder);
    const std::vector<record_view> all = records(open(sealed));
    std::vector<record_header> found;
    for (const record_header& header : all[0].headers()) found.push_back(header);
    EXPECT_EQ(found, headers);
    EXPECT_TRUE(all[1].headers().empty());
}

TEST(record_batch_builder, lets_timestamps_go_forth_and_back_and_remembers_the_latest)
{
    record_batch_builder builder;
    const std::vector<std::int64_t> times{now, now + 5000, now - 9'000'000'000, -1, 0, now + 1};
    for (const std::int64_t time : times) ASSERT_EQ(builder.append(time, nullptr, "v"), errc{});
    const sealed_batch sealed = seal(builder);
    const batch_view batch = open(sealed);
    EXPECT_EQ(batch.base_timestamp(), now);
    EXPECT_EQ(batch.max_timestamp(), now + 5000);
    std::vector<std::int64_t> found;
    for (const record_view& record : batch) found.push_back(record.timestamp());
    EXPECT_EQ(found, times);
}

TEST(record_batch_builder, survives_timestamps_at_both_ends_of_their_range)
{
    constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    record_batch_builder builder;
    for (const std::int64_t time : {least, most, std::int64_t{0}, most, least}) {
        ASSERT_EQ(builder.append(time, nullptr, nullptr), errc{});
    }
    const sealed_batch sealed = seal(builder);
    std::vector<std::int64_t> found;
    for (const record_view& record : open(sealed)) found.push_back(record.timestamp());
    EXPECT_THAT(found, ElementsAre(least, most, 0, most, least));
}

TEST(record_batch_builder, knows_the_size_of_a_record_before_it_is_appended)
{
    record_batch_builder builder;
    EXPECT_EQ(builder.size(), 61U);
    std::string value;
    for (const std::size_t size : {0U, 1U, 50U, 62U, 63U, 64U, 127U, 128U, 8000U, 8180U, 8192U, 20'000U, 1'100'000U}) {
        value.assign(size, 'x');
        const std::vector<record_header> headers(size % 100, record_header{"name", "value"});
        const std::int64_t time = now + static_cast<std::int64_t>(size * size);
        const std::size_t expected = builder.size_with(time, value, value, headers);
        ASSERT_EQ(builder.append(time, value, value, headers), errc{});
        EXPECT_EQ(builder.size(), expected);
    }
    const std::size_t total = builder.size();
    EXPECT_EQ(seal(builder).size(), total);
}

TEST(record_batch_builder, refuses_what_would_exceed_its_bytes_and_stays_as_it_was)
{
    record_batch_builder builder{{.max_size = 200}};
    ASSERT_EQ(builder.append(now, nullptr, std::string(100, 'x')), errc{});
    const std::size_t before = builder.size();
    EXPECT_FALSE(builder.would_fit(now, nullptr, std::string(100, 'x')));
    EXPECT_EQ(builder.append(now, nullptr, std::string(100, 'x')), errc::batch_full);
    EXPECT_EQ(builder.size(), before);
    EXPECT_EQ(builder.count(), 1);
    // Exactly to the last byte: length, attributes, two deltas, no key, length of the value, no headers take seven.
    const std::string rest(200 - before - 7, 'y');
    EXPECT_TRUE(builder.would_fit(now, nullptr, rest));
    EXPECT_FALSE(builder.would_fit(now, nullptr, rest + 'y'));
    ASSERT_EQ(builder.append(now, nullptr, rest), errc{});
    EXPECT_EQ(seal(builder).size(), 200U);
}

TEST(record_batch_builder, refuses_lengths_that_the_format_cannot_hold)
{
    record_batch_builder builder;
    const std::string some = "x";
    const bytes_view huge{reinterpret_cast<const std::byte*>(some.data()), std::size_t{1} << 31U};
    const record_header too_long{std::string_view{some.data(), std::size_t{1} << 31U}, nullptr};
    EXPECT_EQ(builder.append(now, huge, nullptr), errc::record_too_large);
    EXPECT_EQ(builder.append(now, nullptr, huge), errc::record_too_large);
    EXPECT_EQ(builder.append(now, nullptr, nullptr, {too_long}), errc::record_too_large);
    EXPECT_EQ(builder.append(now, nullptr, nullptr, {{"h", huge}}), errc::record_too_large);
    // Each length fits, their sum does not.
    const bytes_view large = huge.subview(0, 0x7fffffffU);
    EXPECT_EQ(builder.append(now, large, large), errc::record_too_large);
    EXPECT_EQ(builder.size_with(now, large, large), std::numeric_limits<std::size_t>::max());
    EXPECT_FALSE(builder.would_fit(now, large, large));
    EXPECT_EQ(builder.append(now, nullptr, large), errc::record_too_large);
    EXPECT_TRUE(builder.empty());
    EXPECT_EQ(builder.size(), 61U);
}

TEST(record_batch_builder, takes_offsets_with_gaps_but_none_that_go_back_or_do_not_fit)
{
    constexpr std::int64_t furthest = std::int64_t{1000} + std::numeric_limits<std::int32_t>::max();
    record_batch_builder builder{{.base_offset = 1000}};
    EXPECT_EQ(builder.append_at(999, now, nullptr, nullptr), errc::offset_out_of_sequence);
    ASSERT_EQ(builder.append_at(1003, now, nullptr, nullptr), errc{});
    EXPECT_EQ(builder.append_at(1003, now, nullptr, nullptr), errc::offset_out_of_sequence);
    EXPECT_EQ(builder.append_at(furthest + 1, now, nullptr, nullptr), errc::offset_out_of_sequence);
    ASSERT_EQ(builder.append_at(furthest, now, nullptr, nullptr), errc{});
    EXPECT_EQ(builder.append(now, nullptr, nullptr), errc::offset_out_of_sequence);
    const sealed_batch sealed = seal(builder);
    const batch_view batch = open(sealed);
    EXPECT_EQ(batch.base_offset(), 1000);
    EXPECT_EQ(batch.last_offset(), furthest);
    std::vector<std::int64_t> found;
    for (const record_view& record : batch) found.push_back(record.offset());
    EXPECT_THAT(found, ElementsAre(1003, furthest));
}

TEST(record_batch_builder, ends_at_the_last_offset_that_there_is)
{
    constexpr std::int64_t last = std::numeric_limits<std::int64_t>::max();
    record_batch_builder builder{{.base_offset = last}};
    ASSERT_EQ(builder.append(now, nullptr, "v"), errc{});
    EXPECT_EQ(builder.append(now, nullptr, "v"), errc::offset_out_of_sequence);
    EXPECT_EQ(builder.append_at(last, now, nullptr, "v"), errc::offset_out_of_sequence) << "it is taken";
    const sealed_batch sealed = seal(builder);
    EXPECT_EQ(open(sealed).last_offset(), last);
    EXPECT_EQ(open(sealed).count(), 1);
}

TEST(record_batch_builder, writes_producer_and_bits_and_can_write_them_anew_for_a_retry)
{
    record_batch_builder builder;
    ASSERT_EQ(builder.append(now, "k", "v"), errc{});
    ASSERT_EQ(builder.append(now, "k", "v"), errc{});
    sealed_batch sealed = seal(builder, {.producer_id = 4711,
                                         .producer_epoch = 3,
                                         .base_sequence = 0x7fffffff,
                                         .transactional = true,
                                         .partition_leader_epoch = 9});
    const std::byte* const where = sealed.bytes().data();
    batch_view batch = open(sealed);
    EXPECT_EQ(batch.producer_id(), 4711);
    EXPECT_EQ(batch.producer_epoch(), 3);
    EXPECT_EQ(batch.base_sequence(), 0x7fffffff);
    EXPECT_EQ(batch.last_sequence(), 0); // sequences wrap
    EXPECT_TRUE(batch.is_transactional());
    EXPECT_FALSE(batch.is_control());
    EXPECT_EQ(batch.partition_leader_epoch(), 9);

    sealed.set_producer(4712, 0, 17);
    EXPECT_EQ(sealed.bytes().data(), where);
    batch = open(sealed);
    EXPECT_EQ(batch.producer_id(), 4712);
    EXPECT_EQ(batch.producer_epoch(), 0);
    EXPECT_EQ(batch.base_sequence(), 17);
    EXPECT_TRUE(batch.is_transactional());
    EXPECT_EQ(records(batch).size(), 2U);
}

TEST(record_batch_builder, makes_the_brokers_kinds_of_batches_too)
{
    record_batch_builder builder{{.base_offset = 20, .base_timestamp = now + 86'400'000}};
    ASSERT_EQ(builder.append(now, "a", nullptr), errc{});
    const sealed_batch tombstones = seal(builder, {.base_is_delete_horizon = true});
    EXPECT_EQ(open(tombstones).delete_horizon(), now + 86'400'000);
    EXPECT_EQ(records(open(tombstones))[0].timestamp(), now);

    ASSERT_EQ(builder.append(now, "a", "1"), errc{});
    const sealed_batch appended = seal(builder, {.log_append_time = now + 99});
    EXPECT_EQ(open(appended).timestamps(), timestamp_type::log_append);
    EXPECT_EQ(records(open(appended))[0].timestamp(), now + 99);
    EXPECT_EQ(records(open(appended))[0].create_timestamp(), now);
}

TEST(record_batch_builder, seals_a_range_that_compaction_emptied) // B35
{
    record_batch_builder builder{{.base_offset = 500}};
    const sealed_batch sealed = seal(builder, {.max_timestamp = now, .last_offset_delta = 20});
    const batch_view batch = open(sealed);
    EXPECT_EQ(sealed.size(), 61U);
    EXPECT_TRUE(batch.empty());
    EXPECT_THAT(records(batch), IsEmpty());
    EXPECT_EQ(batch.next_offset(), 521);
}

TEST(record_batch_builder, is_empty_after_sealing_and_takes_memory_back)
{
    record_batch_builder builder{{.reserve = 1 << 20}};
    ASSERT_EQ(builder.append(now, nullptr, "one"), errc{});
    sealed_batch first = seal(builder);
    EXPECT_TRUE(builder.empty());
    EXPECT_EQ(builder.memory(), 0U);
    const std::byte* const memory = first.bytes().data();

    record_batch_builder next{{.reserve = 1 << 20}, first.release()};
    EXPECT_TRUE(first.empty());
    ASSERT_EQ(next.append(now + 1, nullptr, "two"), errc{});
    const sealed_batch second = seal(next);
    EXPECT_EQ(second.bytes().data(), memory);
    ASSERT_EQ(records(open(second)).size(), 1U);
    EXPECT_EQ(records(open(second))[0].value(), nullable<bytes_view>{"two"});
    EXPECT_EQ(open(second).base_timestamp(), now + 1);
}

TEST(record_batch_builder, copies_what_it_is_given)
{
    record_batch_builder builder;
    std::string value = "before";
    ASSERT_EQ(builder.append(now, nullptr, value), errc{});
    value = "after!";
    const sealed_batch sealed = seal(builder);
    EXPECT_EQ(records(open(sealed))[0].value(), nullable<bytes_view>{"before"});
}

TEST(record_batch_builder, keeps_its_records_when_a_codec_is_missing)
{
    record_batch_builder builder;
    ASSERT_EQ(builder.append(now, nullptr, "v"), errc{});
    sealed_batch sealed;
    const compression_error failed = builder.seal({.codec = compression::zstd}, no_codecs(), sealed);
    EXPECT_EQ(failed.code, errc::codec_not_available);
    EXPECT_THAT(failed.reason, testing::HasSubstr("ODRADEK_WITH_ZSTD"));
    EXPECT_TRUE(sealed.empty());
    EXPECT_EQ(builder.count(), 1);
    const sealed_batch plain = seal(builder);
    EXPECT_EQ(records(open(plain)).size(), 1U);
}

} // namespace
} // namespace odradek
