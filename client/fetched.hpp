// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/fetch_options.hpp>
#include <odradek/net/connection.hpp>
#include <odradek/protocol/arena.hpp>
#include <odradek/protocol/batch_error.hpp>
#include <odradek/protocol/batch_memory.hpp>
#include <odradek/protocol/batch_view.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/generated/messages/fetch.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string>
#include <vector>

namespace odradek {

/// One batch of fetched records, without those that lie before the offset that was asked for.
///
/// A view into the `fetched` that it comes from. Iterating cannot fail: everything was checked when the answer came.
class fetched_batch {
public:
    /// The records of `batch` from offset `from` on.
    fetched_batch(const batch_view& batch, std::int64_t from) noexcept : batch_(batch), from_(from) {}

    /// The batch as the broker keeps it, with the records before.
    [[nodiscard]] const batch_view& header() const noexcept { return batch_; }

    /// The first record to be seen.
    [[nodiscard]] record_iterator begin() const noexcept
    {
        record_iterator at = batch_.begin();
        while (at != std::default_sentinel && at->offset() < from_) ++at;
        return at;
    }
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; } ///< Behind the last record.

private:
    batch_view batch_;
    std::int64_t from_;
};

/// What one straight fetch brought: batches of records, and where the log stands.
///
/// Owns the answer's bytes and what was unpacked from them; move-only, used by one thread at a time. Batches, records, keys
/// and values are views that live as long as this object, also after it was moved. Control batches and, in read_committed,
/// batches of aborted transactions are not among them, but next_offset() goes past them.
///
/// Source: KIP-74 (sizes), KIP-98 (transactions), KIP-320 (epochs); behaviours B1, B20, B22, B35, R1, R3, R4.
class ODRADEK_EXPORT fetched {
public:
    using const_iterator = std::vector<fetched_batch>::const_iterator;
    using partition_answer = fetch_response::partition_data;

    fetched() = default; ///< Nothing.

    [[nodiscard]] const_iterator begin() const noexcept { return batches_.begin(); } ///< The first batch.
    [[nodiscard]] const_iterator end() const noexcept { return batches_.end(); }     ///< Behind the last batch.
    [[nodiscard]] std::size_t size() const noexcept { return batches_.size(); }      ///< How many batches.
    [[nodiscard]] bool empty() const noexcept { return batches_.empty(); } ///< No batch with records to be seen.

    [[nodiscard]] const std::string& topic() const noexcept { return topic_; }
    [[nodiscard]] std::int32_t partition() const noexcept { return partition_; }
    /// The offset that was asked for, as a number.
    [[nodiscard]] std::int64_t offset() const noexcept { return offset_; }
    /// Where to read on.
    [[nodiscard]] std::int64_t next_offset() const noexcept { return next_offset_; }
    /// Behind the last record that every in-sync replica has.
    [[nodiscard]] std::int64_t high_watermark() const noexcept { return high_watermark_; }
    /// Before the first record of a transaction that is still open; -1 if the broker does not tell.
    [[nodiscard]] std::int64_t last_stable_offset() const noexcept { return last_stable_offset_; }
    /// The first record that is still there; -1 if the broker does not tell.
    [[nodiscard]] std::int64_t log_start_offset() const noexcept { return log_start_offset_; }
    /// Whether nothing was left to read when the broker answered.
    [[nodiscard]] bool is_at_end() const noexcept;

    /// Control batches that were passed over.
    [[nodiscard]] std::size_t control_batches() const noexcept { return control_batches_; }
    /// Batches of aborted transactions that were passed over.
    [[nodiscard]] std::size_t aborted_batches() const noexcept { return aborted_batches_; }
    /// Bytes at the end that held no whole batch; normal, since brokers cut by bytes.
    [[nodiscard]] std::size_t cut_off_bytes() const noexcept { return cut_off_bytes_; }
    /// Why the batches end before the answer does, if they do: the next fetch begins with the batch that is bad and fails.
    [[nodiscard]] const batch_error& next_problem() const noexcept { return problem_; }

    /// Takes over an answer and opens its batches. `answer` is a part of it that lies in `memory` and `frame`. An error if not
    /// even the first batch is good, or if the answer brings bytes but no way on; nothing is kept then.
    [[nodiscard]] batch_error take(std::string topic, std::int64_t offset, const fetch_options& options,
                                   const partition_answer& answer, response_frame frame, arena memory);

private:
    std::string topic_;
    std::int32_t partition_ = -1;
    std::int64_t offset_ = -1;
    std::int64_t next_offset_ = -1;
    std::int64_t high_watermark_ = -1;
    std::int64_t last_stable_offset_ = -1;
    std::int64_t log_start_offset_ = -1;
    isolation_level isolation_ = isolation_level::read_committed;
    std::size_t control_batches_ = 0;
    std::size_t aborted_batches_ = 0;
    std::size_t cut_off_bytes_ = 0;
    batch_error problem_;
    response_frame frame_;
    arena memory_;
    batch_memory unpacked_;
    std::vector<fetched_batch> batches_;
};

} // namespace odradek
