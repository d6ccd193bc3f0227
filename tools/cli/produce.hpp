// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/producer/producer.hpp>
#include <odradek/tools/cli/arguments.hpp>
#include <odradek/tools/cli/delivery_report.hpp>
#include <odradek/tools/cli/input.hpp>
#include <odradek/tools/cli/line_splitter.hpp>
#include <odradek/tools/cli/progress.hpp>
#include <odradek/tools/cli/room.hpp>
#include <odradek/tools/cli/session.hpp>
#include <odradek/tools/cli/wakeup.hpp>

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <exception>
#include <optional>
#include <string_view>
#include <system_error>
#include <vector>

namespace odradek::cli {

/// The command `produce`: lines in, records out, many batches under way.
///
/// Lives for one run on the session's thread. Order within a partition is the order of the lines. It ends at the end of the
/// input, at the first line that cannot be sent, at the first failure of one that was, after which nothing that still waits
/// goes out, or at a signal.
class produce {
public:
    produce(session& in, produce_arguments arguments);

    /// Runs to the end of the input, the first failure or a signal; gives the exit code.
    asio::awaitable<int> run();

private:
    struct told;
    // One line under way. What a callback keeps is a pointer to it, which costs the producer no memory.
    struct slot {
        produce* owner;
        std::uint64_t line;
        std::uint64_t bytes;
    };

    [[nodiscard]] bool ending() const noexcept { return failed_ || session_.signal() != 0; }
    asio::awaitable<void> read_all();
    asio::awaitable<bool> take(std::string_view line);
    asio::awaitable<void> wait_until_due();
    asio::awaitable<void> settle();
    void leave_unsent();
    void on_ended(slot* at, std::error_code ec, const diagnostics& about);
    void fail(std::string_view why);
    void stop(std::string_view why);
    void say_last_words();
    int close();

    session& session_;
    produce_arguments arguments_;
    std::vector<record_header> headers_;
    producer_options options_;
    producer producer_;
    input input_;
    line_splitter splitter_;
    progress progress_;
    wakeup changed_;
    room room_{producer_, changed_};
    asio::steady_timer pause_;
    std::chrono::steady_clock::time_point start_{};
    delivery_report report_;
    std::deque<slot> slots_;
    std::vector<slot*> free_;
    std::int64_t sent_ = 0;
    bool at_end_ = false;
    bool failed_ = false;
    std::exception_ptr input_failure_;
};

} // namespace odradek::cli
