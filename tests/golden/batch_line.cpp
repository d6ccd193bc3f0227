// SPDX-License-Identifier: Apache-2.0
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/record_batch.hpp>
#include <odradek/tests/golden/batch_line.hpp>
#include <odradek/tests/golden/batch_rebuild.hpp>

#include <algorithm>
#include <initializer_list>

namespace odradek::golden {
namespace {

std::string base64_of(nullable<bytes_view> bytes)
{
    constexpr char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::string text;
    for (std::size_t i = 0; i < bytes->size(); i += 3) {
        unsigned bits = 0;
        for (std::size_t j = i; j < i + 3; ++j)
            bits = bits << 8 | (j < bytes->size() ? std::to_integer<unsigned>((*bytes)[j]) : 0);
        for (std::size_t j = 0; j < 4; ++j) text += j > bytes->size() - i ? '=' : digits[bits >> (18 - 6 * j) & 63];
    }
    return text;
}

json base64_or_null(nullable<bytes_view> bytes)
{
    return bytes ? json(base64_of(bytes)) : json(nullptr);
}

json describe(const batch_view& batch, const record_view& record)
{
    json out{{"offset", record.offset()},
             {"timestamp", record.timestamp()},
             {"key", base64_or_null(record.key())},
             {"value", base64_or_null(record.value())}};
    if (batch.magic() < 2) return out;
    out["sequence"] = batch.sequence_of(record);
    out["sizeInBytes"] = record.size_in_bytes();
    json& headers = out["headers"] = json::array();
    for (const record_header& header : record.headers())
        headers.push_back({{"k", std::string(header.key)}, {"v", base64_or_null(header.value)}});
    control_record control;
    if (batch.is_control() && read_control_record(record, control) == errc{}) {
        out["controlType"] = name(control.type);
        if (control.coordinator_epoch) out["coordinatorEpoch"] = *control.coordinator_epoch;
    }
    return out;
}

const char* name_of(timestamp_type type)
{
    switch (type) {
    case timestamp_type::create: return "CREATE_TIME";
    case timestamp_type::log_append: return "LOG_APPEND_TIME";
    case timestamp_type::none: break;
    }
    return "NO_TIMESTAMP_TYPE";
}

json describe(const batch_view& batch)
{
    json out{{"magic", batch.magic()},
             {"sizeInBytes", batch.size_in_bytes()},
             {"baseOffset", batch.base_offset()},
             {"lastOffset", batch.last_offset()},
             {"maxTimestamp", batch.max_timestamp()},
             {"timestampType", name_of(batch.timestamps())},
             {"codec", name(batch.codec())},
             {"crcValid", batch.crc() == batch.computed_crc()}};
    if (batch.magic() < 2) return out;
    out["partitionLeaderEpoch"] = batch.partition_leader_epoch();
    out["crc"] = batch.crc();
    out["attributes"] = batch.attributes();
    out["lastOffsetDelta"] = last_offset_delta(batch);
    out["baseTimestamp"] = batch.base_timestamp();
    out["producerId"] = batch.producer_id();
    out["producerEpoch"] = batch.producer_epoch();
    out["baseSequence"] = batch.base_sequence();
    out["lastSequence"] = batch.last_sequence();
    out["isTransactional"] = batch.is_transactional();
    out["isControl"] = batch.is_control();
    out["count"] = batch.count();
    if (batch.delete_horizon()) out["deleteHorizonMs"] = *batch.delete_horizon();
    return out;
}

json describe_with_records(const batch_view& batch)
{
    json out = describe(batch);
    json& records = out["records"] = json::array();
    for (const record_view& record : batch) records.push_back(describe(batch, record));
    return out;
}

// The errors of ours that mean what an exception of the reference decoder means. Where that unpacks broken data and only
// stumbles over the records that come out, a codec that checks more may refuse the data itself.
bool means(const std::string& theirs, std::error_code ours, bool compressed)
{
    const auto is_one_of = [&](std::initializer_list<errc> codes) {
        return std::any_of(codes.begin(), codes.end(), [&](errc code) { return ours == code; });
    };
    if (theirs == "CorruptRecordException")
        return is_one_of({errc::checksum_mismatch, errc::invalid_batch, errc::unsupported_magic, errc::truncated});
    if (theirs == "InvalidRecordException")
        return is_one_of({errc::invalid_record}) || (compressed && is_one_of({errc::bad_compressed_data}));
    if (theirs == "IllegalArgumentException") return is_one_of({errc::unknown_codec});
    // KafkaException around an IOException of a codec, SnappyError, ZstdIOException and the like.
    return compressed && is_one_of({errc::bad_compressed_data, errc::output_limit, errc::invalid_record});
}

void expect_error(const batch_error& ours, const std::string& theirs, bool compressed, const std::string& path)
{
    if (!ours) throw line_error(path + ": no error, expected " + theirs);
    if (!means(theirs, ours.code(), compressed))
        throw line_error(path + ": " + ours.message() + "; expected " + theirs);
}

void expect_equal(const json& ours, const json& expected, const std::string& path)
{
    const std::string difference = json_difference(ours, expected, path);
    if (!difference.empty()) throw line_error(difference);
}

// A batch whose records cannot be read: the header has to say the same all the same.
void check_bad_batch(record_set_reader& reader, bytes_view set, const json& expected, const std::string& path)
{
    json header = expected;
    header.erase("error");
    header.erase("errorMessage");
    const auto size = number_member<std::size_t>(expected, "sizeInBytes");
    batch_view batch;
    if (const batch_error error = batch.parse(set.subview(reader.position(), size)))
        throw line_error(path + ": its header: " + error.message());
    expect_equal(describe(batch), header, path);
    expect_error(reader.error(), text_member(expected, "error"), batch.codec() != compression::none, path);
    if (!reader.skip_bad_batch()) throw line_error(path + ": cannot go on behind it");
}

std::size_t check_decoding(const json& line, bytes_view set)
{
    const json& expected = member(line, "batches");
    if (!expected.is_array()) throw line_error("malformed line: batches is no array");
    batch_memory memory;
    record_set_reader reader{set, memory, {.codecs = &default_codecs(), .check_crc = true}};
    for (std::size_t i = 0; i < expected.size(); ++i) {
        const std::string path = "batches[" + std::to_string(i) + "]";
        batch_view batch;
        const bool is_good = reader.next(batch);
        if (!is_good && expected[i].contains("error")) {
            check_bad_batch(reader, set, expected[i], path);
        } else if (!is_good) {
            throw line_error(path + ": " + (reader.error() ? reader.error().message() : std::string("missing")));
        } else if (expected[i].contains("error")) {
            throw line_error(path + ": no error, expected " + text_member(expected[i], "error"));
        } else {
            expect_equal(describe_with_records(batch), expected[i], path);
        }
    }
    batch_view surplus;
    if (reader.next(surplus)) throw line_error("batches: one more at byte " + std::to_string(reader.position()));
    if (line.contains("error")) {
        expect_error(reader.error(), text_member(line, "error"), false, "the set");
        return reader.trailing();
    }
    if (reader.error()) throw line_error("the set: " + reader.error().message());
    const auto trailing = number_member<std::size_t>(line, "trailingBytes");
    if (reader.trailing() != trailing) {
        throw line_error("trailingBytes: " + std::to_string(reader.trailing()) + ", expected " +
                         std::to_string(trailing));
    }
    return trailing;
}

// The decoded batches of a set, without what compressing anew may change.
json records_of(bytes_view set)
{
    batch_memory memory;
    record_set_reader reader{set, memory, {.codecs = &default_codecs(), .check_crc = true}};
    json all = json::array();
    for (batch_view batch; reader.next(batch);) {
        json& one = all.emplace_back(describe_with_records(batch));
        one.erase("sizeInBytes");
        one.erase("crc");
    }
    if (reader.error()) throw line_error("encode: what was encoded cannot be read: " + reader.error().message());
    if (reader.trailing() != 0) throw line_error("encode: what was encoded ends in half a batch");
    return all;
}

} // namespace

std::string label_of_batches(const json& line)
{
    std::string label;
    for (const char* part : {"group", "name"}) {
        const auto found = line.find(part);
        if (found != line.end() && found->is_string()) label += (label.empty() ? "" : " ") + found->get<std::string>();
    }
    return label;
}

void check_batches(const json& line)
{
    const std::vector<std::byte> bytes = from_hex(text_member(line, "hex"), "hex");
    const std::string& reencode = text_member(line, "reencode");
    const bytes_view set{bytes};
    const std::size_t trailing = check_decoding(line, set);
    if (reencode == "none") return;
    if (reencode != "exact" && reencode != "semantic")
        throw line_error("malformed line: reencode \"" + reencode + "\"");
    if (trailing != 0) throw line_error("malformed line: half a batch cannot be encoded");
    const std::vector<std::byte> again = rebuild(set);
    if (reencode == "exact") {
        const std::string difference = bytes_difference(again, bytes);
        if (!difference.empty()) throw line_error("encode: " + difference);
    } else {
        expect_equal(records_of(again), records_of(set), "encode: batches");
    }
}

} // namespace odradek::golden
