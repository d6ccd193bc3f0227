// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <string_view>

namespace odradek {

/// How much a line of the log matters.
enum class log_level : std::uint8_t {
    debug,   ///< Every request, every state change.
    info,    ///< Connections made and closed, brokers learned.
    warning, ///< Something failed and is tried again.
    error,   ///< Something failed for good.
    off,     ///< As a threshold: nothing at all.
};

/// "debug", "info", "warning", "error" or "off".
[[nodiscard]] ODRADEK_EXPORT std::string_view name(log_level level) noexcept;

/// Where the library's lines go: nowhere, until a sink is set. What is logged never contains a secret.
///
/// Shared by everything in one client, usable from any thread. The sink is called without a lock held, on the thread that
/// has something to say, usually the client's executor; it may log, set another sink or start operations itself.
class ODRADEK_EXPORT logger {
public:
    /// Gets the level, the place ("connection", "broker_pool") and one line of text, control characters escaped; the views
    /// end with the call.
    using sink = std::function<void(log_level level, std::string_view where, std::string_view text)>;

    /// Lines of `threshold` and above go to `to` from now on; an empty sink silences.
    void set_sink(sink to, log_level threshold = log_level::info);

    /// Whether a line of this level would be seen: ask before composing an expensive one.
    [[nodiscard]] bool enabled(log_level level) const noexcept
    {
        return level >= threshold_.load(std::memory_order_relaxed);
    }

    /// Writes one line.
    void write(log_level level, std::string_view where, std::string_view text) const;

private:
    std::atomic<log_level> threshold_{log_level::off};
    mutable std::mutex mutex_; // guards sink_, never held during a call of it
    std::shared_ptr<const sink> sink_;
};

} // namespace odradek
