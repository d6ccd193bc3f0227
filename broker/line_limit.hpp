// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/clock.hpp>

#include <chrono>
#include <cstddef>
#include <utility>

namespace odradek::broker {

/// Keeps a log readable while many clients do the same wrong thing: so many lines a second, and the number of those left out.
///
/// A decision without a clock: told the time of a line, it says whether that is written. A value, used by one thread.
class line_limit {
public:
    explicit line_limit(std::size_t a_second) noexcept : most_(a_second) {}

    /// Whether one more line is written now; else it counts as left out.
    [[nodiscard]] bool admits(steady_time now) noexcept
    {
        if (now - since_ >= std::chrono::seconds{1}) {
            since_ = now;
            written_ = 0;
        }
        const bool is_one_more = written_ < most_;
        ++(is_one_more ? written_ : left_out_);
        return is_one_more;
    }

    /// How many were left out since this was last asked.
    [[nodiscard]] std::size_t take_left_out() noexcept { return std::exchange(left_out_, 0); }

private:
    std::size_t most_;
    steady_time since_{};
    std::size_t written_ = 0; // in the second that began then
    std::size_t left_out_ = 0;
};

} // namespace odradek::broker
