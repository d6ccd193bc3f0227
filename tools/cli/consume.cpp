// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/consume.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/tell.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace odradek::cli {
namespace {

constexpr std::size_t most_answers = 8; // fetched or on their way, in all partitions together

// An answer without records below the end means that compaction took them; one alone may be a broker that is not ready.
constexpr int empty_answers_that_prove = 2;

} // namespace

consume::consume(session& in, consume_arguments arguments)
    : session_(in), arguments_(std::move(arguments)), format_(make_format(arguments_)), out_(STDOUT_FILENO),
      progress_(in.context().get_executor(), ::isatty(STDOUT_FILENO) == 0), changed_(in.context().get_executor()),
      options_(in.settings().fetch()), left_(arguments_.count.value_or(std::numeric_limits<std::uint64_t>::max()))
{}

consume::format consume::make_format(const consume_arguments& arguments)
{
    if (arguments.json) return std::monostate{};
    if (arguments.format) return message_format(*arguments.format);
    return plain_format(arguments.key_delimiter.has_value(), arguments.key_delimiter.value_or(""));
}

asio::awaitable<int> consume::run()
{
    const topic_info topic = co_await session_.find_topic(arguments_.topic, arguments_.partition);
    session_.on_signal([this] {
        session_.client().stop(); // nobody wants what is still being asked of brokers
        changed_.notify();
    });
    for (const partition_info& partition : topic.partitions) {
        if (arguments_.partition && partition.index != *arguments_.partition) continue;
        if (session_.signal() != 0)
            throw failure("interrupted before it was known where to begin", exit_code::signalled + session_.signal());
        if (ending()) co_return how_it_ends();
        const read_range range = co_await find_range(session_, arguments_.topic, partition.index, arguments_.offsets,
                                                     arguments_.exit_at_end);
        readers_.push_back({.range = range, .printed_to = std::max(range.next, range.wanted)});
        readers_.back().done = range.end && range.next >= *range.end;
    }
    judge_ranges();
    // A broker answers one fetch of a connection after the other, so a partition that waits keeps the others waiting.
    options_.max_wait = std::max(options_.max_wait / static_cast<int>(readers_.size()), std::chrono::milliseconds{1});

    while (!ending()) {
        start_fetches();
        reader* r = next_ready();
        if (r == nullptr) {
            if (std::ranges::all_of(readers_, &reader::done)) break;
            if (failure_) break;
            out_.flush();
            out_.look_for_reader();
            if (!ending()) co_await changed_.wait();
            continue;
        }
        const fetched answer = std::move(*r->ready);
        r->ready.reset();
        note_progress(*r, answer);
        start_fetches(); // the next answer comes while this one is printed
        print(*r, answer);
        co_await asio::post(asio::use_awaitable);
    }
    out_.flush();
    progress_.finish();
    if (out_.gave_up()) throw failure("interrupted, and the reader of the output took no more: its last part is lost");
    if (session_.signal() != 0) tell_interrupted();
    if (failure_ && !ending()) std::rethrow_exception(failure_);
    co_return how_it_ends();
}

/// A partition that ends before the offset is empty as long as another one has it.
void consume::judge_ranges() const
{
    const auto& first = readers_.front().range.out_of_range;
    if (std::ranges::none_of(readers_, [](const reader& r) { return r.range.out_of_range.empty(); }))
        throw failure(readers_.size() == 1 ? first : fmt::format("{}; nor is it in another partition", first));
    for (const reader& r : readers_)
        if (const read_range& range = r.range; !range.out_of_range.empty())
            tell("odradek: {}: {}\n", range.out_of_range,
                 range.next > range.wanted ? "reading from the first one"
                 : range.end               ? "nothing to read there"
                                           : "waiting for it");
}

