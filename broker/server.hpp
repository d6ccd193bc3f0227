// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/core.hpp>
#include <odradek/broker/line_limit.hpp>
#include <odradek/broker/served_connection.hpp>
#include <odradek/net/clock.hpp>
#include <odradek/net/endpoint.hpp>
#include <odradek/net/listener.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/post.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace odradek::broker {

/// The driver that puts the core on sockets: listeners, connections and one timer, all on one strand.
///
/// Owned by a cluster (cluster.hpp) and by nothing that it started itself, so it ends with its owner. What happens on the strand
/// and what with_core() does take the same lock, so the core may be used from any thread. It decides nothing about Kafka; it decides
/// when a connection has to go: see server_limits.
class server : public std::enable_shared_from_this<server> {
public:
    /// Where it lives.
    struct surroundings {
        asio::any_io_executor strand{};
        std::shared_ptr<class clock> clock{};
    };

    server(core::options how, surroundings in, server_limits limits);
    server(const server&) = delete;
    server& operator=(const server&) = delete;

    /// A broker's way in: which listener of the core it is, and who makes it.
    struct way_in {
        std::int32_t node = 0;
        std::size_t listener = 0;
        listener_factory& from;
        std::string_view advertised{}; ///< What clients are told instead of the address; empty: the address.
    };
    /// One broker listens from now on, and clients are told where. Before start().
    [[nodiscard]] std::error_code listen(const way_in& by, const endpoint& at);
    /// Begins to take connections.
    void start();
    /// Closes everything, on the strand. Any thread.
    void stop();

    /// Where each broker listens by one of its listeners, in the order of listen().
    [[nodiscard]] std::vector<endpoint> listening(std::size_t listener) const;

    /// Calls `use(core&)` under the lock, on the calling thread; what it brought about is sent from the strand.
    template <class Use>
    auto with_core(Use use)
    {
        const std::lock_guard lock{mutex_};
        core_.set_time(now());
        asio::post(in_.strand, [weak = weak_from_this()] {
            if (const auto self = weak.lock()) self->carry_on();
        });
        return use(core_);
    }

    // For connections, on the strand and under the lock.

    [[nodiscard]] std::unique_lock<std::recursive_mutex> lock() { return std::unique_lock{mutex_}; }
    [[nodiscard]] const server_limits& limits() const noexcept { return limits_; }
    [[nodiscard]] const asio::any_io_executor& strand() const noexcept { return in_.strand; }
    /// The connection may have a request to hand in, or something to write.
    void remember(const std::shared_ptr<served_connection>& which) { waiting_.push_back(which); }
    /// From now on the connection has as long as this patience says.
    void grant(served_connection& which, patience kind);
    /// How to cut what a connection sends, as of now.
    [[nodiscard]] intake intake_of(const served_connection& which) const
    {
        return core_.intake_of(which.id(), limits_.largest_request);
    }
    /// The connection is over.
    void drop(served_connection& which, std::string_view why);
    /// Hands in requests, sends answers, sets the timer, until there is nothing left to do now.
    void settle();

private:
    struct door {
        std::int32_t node;
        std::size_t listener;
        std::unique_ptr<odradek::listener> at;
        std::optional<steady_time> again{}; // accept() failed: when to try again
    };

    void carry_on();
    void accept(std::size_t which);
    void on_accepted(std::size_t which, std::error_code ec, std::unique_ptr<transport> stream);
    void on_timer();
    void arm();
    void expire(steady_time now);
    [[nodiscard]] std::chrono::milliseconds length_of(patience kind) const noexcept;
    [[nodiscard]] moment now() const noexcept;

    core core_;
    surroundings in_;
    server_limits limits_;
    mutable std::recursive_mutex mutex_; // callbacks of the user may call the cluster
    std::vector<door> doors_;
    std::map<connection_id, std::shared_ptr<served_connection>> connections_;
    std::list<served_connection*> patient_[patience_kinds]; // each in the order in which the time is over
    std::deque<std::shared_ptr<served_connection>> waiting_;
    std::unique_ptr<timer> timer_;
    std::optional<steady_time> armed_;
    line_limit closings_{20}; // as lines of the log
    bool settling_ = false;
    bool stopped_ = false;
};

} // namespace odradek::broker
