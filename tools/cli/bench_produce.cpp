// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/error.hpp>
#include <odradek/tools/cli/bench_produce.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/pace.hpp>
#include <odradek/tools/cli/producer_settings.hpp>
#include <odradek/tools/cli/property_words.hpp>
#include <odradek/tools/cli/tell.hpp>

#include <asio/experimental/as_tuple.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <fstream>
#include <random>
#include <string_view>
#include <sys/resource.h>
#include <utility>

namespace odradek::cli {
namespace {

constexpr std::int64_t burst = 256;                   // sends, after which the client's work has its turn
constexpr std::int64_t same_moment = 16;              // sends between two looks at the clock
constexpr std::size_t variety = std::size_t{1} << 20; // bytes of payload before it begins anew
constexpr std::size_t key_size = 8;
constexpr std::chrono::seconds patience_after_signal{5};

/// Letters at random, the same ones in each run: what a compressor finds in them is alike in a batch and in a large one.
std::string letters(std::size_t size)
{
    std::minstd_rand random{1};
    std::string text(size, ' ');
    for (char& c : text) c = static_cast<char>('A' + random() % 26);
    return text;
}

double cpu_seconds()
{
    rusage used{};
    ::getrusage(RUSAGE_SELF, &used);
    const auto seconds = [](const timeval& t) {
        return static_cast<double>(t.tv_sec) + static_cast<double>(t.tv_usec) / 1e6;
    };
    return seconds(used.ru_utime) + seconds(used.ru_stime);
}

/// VmHWM: the most memory that this process had resident; 0 where the system does not say.
std::uint64_t most_memory()
{
    std::ifstream status{"/proc/self/status"};
    for (std::string word; status >> word;) {
        std::uint64_t kilobytes = 0;
        if (word == "VmHWM:" && status >> kilobytes) return kilobytes * 1024;
    }
    return 0;
}

double in_ms(std::chrono::microseconds us)
{
    return static_cast<double>(us.count()) / 1000;
}

} // namespace

/// Called with what became of a record; no larger than a pointer.
struct bench_produce::told {
    slot* at;

