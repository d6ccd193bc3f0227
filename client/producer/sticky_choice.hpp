// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

namespace odradek {

/// Where the records of one topic go whose key decides nothing: to one partition until a batch's worth of bytes has
/// gone there, then to another, drawn by how much waits for each.
///
/// One for each topic, owned by the producer's state of that topic. Any number of sending threads and the producer's
/// strand use it at once, every function from any thread: the partition and its bytes are one atomic number, and only
/// who switches or brings new loads takes the mutex. Nothing is refused and nothing waits for the network. Randomness
/// comes in with each call, 64 uniform bits, so a test or the simulator decides it.
///
/// The rule, which keeps both the batches full and the partitions equal: a switch comes after at least batch_size
/// bytes, but not in the middle of a batch that still fills, or a rest would linger behind; and after twice as many
/// in any case, or records with keys that fill the same batches could put it off for ever. The next partition is
/// drawn with the weight (longest queue + 1 - its queue), so a slow broker gets less until it has caught up.
///
/// Source: KIP-480, KIP-794, KAFKA-14156 (the batch has to be ready), KIP-1123 (racks); behaviour B11.
class ODRADEK_EXPORT sticky_choice {
public:
    /// One partition of the topic as the producer sees it now.
    struct load {
        std::int32_t partition; ///< Its number.
        std::int32_t queue;     ///< How many of its batches wait to be sent.
        bool available; ///< It has a leader, which did take batches lately (`partitioner.availability.timeout.ms`).
        bool same_rack; ///< Its leader is in the rack that the client names (`client.rack`).
    };

    /// What of the rules is switched on.
    struct options {
        /// Weigh by queues; else all alike (`partitioner.adaptive.partitioning.enable`).
        bool adaptive = true;
        /// Stay in the rack as long as something is available there (`partitioner.rack.aware`).
        bool rack_aware = false;
    };

    /// For batches of `batch_size` bytes (`batch.size`); below 1 is 1. Knows no partitions at first.
    explicit sticky_choice(std::int32_t batch_size) noexcept;

    sticky_choice(const sticky_choice&) = delete;
    sticky_choice& operator=(const sticky_choice&) = delete;
    ~sticky_choice();

    /// The partition to send to now; -1 as long as none is known.
    [[nodiscard]] std::int32_t current() const noexcept { return partition_in(state_.load(std::memory_order_relaxed)); }

    /// Counts `bytes` that went to the partition `at` because it was current(), not because of a key, and switches if
    /// that was enough: batch_size if no batch of that partition still fills (`batch_is_ready`), twice as much in any
    /// case. Nothing happens if `at` is not the current one any more: another thread switched. True when a next
    /// partition was drawn, which may be the same one. Without a switch this costs one load and one exchange.
    bool on_append(std::int32_t at, std::size_t bytes, bool batch_is_ready, std::uint64_t random) noexcept;

    /// Whether on_append() with `bytes` would have something to do: a switch, or to find that `at` is not the current one any more.
    /// So bytes may be collected and counted together, for the price of one load a record.
    [[nodiscard]] bool is_enough(std::int32_t at, std::size_t bytes, bool batch_is_ready) const noexcept
    {
        const std::uint64_t now = state_.load(std::memory_order_relaxed);
        const std::size_t enough = batch_is_ready ? batch_size_ : std::size_t{2} * batch_size_;
        return partition_in(now) != at || bytes_in(now) + bytes >= enough;
    }

    /// Leaves `at`, if that is the current one, for another, whatever its bytes; it stays only if there is no other.
    /// For a partition that lost its leader or cannot take more. A linger that ends is no reason in itself: to switch
    /// whenever a batch ends early, as KIP-480 did, sends most to the slowest broker, and so KIP-794 counts bytes
    /// only; at a small load several batches go to one partition.
    void switch_from(std::int32_t at, std::uint64_t random) noexcept;

    /// Replaces what is known of the partitions: after new metadata, and as often as the queues should count. Those
    /// that are not available are left out unless none is; and with rack_aware those in other racks, unless none in
    /// this one is available. Keeps the current partition and its bytes if it is still among the others, else draws
    /// one with `random`, which also says at the first call where the turns of next_round_robin() begin. No loads:
    /// nothing is known again.
    void set_partitions(std::span<const load> loads, const options& what, std::uint64_t random);

    /// One partition after the other, for records that are placed one by one: of those available, all if none is,
    /// whatever their rack and their queues. -1 as long as none is known. While set_partitions runs, an answer may
    /// come from the partitions before it. Wait-free.
    [[nodiscard]] std::int32_t next_round_robin() noexcept;

    /// As next_round_robin(), but any of them, each as likely as the others.
    [[nodiscard]] std::int32_t next_random(std::uint64_t random) const noexcept;

private:
    /// Partitions to take turns among, readable while they are replaced. Never shrinks and, once published, never dies
    /// before its owner.
    struct turn_table {
        explicit turn_table(std::size_t capacity) : partitions(capacity) {}

        std::atomic<std::size_t> used{0};
        std::vector<std::atomic<std::int32_t>> partitions;
    };

    // The partition in the upper half, its bytes in the lower one, which stop at the greatest number.
    static constexpr std::uint64_t packed(std::int32_t partition, std::uint32_t bytes) noexcept
    {
        return std::uint64_t{static_cast<std::uint32_t>(partition)} << 32U | bytes;
    }
    static constexpr std::int32_t partition_in(std::uint64_t state) noexcept
    {
        return static_cast<std::int32_t>(static_cast<std::uint32_t>(state >> 32U));
    }
    static constexpr std::uint32_t bytes_in(std::uint64_t state) noexcept { return static_cast<std::uint32_t>(state); }

    std::int32_t draw(std::uint64_t random) const noexcept;
    std::int32_t draw_another(std::int32_t than, std::uint64_t random) const noexcept;
    void set_turns(std::span<const load> loads, bool any_available);
    std::int32_t turn(std::uint64_t number) const noexcept;

    const std::uint32_t batch_size_;
    std::atomic<std::uint64_t> state_{packed(-1, 0)};
    std::atomic<std::uint64_t> turns_taken_{0};
    std::atomic<turn_table*> turns_{nullptr};

    // Under the mutex; what is published through the atomics above is only written under it, too.
    mutable std::mutex mutex_;
    std::vector<std::int32_t> partitions_;                 // Among which to draw,
    std::vector<std::uint64_t> weights_upto_;              // and the sum of the weights up to and with each.
    std::vector<std::unique_ptr<turn_table>> turn_tables_; // Each twice as long as the one before; the last is in use.
};

} // namespace odradek
