// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/crc32c.hpp>
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/legacy_message.hpp>
#include <odradek/protocol/record_batch.hpp>

#include <gtest/gtest.h>

#include <limits>
#include <vector>

namespace odradek {
namespace {

using bytes = std::vector<std::byte>;

bytes message_of(const legacy_fields& fields)
{
    byte_buffer buffer;
    EXPECT_EQ(write_legacy_message(fields, buffer), errc{});
    return {buffer.view().begin(), buffer.view().end()};
}

void sign(bytes& message)
{
    store_big(message.data() + legacy_layout::crc, crc32(bytes_view{message}.subview(legacy_layout::magic)));
}

batch_error read_one(bytes_view set)
{
    batch_memory memory;
    record_set_reader reader{set, memory};
    batch_view batch;
    EXPECT_FALSE(reader.next(batch));
    return reader.error();
}

TEST(legacy_message, gives_back_what_was_written_in_both_formats) // R6
{
    for (const std::int8_t magic : {std::int8_t{0}, std::int8_t{1}}) {
        const bytes set = message_of({.magic = magic, .offset = 77, .timestamp = 1234, .key = "k", .value = nullptr});
        batch_memory memory;
        record_set_reader reader{set, memory};
        batch_view batch;
        ASSERT_TRUE(reader.next(batch)) << reader.error().message();
        EXPECT_EQ(batch.magic(), magic);
        EXPECT_EQ(batch.base_offset(), 77);
        EXPECT_EQ(batch.next_offset(), 78);
        EXPECT_EQ(batch.count(), 1);
        EXPECT_EQ(batch.producer_id(), -1);
        EXPECT_EQ(batch.base_sequence(), -1);
        EXPECT_EQ(batch.last_sequence(), -1);
        EXPECT_FALSE(batch.is_control() || batch.is_transactional() || batch.delete_horizon());
        const record_view record = *batch.begin();
        EXPECT_EQ(record.offset(), 77);
        EXPECT_EQ(record.timestamp(), magic == 0 ? -1 : 1234);
        EXPECT_EQ(record.key(), nullable<bytes_view>{"k"});
        EXPECT_FALSE(record.value().has_value());
        EXPECT_TRUE(record.headers().empty());
        EXPECT_EQ(record.size_in_bytes(), set.size());
        EXPECT_EQ(batch.sequence_of(record), -1);
    }
}

TEST(legacy_message, lies_in_one_set_with_other_formats) // R6
{
    bytes set = message_of({.magic = 0, .offset = 1, .value = "a"});
    const bytes second = message_of({.magic = 1, .offset = 2, .timestamp = 5, .log_append_time = true, .value = "b"});
    set.insert(set.end(), second.begin(), second.end());
    record_batch_builder builder{{.base_offset = 3}};
    ASSERT_EQ(builder.append(9, nullptr, "c"), errc{});
    sealed_batch sealed;
    ASSERT_FALSE(builder.seal({}, no_codecs(), sealed));
    set.insert(set.end(), sealed.bytes().begin(), sealed.bytes().end());

    batch_memory memory;
    record_set_reader reader{set, memory};
    std::vector<std::int64_t> times;
    std::vector<timestamp_type> types;
    for (batch_view batch; reader.next(batch);) {
        types.push_back(batch.timestamps());
        for (const record_view& record : batch) times.push_back(record.timestamp());
    }
    EXPECT_FALSE(reader.error()) << reader.error().message();
    EXPECT_EQ(times, (std::vector<std::int64_t>{-1, 5, 9}));
    EXPECT_EQ(types, (std::vector{timestamp_type::none, timestamp_type::log_append, timestamp_type::create}));
}

TEST(legacy_message, is_cut_off_at_the_end_of_a_set_without_an_error) // R1
{
    const bytes set = message_of({.offset = 1, .value = "value"});
    for (std::size_t size = 0; size < set.size(); ++size) {
        const bytes cut{set.begin(), set.begin() + static_cast<std::ptrdiff_t>(size)};
        EXPECT_FALSE(read_one(cut)) << size;
    }
}

TEST(legacy_message, with_a_flipped_bit_is_refused_unless_it_is_in_the_offset)
{
    const bytes good = message_of({.offset = 1, .timestamp = 3, .key = "key", .value = "value"});
    for (std::size_t at = 8; at < good.size(); ++at) {
        for (unsigned bit = 0; bit < 8; ++bit) {
            const bytes set = [&] {
                bytes flipped = good;
                flipped[at] ^= static_cast<std::byte>(1U << bit);
                return flipped;
            }();
            const batch_error error = read_one(set);                           // checks that nothing was read
            EXPECT_TRUE(error || at < legacy_layout::crc) << at << ' ' << bit; // a longer length is a cut
        }
    }
}

TEST(legacy_message, with_hostile_lengths_is_refused) // R35
{
    constexpr std::int32_t most = std::numeric_limits<std::int32_t>::max();
    constexpr std::int32_t least = std::numeric_limits<std::int32_t>::min();
    for (const std::size_t key_at : {legacy_layout::timestamp, legacy_layout::timestamp + 8}) {
        const auto magic = static_cast<std::int8_t>(key_at == legacy_layout::timestamp ? 0 : 1);
        for (const std::int32_t length : {-2, 9, 6, most, least}) {
            bytes key = message_of({.magic = magic, .key = "k", .value = "v"});
            store_big(key.data() + key_at, length);
            sign(key);
            EXPECT_EQ(read_one(key).code(), errc::invalid_record) << length;
            bytes value = message_of({.magic = magic, .key = "k", .value = "v"});
            store_big(value.data() + key_at + 5, length);
            sign(value);
            EXPECT_EQ(read_one(value).code(), errc::invalid_record) << length;
        }
    }
}

TEST(legacy_message, of_format_1_needs_room_for_its_timestamp)
{
    bytes set = message_of({.magic = 0, .value = "12345678"});
    set.resize(30);
    store_big(set.data() + legacy_layout::length, std::int32_t{14});
    store_big(set.data() + legacy_layout::magic, std::int8_t{1});
    EXPECT_EQ(read_one(set).code(), errc::invalid_batch);
}

TEST(legacy_message, is_written_in_formats_0_and_1_only)
{
    byte_buffer buffer;
    EXPECT_EQ(write_legacy_message({.magic = 2}, buffer), errc::unsupported_magic);
    EXPECT_EQ(write_legacy_message({.magic = -1}, buffer), errc::unsupported_magic);
    EXPECT_TRUE(buffer.empty());
    EXPECT_EQ(write_legacy_wrapper({}, {}, compression::zstd, 3, no_codecs(), buffer).code, errc::unknown_codec);
    EXPECT_EQ(write_legacy_wrapper({}, {}, compression::gzip, 6, no_codecs(), buffer).code, errc::codec_not_available);
}

} // namespace
} // namespace odradek
