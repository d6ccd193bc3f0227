// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/chunk.hpp>
#include <odradek/broker/epochs.hpp>
#include <odradek/broker/memory_charge.hpp>
#include <odradek/protocol/batch_view.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/codec_set.hpp>
#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

namespace odradek::broker {

/// The records of one partition, in memory: batches in the form in which they came, in segments.
///
/// Owned by its partition, used by one thread. It checks nothing that a producer may get wrong, that is the caller's part; it
/// only stores, finds and forgets. Reading hands out slices that share the memory, without a copy.
class ODRADEK_EXPORT log {
public:
    /// How the log is cut into segments, the unit of retention.
    struct settings {
        std::size_t segment_bytes = std::size_t{1} << 30; ///< segment.bytes
        std::int64_t segment_ms = 604'800'000;            ///< segment.ms, counted by record timestamps as Kafka does
    };

    /// What became of an append.
    struct placed {
        std::int64_t base_offset = -1;
        std::int64_t last_offset = -1;
    };

    /// What the header of a batch is to say of its records' times.
    struct times {
        std::int64_t max_timestamp = -1; ///< Milliseconds; with log_append the time of all of them.
        timestamp_type type = timestamp_type::create;
    };

    /// A record found by its time.
    struct found {
        std::int64_t offset = -1;
        std::int64_t timestamp = -1;
        std::int32_t leader_epoch = -1;

        friend bool operator==(const found&, const found&) = default;
    };

    /// What retention goes by; -1 switches one of them off.
    struct retention {
        std::int64_t bytes = -1;
        std::int64_t ms = -1;
    };

    /// A batch of so many bytes lies in memory of its own, so that no room is wasted behind it; smaller ones lie together, so
    /// that many of them can be read in one piece.
    static constexpr std::size_t large_batch = std::size_t{128} << 10;

    /// An empty log that begins at offset 0. `total` counts what all logs that share it hold, and outlives them.
    log(const codec_set& codecs, std::size_t& total) noexcept : codecs_(&codecs), held_(total) {}

    [[nodiscard]] std::int64_t start_offset() const noexcept { return start_offset_; } ///< First offset that is served.
    [[nodiscard]] std::int64_t end_offset() const noexcept { return end_offset_; }     ///< Offset of the next record.
    [[nodiscard]] std::size_t size_in_bytes() const noexcept { return size_; }         ///< Of the batches.
    [[nodiscard]] const leader_epochs& epochs() const noexcept { return epochs_; }
    /// The latest timestamp in the oldest segment, which is forgotten once that is too old; nothing in an empty log.
    [[nodiscard]] std::optional<std::int64_t> oldest_timestamp() const noexcept;
    [[nodiscard]] std::size_t segment_count() const noexcept { return segments_.size(); }

    /// Stores a batch of format 2, already parsed, behind the last record: base offset and the epoch that begin_epoch() named are
    /// written into it, and `known` where its header says otherwise, for which its checksum is made anew. With `lies_in` the batch
    /// stays where it is, and is written to there; otherwise it is copied.
    placed append(const batch_view& batch, times known, const settings& how, std::shared_ptr<chunk> lies_in = {});

    /// What a batch adds to the total, in bytes.
    [[nodiscard]] static std::size_t cost_of(const batch_view& batch) noexcept
    {
        return batch.size_in_bytes() + sizeof(stored);
    }

    /// A leader has begun an epoch: what is stored from now on belongs to it.
    void begin_epoch(std::int32_t epoch) { epochs_.begin(epoch, end_offset_); }

    /// Bytes from the batch that holds `offset` on, in one piece, none of a record at or above `below`. At most `max_bytes`: the
    /// last batch may be cut anywhere, as Kafka's brokers do. The first is always whole: if it is too large there is nothing, except
    /// with `whole_first`, whatever its size (KIP-74). Empty at the end.
    [[nodiscard]] log_slice read(std::int64_t offset, std::int64_t below, std::size_t max_bytes,
                                 bool whole_first) const;

    /// How many bytes there are from the batch that holds `offset` on, whatever one read() gives of them; counted no further than
    /// to `enough`.
    [[nodiscard]] std::size_t size_from(std::int64_t offset, std::size_t enough) const;

    /// The first record at or after `timestamp`; nothing if all are older. Looked for in the first segment that reaches so far and
    /// in no other, as Kafka's brokers do: a segment whose last records are below start_offset() hides those behind it until it is
    /// forgotten.
    [[nodiscard]] std::optional<found> find_by_time(std::int64_t timestamp) const;
    /// The first of the records with the greatest timestamp, also one below start_offset() that is not forgotten yet, as Kafka's
    /// brokers answer; nothing in an empty log.
    [[nodiscard]] std::optional<found> find_greatest_time() const;

    /// Cuts off everything from `offset` on, as a follower of a new leader does.
    void truncate_to(std::int64_t offset);
    /// Records below `offset` are no longer served; whole segments of them are forgotten.
    void delete_before(std::int64_t offset);
    /// Whether there are whole segments below start_offset(), left from when they were written to.
    [[nodiscard]] bool has_passed_segments() const noexcept;
    void forget_passed_segments(); ///< Nobody can read what is in them.
    /// Forgets whole old segments. True if the log begins elsewhere now.
    bool apply_retention(const retention& how, std::int64_t now_ms);
    /// Keeps of each key only the last record, in all segments but the last one; offsets stay. Records without key go. True if
    /// something went.
    bool compact();

    /// Calls `use` with every batch, oldest first, parsed but not opened.
    void for_each_batch(const std::function<void(const batch_view&)>& use) const;

private:
    struct stored {
        std::int64_t base_offset;
        std::int64_t last_offset;
        std::int64_t max_timestamp;
        const std::byte* data;
        std::size_t size;
        std::shared_ptr<chunk> memory;

        [[nodiscard]] bytes_view bytes() const noexcept { return {data, size}; }
    };
    struct segment {
        std::vector<stored> batches;
        std::size_t size = 0;
        std::int64_t first_timestamp = -1;
        std::int64_t max_timestamp = -1;
    };

    [[nodiscard]] std::shared_ptr<chunk> chunk_for(std::size_t size);
    void roll_if_needed(std::size_t size, std::int64_t timestamp, const settings& how);
    [[nodiscard]] found record_at_time(const stored& batch, std::int64_t timestamp, std::int64_t from) const;
    void forget_first_segment();
    void resize(segment& of, std::size_t from, std::size_t to) noexcept; // a batch takes `to` instead of `from`
    void drop_last_batch(segment& of) noexcept;

    const codec_set* codecs_;
    std::deque<segment> segments_; // the last one is written to
    std::shared_ptr<chunk> open_;  // that the next small batch goes into
    leader_epochs epochs_;
    std::int64_t start_offset_ = 0;
    std::int64_t end_offset_ = 0;
    std::size_t size_ = 0;
    memory_charge held_; // the batches, and what is noted about each
};

} // namespace odradek::broker
