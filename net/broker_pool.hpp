// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/backoff.hpp>
#include <odradek/net/completion.hpp>
#include <odradek/net/connection.hpp>
#include <odradek/net/environment.hpp>
#include <odradek/net/error.hpp>
#include <odradek/protocol/export.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace odradek {

/// A broker as the cluster's metadata names it.
struct known_broker {
    std::int32_t node_id = -1;
    endpoint where{};
    friend bool operator==(const known_broker&, const known_broker&) = default;
};

/// How a pool behaves.
struct broker_pool_options {
    /// Finds servers to begin with; called when the pool first needs one, and again after forget_brokers(), or `reconnect.maximum`
    /// after a failure. One call at a time: whoever searches meanwhile waits for it, until its own deadline. Cancelled by close().
    using discover_function = std::function<void(completion<void(std::error_code, std::vector<endpoint>)> done)>;

    std::vector<endpoint> bootstrap{}; ///< Servers to begin with.
    discover_function discover{};      ///< Used instead of `bootstrap` when set.
    connection_options connection{};   ///< What all connections do alike.
    backoff::policy reconnect{.initial = std::chrono::milliseconds{50}, .maximum = std::chrono::milliseconds{1000}};
    std::chrono::milliseconds stable_after{10'000}; ///< A connection that held this long resets the backoff.
    std::chrono::milliseconds idle_timeout{
        540'000}; ///< Connections unused for this long, or up to a tenth less, are closed; 0: never (R21).
};

/// The connections of one client: knows where the brokers are, connects when somebody needs one, and again after failures.
///
/// Owned by the client's core, lives on the environment's strand; async_acquire, async_acquire_any and close may be called from any
/// thread, the rest on the strand. Each broker has one connection a role; each keeps its own backoff, which grows with every
/// failure and is forgotten only when a connection has held for `stable_after`. Connections are handed out ready, with
/// their versions, and shared: the pool keeps its own reference until they close.
///
/// Source: KIP-302 (every address), KIP-580 and KIP-144 (backoff), KIP-899 (bootstrapping again), behaviours R19, R21, B29, B32.
class ODRADEK_EXPORT broker_pool : public std::enable_shared_from_this<broker_pool> {
    struct private_tag {};

public:
    using acquired = std::shared_ptr<connection>;
    /// Called on the strand when a connection to a broker could not be made or was lost; -1 is a bootstrap server. Not called when
    /// a broker closes a connection on which nothing is outstanding.
    using lost_handler = std::function<void(std::int32_t node_id, std::error_code why, const diagnostics& about)>;

    [[nodiscard]] static std::shared_ptr<broker_pool> make(environment world, broker_pool_options options);

    broker_pool(private_tag, environment world, broker_pool_options options);
    broker_pool(const broker_pool&) = delete;
    broker_pool& operator=(const broker_pool&) = delete;
    ~broker_pool();

    /// Ends with a ready connection to this broker, made if there is none. It waits for the broker's backoff first and makes
    /// one attempt, shared with whoever else asks meanwhile. Ends with errc::unknown_broker when the cluster has no such
    /// broker, with the attempt's error, with errc::operation_timed_out at the deadline, or with operation_aborted.
    template <class Token = default_token>
    auto async_acquire(std::int32_t node_id, connection_role role, steady_time deadline, Token&& token = Token{})
    {
        return initiate<void(std::error_code, acquired)>(
            world_.executor, nullptr, std::forward<Token>(token),
            [self = shared_from_this(), node_id, role, deadline](completion<void(std::error_code, acquired)> done) {
                self->acquire(node_id, role, deadline, std::move(done));
            });
    }

    /// Ends with a ready connection to any broker: one that is ready, else a known broker, else a bootstrap server, in random
    /// order, one after the other until the deadline. Its failure, errc::no_broker_available, names every address
    /// that was tried and why that failed.
    template <class Token = default_token>
    auto async_acquire_any(steady_time deadline, Token&& token = Token{})
    {
        return initiate<void(std::error_code, acquired)>(
            world_.executor, nullptr, std::forward<Token>(token),
            [self = shared_from_this(), deadline](completion<void(std::error_code, acquired)> done) {
                self->acquire_any(deadline, std::move(done));
            });
    }

    /// The cluster's brokers are these now. Connections to brokers that are gone, or that moved to another address, close once
    /// nothing is in flight on them.
    void set_brokers(std::vector<known_broker> brokers);

    /// Forgets what set_brokers() said and closes those connections: the next acquire begins with the bootstrap servers, and
    /// asks discover() again (KIP-899, KIP-1102).
    void forget_brokers();

    /// The cluster's brokers, ordered by id.
    [[nodiscard]] std::vector<known_broker> brokers() const;

    /// What the last attempt of a search for any broker ended with, which may still be going on: an address and why it could not be
    /// connected to. No error once a search has found one.
    struct attempt_failure {
        std::error_code ec{};
        std::string words{};
    };
    [[nodiscard]] const attempt_failure& last_attempt() const noexcept;

    /// When a connection last became ready or was last answered on; the pool's creation if never (for re-bootstrapping).
    [[nodiscard]] steady_time last_reached() const;

    /// Sets what is called for lost brokers.
    void on_broker_lost(lost_handler handler);

    /// Closes every connection and ends everything that is pending, with errc::closed; later acquires end so too.
    void close();

    /// async_acquire and async_acquire_any behind their tokens.
    void acquire(std::int32_t node_id, connection_role role, steady_time deadline,
                 completion<void(std::error_code, acquired)> done);
    void acquire_any(steady_time deadline, completion<void(std::error_code, acquired)> done);

private:
    struct implementation;

    environment world_;
    std::shared_ptr<implementation> impl_;
};

} // namespace odradek
