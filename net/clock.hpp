// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/completion.hpp>
#include <odradek/net/error.hpp>
#include <odradek/protocol/export.hpp>

#include <asio/any_io_executor.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <system_error>

namespace odradek {

/// The clock that deadlines are measured with.
using steady_time = std::chrono::steady_clock::time_point;
/// The clock of record timestamps and token lifetimes.
using wall_time = std::chrono::system_clock::time_point;

/// `now` plus `span`, or the end of time where the sum is beyond it: a time-out of milliseconds::max() means "for ever".
/// The clock ticks in nanoseconds, so adding such a time-out with + overflows.
[[nodiscard]] constexpr steady_time deadline_after(steady_time now, std::chrono::milliseconds span) noexcept
{
    // Compared in the coarser unit, where nothing overflows.
    using std::chrono::milliseconds;
    constexpr steady_time epoch{};
    if (span > std::chrono::floor<milliseconds>(steady_time::max() - std::max(now, epoch))) return steady_time::max();
    if (span < std::chrono::ceil<milliseconds>(steady_time::min() - std::min(now, epoch))) return steady_time::min();
    return now + span;
}

/// One alarm of a clock: waits until a point in time, one wait at a time, used again and again.
///
/// Owned by whoever waits; used on one strand. Destroying it cancels the wait. A wait that was cancelled or replaced always
/// ends with operation_aborted, also when its time came in the same moment and its completion was not called yet: the
/// implementation gives each wait an identity, so a stale end never reaches the next wait.
class ODRADEK_EXPORT timer {
public:
    virtual ~timer() = default;

    /// Ends well once the clock reaches `when`; a wait that was pending is cancelled first. The completion's cancellation slot,
    /// if it has one, ends this very wait with operation_aborted.
    virtual void wait_until(steady_time when, completion<void(std::error_code)> done) = 0;

    /// Ends a pending wait with operation_aborted.
    virtual void cancel() = 0;

    /// wait_until with any completion token.
    template <class Token>
    auto async_wait_until(const asio::any_io_executor& executor, steady_time when, Token&& token)
    {
        return initiate<void(std::error_code)>(
            executor, nullptr, std::forward<Token>(token),
            [this, when](completion<void(std::error_code)> done) { wait_until(when, std::move(done)); });
    }
};

/// Time, as everything above net sees it: two clocks to read and timers to wait with.
///
/// Shared by everything in one client through its environment; the simulator puts a virtual one there. now() and wall_now()
/// may be called on any thread.
class ODRADEK_EXPORT clock {
public:
    virtual ~clock() = default;

    /// Never goes back.
    [[nodiscard]] virtual steady_time now() const noexcept = 0;

    /// The time of day.
    [[nodiscard]] virtual wall_time wall_now() const noexcept = 0;

    /// The time of day, some milliseconds late at most, where that is cheaper to read: for the timestamp of every record.
    [[nodiscard]] virtual wall_time coarse_wall_now() const noexcept { return wall_now(); }

    /// A timer whose waits end on `executor` (a strand or a single-threaded executor).
    [[nodiscard]] virtual std::unique_ptr<timer> make_timer(const asio::any_io_executor& executor) = 0;
};

/// The system's clocks and Asio's timers.
[[nodiscard]] ODRADEK_EXPORT std::shared_ptr<clock> make_system_clock();

} // namespace odradek
