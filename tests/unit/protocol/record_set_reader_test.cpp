// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/crc32c.hpp>
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/record_batch.hpp>
#include <odradek/protocol/varint.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <string>
#include <vector>

namespace odradek {
namespace {

using testing::HasSubstr;

constexpr std::int64_t now = 1'790'000'000'000;
using bytes = std::vector<std::byte>;

void append(bytes& to, bytes_view more)
{
    to.insert(to.end(), more.begin(), more.end());
}

bytes good_batch(std::int64_t base_offset, int count)
{
    record_batch_builder builder{{.base_offset = base_offset}};
    for (int i = 0; i < count; ++i) EXPECT_EQ(builder.append(now, "k", std::to_string(i)), errc{});
    sealed_batch sealed;
    EXPECT_FALSE(builder.seal({}, no_codecs(), sealed));
    return {sealed.bytes().begin(), sealed.bytes().end()};
}

void sign(bytes& batch)
{
    store_big(batch.data() + batch_layout::crc, crc32c(bytes_view{batch}.subview(batch_layout::attributes)));
}

// A batch with a true checksum around whatever records a peer may send.
bytes batch_of(bytes_view records, std::int32_t count)
{
    bytes batch = good_batch(7, 1);
    batch.resize(batch_layout::records);
    append(batch, records);
    store_big(batch.data() + batch_layout::length,
              static_cast<std::int32_t>(batch.size() - batch_layout::length_counts_from));
    store_big(batch.data() + batch_layout::count, count);
    sign(batch);
    return batch;
}

void put(bytes& to, std::int64_t signed_number)
{
    std::byte coded[max_varlong_size];
    append(to, {coded, static_cast<std::size_t>(write_uvarint(zigzag(signed_number), coded) - coded)});
}

// A record of these numbers: timestamp delta, offset delta, key length, ...; its length is true.
bytes record_of(const std::vector<std::int64_t>& numbers)
{
    bytes content;
    put(content, 0); // attributes
    for (const std::int64_t number : numbers) put(content, number);
    bytes record;
    put(record, static_cast<std::int64_t>(content.size()));
    append(record, content);
    return record;
}

batch_error read_one(bytes_view set, const batch_options& options = {})
{
    batch_memory memory;
    record_set_reader reader{set, memory, options};
    batch_view batch;
    EXPECT_FALSE(reader.next(batch));
    return reader.error();
}

TEST(record_set_reader, gives_every_batch_and_stops_at_one_that_is_cut_off) // R1, B20
{
    bytes set = good_batch(10, 3);
    append(set, good_batch(13, 2));
    const std::size_t whole = set.size();
    append(set, good_batch(15, 4));
    for (std::size_t size = whole; size < set.size(); ++size) {
        const bytes cut{set.begin(), set.begin() + static_cast<std::ptrdiff_t>(size)};
        batch_memory memory;
        record_set_reader reader{cut, memory};
        batch_view batch;
        ASSERT_TRUE(reader.next(batch));
        EXPECT_EQ(batch.next_offset(), 13);
        ASSERT_TRUE(reader.next(batch));
        EXPECT_EQ(batch.next_offset(), 15);
        EXPECT_FALSE(reader.next(batch));
        EXPECT_FALSE(reader.error());
        EXPECT_EQ(reader.trailing(), size - whole);
    }
}

TEST(record_set_reader, gives_nothing_of_an_empty_set)
{
    batch_memory memory;
    record_set_reader reader{{}, memory};
    batch_view batch;
    EXPECT_FALSE(reader.next(batch));
    EXPECT_FALSE(reader.error());
    EXPECT_EQ(reader.trailing(), 0U);
}

TEST(record_set_reader, gives_the_good_batches_before_a_bad_one_and_says_where_that_is)
{
    bytes set = good_batch(10, 3);
    const std::size_t second = set.size();
    append(set, good_batch(13, 2));
    set[second + 70] ^= std::byte{1};
    append(set, good_batch(15, 1));

    batch_memory memory;
    record_set_reader reader{set, memory};
    batch_view batch;
    ASSERT_TRUE(reader.next(batch));
    EXPECT_FALSE(reader.next(batch));
    EXPECT_FALSE(reader.next(batch)) << "an error is final";
    EXPECT_EQ(reader.error().code(), errc::checksum_mismatch);
    EXPECT_EQ(reader.error().base_offset(), 13);
    EXPECT_EQ(reader.error().position(), second);
    EXPECT_THAT(reader.error().message(),
                HasSubstr("batch at offset 13 (byte " + std::to_string(second) + " of the set)"));
    EXPECT_EQ(reader.position(), second);

    ASSERT_TRUE(reader.skip_bad_batch()); // when the user asks for that
    ASSERT_TRUE(reader.next(batch));
    EXPECT_EQ(batch.base_offset(), 15);
    EXPECT_FALSE(reader.next(batch));
    EXPECT_FALSE(reader.skip_bad_batch());
}

TEST(record_set_reader, may_be_told_not_to_compare_checksums)
{
    bytes set = good_batch(10, 3);
    set[batch_layout::crc] ^= std::byte{1};
    EXPECT_EQ(read_one(set).code(), errc::checksum_mismatch);
    batch_memory memory;
    record_set_reader reader{set, memory, {.check_crc = false}};
    batch_view batch;
    EXPECT_TRUE(reader.next(batch));
    EXPECT_EQ(batch.count(), 3);
}

TEST(record_set_reader, does_not_skip_a_batch_whose_length_is_bad)
{
    for (const std::int32_t length : {std::numeric_limits<std::int32_t>::min(), -1, 0, 13}) {
        bytes set = good_batch(10, 3);
        store_big(set.data() + batch_layout::length, length);
        batch_memory memory;
        record_set_reader reader{set, memory};
        batch_view batch;
        EXPECT_FALSE(reader.next(batch));
        EXPECT_EQ(reader.error().code(), errc::invalid_batch);
        EXPECT_EQ(reader.error().place(), batch_layout::length);
        EXPECT_FALSE(reader.skip_bad_batch());
    }
    for (const std::int32_t length : {14, 40, 48}) {
        bytes set = good_batch(10, 3);
        store_big(set.data() + batch_layout::length, length);
        EXPECT_EQ(read_one(set).code(), errc::invalid_batch) << length;
    }
}

TEST(record_set_reader, takes_a_length_beyond_the_end_for_a_cut)
{
    bytes set = good_batch(10, 3);
    store_big(set.data() + batch_layout::length, std::numeric_limits<std::int32_t>::max());
    EXPECT_FALSE(read_one(set));
}

TEST(record_set_reader, refuses_unknown_formats_and_codecs)
{
    for (const int magic : {-128, -1, 3, 127}) {
        bytes set = good_batch(10, 3);
        store_big(set.data() + batch_layout::magic, static_cast<std::int8_t>(magic));
        EXPECT_EQ(read_one(set).code(), errc::unsupported_magic);
    }
    for (const int codec : {5, 6, 7}) {
        bytes set = good_batch(10, 3);
        store_big(set.data() + batch_layout::attributes, static_cast<std::int16_t>(codec));
        sign(set);
        EXPECT_EQ(read_one(set).code(), errc::unknown_codec);
    }
}

TEST(record_set_reader, ignores_attribute_bits_that_it_does_not_know)
{
    bytes set = good_batch(10, 3);
    store_big(set.data() + batch_layout::attributes, static_cast<std::int16_t>(0xff80));
    sign(set);
    batch_memory memory;
    record_set_reader reader{set, memory};
    batch_view batch;
    EXPECT_TRUE(reader.next(batch));
    EXPECT_FALSE(batch.is_control() || batch.is_transactional() || batch.delete_horizon());
}

TEST(record_set_reader, names_the_missing_codec_and_the_option_that_brings_it)
{
    bytes set = good_batch(10, 3);
    store_big(set.data() + batch_layout::attributes, static_cast<std::int16_t>(compression::lz4));
    sign(set);
    const batch_error error = read_one(set);
    EXPECT_EQ(error.code(), errc::codec_not_available);
    EXPECT_THAT(error.message(), HasSubstr("lz4"));
    EXPECT_THAT(error.message(), HasSubstr("ODRADEK_WITH_LZ4"));
}

TEST(record_set_reader, refuses_counts_that_the_records_do_not_bear_out) // B20
{
    const bytes two = [] {
        bytes records = record_of({0, 0, -1, -1, 0});
        append(records, record_of({0, 1, -1, -1, 0}));
        return records;
    }();
    for (const std::int32_t count :
         {-1, 1, 3, std::numeric_limits<std::int32_t>::max(), std::numeric_limits<std::int32_t>::min()}) {
        EXPECT_EQ(read_one(batch_of(two, count)).code(), errc::invalid_record) << count;
    }
    batch_memory memory;
    const bytes right = batch_of(two, 2);
    record_set_reader reader{right, memory};
    batch_view batch;
    EXPECT_TRUE(reader.next(batch)) << reader.error().message();
}

TEST(record_set_reader, refuses_hostile_numbers_in_records_and_names_the_record) // B20, R35
{
    constexpr std::int64_t most = std::numeric_limits<std::int32_t>::max();
    constexpr std::int64_t least = std::numeric_limits<std::int32_t>::min();
    const std::vector<std::vector<std::int64_t>> hostile{
        {0, 0, -2, -1, 0},
        {0, 0, least, -1, 0},
        {0, 0, most, -1, 0},
        {0, 0, 1, -1, 0},
        {0, 0, -1, -2, 0},
        {0, 0, -1, most, 0},
        {0, 0, -1, 2, 0},
        {0, 0, -1, -1, -1},
        {0, 0, -1, -1, most},
        {0, 0, -1, -1, least},
        {0, 0, -1, -1, 1},
        {0, 0, -1, -1, 1, 0},
        {0, 0, -1, -1, 1, -1, 0},
        {0, 0, -1, -1, 1, 0, -2},
        {0, 0, -1, -1, 1, 0, 5},
        {0, 0, -1, -1, 0, 0},
        {0, 0, -1, -1},
        {0, 0, -1},
        {0, 0},
        {0},
        {},
        {0, most + 1, -1, -1, 0},
        {0, 0, most + 1, -1, 0},
    };
    for (const auto& numbers : hostile) {
        bytes records = record_of({0, 0, -1, -1, 0});
        append(records, record_of(numbers));
        const batch_error error = read_one(batch_of(records, 2));
        EXPECT_EQ(error.code(), errc::invalid_record) << testing::PrintToString(numbers);
        EXPECT_EQ(error.record(), 1) << error.message();
        EXPECT_TRUE(error.in_records());
        EXPECT_EQ(error.base_offset(), 7);
    }
}

TEST(record_set_reader, refuses_hostile_record_lengths)
{
    for (const std::int64_t length : {std::int64_t{-1}, std::int64_t{0}, std::int64_t{7}, std::int64_t{100},
                                      std::int64_t{0x7fffffff}, std::int64_t{-0x80000000LL}, std::int64_t{1} << 40}) {
        bytes records;
        put(records, length);
        append(records, bytes_view{"\0\0\0\1\1\0"});
        EXPECT_EQ(read_one(batch_of(records, 1)).code(), errc::invalid_record) << length;
    }
    EXPECT_EQ(read_one(batch_of(bytes(9, std::byte{0xff}), 1)).code(), errc::invalid_record);
}

TEST(record_set_reader, accepts_every_timestamp_delta_of_64_bits_and_none_of_more)
{
    constexpr std::int64_t least = std::numeric_limits<std::int64_t>::min();
    const bytes set = batch_of(record_of({least, 0, -1, -1, 0}), 1);
    batch_memory memory;
    record_set_reader reader{set, memory};
    batch_view batch;
    ASSERT_TRUE(reader.next(batch)) << reader.error().message();
    EXPECT_EQ((*batch.begin()).timestamp(),
              static_cast<std::int64_t>(static_cast<std::uint64_t>(now) + static_cast<std::uint64_t>(least)));

    bytes record;
    put(record, 16);
    put(record, 0);
    record.insert(record.end(), 9, std::byte{0xff});
    append(record, bytes_view{"\2\0\1\1\0\0"});
    EXPECT_EQ(read_one(batch_of(record, 1)).code(), errc::invalid_record);
}

TEST(record_set_reader, moves_on_over_batches_that_compaction_emptied) // B35, R4
{
    bytes set = good_batch(10, 1);
    append(set, batch_of({}, 0));
    append(set, good_batch(30, 1));
    batch_memory memory;
    record_set_reader reader{set, memory};
    std::vector<std::int64_t> offsets;
    std::vector<std::int64_t> next;
    for (batch_view batch; reader.next(batch);) {
        next.push_back(batch.next_offset());
        for (const record_view& record : batch) offsets.push_back(record.offset());
    }
    EXPECT_FALSE(reader.error());
    EXPECT_THAT(offsets, testing::ElementsAre(10, 30));
    EXPECT_THAT(next, testing::ElementsAre(11, 8, 31));
}

TEST(record_set_reader, iterates_a_batch_as_often_as_one_likes_and_copies_of_it_too)
{
    const bytes set = good_batch(10, 5);
    batch_memory memory;
    record_set_reader reader{set, memory};
    batch_view batch;
    ASSERT_TRUE(reader.next(batch));
    const batch_view copy = batch;
    for (int pass = 0; pass < 2; ++pass) {
        std::int64_t expected = 10;
        for (const record_view& record : copy) EXPECT_EQ(record.offset(), expected++);
        EXPECT_EQ(expected, 15);
    }
}

TEST(batch_view, has_no_records_before_it_is_opened)
{
    const bytes set = good_batch(10, 5);
    batch_view batch;
    ASSERT_FALSE(batch.parse(set));
    EXPECT_EQ(batch.count(), 5);
    EXPECT_TRUE(batch.begin() == batch.end());
    batch_memory memory;
    ASSERT_FALSE(batch.open(memory, {}));
    EXPECT_FALSE(batch.begin() == batch.end());
}

record_view control_of(bytes_view key, nullable<bytes_view> value, bytes& keep)
{
    record_batch_builder builder;
    EXPECT_EQ(builder.append(now, key, value), errc{});
    sealed_batch sealed;
    EXPECT_FALSE(builder.seal({.control = true}, no_codecs(), sealed));
    keep.assign(sealed.bytes().begin(), sealed.bytes().end());
    batch_memory memory;
    batch_view batch;
    EXPECT_FALSE(batch.parse(keep));
    EXPECT_FALSE(batch.open(memory, {}));
    EXPECT_TRUE(batch.is_control());
    return *batch.begin();
}

TEST(control_record, is_read_from_its_key_and_the_end_markers_value) // B35
{
    bytes keep;
    control_record control;
    EXPECT_EQ(read_control_record(control_of({"\0\0\0\1", 4}, bytes_view{"\0\0\0\0\1\2", 6}, keep), control), errc{});
    EXPECT_EQ(control.type, control_type::commit);
    EXPECT_EQ(control.coordinator_epoch, 0x102);
    // A newer version may say more behind what is known.
    EXPECT_EQ(read_control_record(control_of({"\0\1\0\0\7", 5}, bytes_view{"\0\1\0\0\0\7\7", 7}, keep), control),
              errc{});
    EXPECT_EQ(control.version, 1);
    EXPECT_EQ(control.type, control_type::abort);
    EXPECT_EQ(control.coordinator_epoch, 7);
    EXPECT_EQ(read_control_record(control_of({"\0\0\0\x63", 4}, nullptr, keep), control), errc{});
    EXPECT_EQ(name(control.type), "UNKNOWN");
    EXPECT_FALSE(control.coordinator_epoch.has_value());
}

TEST(control_record, is_refused_when_it_is_too_short_or_of_a_negative_version)
{
    bytes keep;
    control_record control;
    EXPECT_EQ(read_control_record(control_of({"\0\0\0", 3}, nullptr, keep), control), errc::invalid_record);
    EXPECT_EQ(read_control_record(control_of({"\xff\xff\0\1", 4}, nullptr, keep), control), errc::invalid_record);
    EXPECT_EQ(read_control_record(control_of({"\0\0\0\1", 4}, nullptr, keep), control), errc::invalid_record);
    EXPECT_EQ(read_control_record(control_of({"\0\0\0\1", 4}, bytes_view{"\0\0\0\0\1", 5}, keep), control),
              errc::invalid_record);
    EXPECT_EQ(read_control_record(control_of({"\0\0\0\1", 4}, bytes_view{"\xff\0\0\0\0\1", 6}, keep), control),
              errc::invalid_record);
}

} // namespace
} // namespace odradek
