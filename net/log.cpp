// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/log.hpp>
#include <odradek/net/one_line.hpp>

#include <string>
#include <utility>

namespace odradek {

std::string_view name(log_level level) noexcept
{
    switch (level) {
    case log_level::debug: return "debug";
    case log_level::info: return "info";
    case log_level::warning: return "warning";
    case log_level::error: return "error";
    case log_level::off: return "off";
    }
    return "unknown";
}

void logger::set_sink(sink to, log_level threshold)
{
    auto shared = to ? std::make_shared<const sink>(std::move(to)) : nullptr;
    const std::lock_guard lock(mutex_);
    threshold_.store(shared ? threshold : log_level::off, std::memory_order_relaxed);
    sink_.swap(shared);
}

void logger::write(log_level level, std::string_view where, std::string_view text) const
{
    if (!enabled(level) || level == log_level::off) return;
    std::shared_ptr<const sink> to;
    {
        const std::lock_guard lock(mutex_);
        to = sink_;
    }
    if (!to) return;
    if (has_control_character(text)) // somebody else's name or words
        (*to)(level, where, one_line(std::string{text}));
    else
        (*to)(level, where, text);
}

} // namespace odradek
