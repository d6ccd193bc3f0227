// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/error.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/pace.hpp>
#include <odradek/tools/cli/produce.hpp>
#include <odradek/tools/cli/producer_settings.hpp>
#include <odradek/tools/cli/property_words.hpp>
#include <odradek/tools/cli/tell.hpp>

#include <asio/experimental/as_tuple.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <unistd.h>
#include <utility>

namespace odradek::cli {
namespace {

constexpr std::size_t longest_line = 100'000'000; // no broker takes a larger request
constexpr std::int64_t burst = 256;               // lines, after which the client's work has its turn
constexpr std::chrono::seconds patience_after_signal{5};

} // namespace

/// Called with what became of a line; no larger than a pointer.
struct produce::told {
    slot* at;

    void operator()(const delivery_callback::outcome& how) const { at->owner->on_ended(at, how.error, how.about); }
    void operator()(std::error_code ec, const placed&) const { at->owner->on_ended(at, ec, {}); }
};

produce::produce(session& in, produce_arguments arguments)
    : session_(in), arguments_(std::move(arguments)), headers_(parse_headers(arguments_.headers)),
      options_(producer_options_of(in.settings(), arguments_.producer)), producer_(in.client(), options_),
      input_(in.context().get_executor(), arguments_.file), splitter_(longest_line, arguments_.payload_size),
      progress_(in.context().get_executor(), arguments_.file || ::isatty(STDIN_FILENO) == 0),
      changed_(in.context().get_executor()), pause_(in.context())
{}

asio::awaitable<int> produce::run()
{
    (void)co_await session_.find_topic(arguments_.topic, arguments_.partition, options_.allow_auto_topic_creation);
    session_.on_signal([this] {
        input_.cancel();
        pause_.cancel();
        changed_.notify();
    });
    session_.on_last_words([this] { say_last_words(); });
    start_ = std::chrono::steady_clock::now();
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
    std::string_view line;
    while (!ending()) {
        const std::string_view chunk = co_await input_.read([] {}); // what waits is sent after its linger time
        if (chunk.empty()) {
            at_end_ = !ending();
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
    const line_record split = split_line(line, arguments_.format);
    record one{.topic = arguments_.topic, .partition = arguments_.partition, .headers = headers_};
    if (split.key) one.key = *split.key;
    if (split.value) one.value = *split.value;
    if (arguments_.rate) co_await wait_until_due();
    while (!ending()) {
        if (free_.empty()) free_.push_back(&slots_.emplace_back(slot{.owner = this, .line = 0, .bytes = 0}));
        slot* const mine = free_.back();
        mine->line = splitter_.number();
        mine->bytes = line.size();
        const std::error_code ec = producer_.try_send(one, told{mine});
        if (ec == errc::queue_full) {
            co_await room_.wait();
            continue;
        }
        if (ec) {
            report_.failed.add(splitter_.number(), splitter_.number());
            stop(fmt::format("line {}: {}", splitter_.number(), property_words(producer_.explain(ec, one))));
            co_return true;
        }
        free_.pop_back();
        if (++sent_ % burst == 0) co_await asio::post(asio::use_awaitable);
        co_return true;
    }
    report_.unsent.add(splitter_.number(), splitter_.number());
    co_return false;
}

asio::awaitable<void> produce::wait_until_due()
{
    const auto due = pace{*arguments_.rate, start_}.due(sent_);
    while (!ending() && due > std::chrono::steady_clock::now()) {
        pause_.expires_at(due);
        co_await pause_.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
    }
}

/// What was read along with the line that had to stay behind.
void produce::leave_unsent()
{
    for (std::string_view line; splitter_.next(line) || splitter_.finish(line);)
        report_.unsent.add(splitter_.number(), splitter_.number());
}

void produce::on_ended(slot* at, std::error_code ec, const diagnostics& about)
{
    free_.push_back(at);
    if (!ec) {
        report_.delivered.add(at->line, at->line);
        progress_.add(1, at->bytes);
        return;
    }
    if (ec == errc::purged) return report_.unsent.add(at->line, at->line); // it was our own wish
    // Only settle() closes the producer, when nothing waits any more: what is left then is under way.
    const bool unknown = ec == condition::outcome_unknown || ec == errc::closed;
    (unknown ? report_.unknown : report_.failed).add(at->line, at->line);
    if (ec != errc::closed) fail(describe(ec, about));
}

/// The first failure of what was sent ends the command, and keeps back what was not.
void produce::fail(std::string_view why)
{
    if (failed_) return;
    stop(why);
    producer_.purge({.queued = true, .in_flight = false});
}

/// Nothing more is read; what was taken over before goes out.
void produce::stop(std::string_view why)
{
    if (std::exchange(failed_, true)) return;
    progress_.clear();
    tell("odradek: cannot write to \"{}\": {}\n", arguments_.topic, why);
    input_.cancel();
    pause_.cancel();
    changed_.notify();
}

/// Sends what was read, if nothing has failed, and waits for what is under way.
asio::awaitable<void> produce::settle()
{
    bool flushed = false;
    producer_.async_flush([this, &flushed](std::error_code) {
        flushed = true;
        changed_.notify();
    });
    std::optional<std::chrono::steady_clock::time_point> give_up;
    while (!flushed) {
        const auto now = std::chrono::steady_clock::now();
        if (session_.signal() != 0 && !give_up) {
            give_up = now + patience_after_signal;
            progress_.clear();
            tell("odradek: interrupted; waiting up to {} s for what is under way\n", patience_after_signal.count());
        }
        if (!give_up) {
            co_await changed_.wait();
        } else if (now < *give_up) {
            co_await changed_.wait(std::chrono::ceil<std::chrono::milliseconds>(*give_up - now));
        } else {
            producer_.purge({.queued = true, .in_flight = false});
            break;
        }
    }
    // What it gives up is in the report.
    co_await producer_.async_close(std::chrono::milliseconds{0}, asio::experimental::as_tuple(asio::use_awaitable));
    while (!flushed) co_await changed_.wait(); // it refers to this coroutine
}

/// The program ends where it stands: what is under way may come to be delivered.
void produce::say_last_words()
{
    progress_.clear();
    std::ranges::sort(free_);
    for (slot& one : slots_)
        if (!std::ranges::binary_search(free_, &one)) report_.unknown.add(one.line, one.line);
    tell("odradek: interrupted again\nodradek: {}\n", report_.to_string());
}

int produce::close()
{
    progress_.finish();
    const bool all =
        !failed_ && at_end_ && !input_failure_ && report_.unknown.count() == 0 && report_.unsent.count() == 0;
    if (all) return exit_code::ok;
    if (session_.signal() != 0 && !failed_) tell("odradek: interrupted\n");
    tell("odradek: {}\n", report_.to_string());
    if (input_failure_) std::rethrow_exception(input_failure_);
    return session_.signal() != 0 && !failed_ ? exit_code::signalled + session_.signal() : exit_code::failed;
}

} // namespace odradek::cli
