// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/tools/cli/arguments.hpp>
#include <odradek/tools/cli/delivery_report.hpp>
#include <odradek/tools/cli/input.hpp>
#include <odradek/tools/cli/line_batch.hpp>
#include <odradek/tools/cli/line_splitter.hpp>
#include <odradek/tools/cli/progress.hpp>
#include <odradek/tools/cli/session.hpp>
#include <odradek/tools/cli/wakeup.hpp>

#include <asio/awaitable.hpp>

#include <cstdint>
#include <exception>
#include <map>
#include <optional>
#include <random>
#include <string_view>
#include <vector>

namespace odradek::cli {

/// The command `produce`: lines in, batches out, one batch a partition under way while the next one fills.
///
/// Lives for one run on the session's thread. Order within a partition is the order of the lines, so all that go to one share its
/// slot, with a key or without. Where nothing says which partition, and no line has a key, the client chooses one for each
/// batch. Beside lines with keys, those without go to one drawn at random until its batch is sent; then another one is drawn.
class produce {
public:
    produce(session& in, produce_arguments arguments);

    /// Runs to the end of the input, the first failure or a signal; gives the exit code.
    asio::awaitable<int> run();

private:
    struct slot {
        std::optional<std::int32_t> partition;
        line_batch filling{};
        line_batch sending{};
        bool busy = false;
    };

    [[nodiscard]] bool ending() const noexcept { return failed_ || session_.signal() != 0; }
    asio::awaitable<void> read_all();
    asio::awaitable<bool> take(std::string_view line);
    slot& slot_for(const line_record& record);
    [[nodiscard]] std::int32_t partition_for(const line_record& record);
    void leave_unsent();
    void start(slot& s);
    void start_all();
    asio::awaitable<void> send(slot& s);
    asio::awaitable<void> settle();
    int close();

    session& session_;
    produce_arguments arguments_;
    std::vector<record_header> headers_;
    std::size_t headers_size_;
    produce_options options_;
    input input_;
    line_splitter splitter_;
    progress progress_;
    wakeup changed_;
    delivery_report report_;
    std::int32_t partitions_ = 0;
    std::vector<std::int32_t> led_;     // partitions with a leader, or all if there is none
    std::optional<std::int32_t> drawn_; // where lines without a key go now
    std::minstd_rand random_{std::random_device{}()};
    std::map<std::int32_t, slot> slots_; // by partition; -1: the client chooses
    bool eager_ = false;                 // nothing more to read for now: send what is there
    bool at_end_ = false;
    bool failed_ = false;
    std::exception_ptr input_failure_;
};

} // namespace odradek::cli
