// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <compare>
#include <cstdint>

namespace odradek::broker {

/// A point in time as the core is told it: one clock for waiting, one for people. A value; nobody owns it.
///
/// The core reads no clock of its own, so whoever drives it (sockets, the simulator, a test) decides what time it is.
struct moment {
    std::chrono::nanoseconds steady{}; ///< Since any fixed point; never goes back.
    std::int64_t wall_ms = 0;          ///< The time of day: milliseconds since 1970, as record timestamps count.

    friend constexpr auto operator<=>(moment left, moment right) noexcept { return left.steady <=> right.steady; }
    friend constexpr bool operator==(moment left, moment right) noexcept { return left.steady == right.steady; }

    /// Both clocks later by `span`.
    [[nodiscard]] constexpr moment later(std::chrono::milliseconds span) const noexcept
    {
        return {steady + span, wall_ms + span.count()};
    }
};

} // namespace odradek::broker
