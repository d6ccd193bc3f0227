// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/batch_error.hpp>
#include <odradek/protocol/batch_memory.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/codec_set.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/record.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <optional>

namespace odradek {

/// What the timestamps of a batch mean (KIP-32).
enum class timestamp_type : std::int8_t {
    none = -1,      ///< Format 0 has no timestamps.
    create = 0,     ///< The producer's time.
    log_append = 1, ///< The broker's time; all records of the batch have the same.
};

/// Layout of the header of a record batch, format 2 (KIP-98): where each field begins.
namespace batch_layout {
inline constexpr std::size_t base_offset = 0;
inline constexpr std::size_t length = 8;
inline constexpr std::size_t partition_leader_epoch = 12;
inline constexpr std::size_t magic = 16;
inline constexpr std::size_t crc = 17;
inline constexpr std::size_t attributes = 21;
inline constexpr std::size_t last_offset_delta = 23;
inline constexpr std::size_t base_timestamp = 27;
inline constexpr std::size_t max_timestamp = 35;
inline constexpr std::size_t producer_id = 43;
inline constexpr std::size_t producer_epoch = 51;
inline constexpr std::size_t base_sequence = 53;
inline constexpr std::size_t count = 57;
inline constexpr std::size_t records = 61;
inline constexpr std::size_t length_counts_from = 12; ///< `length` counts the bytes from here on.
} // namespace batch_layout

/// The bits of a batch's attributes; those that are not named here are ignored.
namespace batch_attribute {
inline constexpr std::int16_t codec = 0x07;
inline constexpr std::int16_t log_append_time = 0x08;
inline constexpr std::int16_t transactional = 0x10;
inline constexpr std::int16_t control = 0x20;
inline constexpr std::int16_t delete_horizon = 0x40;
} // namespace batch_attribute

/// How a batch is opened.
struct batch_options {
    const codec_set* codecs = nullptr; ///< Needed for compressed batches; none means that those are errors.
    bool check_crc = true;             ///< Compare the checksum (Kafka's check.crcs).
};

class record_iterator;

/// One batch of a record set: the header, and its records once it was opened.
///
/// A view, copied freely: the header lies in the record set, the records there too or in the batch_memory that it was
/// unpacked into; both must outlive it. Usually made by a record_set_reader. `parse` reads the header, `open` checks
/// everything, unpacks, and walks the records once, so that iterating is noexcept and cannot fail. A message of the old
/// formats is a batch too: of one record, or of those that a compressed wrapper holds. Producer and epochs are -1 there.
///
/// Source: KIP-98 (format 2), KIP-31 and KIP-32 (formats 0 and 1), KIP-534 (delete horizon).
class batch_view {
public:
    batch_view() noexcept = default; ///< No batch.

    /// Reads the header of the batch that begins at `bytes[0]`. `bytes` holds the whole batch, its `length` is checked
    /// against that. The batch has no records before `open`.
    [[nodiscard]] ODRADEK_EXPORT batch_error parse(bytes_view bytes) noexcept;

    /// Checks checksum and codec, unpacks compressed records into `memory`, and walks all records.
    [[nodiscard]] ODRADEK_EXPORT batch_error open(batch_memory& memory, const batch_options& options);

    [[nodiscard]] std::int8_t magic() const noexcept { return magic_; } ///< Format: 0, 1 or 2.
    [[nodiscard]] std::int64_t base_offset() const noexcept
    {
        return base_offset_;
    } ///< Offset that records count from.
    /// Offset of the last record, also if compaction has removed it. Formats 0 and 1: known before opening, too.
    [[nodiscard]] std::int64_t last_offset() const noexcept { return last_offset_; }
    /// Where to read on after this batch, even if it has no records (any more). It need not be beyond where one read: a
    /// caller that must advance checks it.
    [[nodiscard]] std::int64_t next_offset() const noexcept
    {
        return static_cast<std::int64_t>(static_cast<std::uint64_t>(last_offset_) + 1);
    }
    /// Records in it. Formats 0 and 1: known once opened.
    [[nodiscard]] std::int32_t count() const noexcept { return count_; }
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; } ///< Without records.

