// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace odradek {

/// Who a producer is to the brokers: its id and the epoch of it. Source: KIP-98.
struct producer_id {
    std::int64_t id = -1; ///< -1: none.
    std::int16_t epoch = -1;

    [[nodiscard]] explicit operator bool() const noexcept { return id >= 0; }
    friend bool operator==(const producer_id&, const producer_id&) = default;
};

/// What a batch is numbered with.
struct batch_stamp {
    producer_id by{};
    std::int32_t base_sequence = -1;

    friend bool operator==(const batch_stamp&, const batch_stamp&) = default;
};

/// The order of one partition's batches: which may be sent now, under which number, and what an answer or its absence means for
/// it and for those behind it.
///
/// A sans-I/O value, one a partition, owned by the producer and used on its strand. Batches are known by numbers that the
/// owner gives. What it keeps to:
/// - A batch keeps its sequence for as long as an earlier attempt may have been appended. It is never sent under another id or
///   epoch then, since that is how duplicates are made (B3).
/// - Batches go out in their order. After one failed nothing is sent until everything behind it was answered.
/// - Until the broker has acknowledged something of this id and epoch, one batch at a time is under way: a broker that knows
///   nothing of a producer accepts any sequence, so a second one could overtake a first one that failed.
/// - When a numbered batch leaves without an acknowledgement, or the broker has lost its place, the partition is broken: what
///   is under way drains, what may have been appended is resolved under its old number, and only then a new epoch begins at 0 (B4, KIP-360).
///
/// Source: KIP-98, KIP-192 (five batches), KIP-360; behaviours B2, B3, B4, R12, R13, R17.
class ODRADEK_EXPORT send_order {
public:
    using batch_number = std::uint64_t;

    /// How many batches of one producer a broker remembers for a partition.
    static constexpr std::size_t remembered = 5;

    /// What became of an attempt.
    enum class result : std::uint8_t {
        not_written,      ///< Nothing of it reached a socket.
        not_appended,     ///< The broker says so, and that it may be sent again.
        unknown,          ///< The answer was lost, or leaves it open.
        out_of_order,     ///< OUT_OF_ORDER_SEQUENCE_NUMBER: not appended; the broker expects another sequence.
        producer_unknown, ///< The broker does not know this producer id or epoch (any more): not appended.
    };

    /// What to do with the batch after that.
    enum class next_step : std::uint8_t {
        again,   ///< It is sent again when its turn comes.
        give_up, ///< It cannot be sent again, and an earlier attempt may have been appended. It has left.
        nothing, ///< It had left before.
    };

    /// `max_in_flight`: how many of its batches may be under way at once, at least 1; with numbers at most `remembered` are.
    explicit send_order(std::size_t max_in_flight = remembered) noexcept : max_in_flight_(max_in_flight) {}

    /// Enters a batch behind all others. `numbered`: with a producer id.
    void add(batch_number batch, std::int32_t records, bool numbered);

    /// Whether a batch that is entered now could be sent at once. `now`: the producer's identity.
    [[nodiscard]] bool may_add(const producer_id& now) const noexcept;

    /// The batch to send now; nothing while the order forbids it.
    [[nodiscard]] std::optional<batch_number> next(const producer_id& now) noexcept;

    /// The batch that next() named is sent. Returns its stamp; without an id if it is not numbered.
    batch_stamp begin(batch_number batch, const producer_id& now);

    /// It was acknowledged, or found to be there already. False if it had left before.
    bool on_acknowledged(batch_number batch) noexcept;

    /// An attempt failed.
    next_step on_failed(batch_number batch, result how) noexcept;

    /// It leaves without an acknowledgement: refused, out of time, or purged. While it is under way its place is kept until the
    /// answer comes. True if an attempt may have been appended.
    bool remove(batch_number batch) noexcept;

    /// A batch that is not under way is replaced by parts of it, in their order, which share its sequences.
    void split(batch_number batch, std::span<const std::pair<batch_number, std::int32_t>> parts);

    /// A batch that is not under way and was not appended is replaced by one with other records.
    void replace(batch_number batch, batch_number by, std::int32_t records);

    /// Whether a new epoch is needed and may begin: the partition is broken and has drained under the identity `now`.
    [[nodiscard]] bool wants_new_epoch(const producer_id& now) const noexcept;

    /// Nothing was acknowledged for so long that the broker may have forgotten the producer.
    void forget_acknowledgements() noexcept { established_ = false; }

    /// Whether an attempt of it may have been appended, counting one that is under way.
    [[nodiscard]] bool may_be_appended(batch_number batch) const noexcept;
    [[nodiscard]] std::size_t in_flight() const noexcept;                       ///< Batches under way.
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); } ///< Batches here.
    [[nodiscard]] bool empty() const noexcept { return entries_.empty(); }      ///< None?
    [[nodiscard]] bool is_broken() const noexcept { return broken_; }           ///< Whether a new epoch has to begin.

private:
    struct entry {
        batch_number number = 0;
        std::int32_t records = 0;
        bool numbered = false;
        bool in_flight = false;
        bool left = false; // in flight, but nobody waits for it any more
        bool may_be_appended = false;
        std::optional<batch_stamp> stamp{};
    };

    [[nodiscard]] entry* find(batch_number batch) noexcept;
    [[nodiscard]] const entry* find(batch_number batch) const noexcept;
    void erase(const entry* e) noexcept;
    [[nodiscard]] std::size_t window(bool numbered) const noexcept;
    [[nodiscard]] bool is_first_numbered(const entry& e) const noexcept;
    [[nodiscard]] bool has_drained() const noexcept;
    [[nodiscard]] bool is_unresolved_before(std::vector<entry>::const_iterator end) const noexcept;
    void settle(const producer_id& now) noexcept;
    void give_back_sequences(const entry& e) noexcept;

    std::size_t max_in_flight_;
    std::vector<entry> entries_;
    producer_id by_{};
    std::int32_t next_sequence_ = 0;
    bool established_ = false;
    bool broken_ = false;
};

/// The sequence `count` records behind `sequence`: they wrap from 2^31 - 1 to 0.
[[nodiscard]] constexpr std::int32_t sequence_after(std::int32_t sequence, std::int32_t count) noexcept
{
    return static_cast<std::int32_t>((static_cast<std::uint32_t>(sequence) + static_cast<std::uint32_t>(count)) &
                                     0x7fffffffu);
}

} // namespace odradek
