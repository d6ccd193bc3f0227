// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/key_hash.hpp>
#include <odradek/protocol/error.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/features.hpp>
#include <odradek/tools/cli/produce.hpp>
#include <odradek/tools/cli/tell.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace odradek::cli {
namespace {

constexpr std::int32_t any_partition = -1;
constexpr std::size_t longest_line = 100'000'000; // no broker takes a larger request
constexpr std::chrono::seconds patience_after_signal{5};
constexpr std::ptrdiff_t most_under_way = 8; // batches, in all partitions together, so that memory stays bounded

/// Codec by -z, else by the properties; the level belongs to the codec.
produce_options options_of(const session& in, const produce_arguments& arguments)
{
    properties settings = in.settings();
    if (arguments.producer.codec) (void)settings.set("compression.type", *arguments.producer.codec);
    const produce_options options = settings.produce();
    (void)check_codec(name(options.compression)); // one that a property names may not be built in either
    return options;
}

} // namespace

produce::produce(session& in, produce_arguments arguments)
    : session_(in), arguments_(std::move(arguments)), headers_(parse_headers(arguments_.headers)),
      headers_size_(encoded_size(headers_)), options_(options_of(in, arguments_)),
      input_(in.context().get_executor(), arguments_.file), splitter_(longest_line),
      progress_(in.context().get_executor(), arguments_.file || ::isatty(STDIN_FILENO) == 0),
      changed_(in.context().get_executor())
{}

asio::awaitable<int> produce::run()
{
    const topic_info topic =
        co_await session_.find_topic(arguments_.topic, arguments_.partition, options_.allow_auto_topic_creation);
    partitions_ = static_cast<std::int32_t>(topic.partitions.size());
    for (const partition_info& partition : topic.partitions)
        if (partition.leader >= 0) led_.push_back(partition.index);
    if (led_.empty()) // all the same then: one will get a leader
        for (const partition_info& partition : topic.partitions) led_.push_back(partition.index);
    session_.on_signal([this] {
        input_.cancel();
        changed_.notify();
    });
    try {
        if (session_.signal() == 0) co_await read_all();
    } catch (const failure&) {
        input_failure_ = std::current_exception(); // what was read before is still delivered
    }
    co_await settle();
    co_return close();
}

asio::awaitable<void> produce::read_all()
{
    const auto send_what_is_there = [this] {
        eager_ = true;
        start_all();
    };
    std::string_view line;
    while (!ending()) {
        const std::string_view chunk = co_await input_.read(send_what_is_there);
        eager_ = false;
        if (chunk.empty()) {
            at_end_ = session_.signal() == 0;
            break;
        }
        splitter_.feed(chunk);
        while (splitter_.next(line)) {
            if (!co_await take(line)) co_return leave_unsent();
        }
    }
    if (!splitter_.finish(line)) co_return;
    if (at_end_)
        (void)co_await take(line);
    else // the rest of the line was not even read
        report_.unsent.add(splitter_.number(), splitter_.number());
}

/// False when the command has to end; the line then counts as unsent.
asio::awaitable<bool> produce::take(std::string_view line)
{
    const line_record record = split_line(line, arguments_.format);
    for (;;) {
        slot& s = slot_for(record); // each time anew: sending a batch may draw another one
        if (s.filling.has_room(record, headers_size_)) {
            s.filling.add(splitter_.number(), record, headers_size_);
            co_return true;
        }
        if (ending()) {
            report_.unsent.add(splitter_.number(), splitter_.number());
            co_return false;
        }
        const auto busy = [](const auto& entry) { return entry.second.busy; };
        if (s.busy || std::ranges::count_if(slots_, busy) >= most_under_way)
            co_await changed_.wait();
        else
            start(s);
    }
}

/// What was read along with the line that had to stay behind.
void produce::leave_unsent()
{
    for (std::string_view line; splitter_.next(line) || splitter_.finish(line);)
        report_.unsent.add(splitter_.number(), splitter_.number());
}

produce::slot& produce::slot_for(const line_record& record)
{
    const std::int32_t key = partition_for(record);
    const auto [at, fresh] = slots_.try_emplace(key);
    if (fresh && key != any_partition) at->second.partition = key;
    return at->second;
}

std::int32_t produce::partition_for(const line_record& record)
{
    if (arguments_.partition) return *arguments_.partition;
    if (record.key) return partition_of_key(*record.key, partitions_);
    if (!arguments_.format.key_delimiter) return any_partition;
    if (!drawn_) drawn_ = led_[std::uniform_int_distribution<std::size_t>{0, led_.size() - 1}(random_)];
    return *drawn_;
}

void produce::start(slot& s)
{
    std::swap(s.filling, s.sending);
    s.busy = true;
    if (drawn_ == s.partition) drawn_.reset();
    asio::co_spawn(session_.context(), send(s), asio::detached);
}

void produce::start_all()
{
    for (auto& [key, s] : slots_) {
        if (!s.busy && !s.filling.empty() && !ending()) start(s);
    }
}

asio::awaitable<void> produce::send(slot& s)
{
    const destination to{.topic = arguments_.topic, .partition = s.partition};
    const auto lines = s.sending.lines();
    try {
        const auto records = s.sending.records(headers_);
        (void)co_await session_.client().async_produce(to, records, options_);
        report_.delivered.add(lines);
        progress_.add(lines.size(), s.sending.bytes());
    } catch (const odradek::error& e) {
        const bool unknown = e.code() == condition::outcome_unknown;
        (unknown ? report_.unknown : report_.failed).add(lines);
        if (!std::exchange(failed_, true)) {
            progress_.clear();
            tell("odradek: cannot write to \"{}\": {}\n", arguments_.topic, describe(e));
        }
        input_.cancel();
    }
    s.sending.clear();
    s.busy = false;
    if (eager_ && !s.filling.empty() && !ending()) start(s);
    changed_.notify();
}

/// Sends what was read, if nothing has failed, and waits for what is under way.
asio::awaitable<void> produce::settle()
{
    eager_ = true;
    start_all();
    const auto busy = [](const auto& entry) { return entry.second.busy; };
    std::optional<std::chrono::steady_clock::time_point> give_up;
    while (std::ranges::any_of(slots_, busy)) {
        const auto now = std::chrono::steady_clock::now();
        if (session_.signal() != 0 && !give_up) give_up = now + patience_after_signal;
        if (!give_up) {
            co_await changed_.wait();
        } else if (now < *give_up) {
            co_await changed_.wait(std::chrono::ceil<std::chrono::milliseconds>(*give_up - now));
        } else {
            break;
        }
    }
}

int produce::close()
{
    progress_.finish();
    for (auto& [key, s] : slots_) {
        if (s.busy) report_.unknown.add(s.sending.lines());
        report_.unsent.add(s.filling.lines());
    }
    const bool all =
        !failed_ && at_end_ && !input_failure_ && report_.unknown.count() == 0 && report_.unsent.count() == 0;
    if (all) return exit_code::ok;
    if (session_.signal() != 0 && !failed_) tell("odradek: interrupted\n");
    tell("odradek: {}\n", report_.to_string());
    if (input_failure_) std::rethrow_exception(input_failure_);
    return session_.signal() != 0 && !failed_ ? exit_code::signalled + session_.signal() : exit_code::failed;
}

} // namespace odradek::cli
