// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/batch_view.hpp>
#include <odradek/protocol/crc32c.hpp>
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/legacy_message.hpp>

#include <array>

namespace odradek {
namespace {

// Unsigned, since a peer's offsets may be of any size and the steps between them wrap.
std::int32_t advanced(std::int32_t sequence, std::uint64_t steps) noexcept
{
    return static_cast<std::int32_t>((static_cast<std::uint64_t>(sequence) + steps) & 0x7fffffffU);
}

} // namespace

batch_error batch_view::parse(bytes_view bytes) noexcept
{
    *this = batch_view{};
    batch_error error = parse_header(bytes);
    if (error) error.locate(bytes.size() >= 8 ? load_big<std::int64_t>(bytes.data()) : -1, 0);
    return error;
}

batch_error batch_view::parse_header(bytes_view bytes) noexcept
{
    namespace at = batch_layout;
    if (bytes.size() < at::length_counts_from) return {errc::truncated, "ends inside the header", bytes.size()};
    const auto length = load_big<std::int32_t>(bytes.data() + at::length);
    if (length < legacy_layout::least_length) {
        return {errc::invalid_batch, "length is less than any message has", at::length, length};
    }
    if (bytes.size() <= at::magic) return {errc::truncated, "ends inside the header", bytes.size()};
    const std::size_t size = static_cast<std::size_t>(length) + at::length_counts_from;
    magic_ = load_big<std::int8_t>(bytes.data() + at::magic);
    if (magic_ < 0 || magic_ > 2) return {errc::unsupported_magic, "unknown format (magic)", at::magic, magic_};
    if (magic_ == 2 && size < at::records) {
        return {errc::invalid_batch, "length is less than a batch header has", at::length, length};
    }
    if (size > bytes.size()) return {errc::truncated, "length is beyond the end of the bytes", at::length, length};
    bytes_ = bytes.subview(0, size);
    base_offset_ = load_big<std::int64_t>(bytes_.data());
    last_offset_ = base_offset_;
    if (magic_ < 2) {
        legacy_message message;
        if (batch_error error = message.parse(bytes_)) return error;
        attributes_ = message.attributes();
        crc_ = message.crc();
        base_timestamp_ = max_timestamp_ = message.timestamp();
        return {};
    }
    const std::byte* const header = bytes_.data();
    crc_ = load_big<std::uint32_t>(header + at::crc);
    attributes_ = load_big<std::int16_t>(header + at::attributes);
    last_offset_ = static_cast<std::int64_t>(
        static_cast<std::uint64_t>(base_offset_) +
        static_cast<std::uint64_t>(std::int64_t{load_big<std::int32_t>(header + at::last_offset_delta)}));
    base_timestamp_ = load_big<std::int64_t>(header + at::base_timestamp);
    max_timestamp_ = load_big<std::int64_t>(header + at::max_timestamp);
    count_ = load_big<std::int32_t>(header + at::count);
    return {};
}

batch_error batch_view::open(batch_memory& memory, const batch_options& options)
{
    namespace at = batch_layout;
    if (opened_ || bytes_.empty()) return {};
    batch_error error;
    if (options.check_crc && computed_crc() != crc_) {
        error = {errc::checksum_mismatch, "stored and computed checksum differ; stored", at::crc, std::int64_t{crc_}};
    } else if (magic_ < 2) {
        error = open_legacy(memory, options);
    } else if (static_cast<std::size_t>(codec()) >= all_compressions.size()) {
        error = {errc::unknown_codec, "no codec has this number", at::attributes, static_cast<std::int64_t>(codec())};
    } else if (count_ < 0) {
        error = {errc::invalid_record, "negative number of records", at::count, count_};
    } else if (count_ > 0) { // a batch that compaction emptied is not looked into
        bytes_view records = bytes_.subview(at::records);
        byte_buffer block;
        if (codec() != compression::none) {
            error = unpack(records, at::records, memory, options, block);
            records = block.view();
        }
        if (!error) error = check_records(records);
        if (!error && codec() != compression::none) memory.keep(std::move(block));
    }
    if (error) {
        error.locate(base_offset_, 0);
    } else {
        opened_ = true;
    }
    return error;
}

batch_error batch_view::unpack(bytes_view packed, std::size_t place, const batch_memory& memory,
                               const batch_options& options, byte_buffer& block) const
{
    const codec_set& codecs = options.codecs != nullptr ? *options.codecs : no_codecs();
    // A codec's own memory is measured by the limit, not by what is left of it: else the order of the batches decided.
    const unpack_limits limits{memory.left(), memory.limit()};
    if (const compression_error failed = codecs.decompress(codec(), packed, magic_, limits, block)) {
        return {failed.code, failed.reason, place + failed.position};
    }
    // Before anything looks into the block, since this may move it.
    if (block.capacity() - block.size() > block.size() / 8 || block.capacity() > memory.left()) block.shrink_to_fit();
    return {};
}

std::uint32_t batch_view::computed_crc() const noexcept
{
    return magic_ >= 2 ? crc32c(bytes_.subview(batch_layout::attributes)) : crc32(bytes_.subview(legacy_layout::magic));
}

timestamp_type batch_view::timestamps() const noexcept
{
    if (magic_ == 0) return timestamp_type::none;
    return (attributes_ & batch_attribute::log_append_time) != 0 ? timestamp_type::log_append : timestamp_type::create;
}

std::int32_t batch_view::partition_leader_epoch() const noexcept
{
    if (magic_ < 2 || bytes_.empty()) return -1;
    return load_big<std::int32_t>(bytes_.data() + batch_layout::partition_leader_epoch);
}

std::int64_t batch_view::producer_id() const noexcept
{
    if (magic_ < 2 || bytes_.empty()) return -1;
    return load_big<std::int64_t>(bytes_.data() + batch_layout::producer_id);
}

std::int16_t batch_view::producer_epoch() const noexcept
{
    if (magic_ < 2 || bytes_.empty()) return -1;
    return load_big<std::int16_t>(bytes_.data() + batch_layout::producer_epoch);
}

std::int32_t batch_view::base_sequence() const noexcept
{
    if (magic_ < 2 || bytes_.empty()) return -1;
    return load_big<std::int32_t>(bytes_.data() + batch_layout::base_sequence);
}

std::int32_t batch_view::last_sequence() const noexcept
{
    const std::int32_t base = base_sequence();
    if (base < 0) return -1;
    const std::int64_t steps = load_big<std::int32_t>(bytes_.data() + batch_layout::last_offset_delta);
    return advanced(base, static_cast<std::uint64_t>(steps));
}

std::int32_t batch_view::sequence_of(const record_view& record) const noexcept
{
    const std::int32_t base = base_sequence();
    const auto offset = static_cast<std::uint64_t>(record.offset());
    return base < 0 ? -1 : advanced(base, offset - static_cast<std::uint64_t>(base_offset_));
}

errc read_control_record(const record_view& record, control_record& control) noexcept
{
    const bytes_view key = record.key().value_or({});
    if (key.size() < 4) return errc::invalid_record;
    control.version = load_big<std::int16_t>(key.data());
    control.type = static_cast<control_type>(load_big<std::int16_t>(key.data() + 2));
    control.coordinator_epoch.reset();
    if (control.version < 0) return errc::invalid_record;
    if (control.type != control_type::abort && control.type != control_type::commit) return {};
    const bytes_view value = record.value().value_or({});
    if (value.size() < 6 || load_big<std::int16_t>(value.data()) < 0) return errc::invalid_record;
    control.coordinator_epoch = load_big<std::int32_t>(value.data() + 2);
    return {};
}

std::string_view name(control_type type) noexcept
{
    static constexpr std::array<std::string_view, 7> names{
        "ABORT", "COMMIT", "LEADER_CHANGE", "SNAPSHOT_HEADER", "SNAPSHOT_FOOTER", "KRAFT_VERSION", "KRAFT_VOTERS"};
    const auto number = static_cast<std::size_t>(type);
    return number < names.size() ? names[number] : "UNKNOWN";
}

} // namespace odradek
