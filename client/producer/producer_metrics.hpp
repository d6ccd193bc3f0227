// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <string>

namespace odradek {

/// How long things took, in buckets of powers of two of microseconds.
///
/// A value; one thread at a time. Bucket i counts what took less than 2^i microseconds and at least half of that.
class ODRADEK_EXPORT duration_histogram {
public:
    static constexpr std::size_t bucket_count = 40; ///< The last one begins at about six days.

    /// Counts one; negative times count as none.
    void add(std::chrono::nanoseconds took, std::uint64_t times = 1) noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }                ///< How many were counted.
    [[nodiscard]] std::chrono::nanoseconds total() const noexcept { return total_; }     ///< Their sum.
    [[nodiscard]] std::chrono::nanoseconds longest() const noexcept { return longest_; } ///< The longest.
    /// An upper bound for this share of them, 0 to 1, within a factor of two; 0 when there is none.
    [[nodiscard]] std::chrono::nanoseconds quantile(double share) const noexcept;
    /// The counts themselves.
    [[nodiscard]] const std::array<std::uint64_t, bucket_count>& buckets() const noexcept { return buckets_; }

private:
    std::array<std::uint64_t, bucket_count> buckets_{};
    std::uint64_t count_ = 0;
    std::chrono::nanoseconds total_{0};
    std::chrono::nanoseconds longest_{0};
};

/// What a producer has done so far. A plain value, taken at one moment; counts begin with the producer.
struct producer_metrics {
    std::uint64_t records_acknowledged = 0; ///< Records whose batch was acknowledged (or written, with acks 0).
    std::uint64_t records_failed = 0;       ///< Records that ended with an error.
    std::uint64_t batches = 0;              ///< Batches that were closed to be sent.
    std::uint64_t batch_bytes = 0;          ///< Their bytes before compression.
    std::uint64_t batch_wire_bytes = 0;     ///< Their bytes after compression.
    std::uint64_t batch_room = 0;           ///< Bytes that they could have had: batch_bytes / batch_room is the fill.
    std::uint64_t requests = 0;             ///< Produce requests that were handed to a connection.
    std::uint64_t retries = 0;              ///< Batches that were sent again.
    std::uint64_t splits = 0;               ///< Batches that a broker found too large and that were split.
    std::uint64_t epochs = 0;               ///< Times that the producer epoch was raised or the producer id renewed.
    std::uint64_t errors = 0;               ///< Batches that a broker refused, also where another attempt followed.
    std::uint64_t queue_bytes = 0;          ///< Bytes of the memory that are taken now.
    std::chrono::milliseconds throttled{0}; ///< How long brokers asked this producer to wait, in all.
    duration_histogram queue_time{};        ///< From the first record of a batch to its first request.
    duration_histogram request_latency{};   ///< From a request to its answer.

    /// All of it as one JSON object; histograms as count, mean, p50, p99 and max in microseconds.
    [[nodiscard]] ODRADEK_EXPORT std::string to_json() const;
};

} // namespace odradek
