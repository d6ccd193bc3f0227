// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/event_line.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/session.hpp>
#include <odradek/tools/cli/tell.hpp>

#include <asio/co_spawn.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <csignal>
#include <cstdio>
#include <exception>
#include <unistd.h>
#include <utility>

namespace odradek::cli {
namespace {

// While a broker creates a topic it says that there is none.
constexpr std::chrono::milliseconds creation_patience{5'000};
constexpr std::chrono::milliseconds creation_pace{100};

// Whoever waits this long for the first answer is told what is in the way.
constexpr std::chrono::milliseconds silent_patience{1'000};

// How long connections may take to close when all is done; mostly it is no time at all.
constexpr std::chrono::milliseconds farewell{500};

log_level threshold(int verbosity) noexcept
{
    switch (verbosity) {
    case 1: return log_level::warning;
    case 2: return log_level::info;
    default: return log_level::debug;
    }
}

client_options options_of(const properties& settings, const connection_arguments& arguments)
{
    client_options options = settings.client();
    if (!arguments.proxies_of_environment) return options;
    options.proxy = proxy_from_environment();
    if (!options.proxy.problem.empty()) throw usage_failure("--proxy-env: " + options.proxy.problem);
    if (options.proxy.chain.empty())
        throw usage_failure("--proxy-env: the environment has neither ALL_PROXY nor HTTPS_PROXY");
    return options;
}

bool may_be_in_creation(broker_errc error) noexcept
{
    return error == broker_errc::unknown_topic_or_partition || error == broker_errc::leader_not_available;
}

failure no_topic(const std::string& name, broker_errc error)
{
    if (error == broker_errc::unknown_topic_or_partition)
        return failure{fmt::format(R"(topic "{}" does not exist)", name)};
    return failure{fmt::format(R"(topic "{}": {})", name, make_error_code(error).message())};
}

} // namespace

// The properties are read before the signals are caught: a file that is a pipe may keep us waiting, and then a signal just ends us.
session::session(const connection_arguments& arguments) : session(read_properties(arguments), arguments) {}

session::session(const properties& settings, const connection_arguments& arguments)
    : session(settings, options_of(settings, arguments), arguments.timeout, arguments.verbosity)
{}

session::session(properties settings, const client_options& options, std::chrono::milliseconds timeout, int verbosity)
    : settings_(std::move(settings)), signals_(context_, SIGINT, SIGTERM), client_(context_, options),
      timeout_(timeout), verbosity_(verbosity)
{
    for (const std::string& line : ignored_words(settings_, verbosity_ > 0)) tell("odradek: {}\n", line);
    if (verbosity_ == 0) {
        client_.on_log([this](log_level, std::string_view, std::string_view text) { last_warning_ = text; },
                       log_level::warning);
        return;
    }
    client_.on_log([](log_level level, std::string_view where,
                      std::string_view text) { tell("odradek: {} {}: {}\n", name(level), where, text); },
                   threshold(verbosity_));
    if (verbosity_ >= 3)
        (void)client_.on_event([](const event& e) {
            if (const std::string line = event_line(e); !line.empty()) tell("odradek: {}: {}\n", name(e.kind), line);
        });
}

int session::run(const std::function<asio::awaitable<int>()>& command)
{
    wait_for_signal();
    int code = exit_code::ok;
    std::exception_ptr error;
    bool done = false;
    asio::co_spawn(context_, command(), [&](std::exception_ptr thrown, int result) {
        error = std::move(thrown);
        code = result;
        done = true;
    });
    while (!done) context_.run_one();
    signals_.cancel();
    client_.stop();
    context_.run_for(farewell); // what is still pending ends now
    if (error) std::rethrow_exception(error);
    return code;
}

void session::wait_for_signal()
{
    signals_.async_wait([this](std::error_code ec, int number) {
        if (ec) return;
        if (signal_ != 0) {
            std::error_code unused;
            signals_.clear(unused); // a third one ends it even if nobody reads the last words
            if (on_last_words_) on_last_words_();
            ::_exit(exit_code::signalled + number);
        }
        signal_ = number;
        if (on_signal_) on_signal_();
        wait_for_signal();
    });
}

asio::awaitable<cluster_snapshot> session::ask(const std::vector<std::string>& topics, bool may_create,
                                               std::chrono::milliseconds timeout)
{
    const metadata_options options{.allow_auto_topic_creation = may_create, .timeout = timeout};
    try {
        co_return co_await client_.async_metadata(topics, options);
    } catch (const odradek::error& e) {
        if (signal_ != 0) throw failure("interrupted before the cluster answered", exit_code::signalled + signal_);
        throw failure(fmt::format("cannot reach the cluster: {}", e.what()));
    }
}

asio::awaitable<cluster_snapshot> session::contact(std::vector<std::string> topics, bool may_create)
{
    on_signal([this] { client_.stop(); });
    asio::steady_timer patience{context_, silent_patience};
    patience.async_wait([this](std::error_code ec) {
        if (!ec && verbosity_ == 0)
            tell("odradek: {}; waiting for up to {} s\n", last_warning_.empty() ? "no answer yet" : last_warning_,
                 std::chrono::duration<double>(timeout_).count());
    });
    cluster_snapshot answer = co_await ask(topics, may_create, timeout_);
    patience.cancel();
    on_signal({});
    co_return answer;
}

asio::awaitable<topic_info> session::find_topic(std::string name, std::optional<std::int32_t> partition,
                                                bool may_create)
{
    const std::vector<std::string> names{name};
    asio::steady_timer pace{context_};
    const auto give_up = std::chrono::steady_clock::now() + std::min(timeout_, creation_patience);
    for (;;) {
        const cluster_snapshot cluster = co_await contact(names, may_create);
        const topic_info* topic = cluster->find_topic(name);
        const broker_errc error = topic == nullptr ? broker_errc::unknown_topic_or_partition : topic->error;
        if (error == broker_errc::none && topic != nullptr && !topic->partitions.empty()) {
            if (partition && topic->find_partition(*partition) == nullptr)
                throw failure(fmt::format(R"(topic "{}" has no partition {}: its partitions are 0 to {})", name,
                                          *partition, topic->partitions.back().index));
            co_return *topic;
        }
        const bool waiting = may_create && (error == broker_errc::none || may_be_in_creation(error));
        if (!waiting || std::chrono::steady_clock::now() >= give_up)
            throw no_topic(name, error == broker_errc::none ? broker_errc::leader_not_available : error);
        pace.expires_after(creation_pace);
        on_signal([&pace] { pace.cancel(); });
        co_await pace.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
        on_signal({});
        if (signal_ != 0)
            throw failure(fmt::format(R"(interrupted before topic "{}" was there)", name),
                          exit_code::signalled + signal_);
    }
}

} // namespace odradek::cli
