// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>

namespace odradek::cli {

/// When each of a series of sends is due, so many a second.
///
/// A plain value. The schedule is absolute: what was late, because the memory was full or the program had no processor, is
/// caught up afterwards, and the rate holds on average. It ticks in whole milliseconds, since to wake up for each record of many
/// would cost more than to send it.
class pace {
public:
    using time_point = std::chrono::steady_clock::time_point;

    static constexpr std::int64_t fastest = 1'000'000'000; ///< More a second than anybody can.

    /// So many from `start` on, 1 to `fastest`.
    pace(std::int64_t per_second, time_point start) noexcept : per_second_(per_second), start_(start) {}

    /// When number `n` is due, counted from 0: in the first tick in which it may be.
    [[nodiscard]] time_point due(std::int64_t n) const noexcept
    {
        // Whole seconds apart, so that nothing overflows and no rounding adds up.
        return start_ + std::chrono::seconds{n / per_second_} +
               std::chrono::milliseconds{(n % per_second_ * 1'000 + per_second_ - 1) / per_second_};
    }

private:
    std::int64_t per_second_;
    time_point start_;
};

} // namespace odradek::cli