    [[nodiscard]] std::int16_t attributes() const noexcept { return attributes_; } ///< The bits as they are.
    /// How the records are compressed; may be a number that is no codec (5 to 7) before opening.
    [[nodiscard]] compression codec() const noexcept
    {
        return static_cast<compression>(attributes_ & batch_attribute::codec);
    }
    /// What the timestamps mean.
    [[nodiscard]] ODRADEK_EXPORT timestamp_type timestamps() const noexcept;
    [[nodiscard]] bool is_transactional() const noexcept { return has(batch_attribute::transactional); } ///< KIP-98.
    /// Holds one control record (commit, abort, ...), not for the user.
    [[nodiscard]] bool is_control() const noexcept { return has(batch_attribute::control); }
    /// When tombstones may be removed, if compaction has set that (KIP-534).
    [[nodiscard]] std::optional<std::int64_t> delete_horizon() const noexcept
    {
        return has(batch_attribute::delete_horizon) ? std::optional{base_timestamp_} : std::nullopt;
    }
    [[nodiscard]] std::int64_t base_timestamp() const noexcept { return base_timestamp_; } ///< What deltas count from.
    [[nodiscard]] std::int64_t max_timestamp() const noexcept
    {
        return max_timestamp_;
    } ///< Latest, or the append time.

    [[nodiscard]] std::uint32_t crc() const noexcept { return crc_; }                  ///< Checksum as stored.
    [[nodiscard]] ODRADEK_EXPORT std::uint32_t computed_crc() const noexcept;          ///< Checksum of the bytes.
    [[nodiscard]] ODRADEK_EXPORT std::int32_t partition_leader_epoch() const noexcept; ///< KIP-101; -1: not known.
    [[nodiscard]] ODRADEK_EXPORT std::int64_t producer_id() const noexcept;            ///< KIP-98; -1: none.
    [[nodiscard]] ODRADEK_EXPORT std::int16_t producer_epoch() const noexcept;         ///< KIP-98; -1: none.
    [[nodiscard]] ODRADEK_EXPORT std::int32_t base_sequence() const noexcept;          ///< KIP-98; -1: none.
    /// Sequence of the last offset; runs from 2147483647 on to 0; -1 without sequences.
    [[nodiscard]] ODRADEK_EXPORT std::int32_t last_sequence() const noexcept;
    /// Sequence of one of its records.
    [[nodiscard]] ODRADEK_EXPORT std::int32_t sequence_of(const record_view& record) const noexcept;

    [[nodiscard]] std::size_t size_in_bytes() const noexcept { return bytes_.size(); } ///< Bytes in the record set.
    [[nodiscard]] bytes_view bytes() const noexcept { return bytes_; }                 ///< The whole batch, as it came.
    /// The encoded records, unpacked; empty before opening.
    [[nodiscard]] bytes_view records() const noexcept { return records_; }

    [[nodiscard]] inline record_iterator begin() const noexcept;              ///< First record; none before opening.
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; } ///< Behind the last record.

private:
    friend class record_iterator;

    [[nodiscard]] bool has(std::int16_t bit) const noexcept { return magic_ >= 2 && (attributes_ & bit) != 0; }
    [[nodiscard]] batch_error parse_header(bytes_view bytes) noexcept;
    [[nodiscard]] batch_error check_records(bytes_view records) noexcept;
    [[nodiscard]] batch_error open_legacy(batch_memory& memory, const batch_options& options);
    [[nodiscard]] batch_error unpack(bytes_view packed, std::size_t place, const batch_memory& memory,
                                     const batch_options& options, byte_buffer& block) const;

    bytes_view bytes_;
    bytes_view records_;
    std::int64_t base_offset_ = -1;
    std::int64_t last_offset_ = -1;
    std::int64_t offset_shift_ = 0; // formats 0 and 1: what is added to the stored offsets
    std::int64_t base_timestamp_ = -1;
    std::int64_t max_timestamp_ = -1;
    std::uint32_t crc_ = 0;
    std::int32_t count_ = 0;
    std::int16_t attributes_ = 0;
    std::int8_t magic_ = 2;
    bool opened_ = false;
};