    void operator()(const delivery_callback::outcome& how) const { at->owner->on_record(at, how.error, how.about); }
    void operator()(std::error_code ec, const placed&) const { at->owner->on_record(at, ec, {}); }
};

bench_produce::bench_produce(session& in, bench_produce_arguments arguments, int out)
    : session_(in), arguments_(std::move(arguments)), options_(producer_options_of(in.settings(), arguments_.producer)),
      producer_(in.client(), options_), out_(out), changed_(in.context().get_executor()), pause_(in.context()),
      ticker_(in.context()), payload_(letters(arguments_.payload_size + variety))
{
    producer_.on_delivery([this](const delivered_batch&) { on_batch(); });
}

asio::awaitable<int> bench_produce::run()
{
    check_topic(co_await session_.find_topic(arguments_.topic, {}, options_.allow_auto_topic_creation));
    session_.on_signal([this] {
        pause_.cancel();
        changed_.notify();
        if (closing_) producer_.purge({.queued = true, .in_flight = true});
    });
    const double cpu_before = cpu_seconds();
    start_ = ticked_ = std::chrono::steady_clock::now();
    tick();
    co_await send_all();
    closing_ = true;
    std::chrono::milliseconds longest = options_.delivery_timeout; // by then each record has ended by itself
    if (ending()) longest = std::min<std::chrono::milliseconds>(longest, patience_after_signal);
    // What it gives up counts as failed.
    co_await producer_.async_close(longest, asio::experimental::as_tuple(asio::use_awaitable));
    took_ = std::chrono::steady_clock::now() - start_;
    cpu_seconds_ = cpu_seconds() - cpu_before;
    ticker_.cancel();
    if (!first_error_.empty()) tell("odradek: {} records failed; the first one: {}\n", failed_, first_error_);
    out_.write(arguments_.json ? as_json() : as_table());
    out_.flush();
    if (acked_ == arguments_.records) co_return exit_code::ok;
    co_return ending() ? exit_code::signalled + session_.signal() : exit_code::failed;
}

void bench_produce::check_topic(const topic_info& topic) const
{
    const auto there = static_cast<std::int64_t>(topic.partitions.size());
    if (arguments_.partitions && *arguments_.partitions > there)
        throw failure(fmt::format(R"(--partitions: topic "{}" has only {})", arguments_.topic, there));
}

asio::awaitable<void> bench_produce::send_all()
{
    const pace schedule{arguments_.rate.value_or(1), start_};
    time_point now = start_;
    const auto all = static_cast<std::int64_t>(arguments_.records);
    for (std::int64_t number = 0; number < all && !ending();) {
        if (number % same_moment == 0) now = std::chrono::steady_clock::now();
        time_point begun = now;
        if (arguments_.rate) {
            begun = schedule.due(number);
            if (begun > now) now = std::chrono::steady_clock::now();
            if (begun > now) {
                pause_.expires_at(begun);
                co_await pause_.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
                continue;
            }
        }
        const std::error_code ec = send(number, begun);
        if (ec == errc::queue_full) {
            co_await room_.wait();
            now = std::chrono::steady_clock::now();
            continue;
        }
        if (ec) throw failure(fmt::format(R"(cannot write to "{}": {})", arguments_.topic, refusal_));
        ++sent_;
        if (++number % burst == 0) co_await asio::post(asio::use_awaitable);
    }
}

std::error_code bench_produce::send(std::int64_t number, time_point begun)
{
    record one{.topic = arguments_.topic,
               .value = bytes_view{std::string_view{payload_}.substr(at_, arguments_.payload_size)}};
    char key[key_size];
    if (arguments_.keyed) {
        for (std::size_t i = 0; i < key_size; ++i)
            key[i] = static_cast<char>(static_cast<std::uint64_t>(number) >> (8 * (key_size - 1 - i)));
        one.key = bytes_view{std::string_view{key, key_size}};
    }
    if (arguments_.partitions) one.partition = static_cast<std::int32_t>(number % *arguments_.partitions);
    if (free_.empty()) free_.push_back(&slots_.emplace_back(slot{.owner = this, .begun = {}}));
    slot* const mine = free_.back();
    mine->begun = begun;
    const std::error_code ec = producer_.try_send(one, told{mine});
    if (ec) {
        if (ec != errc::queue_full) refusal_ = property_words(producer_.explain(ec, one));
        return ec;
    }
    free_.pop_back();
    at_ = (at_ + arguments_.payload_size) % variety;
    return ec;
}

void bench_produce::on_record(slot* at, std::error_code ec, const diagnostics& about)
{
    if (!ec) {
        acknowledged_.push_back(at);
        return;
    }
    ++failed_;
    free_.push_back(at);
    if (first_error_.empty()) first_error_ = describe(ec, about);
}

/// The records of a batch were acknowledged in one moment, so the clock is read once.
void bench_produce::on_batch()
{
    const time_point now = std::chrono::steady_clock::now();
    for (slot* const one : acknowledged_) {
        latency_.add(now - one->begun);
        latest_.add(now - one->begun);
        free_.push_back(one);
    }
    acked_ += acknowledged_.size();
    acknowledged_.clear();
}

void bench_produce::tick()
{
    ticker_.expires_at(ticked_ + std::chrono::seconds{1});
    ticker_.async_wait([this](std::error_code ec) {
        if (ec) return;
        const time_point now = std::chrono::steady_clock::now();
        tell_interval(now - ticked_);
        ticked_ = now;
        tick();
    });
}

void bench_produce::tell_interval(std::chrono::duration<double> took)
{
    const double rate = static_cast<double>(acked_ - acked_before_) / took.count();
    const double size = static_cast<double>(arguments_.payload_size + (arguments_.keyed ? key_size : 0));
    tell("{:.0f} s: {} of {} records, {:.0f} records/s, {:.1f} MB/s, p50 {:.1f} ms, p99 {:.1f} ms\n",
         std::chrono::duration<double>(ticked_ - start_).count() + took.count(), acked_, arguments_.records, rate,
         rate * size / 1e6, in_ms(latest_.quantile(0.5)), in_ms(latest_.quantile(0.99)));
    acked_before_ = acked_;
    latest_.clear();
}

namespace {

/// What both forms of the result say.
struct numbers {
    double records_per_second;
    double megabytes_per_second;
    double cpu_seconds_per_million;
};

numbers numbers_of(std::uint64_t records, std::size_t record_size, double seconds, double cpu)
{
    const double each = static_cast<double>(records);
    const double rate = each / std::max(seconds, 1e-6);
    return {.records_per_second = rate,
            .megabytes_per_second = rate * static_cast<double>(record_size) / 1e6,
            .cpu_seconds_per_million = records == 0 ? 0 : cpu / each * 1e6};
}

} // namespace

std::string bench_produce::as_table() const
{
    const numbers n =
        numbers_of(acked_, arguments_.payload_size + (arguments_.keyed ? key_size : 0), took_.count(), cpu_seconds_);
    const producer_metrics did = producer_.metrics();
    std::string text;
    const auto line = [&text](std::string_view what, const std::string& value) {
        text += fmt::format("{:<20} {}\n", what, value);
    };
    line("records", fmt::format("{} acknowledged, {} failed, in {:.3f} s", acked_, failed_, took_.count()));
    line("records/s", fmt::format("{:.0f}", n.records_per_second));
    line("MB/s", fmt::format("{:.1f}", n.megabytes_per_second));
    line("CPU s a million", fmt::format("{:.3f}", n.cpu_seconds_per_million));
    line("latency ms",
         fmt::format("p50 {:.3f}  p90 {:.3f}  p99 {:.3f}  p99.9 {:.3f}  longest {:.3f}", in_ms(latency_.quantile(0.5)),
                     in_ms(latency_.quantile(0.9)), in_ms(latency_.quantile(0.99)), in_ms(latency_.quantile(0.999)),
                     in_ms(latency_.longest())));
    line("max memory MB", fmt::format("{:.1f}", static_cast<double>(most_memory()) / 1e6));
    line("batches", fmt::format("{} in {} requests, {} sent again", did.batches, did.requests, did.retries));
    return text;
}

std::string bench_produce::as_json() const
{
    const numbers n =
        numbers_of(acked_, arguments_.payload_size + (arguments_.keyed ? key_size : 0), took_.count(), cpu_seconds_);
    nlohmann::ordered_json all;
    all["records"] = arguments_.records;
    all["payload_size"] = arguments_.payload_size;
    all["sent"] = sent_;
    all["acknowledged"] = acked_;
    all["failed"] = failed_;
    all["seconds"] = took_.count();
    all["records_per_second"] = n.records_per_second;
    all["megabytes_per_second"] = n.megabytes_per_second;
    all["cpu_seconds"] = cpu_seconds_;
    all["cpu_seconds_per_million"] = n.cpu_seconds_per_million;
    auto& latency = all["latency_us"];
    latency["count"] = latency_.count();
    latency["mean"] = latency_.mean().count();
    latency["p50"] = latency_.quantile(0.5).count();
    latency["p90"] = latency_.quantile(0.9).count();
    latency["p99"] = latency_.quantile(0.99).count();
    latency["p99.9"] = latency_.quantile(0.999).count();
    latency["max"] = latency_.longest().count();
    all["max_memory_bytes"] = most_memory();
    all["producer"] = nlohmann::ordered_json::parse(producer_.metrics().to_json());
    return all.dump() + '\n';
}

} // namespace odradek::cli
