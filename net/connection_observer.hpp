// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/clock.hpp>
#include <odradek/net/connection.hpp>
#include <odradek/net/diagnostics.hpp>
#include <odradek/net/inflight.hpp>
#include <odradek/protocol/export.hpp>

#include <atomic>
#include <cstddef>
#include <system_error>

namespace odradek {

/// Who is told what happens on connections: when they come and go, and what becomes of every request on them.
///
/// Shared by all connections of a client through connection_options::observer. Called on the strand, at points where a connection
/// bears being closed from within; it must not throw, and references end with the call. While is_watching() is false nothing is
/// called, and all that it costs is a look at a flag, a few times a request. The requests that set a connection up (ApiVersions)
/// are part of that and not told of one by one.
class ODRADEK_EXPORT connection_observer {
public:
    connection_observer() = default;
    connection_observer(const connection_observer&) = delete;
    connection_observer& operator=(const connection_observer&) = delete;
    virtual ~connection_observer() = default;

    /// Whether anything is to be told. Any thread.
    [[nodiscard]] bool is_watching() const noexcept { return watching_.load(std::memory_order_relaxed); }

    /// `which` is ready for requests; connecting began at `began`.
    virtual void on_ready(const connection& which, steady_time began, steady_time now) = 0;
    /// `which` will never be ready: it could not be made, or nobody wants it any more.
    virtual void on_failed(const connection& which, std::error_code why, const diagnostics& about, steady_time began,
                           steady_time now) = 0;
    /// `which` was ready and is closed; `why` as close() was told, or what happened to it.
    virtual void on_closed(const connection& which, std::error_code why, const diagnostics& about, steady_time now) = 0;
    /// A request was answered, by so many bytes, the length in front of them included; by 0 if it expects no answer, once it is
    /// written. Also when nobody waits for the answer any more.
    virtual void on_answered(const connection& on, const inflight::request& which, std::size_t response_size,
                             steady_time now) = 0;
    /// A request's deadline came before its answer. If any of it was written the connection closes next.
    virtual void on_timed_out(const connection& on, const inflight::request& which, steady_time now) = 0;
    /// So many requests now wait to be written: as often as that changes, and 0 when the connection closes with some.
    virtual void on_queue_size(const connection& on, std::size_t queued, steady_time now) = 0;

protected:
    void set_watching(bool watching) noexcept { watching_.store(watching, std::memory_order_relaxed); }

private:
    std::atomic<bool> watching_{false};
};

} // namespace odradek
