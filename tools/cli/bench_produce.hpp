// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/producer/producer.hpp>
#include <odradek/tools/cli/arguments.hpp>
#include <odradek/tools/cli/latency_histogram.hpp>
#include <odradek/tools/cli/output.hpp>
#include <odradek/tools/cli/room.hpp>
#include <odradek/tools/cli/session.hpp>
#include <odradek/tools/cli/wakeup.hpp>

#include <asio/awaitable.hpp>
#include <asio/steady_timer.hpp>

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>
#include <system_error>
#include <vector>

namespace odradek::cli {

/// The command `bench produce`: sends records as fast as it goes, or at a rate, and says how fast that was and what it cost.
///
/// Lives for one run on the session's thread, which both sends and does the client's work. The latency of a record begins when it
/// is sent; at a rate, when it was due, so that a stall counts for every record that it held up. Once a second there is a line on
/// standard error, at the end a table, or an object of JSON, on the output.
class bench_produce {
public:
    /// Writes the result to the descriptor `out`.
    bench_produce(session& in, bench_produce_arguments arguments, int out);

    /// Runs until all was sent and has ended, or to a signal; gives the exit code.
    asio::awaitable<int> run();

private:
    using time_point = std::chrono::steady_clock::time_point;
    struct told;
    // One record under way. What a callback keeps is a pointer to it, which costs the producer no memory.
    struct slot {
        bench_produce* owner;
        time_point begun;
    };

    [[nodiscard]] bool ending() const noexcept { return session_.signal() != 0; }
    void check_topic(const topic_info& topic) const;
    asio::awaitable<void> send_all();
    [[nodiscard]] std::error_code send(std::int64_t number, time_point begun);
    void on_record(slot* at, std::error_code ec, const diagnostics& about);
    void on_batch();
    void tick();
    void tell_interval(std::chrono::duration<double> took);
    [[nodiscard]] std::string as_table() const;
    [[nodiscard]] std::string as_json() const;

    session& session_;
    bench_produce_arguments arguments_;
    producer_options options_;
    producer producer_;
    output out_;
    wakeup changed_;
    room room_{producer_, changed_};
    asio::steady_timer pause_;
    asio::steady_timer ticker_;
    std::string payload_; // a piece of it is a record's value
    std::size_t at_ = 0;

    std::deque<slot> slots_;
    std::vector<slot*> free_;
    std::vector<slot*> acknowledged_; // of the batch that ends now
    bool closing_ = false;

    time_point start_{};
    time_point ticked_{};
    std::chrono::duration<double> took_{0};
    double cpu_seconds_ = 0;
    std::uint64_t sent_ = 0;
    std::uint64_t acked_ = 0;
    std::uint64_t acked_before_ = 0; // up to the last line
    std::uint64_t failed_ = 0;
    std::string refusal_; // what explain() said of a record that was not taken over
    std::string first_error_;
    latency_histogram latency_;
    latency_histogram latest_; // since the last line
};

} // namespace odradek::cli
