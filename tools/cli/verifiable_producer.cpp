// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/property_text.hpp>
#include <odradek/protocol/error.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/pace.hpp>
#include <odradek/tools/cli/property_words.hpp>
#include <odradek/tools/cli/tell.hpp>
#include <odradek/tools/cli/text_input.hpp>
#include <odradek/tools/cli/verifiable_producer.hpp>

#include <asio/experimental/as_tuple.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <iterator>
#include <utility>

namespace odradek::cli {
namespace {

constexpr std::size_t largest_property_file = std::size_t{1} << 20;

// After so many sends whatever else is to be done on this thread has its turn: requests, answers, events.
constexpr std::int64_t burst = 256;

std::int64_t now_in_ms()
{
    using namespace std::chrono;
    return duration_cast<milliseconds>(system_clock::now().time_since_epoch()).count();
}

/// A JSON string of a text that need not be UTF-8.
std::string as_json(std::string_view text)
{
    return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

/// What Java would call the exception's class.
std::string class_of(std::error_code ec)
{
    if (ec.category() == kafka_category())
        return fmt::format("{}.{}", ec.category().name(), name(static_cast<broker_errc>(ec.value())));
    if (ec.category() == odradek_category())
        return fmt::format("{}.{}", ec.category().name(), name(static_cast<errc>(ec.value())));
    return fmt::format("{}.{}", ec.category().name(), ec.value());
}

void set(properties& to, std::string_view name, std::string_view value, std::string_view flag)
{
    if (const auto error = to.set(name, value)) throw usage_failure(fmt::format("{}: {}", flag, error.message));
}

} // namespace

properties read_verifiable_properties(const verifiable_producer_arguments& arguments)
{
    properties result;
    if (!arguments.brokers.empty()) set(result, "bootstrap.servers", arguments.brokers, "--bootstrap-server");
    // Kafka's tool starts from retries=0, so that each record's first outcome is what is reported, and then lets the file replace
    // anything, --acks too. Its client is idempotent by default, but with retries=0 quietly is not; a file that asks for
    // idempotence without saying how many retries is refused there, and here. One that only raises the retries gets idempotence as
    // every producer does. All of this is what properties::producer() and producer_conflict() say.
    set(result, "retries", "0", "retries");
    set(result, "acks", arguments.acks, "--acks");
    if (arguments.property_file) {
        const std::string& path = *arguments.property_file;
        const wiped_text file{read_file(path, largest_property_file)};
        const properties alone = properties::parse(file.text); // so that an error has its line
        if (!alone.ok()) throw usage_failure(fmt::format("{}: {}", path, alone.error().message));
        detail::property_reader reader{file.text};
        for (detail::property_line line; reader.next(line);) {
            set(result, line.name, line.value, path);
            wipe(line.value);
        }
    }
    if (const auto conflict = result.producer_conflict())
        throw usage_failure(fmt::format("{}: {}", arguments.property_file.value_or("--acks"), conflict.message));
    if (result.client().brokers.empty())
        throw usage_failure("no broker is named: give --bootstrap-server HOST:PORT, or bootstrap.servers in the file");
    if (const auto conflict = result.client_conflict())
        throw usage_failure(
            fmt::format("{}: {}", arguments.property_file.value_or("--bootstrap-server"), conflict.message));
    return result;
}

client_options verifiable_client(const properties& settings)
{
    client_options options = settings.client();
    options.retries =
        client_options{}.retries; // Kafka's are those of records: its metadata is asked for again in any case
    return options;
}

/// Called with what became of record `number`.
struct verifiable_producer::told {
    verifiable_producer* by;
    std::int64_t number;

