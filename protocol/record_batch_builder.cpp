// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/crc32c.hpp>
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/record_batch_builder.hpp>
#include <odradek/protocol/varint.hpp>

#include <algorithm>
#include <bit>
#include <cstring>

namespace odradek {
namespace {

constexpr std::size_t most_bytes = std::numeric_limits<std::int32_t>::max();

// Bytes of a varint, without a loop: nine bits of value are worth eight of output.
constexpr std::size_t varint_size(std::uint64_t coded) noexcept
{
    const auto bits = static_cast<std::size_t>(64 - std::countl_zero(coded | 1));
    return (bits * 9 + 64) / 64;
}

constexpr std::uint32_t coded_length(std::size_t size) noexcept
{
    return zigzag(static_cast<std::int32_t>(size));
}

std::size_t field_size(const nullable<bytes_view>& field) noexcept
{
    return field ? varint_size(coded_length(field->size())) + field->size() : 1;
}

std::byte* write_varint(std::uint64_t coded, std::byte* to) noexcept
{
    if (coded < 0x80) [[likely]] {
        *to = static_cast<std::byte>(coded);
        return to + 1;
    }
    return write_uvarint(coded, to);
}

std::byte* write_bytes(bytes_view bytes, std::byte* to) noexcept
{
    to = write_varint(coded_length(bytes.size()), to);
    if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
    return to + bytes.size();
}

std::byte* write_field(const nullable<bytes_view>& field, std::byte* to) noexcept
{
    if (field) return write_bytes(*field, to);
    *to = static_cast<std::byte>(zigzag(std::int32_t{-1}));
    return to + 1;
}

// The records were summed once, however often the header changes.
void write_checksum(std::byte* batch, std::size_t size, std::uint32_t records_crc) noexcept
{
    namespace at = batch_layout;
    const std::uint32_t header_crc = crc32c({batch + at::attributes, at::records - at::attributes});
    store_big(batch + at::crc, crc32c_combine(header_crc, records_crc, size - at::records));
}

std::int16_t attributes_of(const seal_options& how, compression codec) noexcept
{
    int bits = static_cast<int>(codec);
    if (how.log_append_time) bits |= batch_attribute::log_append_time;
    if (how.transactional) bits |= batch_attribute::transactional;
    if (how.control) bits |= batch_attribute::control;
    if (how.base_is_delete_horizon) bits |= batch_attribute::delete_horizon;
    return static_cast<std::int16_t>(bits);
}

} // namespace

struct record_batch_builder::measured {
    std::uint64_t timestamp_delta = 0; // coded
    std::uint32_t offset_delta = 0;    // coded
    std::size_t length = 0;            // of what follows the length
    std::size_t size = 0;              // with the length
};

std::size_t record_batch_builder::limit() const noexcept
{
    return std::min(options_.max_size, most_bytes);
}

void record_batch_builder::reset() noexcept
{
    storage_.clear();
    count_ = 0;
    next_offset_ = options_.base_offset;
    base_timestamp_ = options_.base_timestamp.value_or(-1);
    max_timestamp_ = -1;
}

errc record_batch_builder::measure(std::int64_t offset, std::int64_t timestamp, const nullable<bytes_view>& key,
                                   const nullable<bytes_view>& value, const list<record_header>& headers,
                                   measured& record) const noexcept
{
    const std::size_t key_size = key.value_or({}).size();
    const std::size_t value_size = value.value_or({}).size();
    if (key_size > most_bytes || value_size > most_bytes || headers.size() > most_bytes) return errc::record_too_large;

    const std::uint64_t offset_delta =
        static_cast<std::uint64_t>(offset) - static_cast<std::uint64_t>(options_.base_offset);
    // Compared with the last one, since behind the greatest offset of all the next one is the least.
    const auto last_offset = static_cast<std::int64_t>(static_cast<std::uint64_t>(next_offset_) - 1);
    if ((count_ != 0 && offset <= last_offset) || offset < options_.base_offset || offset_delta > most_bytes)
        return errc::offset_out_of_sequence;
    record.offset_delta = zigzag(static_cast<std::int32_t>(offset_delta));
    const std::int64_t base = count_ == 0 && !options_.base_timestamp ? timestamp : base_timestamp_;
    record.timestamp_delta =
        zigzag(static_cast<std::int64_t>(static_cast<std::uint64_t>(timestamp) - static_cast<std::uint64_t>(base)));

    std::size_t length = 1 + varint_size(record.timestamp_delta) + varint_size(record.offset_delta) + field_size(key) +
                         field_size(value) + varint_size(coded_length(headers.size()));
    for (const record_header& header : headers) {
        if (header.key.size() > most_bytes || header.value.value_or({}).size() > most_bytes)
            return errc::record_too_large;
        length += varint_size(coded_length(header.key.size())) + header.key.size() + field_size(header.value);
    }
    if (length > most_bytes) return errc::record_too_large;
    record.length = length;
    record.size = varint_size(coded_length(length)) + length;
    return {};
}

std::size_t record_batch_builder::size_with(std::int64_t timestamp, nullable<bytes_view> key,
                                            nullable<bytes_view> value, list<record_header> headers) const noexcept
{
    measured record;
    if (measure(next_offset_, timestamp, key, value, headers, record) != errc{}) return static_cast<std::size_t>(-1);
    return size() + record.size;
}

bool record_batch_builder::begin() noexcept
{
    if (!storage_.empty()) return true;
    if (!storage_.reserve(std::max(options_.reserve, batch_layout::records))) return false;
    storage_.commit(batch_layout::records);
    return true;
}

errc record_batch_builder::append_at(std::int64_t offset, std::int64_t timestamp, nullable<bytes_view> key,
                                     nullable<bytes_view> value, list<record_header> headers) noexcept
{
    measured record;
    if (const errc failed = measure(offset, timestamp, key, value, headers, record); failed != errc{}) return failed;
    if (size() + record.size > limit() || count_ == max_count) return errc::batch_full;
    if (!begin()) return errc::out_of_memory;
    std::byte* const start = storage_.extend(record.size);
    if (start == nullptr) return errc::out_of_memory;

    std::byte* to = write_varint(coded_length(record.length), start);
    *to++ = std::byte{0};
    to = write_varint(record.timestamp_delta, to);
    to = write_varint(record.offset_delta, to);
    to = write_field(key, to);
    to = write_field(value, to);
    to = write_varint(coded_length(headers.size()), to);
    for (const record_header& header : headers) to = write_field(header.value, write_bytes(header.key, to));
    storage_.commit(record.size);

    if (count_ == 0) {
        if (!options_.base_timestamp) base_timestamp_ = timestamp;
        max_timestamp_ = timestamp;
    }
    max_timestamp_ = std::max(max_timestamp_, timestamp);
    next_offset_ = static_cast<std::int64_t>(static_cast<std::uint64_t>(offset) + 1);
    ++count_;
    return {};
}

compression_error record_batch_builder::seal(const seal_options& how, const codec_set& codecs,
                                             sealed_batch& sealed) noexcept
{
    if (!begin()) return {errc::out_of_memory, "no memory for the batch's header", 0};
    const bytes_view records = storage_.view().subview(batch_layout::records);
    compression codec = records.empty() ? compression::none : how.codec;
    const std::size_t unpacked = records.size();

    if (codec != compression::none) {
        byte_buffer packed;
        if (!packed.reserve(batch_layout::records + unpacked / 2)) {
            return {errc::out_of_memory, "no memory for the compressed batch", 0};
        }
        packed.commit(batch_layout::records);
        if (const compression_error failed = codecs.compress(codec, records, how.level, 2, packed)) return failed;
        if (packed.size() > most_bytes) return {errc::batch_full, "the compressed batch is too large", 0};
        if (how.only_if_smaller && packed.size() >= storage_.size()) {
            codec = compression::none;
        } else {
            packed.shrink_to_fit(); // it had room for the worst case
            sealed.storage_ = std::move(packed);
        }
    }
    if (codec == compression::none) sealed.storage_ = std::move(storage_);
    sealed.codec_ = codec;
    sealed.count_ = count_;
    sealed.unpacked_ = unpacked;
    write_header(sealed, how);
    reset();
    return {};
}

void record_batch_builder::write_header(sealed_batch& sealed, const seal_options& how) const noexcept
{
    namespace at = batch_layout;
    std::byte* const header = sealed.storage_.data();
    const std::size_t size = sealed.storage_.size();
    const std::uint64_t offsets =
        static_cast<std::uint64_t>(next_offset_) - static_cast<std::uint64_t>(options_.base_offset);
    const std::int32_t last_offset_delta = offsets == 0 ? 0 : static_cast<std::int32_t>(offsets - 1);
    store_big(header + at::base_offset, options_.base_offset);
    store_big(header + at::length, static_cast<std::int32_t>(size - at::length_counts_from));
    store_big(header + at::partition_leader_epoch, how.partition_leader_epoch);
    store_big(header + at::magic, std::int8_t{2});
    store_big(header + at::attributes, attributes_of(how, sealed.codec_));
    store_big(header + at::last_offset_delta, how.last_offset_delta.value_or(last_offset_delta));
    store_big(header + at::base_timestamp, base_timestamp_);
    store_big(header + at::max_timestamp, how.log_append_time.value_or(how.max_timestamp.value_or(max_timestamp_)));
    store_big(header + at::producer_id, how.producer_id);
    store_big(header + at::producer_epoch, how.producer_epoch);
    store_big(header + at::base_sequence, how.base_sequence);
    store_big(header + at::count, count_);
    sealed.records_crc_ = crc32c({header + at::records, size - at::records});
    write_checksum(header, size, sealed.records_crc_);
}

void sealed_batch::set_producer(std::int64_t id, std::int16_t epoch, std::int32_t base_sequence) noexcept
{
    if (storage_.empty()) return;
    std::byte* const header = storage_.data();
    store_big(header + batch_layout::producer_id, id);
    store_big(header + batch_layout::producer_epoch, epoch);
    store_big(header + batch_layout::base_sequence, base_sequence);
    write_checksum(header, storage_.size(), records_crc_);
}

} // namespace odradek
