// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace odradek::cli {

/// How long things took, to a hundredth: microseconds in buckets, 128 to each power of two.
///
/// A value, on one thread. 60 kB however much is counted, and no quantile depends on what was counted first.
class latency_histogram {
public:
    latency_histogram();

    /// Counts one; negative times count as none.
    void add(std::chrono::nanoseconds took) noexcept;

    /// Forgets everything.
    void clear() noexcept;

    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }             ///< How many were counted.
    [[nodiscard]] std::chrono::microseconds longest() const noexcept { return max_; } ///< The longest of them.
    [[nodiscard]] std::chrono::microseconds mean() const noexcept; ///< Their mean; 0 if there is none.

    /// What this share of them, 0 to 1, did not exceed: at most a hundredth above the truth. 0 if there is none.
    [[nodiscard]] std::chrono::microseconds quantile(double share) const noexcept;

private:
    std::vector<std::uint64_t> counts_;
    std::uint64_t count_ = 0;
    std::chrono::microseconds sum_{0};
    std::chrono::microseconds max_{0};
};

} // namespace odradek::cli
