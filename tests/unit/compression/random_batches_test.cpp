// SPDX-License-Identifier: Apache-2.0
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/legacy_message.hpp>
#include <odradek/protocol/record_batch.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

namespace odradek {
namespace {

using text_or_null = std::optional<std::string>;

nullable<bytes_view> view_of(const text_or_null& value)
{
    if (!value) return nullptr;
    return bytes_view{*value};
}

text_or_null text_of(const nullable<bytes_view>& value)
{
    if (!value) return std::nullopt;
    return std::string{value->text()};
}

struct made_record {
    std::int64_t offset = 0;
    std::int64_t timestamp = 0;
    text_or_null key;
    text_or_null value;
    std::vector<std::pair<std::string, text_or_null>> headers;

    friend bool operator==(const made_record&, const made_record&) = default;
};

class maker {
public:
    explicit maker(unsigned seed) : random_(seed) {}

    std::size_t below(std::size_t limit) { return random_() % limit; }

    text_or_null field()
    {
        // Lengths on both sides of where a varint grows, and now and then a long one.
        static constexpr std::size_t edges[]{0, 1, 63, 64, 127, 128, 8191, 8192};
        switch (below(8)) {
        case 0: return std::nullopt;
        case 1: return std::string(edges[below(std::size(edges))], 'e');
        default: break;
        }
        std::string text(below(200), '\0');
        for (char& c : text) c = static_cast<char>('a' + below(16));
        return text;
    }

