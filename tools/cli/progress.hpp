// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <asio/any_io_executor.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <string>

namespace odradek::cli {

/// "1234567 records, 120.4 MB, 60.2 MB/s": what the progress line says.
[[nodiscard]] std::string progress_text(std::uint64_t records, std::uint64_t bytes,
                                        std::chrono::duration<double> elapsed);

/// Tells once a second on standard error how far a command is, but only if that is a terminal; the line goes away at the end.
///
/// Owned by the command, on its thread.
class progress {
public:
    /// Silent if standard error is no terminal, or if `wanted` is false (the data goes to the same terminal).
    progress(const asio::any_io_executor& executor, bool wanted);
    progress(const progress&) = delete;
    progress& operator=(const progress&) = delete;
    ~progress();

    /// Counts.
    void add(std::uint64_t records, std::uint64_t bytes) noexcept
    {
        records_ += records;
        bytes_ += bytes;
    }

    [[nodiscard]] std::uint64_t records() const noexcept { return records_; } ///< Counted so far.

    /// Removes the line, so that something else can be written; the next one comes a second later.
    void clear();

    /// Removes the line for good.
    void finish();

private:
    void tick();

    asio::steady_timer timer_;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::uint64_t records_ = 0;
    std::uint64_t bytes_ = 0;
    bool shown_ = false;
};

} // namespace odradek::cli
