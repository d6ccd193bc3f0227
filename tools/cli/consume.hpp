// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/tools/cli/arguments.hpp>
#include <odradek/tools/cli/message_format.hpp>
#include <odradek/tools/cli/output.hpp>
#include <odradek/tools/cli/progress.hpp>
#include <odradek/tools/cli/read_range.hpp>
#include <odradek/tools/cli/session.hpp>
#include <odradek/tools/cli/wakeup.hpp>

#include <asio/awaitable.hpp>

#include <cstddef>
#include <cstdint>
#include <exception>
#include <limits>
#include <optional>
#include <variant>
#include <vector>

namespace odradek::cli {

/// The command `consume`: prints the records of a topic's partitions, each partition in its order.
///
/// Lives for one run on the session's thread. A few fetches are under way at a time (all in all, so that memory stays bounded
/// however many partitions there are), and while one answer is printed the next one of its partition is on its way. Records
/// are printed straight from the fetched bytes.
class consume {
public:
    consume(session& in, consume_arguments arguments);

    /// Runs to the end that was asked for, or to a signal; gives the exit code.
    asio::awaitable<int> run();

private:
    using format = std::variant<plain_format, message_format, std::monostate>; // the last one is JSON

    struct reader {
        read_range range;
        std::int64_t printed_to = 0; // the offset behind the last record printed
        bool fetching = false;
        bool done = false;
        std::optional<fetched> ready{};
        int empty_answers = 0;
    };

    static format make_format(const consume_arguments& arguments);
    [[nodiscard]] bool ending() const noexcept { return session_.signal() != 0 || out_.broken() || left_ == 0; }
    void judge_ranges() const;
    void start_fetches();
    asio::awaitable<void> fetch(reader& r);
    void note_progress(reader& r, const fetched& answer);
    void print(reader& r, const fetched& answer);
    void print_one(const message& m);
    [[nodiscard]] reader* next_ready();
    void tell_interrupted();
    [[nodiscard]] int how_it_ends() const;
    [[nodiscard]] bool all_printed() const noexcept;

    session& session_;
    consume_arguments arguments_;
    format format_;
    output out_;
    progress progress_;
    wakeup changed_;
    fetch_options options_;
    std::vector<reader> readers_;
    std::size_t turn_ = 0; // where to look first, so that every partition has its turn
    std::size_t turn_to_fetch_ = 0;
    std::uint64_t left_;
    std::exception_ptr failure_;
};

} // namespace odradek::cli
