// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/secret.hpp>
#include <odradek/net/authentication.hpp>
#include <odradek/net/broker_versions.hpp>
#include <odradek/net/connection.hpp>
#include <odradek/net/diagnostics.hpp>
#include <odradek/net/environment.hpp>
#include <odradek/net/transport.hpp>

#include <asio/cancellation_signal.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <system_error>

namespace odradek {

/// Keeps the session of a connection alive: knows when it has to be renewed, and authenticates anew over the live transport
/// (KIP-368). The connection holds its requests back meanwhile, reads, and hands in the frames.
///
/// Private to connection, which owns it; on the strand only. What it has pending keeps the connection alive through `owner`.
class session_renewal : public std::enable_shared_from_this<session_renewal> {
public:
    /// Ends a renewal, once: without an error when the session goes on.
    using ending = std::function<void(std::error_code ec, const diagnostics& about)>;

    session_renewal(environment world, const connection_options& options, endpoint broker);

    /// A session has begun, now: it lasts so long (0: for ever) and belongs to this identity of the credentials.
    void on_session(std::chrono::milliseconds lifetime, std::uint64_t identity);

    /// Whether it is time to authenticate again: from 80 to 90 % of the session's life on, but not within a second of the last time,
    /// which brokers refuse.
    [[nodiscard]] bool is_due() const noexcept { return due_ && *due_ <= world_.clock->now(); }

    /// Whether the session may be over when the broker turns to what it sees after so long a time.
    [[nodiscard]] bool may_end_within(std::chrono::steady_clock::duration wait) const noexcept
    {
        return ends_ && wait > *ends_ - world_.clock->now();
    }

    /// Whether a renewal is going on.
    [[nodiscard]] bool is_running() const noexcept { return exchange_.has_value(); }

    /// Whether an answer with this correlation id is its own.
    [[nodiscard]] bool expects(std::int32_t correlation_id) const noexcept
    {
        return is_running() && correlation_id < 0;
    }

    /// Begins. Nothing else may be written until it has ended, and no other answer may be outstanding. `owner` owns the transport.
    void start(transport& stream, const broker_versions& versions, std::weak_ptr<const void> owner, ending done);

    /// A frame came.
    void on_frame(bytes_view payload);

    /// What it waits for, for people.
    [[nodiscard]] std::string awaiting() const { return exchange_ ? exchange_->awaiting() : std::string{}; }

    /// The connection is gone: nobody is told any more.
    void stop();

private:
    // Below zero: requests have none of these ids.
    static constexpr std::int32_t first_correlation_id = std::numeric_limits<std::int32_t>::min() + 1;

    void go_on();
    void write(secret bytes);
    void run(std::function<void()> job);
    void end(std::error_code ec, const diagnostics& about);

    environment world_;
    std::string client_id_;
    std::chrono::milliseconds patience_;
    std::shared_ptr<const credentials> who_;
    endpoint broker_;
    std::optional<steady_time> due_;
    std::optional<steady_time> ends_;
    std::uint64_t identity_ = 0;
    std::int32_t next_correlation_id_ = first_correlation_id;
    std::optional<authentication> exchange_;
    bool writing_ = false;
    bool computing_ = false;
    asio::cancellation_signal stop_job_;
    transport* stream_ = nullptr; // the connection's, while it is running
    std::weak_ptr<const void> owner_;
    ending done_;
    std::unique_ptr<timer> deadline_;
    secret outgoing_;
    bytes_view outgoing_view_;
};

} // namespace odradek