/// Walks the records of an opened batch once, forward. Cannot fail.
class record_iterator {
public:
    using value_type = record_view;
    using difference_type = std::ptrdiff_t;

    record_iterator() noexcept = default; ///< At no record.
    /// At the first record of `batch`.
    explicit record_iterator(const batch_view& batch) noexcept
        : position_(batch.records_.begin()), end_(batch.records_.end()), left_(batch.opened_ ? batch.count_ : 0),
          magic_(batch.magic_)
    {
        appended_ = batch.timestamps() == timestamp_type::log_append;
        append_timestamp_ = batch.max_timestamp_;
        base_timestamp_ = batch.base_timestamp_;
        offset_ = magic_ >= 2 ? batch.base_offset_ : batch.offset_shift_;
        if (left_ != 0) read();
    }

    [[nodiscard]] const record_view& operator*() const noexcept { return current_; }   ///< The record here.
    [[nodiscard]] const record_view* operator->() const noexcept { return &current_; } ///< The record here.
    /// To the next one.
    record_iterator& operator++() noexcept
    {
        if (--left_ != 0) read();
        return *this;
    }
    void operator++(int) noexcept { ++*this; } ///< To the next one.
    /// Behind the last one?
    [[nodiscard]] friend bool operator==(const record_iterator& at, std::default_sentinel_t) noexcept
    {
        return at.left_ == 0;
    }

private:
    void read() noexcept
    {
        if (magic_ < 2) [[unlikely]]
            return read_legacy();
        const std::byte* const start = position_;
        const auto length = static_cast<std::size_t>(detail::checked_int(position_));
        const std::byte* const end = position_ + length;
        ++position_; // the record's attributes, which have no meaning yet
        const auto timestamp_delta = static_cast<std::uint64_t>(unzigzag(detail::checked_varint(position_)));
        const std::int64_t offset_delta = detail::checked_int(position_);
        current_.create_timestamp_ =
            static_cast<std::int64_t>(static_cast<std::uint64_t>(base_timestamp_) + timestamp_delta);
        current_.timestamp_ = appended_ ? append_timestamp_ : current_.create_timestamp_;
        current_.offset_ =
            static_cast<std::int64_t>(static_cast<std::uint64_t>(offset_) + static_cast<std::uint64_t>(offset_delta));
        current_.key_ = detail::checked_bytes(position_);
        current_.value_ = detail::checked_bytes(position_);
        const std::int32_t headers = detail::checked_int(position_);
        current_.headers_ = record_headers{position_, headers};
        current_.size_ = static_cast<std::size_t>(end - start);
        position_ = end;
    }
    ODRADEK_EXPORT void read_legacy() noexcept;

    const std::byte* position_ = nullptr;
    const std::byte* end_ = nullptr;
    std::int64_t offset_ = 0;
    std::int64_t base_timestamp_ = 0;
    std::int64_t append_timestamp_ = 0;
    std::int32_t left_ = 0;
    std::int8_t magic_ = 2;
    bool appended_ = false;
    record_view current_;
};

record_iterator batch_view::begin() const noexcept
{
    return record_iterator{*this};
}

/// Kinds of control records; brokers may invent more, which are to be skipped.
enum class control_type : std::int16_t {
    abort,
    commit,
    leader_change,
    snapshot_header,
    snapshot_footer,
    kraft_version,
    kraft_voters,
};

/// What a control record says.
struct control_record {
    std::int16_t version = 0;                      ///< Of the key.
    control_type type{};                           ///< May be a number that has no name here.
    std::optional<std::int32_t> coordinator_epoch; ///< Of commit and abort.
};

/// Reads a record of a control batch; errc::invalid_record if its key or an end marker's value is too short or of a
/// negative version.
[[nodiscard]] ODRADEK_EXPORT errc read_control_record(const record_view& record, control_record& control) noexcept;

/// The name as Kafka writes it ("COMMIT"), "UNKNOWN" for a number without one.
[[nodiscard]] ODRADEK_EXPORT std::string_view name(control_type type) noexcept;

} // namespace odradek
