// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/core.hpp>
#include <odradek/client/produce_options.hpp>
#include <odradek/client/producer/delivery.hpp>
#include <odradek/client/producer/kept_failure.hpp>
#include <odradek/client/producer/memory_budget.hpp>
#include <odradek/net/clock.hpp>
#include <odradek/protocol/record.hpp>
#include <odradek/protocol/record_batch_builder.hpp>
#include <odradek/protocol/varint.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <list>
#include <memory>
#include <vector>

namespace odradek::detail {

class topic_queue;
class partition_queue;

/// What all records of a batch have in common.
struct batch_settings {
    odradek::acks acks = odradek::acks::all;
    std::chrono::milliseconds timeout{};
    compression codec = compression::none;
    int level = default_compression_level;
    bool numbered = false; ///< With a producer id.

    friend bool operator==(const batch_settings&, const batch_settings&) = default;
};

/// Records of one partition on their way: first open and filled, then closed, sealed and sent, perhaps several times.
///
/// Shared by the queue that it lies in, by the producer, and by the request that refers to its bytes. While it is in its queue
/// it belongs to that queue's mutex, afterwards to the producer's strand.
struct produce_batch : std::enable_shared_from_this<produce_batch> {
    produce_batch(std::shared_ptr<memory_budget> from, std::uint64_t batch_number, const batch_settings& how,
                  record_batch_builder memory)
        : number(batch_number), settings(how), builder(std::move(memory)), budget(std::move(from))
    {}
    produce_batch(const produce_batch&) = delete;
    produce_batch& operator=(const produce_batch&) = delete;
    ~produce_batch() { budget->give_back(charged); }

    /// Bytes of memory that its records take, now.
    [[nodiscard]] std::size_t memory() const noexcept;
    /// Tells the budget about memory(), whatever it says.
    void recharge() noexcept;

    /// Leaves out what was withdrawn, compresses, and writes the checksum. Nothing may be appended afterwards.
    [[nodiscard]] compression_error seal(const codec_set& codecs);

    [[nodiscard]] bool is_sealed() const noexcept { return !sealed.empty(); }
    /// Records that are in it.
    [[nodiscard]] std::int32_t records() const noexcept { return is_sealed() ? sealed.count() : builder.count(); }

    std::uint64_t number;
    batch_settings settings;
    bool is_backdated = false; ///< It was begun after `created`, by a record that had to wait.
    bool by_default = false;   ///< `settings` are the producer's own, as long as it is being filled.
    topic_queue* topic = nullptr;
    partition_queue* partition = nullptr; ///< Null as long as the topic is not known.
    steady_time created{};                ///< When its first record came: delivery.timeout counts from here.
    std::uint64_t flush_round = 0;

    record_batch_builder builder;
    std::vector<delivery_callback> deliveries; ///< Of the first so many records; those behind are owed nothing.
    std::vector<std::int32_t> wanted;          ///< While the topic is unknown: each record's own partition, or -1.
    std::vector<std::int32_t> withdrawn;       ///< Records that are left out, ascending.
    std::shared_ptr<memory_budget> budget;     ///< Outlives the producer where a connection still has the bytes.
    std::size_t charged = 0;
    bool same_time = true; ///< All records have builder.base_timestamp().

    // On the strand
    sealed_batch sealed;
    std::vector<std::int64_t> times; ///< Of each record that has a delivery, if they differ.
    std::int64_t first_time = -1;
    std::size_t raw_size = 0;                                    ///< Bytes before compression.
    std::list<std::shared_ptr<produce_batch>>::iterator place{}; ///< In the producer's list of all.
    bool listed = false;
    bool taken = false; ///< It has left its line: nothing is appended any more, and another thread may be sealing it.
    bool finished = false;    ///< Its deliveries were called, or are about to be.
    bool sealing = false;     ///< The compression executor has it.
    bool doomed = false;      ///< It ends as `last` says once that executor has done with it.
    std::uint32_t resent = 0; ///< How often it was sent again after it had been written.
    std::uint32_t attempts = 0;
    bool remade = false;                       ///< Of records of another batch, which was counted already.
    std::weak_ptr<const void> being_written{}; ///< As long as a connection may read the bytes.
    kept_failure last{};                       ///< What the last attempt ended with.
};

/// Bytes that a batch takes beside its records and what is kept for each: itself and the owners' counts, its node in the list of all,
/// its places in the news, in its line and in the order of its partition, and what the allocator adds to each of these blocks.
inline constexpr std::size_t batch_cost = sizeof(produce_batch) + 224;

/// What a broker that does not know `codec` is sent instead: lz4 for zstd if it is built in, else nothing compressed.
[[nodiscard]] compression fallback_codec(compression codec) noexcept;

/// Reads the times of encoded records, one after the other, and nothing else of them.
class record_times {
public:
    record_times(bytes_view records, std::int64_t base) noexcept : at_(records.data()), base_(base) {}

    /// The time of the next record, which must be there.
    [[nodiscard]] std::int64_t next() noexcept
    {
        const auto length = static_cast<std::size_t>(checked_int(at_));
        const std::byte* inside = at_ + 1; // behind the attributes
        at_ += length;
        return base_ + unzigzag(checked_varint(inside));
    }

private:
    const std::byte* at_;
    std::int64_t base_;
};

/// A record's headers, as a record that is built anew wants them. Views of it.
[[nodiscard]] std::vector<record_header> headers_of(const record_view& record);

/// Walks the records of a sealed batch, unpacking them if need be. False if that does not work.
[[nodiscard]] bool for_each_record(const sealed_batch& batch, const codec_set& codecs,
                                   const std::function<void(std::int32_t index, const record_view& record)>& visit);

/// A new batch like `from` with records [first, last) of it, except those in `without` (ascending), and their deliveries, which
/// move. Null if it cannot be read, or if there is no memory.
[[nodiscard]] std::shared_ptr<produce_batch> take_records(produce_batch& from, std::uint64_t number, std::int32_t first,
                                                          std::int32_t last, const std::vector<std::int32_t>& without,
                                                          const codec_set& codecs);

} // namespace odradek::detail