void consume::start_fetches()
{
    const auto counts = [](const reader& r) { return r.fetching || r.ready.has_value(); };
    auto under_way = static_cast<std::size_t>(std::ranges::count_if(readers_, counts));
    for (std::size_t i = 0; i < readers_.size() && under_way < most_answers && !failure_; ++i) {
        reader& r = readers_[turn_to_fetch_++ % readers_.size()];
        if (r.done || counts(r)) continue;
        r.fetching = true;
        ++under_way;
        asio::co_spawn(session_.context(), fetch(r), asio::detached);
    }
}

asio::awaitable<void> consume::fetch(reader& r)
{
    const fetch_position from{.topic = arguments_.topic, .partition = r.range.partition, .offset = r.range.next};
    try {
        r.ready = co_await session_.client().async_fetch(from, options_);
    } catch (const odradek::error& e) {
        if (!failure_)
            failure_ =
                std::make_exception_ptr(failure(fmt::format("cannot read \"{}\", partition {}, from offset {} on: {}",
                                                            from.topic, from.partition, from.offset, e.what())));
    }
    r.fetching = false;
    changed_.notify();
}

consume::reader* consume::next_ready()
{
    for (std::size_t i = 0; i < readers_.size(); ++i) {
        reader& r = readers_[turn_++ % readers_.size()];
        if (r.ready) return &r;
    }
    return nullptr;
}

/// Where to read on. Positions count, not records: control batches, aborted ones and what compaction left move them too.
void consume::note_progress(reader& r, const fetched& answer)
{
    const bool moved = answer.next_offset() > r.range.next;
    r.range.next = std::max(r.range.next, answer.next_offset());
    if (!r.range.end) return;
    const bool log_reaches_end = answer.high_watermark() >= *r.range.end;
    r.empty_answers = moved || !log_reaches_end ? 0 : r.empty_answers + 1;
    r.done = r.range.next >= *r.range.end || r.empty_answers >= empty_answers_that_prove;
}

void consume::print(reader& r, const fetched& answer)
{
    std::uint64_t records = 0;
    std::uint64_t bytes = 0;
    const std::int64_t end = r.range.end.value_or(std::numeric_limits<std::int64_t>::max());
    message m{.topic = arguments_.topic, .partition = r.range.partition};
    for (const fetched_batch& batch : answer) {
        m.timestamps = batch.header().timestamps();
        for (const record_view& record : batch) {
            if (record.offset() >= end || left_ == 0 || out_.broken()) break;
            if (record.offset() < r.range.wanted) continue;
            m.record = &record;
            print_one(m);
            --left_;
            ++records;
            bytes += record.size_in_bytes();
            r.printed_to = record.offset() + 1;
        }
    }
    progress_.add(records, bytes);
}

void consume::print_one(const message& m)
{
    if (const auto* plain = std::get_if<plain_format>(&format_)) return plain->write(m, out_);
    if (const auto* chosen = std::get_if<message_format>(&format_)) return chosen->write(m, out_);
    write_json(m, out_);
}

bool consume::all_printed() const noexcept
{
    return left_ == 0 || (!readers_.empty() && std::ranges::all_of(readers_, &reader::done));
}

int consume::how_it_ends() const
{
    // Without an end of its own, a signal is how it is meant to end.
    const bool has_end = arguments_.exit_at_end || arguments_.count ||
                         std::ranges::any_of(readers_, [](const reader& r) { return r.range.end.has_value(); });
    const int signal = session_.signal();
    return signal != 0 && has_end && !all_printed() ? exit_code::signalled + signal : exit_code::ok;
}

void consume::tell_interrupted()
{
    const std::uint64_t records = progress_.records();
    std::string text = fmt::format("interrupted after {} {}", records, records == 1 ? "record" : "records");
    constexpr std::size_t most = 8;
    for (std::size_t i = 0; i < readers_.size() && i < most; ++i)
        text += fmt::format("{}partition {} at {}", i == 0 ? "; the next offsets are: " : ", ",
                            readers_[i].range.partition, readers_[i].printed_to);
    if (readers_.size() > most) text += fmt::format(" and those of {} more partitions", readers_.size() - most);
    tell("odradek: {}\n", text);
}

} // namespace odradek::cli