    void operator()(const delivery_callback::outcome& how) const { by->on_ended(number, how.error, how.at, how.about); }
    void operator()(std::error_code ec, const placed& at) const { by->on_ended(number, ec, at, {}); }
};

verifiable_producer::verifiable_producer(session& in, verifiable_producer_arguments arguments, int out)
    : session_(in), arguments_(std::move(arguments)), options_(in.settings().producer()),
      producer_(in.client(), options_), out_(out), changed_(in.context().get_executor()), pause_(in.context())
{}

asio::awaitable<int> verifiable_producer::run()
{
    session_.on_signal([this] {
        pause_.cancel();
        changed_.notify();
    });
    session_.on_last_words([this] { say_last_words(); });
    start_ = std::chrono::steady_clock::now();
    begin_event("startup_complete");
    end_event();
    write_events();
    co_await send_all();
    try {
        co_await producer_.async_close(options_.delivery_timeout); // by then each record has ended by itself
    } catch (const odradek::error& e) {
        tell("odradek: not everything was delivered: {}\n", e.what());
    }
    begin_event("shutdown_complete");
    end_event();
    const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start_;
    begin_event("tool_data");
    fmt::format_to(std::back_inserter(events_),
                   R"(,"sent":{},"acked":{},"target_throughput":{},"avg_throughput":{:.3f})", sent_, acked_,
                   arguments_.throughput, static_cast<double>(acked_) / std::max(took.count(), 1e-3));
    end_event();
    write_events();
    if (out_.broken()) throw failure("nobody reads the events any more");
    // Single records may fail, that is what the events tell of; but whoever only looks at the exit code has to hear of this.
    if (sent_ > 0 && acked_ == 0) throw failure(fmt::format("none of {} records was acknowledged", sent_));
    co_return exit_code::ok;
}

asio::awaitable<void> verifiable_producer::send_all()
{
    const pace schedule{std::max<std::int64_t>(arguments_.throughput, 1), start_};
    std::int64_t number = 0;
    while ((arguments_.max_messages < 0 || number < arguments_.max_messages) && !ending()) {
        if (arguments_.throughput == 0) { // as many as that: only a signal ends it
            co_await changed_.wait();
            continue;
        }
        if (arguments_.throughput > 0 && schedule.due(number) > std::chrono::steady_clock::now()) {
            co_await sleep_until(schedule.due(number));
            continue;
        }
        const std::error_code ec = send(number);
        if (ec == errc::queue_full) {
            co_await room_.wait();
            continue;
        }
        if (ec == errc::invalid_option) throw usage_failure(fmt::format("the properties do not fit: {}", ec.message()));
        ++sent_;
        if (ec) on_ended(number, ec, {}, diagnostics{refusal_});
        if (++number % burst == 0) co_await asio::post(asio::use_awaitable);
    }
}

asio::awaitable<void> verifiable_producer::sleep_until(std::chrono::steady_clock::time_point when)
{
    pause_.expires_at(when);
    co_await pause_.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
}

std::error_code verifiable_producer::send(std::int64_t number)
{
    const std::string value = value_of(number);
    const std::string key = key_of(number);
    record one{.topic = arguments_.topic, .value = bytes_view{value}};
    if (arguments_.repeating_keys) one.key = bytes_view{key};
    if (arguments_.create_time >= 0) {
        const auto since = std::chrono::steady_clock::now() - start_;
        one.timestamp = std::chrono::system_clock::time_point{std::chrono::milliseconds{arguments_.create_time}} +
                        std::chrono::duration_cast<std::chrono::milliseconds>(since);
    }
    const std::error_code ec = producer_.try_send(one, told{this, number});
    if (ec && ec != errc::queue_full) refusal_ = property_words(producer_.explain(ec, one), "");
    return ec;
}

void verifiable_producer::on_ended(std::int64_t number, std::error_code ec, const placed& at, const diagnostics& about)
{
    const auto out = std::back_inserter(events_);
    if (!ec) {
        ++acked_;
        begin_event("producer_send_success");
        add_record(number);
        fmt::format_to(out, R"(,"partition":{},"offset":{})", at.partition, at.offset);
        end_event();
        return;
    }
    ++failed_;
    begin_event("producer_send_error");
    add_record(number);
    fmt::format_to(out, R"(,"exception":{},"message":{})", as_json(class_of(ec)), as_json(describe(ec, about)));
    end_event();
}

void verifiable_producer::begin_event(std::string_view name)
{
    fmt::format_to(std::back_inserter(events_), R"({{"timestamp":{},"name":"{}")", now_in_ms(), name);
}

/// Callbacks must not wait for who reads, nor throw; so their events are written when they are through.
void verifiable_producer::end_event()
{
    events_ += "}\n";
    if (!std::exchange(write_posted_, true)) asio::post(session_.context(), [this] { write_events(); });
}

void verifiable_producer::add_record(std::int64_t number)
{
    if (arguments_.repeating_keys)
        fmt::format_to(std::back_inserter(events_), R"(,"key":"{}")", key_of(number));
    else
        events_ += R"(,"key":null)";
    fmt::format_to(std::back_inserter(events_), R"(,"value":"{}","topic":{})", value_of(number),
                   as_json(arguments_.topic));
}

void verifiable_producer::write_events()
{
    write_posted_ = false;
    out_.write(events_);
    out_.flush();
    events_.clear();
    if (out_.broken()) changed_.notify();
}

/// The events stop here, since each record's own comes once: what is not known of the others is told beside them.
void verifiable_producer::say_last_words()
{
    write_events();
    tell("odradek: interrupted again: of {} records {} were acknowledged, {} failed, and {} may come to be delivered\n",
         sent_, acked_, failed_, sent_ - acked_ - failed_);
}

std::string verifiable_producer::key_of(std::int64_t number) const
{
    return arguments_.repeating_keys ? std::to_string(number % *arguments_.repeating_keys) : std::string{};
}

std::string verifiable_producer::value_of(std::int64_t number) const
{
    return arguments_.value_prefix ? fmt::format("{}.{}", *arguments_.value_prefix, number) : std::to_string(number);
}

} // namespace odradek::cli