    std::vector<made_record> records(std::int64_t base_offset)
    {
        std::vector<made_record> all(1 + below(60));
        std::int64_t offset = base_offset;
        for (made_record& record : all) {
            record.offset = offset;
            offset += 1 + static_cast<std::int64_t>(below(4) == 0 ? below(1000) : 0);
            record.timestamp = 1'790'000'000'000 + static_cast<std::int64_t>(below(100'000)) - 50'000;
            record.key = field();
            record.value = field();
            for (std::size_t i = below(6) == 0 ? below(70) : 0; i > 0; --i) {
                record.headers.emplace_back(field().value_or(""), field());
            }
        }
        return all;
    }

private:
    std::mt19937 random_;
};

made_record copy_of(const record_view& record)
{
    made_record copy{record.offset(), record.timestamp(), text_of(record.key()), text_of(record.value()), {}};
    for (const record_header& header : record.headers()) copy.headers.emplace_back(header.key, text_of(header.value));
    return copy;
}

void append(record_batch_builder& builder, const made_record& record)
{
    std::vector<record_header> headers;
    for (const auto& [key, value] : record.headers) headers.push_back({key, view_of(value)});
    ASSERT_EQ(builder.append_at(record.offset, record.timestamp, view_of(record.key), view_of(record.value), headers),
              errc{});
}

std::vector<made_record> read(bytes_view set)
{
    batch_memory memory;
    record_set_reader reader{set, memory, {.codecs = &default_codecs()}};
    std::vector<made_record> found;
    for (batch_view batch; reader.next(batch);) {
        for (const record_view& record : batch) found.push_back(copy_of(record));
    }
    EXPECT_FALSE(reader.error()) << reader.error().message();
    EXPECT_EQ(reader.trailing(), 0U);
    return found;
}

TEST(random_batches, are_read_as_they_were_written_with_every_codec)
{
    for (unsigned seed = 1; seed <= 60; ++seed) {
        for (const compression codec : all_compressions) {
            if (!default_codecs().has(codec)) continue;
            maker make{seed};
            std::vector<made_record> expected;
            byte_buffer set;
            byte_buffer memory;
            for (std::size_t batches = 1 + make.below(3); batches > 0; --batches) {
                const std::int64_t base_offset = expected.empty() ? 1000 : expected.back().offset + 1;
                record_batch_builder builder{{.reserve = 64, .base_offset = base_offset}, std::move(memory)};
                const std::vector<made_record> records = make.records(base_offset);
                for (const made_record& record : records) append(builder, record);
                expected.insert(expected.end(), records.begin(), records.end());
                sealed_batch sealed;
                ASSERT_FALSE(builder.seal({.codec = codec}, default_codecs(), sealed));
                EXPECT_EQ(sealed.count(), static_cast<std::int32_t>(records.size()));
                sealed.set_producer(5, 6, 7);
                ASSERT_TRUE(set.append(sealed.bytes()));
                memory = sealed.release();
            }
            ASSERT_EQ(read(set.view()), expected) << name(codec) << " seed " << seed;
        }
    }
}

TEST(random_batches, of_the_old_formats_are_read_as_they_were_written_with_every_codec) // R6
{
    for (unsigned seed = 1; seed <= 40; ++seed) {
        for (const compression codec : {compression::none, compression::gzip, compression::snappy, compression::lz4}) {
            for (const bool relative : {false, true}) {
                if (!default_codecs().has(codec)) continue;
                maker make{seed};
                std::vector<made_record> expected = make.records(500);
                const std::int8_t magic = relative ? 1 : 0;
                const bool wrapped = codec != compression::none;
                byte_buffer inner;
                for (made_record& record : expected) {
                    record.headers.clear();
                    if (magic == 0) record.timestamp = -1;
                    const std::int64_t stored = wrapped && relative ? record.offset - 500 : record.offset;
                    ASSERT_EQ(write_legacy_message({.magic = magic,
                                                    .offset = stored,
                                                    .timestamp = record.timestamp,
                                                    .key = view_of(record.key),
                                                    .value = view_of(record.value)},
                                                   inner),
                              errc{});
                }
                byte_buffer set;
                if (wrapped) {
                    const legacy_fields wrapper{.magic = magic, .offset = expected.back().offset, .timestamp = 7};
                    ASSERT_FALSE(write_legacy_wrapper(wrapper, inner.view(), codec, default_compression_level,
                                                      default_codecs(), set));
                }
                ASSERT_EQ(read(wrapped ? set.view() : inner.view()), expected) << name(codec) << " seed " << seed;
            }
        }
    }
}

TEST(compressed_batch, is_sent_as_asked_unless_smaller_was_asked_for)
{
    for (const compression codec : all_compressions) {
        if (codec == compression::none || !default_codecs().has(codec)) continue;
        for (const bool only_if_smaller : {false, true}) {
            record_batch_builder builder;
            ASSERT_EQ(builder.append(1, nullptr, "x"), errc{});
            sealed_batch sealed;
            ASSERT_FALSE(builder.seal({.codec = codec, .only_if_smaller = only_if_smaller}, default_codecs(), sealed));
            EXPECT_EQ(sealed.codec(), only_if_smaller ? compression::none : codec);
            EXPECT_EQ(read(sealed.bytes()).size(), 1U);
            EXPECT_TRUE(builder.empty());

            ASSERT_EQ(builder.append(1, nullptr, std::string(10'000, 'x')), errc{});
            ASSERT_FALSE(builder.seal({.codec = codec, .only_if_smaller = only_if_smaller}, default_codecs(), sealed));
            EXPECT_EQ(sealed.codec(), codec);
            EXPECT_LT(sealed.size(), 1000U);
            EXPECT_GT(sealed.records_size(), 10'000U);
        }
    }
}

TEST(compressed_batch, keeps_its_records_in_the_builder_when_the_level_is_wrong)
{
    record_batch_builder builder;
    ASSERT_EQ(builder.append(1, nullptr, "x"), errc{});
    sealed_batch sealed;
    EXPECT_EQ(builder.seal({.codec = compression::gzip, .level = 10}, default_codecs(), sealed).code,
              errc::invalid_compression_level);
    EXPECT_EQ(builder.count(), 1);
    EXPECT_FALSE(builder.seal({.codec = compression::gzip, .level = 9}, default_codecs(), sealed));
}

// The old formats' wrappers, by hand.
class wrapper : public testing::Test {
protected:
    static byte_buffer inner(std::int8_t magic, std::initializer_list<std::int64_t> offsets)
    {
        byte_buffer set;
        for (const std::int64_t offset : offsets) {
            EXPECT_EQ(
                write_legacy_message({.magic = magic, .offset = offset, .timestamp = offset * 10, .value = "v"}, set),
                errc{});
        }
        return set;
    }

    static byte_buffer wrap(bytes_view set, const legacy_fields& fields)
    {
        byte_buffer output;
        EXPECT_FALSE(
            write_legacy_wrapper(fields, set, compression::gzip, default_compression_level, default_codecs(), output));
        return output;
    }

    static batch_error error_of(bytes_view set)
    {
        batch_memory memory;
        record_set_reader reader{set, memory, {.codecs = &default_codecs()}};
        batch_view batch;
        EXPECT_FALSE(reader.next(batch));
        return reader.error();
    }
};

TEST_F(wrapper, counts_relative_offsets_from_its_own_which_is_the_last_one_s) // R6, KIP-31
{
    const byte_buffer set = wrap(inner(1, {0, 3, 4}).view(), {.magic = 1, .offset = 104});
    const std::vector<made_record> found = read(set.view());
    ASSERT_EQ(found.size(), 3U);
    EXPECT_EQ(found[0].offset, 100);
    EXPECT_EQ(found[1].offset, 103);
    EXPECT_EQ(found[2].offset, 104);
    EXPECT_EQ(found[1].timestamp, 30);

    batch_memory memory;
    batch_view batch;
    ASSERT_FALSE(batch.parse(set.view()));
    ASSERT_FALSE(batch.open(memory, {.codecs = &default_codecs()}));
    EXPECT_EQ(batch.base_offset(), 100);
    EXPECT_EQ(batch.next_offset(), 105);
    EXPECT_EQ(batch.count(), 3);
}

TEST_F(wrapper, without_an_offset_of_its_own_leaves_the_inner_ones_as_they_are)
{
    const std::vector<made_record> found = read(wrap(inner(1, {0, 1}).view(), {.magic = 1, .offset = 0}).view());
    ASSERT_EQ(found.size(), 2U);
    EXPECT_EQ(found[1].offset, 1);
}

TEST_F(wrapper, gives_its_append_time_to_all_that_it_holds) // KIP-32
{
    const byte_buffer set =
        wrap(inner(1, {0, 1}).view(), {.magic = 1, .offset = 11, .timestamp = 999, .log_append_time = true});
    for (const made_record& record : read(set.view())) EXPECT_EQ(record.timestamp, 999);
}

TEST_F(wrapper, is_refused_around_another_wrapper_another_format_or_nothing)
{
    const byte_buffer once = wrap(inner(1, {0, 1}).view(), {.magic = 1, .offset = 1});
    const batch_error nested = error_of(wrap(once.view(), {.magic = 1, .offset = 1}).view());
    EXPECT_EQ(nested.code(), errc::invalid_record);
    EXPECT_THAT(nested.message(), testing::HasSubstr("compressed message inside a compressed message"));
    EXPECT_EQ(error_of(wrap(inner(0, {0, 1}).view(), {.magic = 1, .offset = 1}).view()).code(), errc::invalid_record);
    EXPECT_EQ(error_of(wrap({}, {.magic = 1, .offset = 1}).view()).code(), errc::invalid_record);
    EXPECT_EQ(error_of(wrap(inner(1, {0, 9}).view(), {.magic = 1, .offset = 5}).view()).code(), errc::invalid_record);
}

TEST_F(wrapper, is_refused_when_a_message_inside_is_cut_off_or_damaged)
{
    const byte_buffer good = inner(1, {0, 1});
    for (std::size_t size = 1; size < good.size(); ++size) {
        if (size == good.size() / 2) continue; // exactly one message
        EXPECT_TRUE(error_of(wrap(good.view().subview(0, size), {.magic = 1, .offset = 1}).view())) << size;
    }
    std::vector<std::byte> damaged{good.data(), good.data() + good.size()};
    damaged.back() ^= std::byte{1};
    const batch_error error = error_of(wrap(damaged, {.magic = 1, .offset = 1}).view());
    EXPECT_EQ(error.code(), errc::checksum_mismatch);
    EXPECT_EQ(error.record(), 1);
    EXPECT_TRUE(error.in_records());
}

} // namespace
} // namespace odradek
