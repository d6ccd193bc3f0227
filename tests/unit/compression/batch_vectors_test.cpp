// SPDX-License-Identifier: Apache-2.0
#include "batch_vectors.hpp"
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/error.hpp>
#include <odradek/protocol/legacy_message.hpp>
#include <odradek/protocol/record_batch.hpp>

#include <gtest/gtest.h>

#include <algorithm>

namespace odradek {
namespace {

using nlohmann::json;
using namespace test;

void expect_header(const batch_view& batch, const json& expected)
{
    EXPECT_EQ(batch.magic(), expected["magic"].get<int>());
    EXPECT_EQ(batch.size_in_bytes(), expected["sizeInBytes"].get<std::size_t>());
    EXPECT_EQ(batch.base_offset(), expected["baseOffset"].get<std::int64_t>());
    EXPECT_EQ(batch.last_offset(), expected["lastOffset"].get<std::int64_t>());
    EXPECT_EQ(batch.max_timestamp(), expected["maxTimestamp"].get<std::int64_t>());
    EXPECT_EQ(batch.codec(), codec_of(expected));
    EXPECT_EQ(batch.computed_crc() == batch.crc(), expected["crcValid"].get<bool>());
    const std::string type = expected["timestampType"];
    EXPECT_EQ(static_cast<int>(batch.timestamps()), type == "CREATE_TIME" ? 0 : type == "LOG_APPEND_TIME" ? 1 : -1);
    if (batch.magic() < 2) return;
    EXPECT_EQ(batch.partition_leader_epoch(), expected["partitionLeaderEpoch"].get<std::int32_t>());
    EXPECT_EQ(batch.crc(), expected["crc"].get<std::uint32_t>());
    EXPECT_EQ(batch.attributes(), expected["attributes"].get<std::int16_t>());
    EXPECT_EQ(batch.base_timestamp(), expected["baseTimestamp"].get<std::int64_t>());
    EXPECT_EQ(batch.producer_id(), expected["producerId"].get<std::int64_t>());
    EXPECT_EQ(batch.producer_epoch(), expected["producerEpoch"].get<std::int16_t>());
    EXPECT_EQ(batch.base_sequence(), expected["baseSequence"].get<std::int32_t>());
    EXPECT_EQ(batch.last_sequence(), expected["lastSequence"].get<std::int32_t>());
    EXPECT_EQ(batch.is_transactional(), expected["isTransactional"].get<bool>());
    EXPECT_EQ(batch.is_control(), expected["isControl"].get<bool>());
    EXPECT_EQ(batch.count(), expected["count"].get<std::int32_t>());
    EXPECT_EQ(batch.delete_horizon().has_value(), expected.contains("deleteHorizonMs"));
    if (expected.contains("deleteHorizonMs")) {
        EXPECT_EQ(batch.delete_horizon(), expected["deleteHorizonMs"].get<std::int64_t>());
    }
}

void expect_record(const batch_view& batch, const record_view& record, const json& expected)
{
    EXPECT_EQ(record.offset(), expected["offset"].get<std::int64_t>());
    EXPECT_EQ(record.timestamp(), expected["timestamp"].get<std::int64_t>());
    EXPECT_EQ(field(record.key()), field(expected["key"]));
    EXPECT_EQ(field(record.value()), field(expected["value"]));
    if (batch.magic() < 2) return;
    EXPECT_EQ(record.size_in_bytes(), expected["sizeInBytes"].get<std::size_t>());
    EXPECT_EQ(batch.sequence_of(record), expected["sequence"].get<std::int32_t>());
    ASSERT_EQ(record.headers().size(), expected["headers"].size());
    std::size_t i = 0;
    for (const record_header& header : record.headers()) {
        const json& wanted = expected["headers"][i++];
        EXPECT_EQ(header.key, wanted["k"].get<std::string>());
        EXPECT_EQ(field(header.value), field(wanted["v"]));
    }
    control_record control;
    if (expected.contains("controlType")) {
        ASSERT_EQ(read_control_record(record, control), errc{});
        EXPECT_EQ(name(control.type), expected["controlType"].get<std::string>());
    }
    if (expected.contains("coordinatorEpoch")) {
        EXPECT_EQ(control.coordinator_epoch, expected["coordinatorEpoch"].get<std::int32_t>());
    }
}

void expect_records(const batch_view& batch, const json& expected)
{
    ASSERT_EQ(static_cast<std::size_t>(batch.count()), expected.size());
    std::size_t i = 0;
    for (const record_view& record : batch) expect_record(batch, record, expected[i++]);
    EXPECT_EQ(i, expected.size());
}

// The kind of error that Java's exception stands for.
bool same_verdict(const batch_error& error, const std::string& exception)
{
    const std::error_code code = error.code();
    if (exception == "CorruptRecordException") {
        return code == errc::checksum_mismatch || code == errc::invalid_batch || code == errc::unsupported_magic;
    }
    if (exception == "IllegalArgumentException") return code == errc::unknown_codec;
    if (exception == "KafkaException" || exception == "SnappyError") return code == errc::bad_compressed_data;
    return code == errc::invalid_record || code == errc::bad_compressed_data;
}

// Every batch as the reference decoder saw it, its errors included; B35, R4 and R6 are among them.
TEST(batch_vectors, every_one_decodes_as_kafka_s_own_classes_decode_it)
{
    int checked = 0;
    for (const json& vector : batch_vectors()) {
        if (!built_in(vector)) continue;
        SCOPED_TRACE(vector["group"].get<std::string>() + " " + vector["name"].get<std::string>());
        const std::vector<std::byte> set = from_hex(vector["hex"].get<std::string>());
        batch_memory memory;
        record_set_reader reader{set, memory, {.codecs = &default_codecs()}};
        batch_view batch;
        for (const json& expected : vector["batches"]) {
            const bool good = reader.next(batch);
            EXPECT_EQ(good, !expected.contains("error")) << reader.error().message();
            if (good) {
                expect_header(batch, expected);
                expect_records(batch, expected["records"]);
            } else {
                EXPECT_TRUE(same_verdict(reader.error(), expected["error"])) << reader.error().message();
                EXPECT_EQ(reader.error().base_offset(), expected["baseOffset"].get<std::int64_t>());
                EXPECT_TRUE(reader.skip_bad_batch());
            }
        }
        EXPECT_FALSE(reader.next(batch));
        EXPECT_EQ(static_cast<bool>(reader.error()), vector.contains("error")) << reader.error().message();
        if (vector.contains("error")) {
            EXPECT_TRUE(same_verdict(reader.error(), vector["error"])) << reader.error().message();
        } else {
            EXPECT_EQ(reader.trailing(), vector["trailingBytes"].get<std::size_t>());
        }
        ++checked;
    }
    EXPECT_GT(checked, 80);
}

// Encodes a batch from its description. `original` helps out where that is not enough: under log append time it does not
// say when the records were created.
void encode(const json& expected, const batch_view& original, byte_buffer& set)
{
    if (expected["magic"].get<int>() < 2) {
        const json& record = expected["records"][0];
        const std::optional<std::string> key = field(record["key"]);
        const std::optional<std::string> value = field(record["value"]);
        legacy_fields fields{.magic = expected["magic"].get<std::int8_t>(),
                             .offset = record["offset"].get<std::int64_t>()};
        fields.timestamp = record["timestamp"].get<std::int64_t>();
        fields.log_append_time = expected["timestampType"] == "LOG_APPEND_TIME";
        fields.key = view_of(key);
        fields.value = view_of(value);
        ASSERT_EQ(write_legacy_message(fields, set), errc{});
        return;
    }
    const std::int64_t base_offset = expected["baseOffset"].get<std::int64_t>();
    const bool appended = expected["timestampType"] == "LOG_APPEND_TIME";
    record_batch_builder builder{
        {.base_offset = base_offset, .base_timestamp = expected["baseTimestamp"].get<std::int64_t>()}};
    record_iterator created = original.begin();
    for (const json& record : expected["records"]) {
        std::vector<std::pair<std::string, std::optional<std::string>>> owned;
        for (const json& header : record["headers"]) owned.emplace_back(header["k"], field(header["v"]));
        std::vector<record_header> headers;
        for (const auto& [key, value] : owned) headers.push_back({key, view_of(value)});
        const std::optional<std::string> key = field(record["key"]);
        const std::optional<std::string> value = field(record["value"]);
        const std::int64_t timestamp = appended ? created->create_timestamp() : record["timestamp"].get<std::int64_t>();
        ASSERT_EQ(
            builder.append_at(record["offset"].get<std::int64_t>(), timestamp, view_of(key), view_of(value), headers),
            errc{});
        ++created;
    }
    seal_options how{.codec = codec_of(expected)};
    how.producer_id = expected["producerId"].get<std::int64_t>();
    how.producer_epoch = expected["producerEpoch"].get<std::int16_t>();
    how.base_sequence = expected["baseSequence"].get<std::int32_t>();
    how.transactional = expected["isTransactional"].get<bool>();
    how.control = expected["isControl"].get<bool>();
    how.partition_leader_epoch = expected["partitionLeaderEpoch"].get<std::int32_t>();
    if (appended) how.log_append_time = expected["maxTimestamp"].get<std::int64_t>();
    how.max_timestamp = expected["maxTimestamp"].get<std::int64_t>();
    how.last_offset_delta = expected["lastOffsetDelta"].get<std::int32_t>();
    how.base_is_delete_horizon = expected.contains("deleteHorizonMs");
    sealed_batch sealed;
    const compression_error failed = builder.seal(how, default_codecs(), sealed);
    ASSERT_FALSE(failed) << failed.reason;
    ASSERT_TRUE(set.append(sealed.bytes()));
}

// Encodes every batch of a vector.
void encode_all(const json& vector, byte_buffer& set)
{
    const std::vector<std::byte> original = from_hex(vector["hex"].get<std::string>());
    batch_memory memory;
    record_set_reader reader{original, memory, {.codecs = &default_codecs()}};
    for (const json& expected : vector["batches"]) {
        batch_view batch;
        ASSERT_TRUE(reader.next(batch));
        encode(expected, batch, set);
    }
}

TEST(batch_vectors, uncompressed_ones_encode_to_the_same_bytes)
{
    int checked = 0;
    for (const json& vector : batch_vectors()) {
        if (vector["reencode"] != "exact" || !built_in(vector)) continue;
        SCOPED_TRACE(vector["group"].get<std::string>() + " " + vector["name"].get<std::string>());
        byte_buffer set;
        encode_all(vector, set);
        const std::vector<std::byte> wanted = from_hex(vector["hex"].get<std::string>());
        EXPECT_TRUE(set.view() == bytes_view{wanted});
        ++checked;
    }
    EXPECT_EQ(checked, 39);
}

TEST(batch_vectors, compressed_ones_decode_alike_after_encoding_them_ourselves)
{
    for (const json& vector : batch_vectors()) {
        if (vector["reencode"] != "semantic" || vector["group"] == "legacy" || !built_in(vector)) continue;
        SCOPED_TRACE(vector["group"].get<std::string>() + " " + vector["name"].get<std::string>());
        byte_buffer set;
        encode_all(vector, set);
        batch_memory memory;
        record_set_reader reader{set.view(), memory, {.codecs = &default_codecs()}};
        batch_view batch;
        for (const json& expected : vector["batches"]) {
            ASSERT_TRUE(reader.next(batch)) << reader.error().message();
            EXPECT_EQ(batch.last_offset(), expected["lastOffset"].get<std::int64_t>());
            EXPECT_EQ(batch.attributes(), expected["attributes"].get<std::int16_t>());
            expect_records(batch, expected["records"]);
        }
        EXPECT_EQ(reader.trailing(), 0U);
    }
}

} // namespace
} // namespace odradek
