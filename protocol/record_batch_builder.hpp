// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/batch_view.hpp>
#include <odradek/protocol/byte_buffer.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/codec_set.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/list.hpp>
#include <odradek/protocol/nullable.hpp>
#include <odradek/protocol/record.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>

namespace odradek {

/// A batch that is ready to be sent: header and records in one block, which a request refers to as one external segment.
///
/// Owns its bytes, move-only; moving it does not move them. Belongs to whoever sends it, until it is acknowledged or given
/// up. For a retry under another producer id, epoch or sequence the header is written anew, never the records.
class sealed_batch {
public:
    sealed_batch() noexcept = default; ///< No batch.

    /// Header and records as they go over the wire; valid until the object dies or is assigned to.
    [[nodiscard]] bytes_view bytes() const noexcept { return storage_.view(); }
    [[nodiscard]] std::size_t size() const noexcept { return storage_.size(); }       ///< Bytes on the wire.
    [[nodiscard]] bool empty() const noexcept { return storage_.empty(); }            ///< No batch?
    [[nodiscard]] std::size_t memory() const noexcept { return storage_.capacity(); } ///< Bytes it holds.
    [[nodiscard]] std::int32_t count() const noexcept { return count_; }              ///< Records in it.
    [[nodiscard]] std::size_t records_size() const noexcept
    {
        return unpacked_;
    } ///< Bytes of the records, uncompressed.
    /// How the records are compressed in the end (see seal_options::only_if_smaller).
    [[nodiscard]] compression codec() const noexcept { return codec_; }

    /// Writes producer id, epoch and base sequence anew, and the checksum; the records stay, and are not read again. The batch
    /// must not be empty().
    ODRADEK_EXPORT void set_producer(std::int64_t id, std::int16_t epoch, std::int32_t base_sequence) noexcept;

    /// Gives memory back that is not used; may move the bytes.
    void shrink_to_fit() noexcept { storage_.shrink_to_fit(); }

    /// Gives the memory back for another builder; the batch is empty afterwards.
    [[nodiscard]] byte_buffer release() noexcept
    {
        count_ = 0;
        return std::move(storage_);
    }

private:
    friend class record_batch_builder;

    byte_buffer storage_;
    std::size_t unpacked_ = 0;
    std::uint32_t records_crc_ = 0; // of what follows the header, as it goes over the wire
    std::int32_t count_ = 0;
    compression codec_ = compression::none;
};

/// What is fixed when a batch is sealed. The defaults are those of a producer without idempotence.
struct seal_options {
    compression codec = compression::none;    ///< How to compress the records.
    int level = default_compression_level;    ///< One of levels(codec).
    bool only_if_smaller = false;             ///< Leave the records as they are if compressing does not shrink them.
    std::int64_t producer_id = -1;            ///< KIP-98.
    std::int16_t producer_epoch = -1;         ///< KIP-98.
    std::int32_t base_sequence = -1;          ///< KIP-98; of the batch's base offset.
    bool transactional = false;               ///< KIP-98.
    bool control = false;                     ///< For brokers and tests: the record is a control record.
    std::int32_t partition_leader_epoch = -1; ///< Set by brokers.
    std::optional<std::int64_t> log_append_time{};   ///< Set by brokers: becomes the time of every record.
    std::optional<std::int64_t> max_timestamp{};     ///< Set by brokers when records were removed; else the latest one.
    std::optional<std::int32_t> last_offset_delta{}; ///< Set by brokers when records were removed; else the last one's.
    bool base_is_delete_horizon = false; ///< Set by brokers (KIP-534): the base timestamp is the delete horizon.
};

/// A batch that is being filled, format 2: every record is written once, straight into its final form.
///
/// Owned by whoever collects records for one partition; one thread at a time; move-only. Keys, values and headers are copied
/// when they are appended and need not outlive the call. After `seal` the builder is empty again and can be filled anew.
/// Nothing is allocated for a record except when the buffer has to grow.
///
/// Source: KIP-98 (format 2), KIP-82 (headers).
class record_batch_builder {
public:
    /// How a batch begins.
    struct options {
        std::size_t reserve = 16 * 1024; ///< Bytes of memory to begin with, at the first record.
        /// Bytes that the uncompressed batch may have; at most 2,147,483,647. A first record may not exceed it either.
        std::size_t max_size = std::numeric_limits<std::int32_t>::max();
        std::int64_t base_offset = 0; ///< What a producer leaves 0 and a broker sets.
        /// What timestamp deltas count from; the first record's timestamp when nothing is said.
        std::optional<std::int64_t> base_timestamp{};
    };

