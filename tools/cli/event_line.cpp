// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/one_line.hpp>
#include <odradek/tools/cli/event_line.hpp>

#include <fmt/format.h>

#include <chrono>
#include <iterator>

namespace odradek::cli {
namespace {

// Every request waits for the end of its turn on the strand; less than this would read as 0.0 ms.
constexpr std::chrono::microseconds shown_from{50};

std::string milliseconds(steady_time::duration span)
{
    return fmt::format("{:.1f} ms", std::chrono::duration<double, std::milli>(span).count());
}

std::string broker(const event_broker& of)
{
    const bool is_v6 = of.host.find(':') != std::string_view::npos;
    std::string text = is_v6 ? fmt::format("[{}]:{}", of.host, of.port) : fmt::format("{}:{}", of.host, of.port);
    if (of.node_id >= 0) fmt::format_to(std::back_inserter(text), " (node {})", of.node_id);
    return text;
}

std::string reason(const event& e)
{
    return e.message.empty() ? e.error.message() : fmt::format("{}: {}", clause(e.error.message()), e.message);
}

std::string retry(const event& e)
{
    std::string what = e.api_name.empty() ? "an operation" : std::string{e.api_name};
    if (!e.topic.empty()) fmt::format_to(std::back_inserter(what), " to {}/{}", e.topic, e.partition);
    return fmt::format("{}, attempt {}, after {}", what, e.attempt, reason(e));
}

} // namespace

std::string event_line(const event& e)
{
    switch (e.kind) {
    case event_kind::request: {
        std::string line =
            fmt::format("{} v{}, {} bytes to {}: ", e.api_name, e.version.value, e.request_size, broker(e.broker));
        if (e.response_size == 0) return line + "written, no answer is expected";
        fmt::format_to(std::back_inserter(line), "{} bytes after {}", e.response_size, milliseconds(e.duration));
        if (e.pending_duration >= shown_from)
            fmt::format_to(std::back_inserter(line), ", and {} before it was sent", milliseconds(e.pending_duration));
        return line;
    }
    case event_kind::request_timeout:
        return fmt::format("{} v{} to {}: no answer after {}", e.api_name, e.version.value, broker(e.broker),
                           milliseconds(e.pending_duration + e.duration));
    case event_kind::throttle:
        return fmt::format("{} v{}: {} wants to be left alone for {} ms", e.api_name, e.version.value, broker(e.broker),
                           e.throttle_time.count());
    case event_kind::retry: return retry(e);
    case event_kind::connect:
    case event_kind::connect_failed:
    case event_kind::disconnect:
    case event_kind::request_queue_size: return {};
    }
    return {};
}

} // namespace odradek::cli
