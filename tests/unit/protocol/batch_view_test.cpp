// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/crc32c.hpp>
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/legacy_message.hpp>
#include <odradek/protocol/record_batch.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <limits>
#include <string>
#include <vector>

namespace odradek {
namespace {

using bytes = std::vector<std::byte>;

bytes good_batch(const std::string& value = "value")
{
    record_batch_builder builder{{.base_offset = 7}};
    EXPECT_EQ(builder.append(1'790'000'000'000, "key", bytes_view{value}), errc{});
    sealed_batch sealed;
    EXPECT_FALSE(builder.seal({}, no_codecs(), sealed));
    return {sealed.bytes().begin(), sealed.bytes().end()};
}

// Says that the records are compressed, with a true checksum. What they unpack to is up to the codec that is given.
bytes marked(bytes batch, compression codec)
{
    store_big(batch.data() + batch_layout::attributes, static_cast<std::int16_t>(codec));
    store_big(batch.data() + batch_layout::crc, crc32c(bytes_view{batch}.subview(batch_layout::attributes)));
    return batch;
}

// A format 1 wrapper that names a codec by number; its value is empty.
bytes wrapper(int codec)
{
    byte_buffer made;
    EXPECT_EQ(write_legacy_message({.magic = 1, .value = bytes_view{""}}, made), errc{});
    bytes batch{made.view().begin(), made.view().end()};
    batch[legacy_layout::attributes] = static_cast<std::byte>(codec);
    store_big(batch.data() + legacy_layout::crc, crc32(bytes_view{batch}.subview(legacy_layout::magic)));
    return batch;
}

// "Unpacks" by copying into a block with room for `spare` bytes more, and remembers how much it was allowed.
std::size_t spare = 0;
std::vector<std::size_t> allowed_context;

codec_set copying_codec()
{
    codec_set set;
    set.entries[static_cast<std::size_t>(compression::gzip)].decompress =
        [](bytes_view input, std::int8_t, unpack_limits limits, byte_buffer& output) noexcept -> compression_error {
        allowed_context.push_back(limits.context);
        if (input.size() > limits.output) return {errc::output_limit, "too much", 0};
        if (!output.reserve(input.size() + spare) || !output.append(input)) return {errc::out_of_memory, "none", 0};
        return {};
    };
    return set;
}

batch_error open(const bytes& set, batch_memory& memory)
{
    const codec_set codecs = copying_codec();
    batch_view batch;
    if (const batch_error error = batch.parse(set)) return error;
    return batch.open(memory, {.codecs = &codecs});
}

TEST(batch_view, refuses_every_prefix_of_a_header_without_reading_beyond_it)
{
    byte_buffer legacy;
    ASSERT_EQ(write_legacy_message({.magic = 1, .key = "key", .value = "value"}, legacy), errc{});
    const bytes batch = good_batch();
    for (const bytes_view whole : {bytes_view{batch}, legacy.view()}) {
        for (std::size_t size = 0; size < std::min(whole.size(), batch_layout::records); ++size) {
            // A block of exactly this size, so that a sanitizer sees any step beyond its end.
            const bytes prefix{whole.begin(), whole.begin() + size};
            batch_view view;
            const batch_error error = view.parse(prefix);
            EXPECT_EQ(error.code(), errc::truncated) << size;
            EXPECT_EQ(error.base_offset(), size < 8 ? -1 : load_big<std::int64_t>(whole.data())) << size;
            batch_memory memory;
            EXPECT_FALSE(view.open(memory, {})) << "no batch has nothing to open";
            EXPECT_EQ(view.begin(), view.end());
            (void)view.computed_crc();
        }
    }
}

TEST(batch_view, does_not_take_what_lies_behind_the_bytes_for_the_format)
{
    bytes behind(batch_layout::records, std::byte{0x55});
    std::fill_n(behind.begin(), batch_layout::length, std::byte{});
    store_big(behind.data() + batch_layout::length, std::int32_t{50});
    for (std::size_t size = batch_layout::length_counts_from; size <= batch_layout::magic; ++size) {
        batch_view batch;
        const batch_error error = batch.parse({behind.data(), size});
        EXPECT_EQ(error.code(), errc::truncated) << size;
        EXPECT_EQ(error.place(), size);
    }
}

TEST(batch_view, counts_the_memory_that_unpacked_records_hold_and_not_only_their_bytes) // B20
{
    const bytes batch = marked(good_batch(std::string(2000, 'x')), compression::gzip);
    const std::size_t unpacked = batch.size() - batch_layout::records;
    batch_memory memory;
    spare = 100;
    ASSERT_FALSE(open(batch, memory));
    EXPECT_EQ(memory.used(), unpacked + spare) << "a little room is not worth moving the records";
    memory.clear();
    spare = 1000;
    ASSERT_FALSE(open(batch, memory));
    EXPECT_EQ(memory.used(), unpacked);
    batch_memory exact{unpacked};
    spare = 1;
    ASSERT_FALSE(open(batch, exact));
    EXPECT_EQ(exact.used(), exact.limit());
    EXPECT_EQ(exact.left(), 0U);
}

TEST(batch_view, keeps_no_memory_for_a_batch_that_fails_after_unpacking) // B20
{
    bytes batch = good_batch(std::string(2000, 'x'));
    store_big(batch.data() + batch_layout::count, std::int32_t{2});
    batch_memory memory;
    spare = 0;
    EXPECT_EQ(open(marked(batch, compression::gzip), memory).code(), errc::invalid_record);
    EXPECT_EQ(memory.used(), 0U);
    EXPECT_EQ(open(wrapper(1), memory).code(), errc::invalid_record) << "a wrapper around nothing";
    EXPECT_EQ(memory.used(), 0U);
}

TEST(batch_view, lets_codecs_work_alike_whatever_was_unpacked_before)
{
    const bytes batch = marked(good_batch(), compression::gzip);
    batch_memory memory{10'000};
    allowed_context.clear();
    ASSERT_FALSE(open(batch, memory));
    ASSERT_FALSE(open(batch, memory));
    EXPECT_EQ(allowed_context, (std::vector<std::size_t>{10'000, 10'000}));
}

TEST(batch_view, tells_a_codec_that_an_old_format_lacks_from_one_that_does_not_exist)
{
    batch_memory memory;
    EXPECT_EQ(open(wrapper(4), memory).code(), errc::invalid_record) << "zstd, as Java has it";
    for (const int unknown : {5, 6, 7}) EXPECT_EQ(open(wrapper(unknown), memory).code(), errc::unknown_codec);
}

TEST(batch_view, counts_sequences_also_where_offsets_go_beyond_their_end) // found by fuzzing
{
    record_batch_builder builder;
    for (int i = 0; i < 2; ++i) ASSERT_EQ(builder.append(1, "key", bytes_view{"value"}), errc{});
    sealed_batch sealed;
    ASSERT_FALSE(builder.seal({.producer_id = 1, .producer_epoch = 0, .base_sequence = 5}, no_codecs(), sealed));
    bytes set{sealed.bytes().begin(), sealed.bytes().end()};
    store_big(set.data(), std::numeric_limits<std::int64_t>::max()); // the checksum does not cover the base offset

    batch_memory memory;
    batch_view batch;
    ASSERT_FALSE(batch.parse(set));
    ASSERT_FALSE(batch.open(memory, {}));
    std::vector<std::int32_t> sequences;
    for (const record_view& record : batch) sequences.push_back(batch.sequence_of(record));
    EXPECT_EQ(sequences, (std::vector<std::int32_t>{5, 6}));
    EXPECT_EQ(batch.last_sequence(), 6);
}

} // namespace
} // namespace odradek
