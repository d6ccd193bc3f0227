// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/backoff.hpp>
#include <odradek/net/completion.hpp>
#include <odradek/net/connection.hpp>
#include <odradek/net/environment.hpp>

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <system_error>

namespace odradek {

/// The place of one connection in a broker_pool: one broker in one role, the connection that it has or is getting, those who
/// wait for it, and when it may be tried again.
///
/// Private to broker_pool, which owns it; on the strand only. It connects only while somebody waits, makes one attempt for all
/// who wait, and keeps no timer once nobody does.
class pool_slot : public std::enable_shared_from_this<pool_slot> {
public:
    using acquired = std::shared_ptr<connection>;
    using acquire_completion = completion<void(std::error_code, acquired)>;

    struct options {
        connection_options connection;
        backoff::policy reconnect;
        std::chrono::milliseconds stable_after{};
        std::chrono::milliseconds idle_timeout{}; ///< At most; each connection gets one that is up to a tenth shorter.
    };
    /// Called when a connection could not be made or was lost; not when the broker closed one that was idle.
    using lost_handler = std::function<void(const pool_slot& where, std::error_code why, const diagnostics& about)>;

    pool_slot(environment world, options o, endpoint where, std::int32_t node_id, connection_role role,
              lost_handler lost);

    /// Ends with the connection, with the error of the attempt, with errc::operation_timed_out at the deadline, or as
    /// cancel(ticket) says.
    void acquire(steady_time deadline, std::uint64_t ticket, acquire_completion done);

    /// Ends the wait of this ticket, if it is here, with operation_aborted.
    void cancel(std::uint64_t ticket);

    /// Ends every wait with `why` and closes the connection.
    void close(std::error_code why);

    /// Closes the connection if nothing is in flight on it. True when there is no connection any more; then nobody waits either.
    bool close_when_free();

    /// Closes the connection if it was idle for too long.
    void close_when_idle(steady_time now);

    /// Whether there is a connection to hand out.
    [[nodiscard]] bool is_ready();
    /// When the next attempt may be made; in the past when at once.
    [[nodiscard]] steady_time retry_at() const noexcept { return retry_at_; }
    /// When a connection last became ready or was last used; nothing if never.
    [[nodiscard]] std::optional<steady_time> last_reached() const;
    /// Why it has no connection: what the last attempt, or the connection before, ended with; no error if it had none or has one.
    struct failure {
        std::error_code ec{};
        diagnostics about{};
    };
    [[nodiscard]] const failure& last_failure() const noexcept { return last_failure_; }
    [[nodiscard]] const endpoint& where() const noexcept { return where_; }
    [[nodiscard]] std::int32_t node_id() const noexcept { return node_id_; }

private:
    struct waiter {
        steady_time deadline{};
        std::uint64_t ticket = 0;
        acquire_completion done;
    };

    void go_on();
    void connect();
    void on_opened(const std::shared_ptr<connection>& made, std::error_code ec, const diagnostics& about);
    void on_closed(const connection& gone, std::error_code why, const diagnostics& about);
    void on_timer();
    void drop_connection(std::error_code why, std::string words);

    environment world_;
    options options_;
    endpoint where_;
    std::int32_t node_id_;
    connection_role role_;
    lost_handler lost_;
    backoff backoff_;
    steady_time retry_at_{};
    std::optional<steady_time> last_reached_;
    std::chrono::milliseconds idle_after_{}; // of this connection
    std::shared_ptr<connection> connection_;
    bool opening_ = false; // the connection's open has not ended yet
    failure last_failure_;
    std::list<waiter> waiters_;
    std::unique_ptr<timer> timer_; // for whatever comes first: a waiter's deadline or the end of the backoff
};

} // namespace odradek
