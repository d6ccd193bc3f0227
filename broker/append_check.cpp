// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/append_check.hpp>
#include <odradek/protocol/endian.hpp>

#include <algorithm>
#include <cstddef>
#include <limits>
#include <utility>

namespace odradek::broker {
namespace {

/// A batch of few bytes may unpack to millions of records, each of which could be blamed.
constexpr std::size_t most_bad_records = 1000;

append_check refused(broker_errc error, std::string text)
{
    return {.error = error, .text = std::move(text)};
}

/// The bytes where a batch is said to begin, as Kafka's brokers look at them.
struct first_batch {
    bool corrupt = false; ///< No batch can begin like that.
    std::size_t size = 0; ///< Of the batch; 0: it is not there as a whole.
};

first_batch find_first(bytes_view bytes) noexcept
{
    constexpr std::int32_t smallest_length = 14; // of a message of format 0, behind its length
    constexpr std::int8_t newest_format = 2;
    if (bytes.size() < batch_layout::length_counts_from) return {};
    const auto length = load_big<std::int32_t>(bytes.data() + batch_layout::length);
    if (length < smallest_length) return {.corrupt = true};
    if (bytes.size() <= batch_layout::magic) return {};
    const auto magic = static_cast<std::int8_t>(bytes.data()[batch_layout::magic]);
    if (magic < 0 || magic > newest_format) return {.corrupt = true};
    const std::size_t size = batch_layout::length_counts_from + static_cast<std::size_t>(length);
    return {.size = size <= bytes.size() ? size : 0};
}

/// What is wrong with the batch apart from its records.
append_check check_header(const batch_view& batch, const topic_settings& settings)
{
    if (batch.base_offset() != 0)
        return refused(broker_errc::invalid_record, "The base offset of a record batch should be 0, but it is " +
                                                        std::to_string(batch.base_offset()) + ".");
    if (batch.size_in_bytes() > static_cast<std::size_t>(settings.max_message_bytes))
        return refused(broker_errc::message_too_large, "The record batch size is " +
                                                           std::to_string(batch.size_in_bytes()) +
                                                           " bytes, which exceeds the maximum configured value of " +
                                                           std::to_string(settings.max_message_bytes) + ".");
    if (batch.size_in_bytes() > static_cast<std::size_t>(settings.segment_bytes))
        return refused(broker_errc::record_list_too_large, "The record batch is larger than a segment of the log.");
    if (batch.is_control()) return refused(broker_errc::invalid_record, "Clients cannot write control records.");
    if (batch.producer_id() >= 0 && batch.base_sequence() < 0)
        return refused(broker_errc::invalid_record, "A batch with a producer id has no sequence number.");
    if (batch.count() <= 0) return refused(broker_errc::invalid_record, "The record batch is empty.");
    if (batch.last_offset() - batch.base_offset() != batch.count() - 1)
        return refused(broker_errc::invalid_record,
                       "The offsets of the record batch do not match its number of records.");
    return {};
}

/// The records that the topic does not want.
append_check check_each(const batch_view& batch, const append_rules& rules)
{
    const topic_settings& settings = rules.settings;
    // The limits are settings, and may be as large as numbers are.
    constexpr std::int64_t for_ever = std::numeric_limits<std::int64_t>::max() / 2;
    const std::int64_t earliest = rules.now_ms - std::min(settings.timestamp_before_max_ms, for_ever);
    const std::int64_t latest = rules.now_ms + std::min(settings.timestamp_after_max_ms, for_ever);
    const bool appended = batch.timestamps() == timestamp_type::log_append;
    append_check found;
    std::int32_t index = 0;
    broker_errc error = broker_errc::none;
    const auto blame = [&](broker_errc why, const std::string& text) {
        if (error != broker_errc::invalid_timestamp) error = why; // that one says it for all
        if (found.records.size() < most_bad_records) found.records.push_back({index, text});
    };
    for (const record_view& record : batch) {
        const std::int64_t time = record.timestamp();
        found.max_timestamp = std::max(found.max_timestamp, time);
        const bool looks = !settings.log_append_time && time != -1;
        const bool old = looks && settings.timestamp_before_max_ms < for_ever && time < earliest;
        const bool early = looks && settings.timestamp_after_max_ms < for_ever && time > latest;
        if (settings.compact && !record.key())
            blame(broker_errc::invalid_record, "A record of a compacted topic must have a key.");
        else if (old || early)
            blame(broker_errc::invalid_timestamp, "Timestamp " + std::to_string(time) +
                                                      " is out of range: the broker's time is " +
                                                      std::to_string(rules.now_ms) + ".");
        else if (appended && (!looks || rules.refuses_append_time))
            blame(broker_errc::invalid_timestamp, "Producers should not set the timestamp type to LogAppendTime.");
        ++index;
    }
    if (error == broker_errc::none) return found;
    found.error = error;
    found.text = error == broker_errc::invalid_timestamp
                     ? "One or more records have been rejected due to invalid timestamp"
                     : "One or more records have been rejected";
    return found;
}

} // namespace

append_check check_shape(nullable<bytes_view> records, api_version version)
{
    const first_batch first = records ? find_first(*records) : first_batch{};
    if (first.corrupt) return refused(broker_errc::corrupt_message, "The record batch cannot be read.");
    if (first.size == 0)
        return refused(broker_errc::invalid_record,
                       "Produce requests must have at least one record batch a partition.");
    if (std::to_integer<int>(records->data()[batch_layout::magic]) != 2)
        return refused(broker_errc::invalid_record, "Produce requests must have records of format 2.");
    const auto attributes = load_big<std::int16_t>(records->data() + batch_layout::attributes);
    if (version < api_version{7} && (attributes & batch_attribute::codec) == static_cast<int>(compression::zstd))
        return refused(broker_errc::unsupported_compression_type, "Produce requests before version 7 cannot use zstd.");
    const first_batch second = find_first(records->subview(first.size));
    if (second.corrupt) return refused(broker_errc::corrupt_message, "The second record batch cannot be read.");
    if (second.size != 0)
        return refused(broker_errc::invalid_record, "Produce requests must have exactly one record batch a partition.");
    return {};
}

append_check check_records(bytes_view records, const append_rules& rules)
{
    batch_view batch;
    // The batch that stands first; what lies behind it was cut off.
    if (batch.parse(records.subview(0, find_first(records).size)))
        return refused(broker_errc::corrupt_message, "The record batch cannot be read.");
    if (append_check bad = check_header(batch, rules.settings)) return bad;
    batch_memory memory;
    batch_view opened = batch;
    if (const auto bad = opened.open(memory, {.codecs = &rules.codecs})) {
        const bool corrupt = bad.code() == errc::checksum_mismatch;
        return refused(corrupt ? broker_errc::corrupt_message : broker_errc::invalid_record, bad.message());
    }
    append_check found = check_each(opened, rules);
    found.batch = batch;
    return found;
}

} // namespace odradek::broker