    record_batch_builder() noexcept : record_batch_builder(options{}) {} ///< With default options.
    /// An empty batch. `storage` is memory to use again, from sealed_batch::release.
    explicit record_batch_builder(const options& how, byte_buffer storage = {}) noexcept
        : storage_(std::move(storage)), options_(how)
    {
        reset();
    }

    /// Appends a record behind the last one. Timestamps may go forth and back. Errors leave the batch as it was:
    /// batch_full (it would exceed max_size or the number of records), record_too_large (a length is over 2^31-1 bytes),
    /// out_of_memory.
    [[nodiscard]] errc append(std::int64_t timestamp, nullable<bytes_view> key, nullable<bytes_view> value,
                              list<record_header> headers = {}) noexcept
    {
        return append_at(next_offset_, timestamp, key, value, headers);
    }

    /// The same at an offset of its own, as in a compacted log: offset_out_of_sequence unless it is in
    /// [base offset, base offset + 2^31) and above the last one.
    [[nodiscard]] ODRADEK_EXPORT errc append_at(std::int64_t offset, std::int64_t timestamp, nullable<bytes_view> key,
                                                nullable<bytes_view> value, list<record_header> headers = {}) noexcept;

    /// Bytes that the uncompressed batch has, with its header.
    [[nodiscard]] std::size_t size() const noexcept
    {
        return storage_.empty() ? batch_layout::records : storage_.size();
    }

    /// Bytes that it would have with this record appended: exact; the greatest std::size_t if it cannot be appended at all.
    [[nodiscard]] ODRADEK_EXPORT std::size_t size_with(std::int64_t timestamp, nullable<bytes_view> key,
                                                       nullable<bytes_view> value,
                                                       list<record_header> headers = {}) const noexcept;

    /// Would `append` take it?
    [[nodiscard]] bool would_fit(std::int64_t timestamp, nullable<bytes_view> key, nullable<bytes_view> value,
                                 list<record_header> headers = {}) const noexcept
    {
        return size_with(timestamp, key, value, headers) <= limit() && count_ < max_count;
    }

    [[nodiscard]] std::int32_t count() const noexcept { return count_; }                   ///< Records so far.
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }                      ///< No record yet?
    [[nodiscard]] std::int64_t base_timestamp() const noexcept { return base_timestamp_; } ///< What deltas count from.
    [[nodiscard]] std::int64_t max_timestamp() const noexcept { return max_timestamp_; } ///< Latest so far; -1 if none.
    [[nodiscard]] std::size_t memory() const noexcept { return storage_.capacity(); }    ///< Bytes it holds.

    /// The records, encoded as they will be before compression. Valid until the next change.
    [[nodiscard]] bytes_view records() const noexcept
    {
        return storage_.empty()
                   ? bytes_view{}
                   : bytes_view{storage_.data() + batch_layout::records, storage_.size() - batch_layout::records};
    }
    /// Makes room for `capacity` bytes in all, so that appending up to there allocates nothing. False when there is no memory.
    [[nodiscard]] bool reserve(std::size_t capacity) noexcept { return storage_.reserve(capacity); }

    /// Compresses, writes the header and the checksum, and hands the batch over; the builder is empty then. On an error
    /// (codec_not_available, invalid_compression_level, out_of_memory, batch_full) it keeps its records. A batch without
    /// records can be sealed: it stands for a range that compaction emptied.
    [[nodiscard]] ODRADEK_EXPORT compression_error seal(const seal_options& how, const codec_set& codecs,
                                                        sealed_batch& sealed) noexcept;

    /// Gives the memory away, for another builder; the batch is empty afterwards.
    [[nodiscard]] byte_buffer release() noexcept
    {
        reset();
        return std::move(storage_);
    }

    /// Forgets the records and keeps the memory.
    ODRADEK_EXPORT void reset() noexcept;

private:
    static constexpr std::int32_t max_count = std::numeric_limits<std::int32_t>::max();

    struct measured; // what is known of a record before it is written

    [[nodiscard]] std::size_t limit() const noexcept;
    [[nodiscard]] errc measure(std::int64_t offset, std::int64_t timestamp, const nullable<bytes_view>& key,
                               const nullable<bytes_view>& value, const list<record_header>& headers,
                               measured& record) const noexcept;
    [[nodiscard]] bool begin() noexcept;
    void write_header(sealed_batch& sealed, const seal_options& how) const noexcept;

    byte_buffer storage_;
    options options_;
    std::int64_t next_offset_ = 0;
    std::int64_t base_timestamp_ = -1;
    std::int64_t max_timestamp_ = -1;
    std::int32_t count_ = 0;
};

} // namespace odradek
