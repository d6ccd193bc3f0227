// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/client.hpp>

#include <asio/io_context.hpp>

#include <cstdint>
#include <deque>
#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <tests/support/simulated_cluster.hpp>
#include <tests/support/simulated_network.hpp>
#include <tests/support/virtual_clock.hpp>
#include <vector>

namespace odradek::test {

/// What a simulated world is made of.
struct simulated_world_options {
    std::int32_t brokers = 3;
    bool auto_create_topics = true;
    std::int32_t default_partitions = 1;
    std::int16_t default_replication_factor = 1;
    /// Counted from the times that producers give their records, which in simulations are decades ago.
    std::int64_t producer_expiration_ms = std::numeric_limits<std::int64_t>::max();
    broker::release as = broker::newest_release();
    std::vector<std::string> sasl_mechanisms{}; ///< What brokers want clients to authenticate with; none: nothing.
    broker::authentication_options authentication{};
    bool keep_log = false; ///< Whether what the client and the brokers log is kept.
};

/// A world of one thread: virtual time, a network and a cluster in memory, and clients, all of it a function of one seed.
///
/// Owned by a run. Time jumps from one event to the next; when nothing is left that could happen, what is still pending hangs.
class simulated_world {
public:
    simulated_world(std::uint64_t seed, simulated_world_options how);
    ~simulated_world();
    simulated_world(const simulated_world&) = delete;
    simulated_world& operator=(const simulated_world&) = delete;

    /// Where clients begin: every broker has this name.
    static constexpr std::string_view bootstrap = "bootstrap.sim:9092";

    /// A client's surroundings in here; each has its own random numbers.
    [[nodiscard]] environment make_environment();
    [[nodiscard]] broker::core& core() noexcept { return cluster_->core(); }
    [[nodiscard]] simulated_network& network() noexcept { return *network_; }
    /// Does what the core wants, after something was done to it.
    void run_brokers() { cluster_->run(); }
    /// A number for each purpose and place, from the seed: what one draws changes nothing for the others.
    [[nodiscard]] std::uint64_t seed_for(std::uint64_t purpose) const noexcept;

    [[nodiscard]] steady_time now() const noexcept { return time_->now(); }
    [[nodiscard]] virtual_clock& time() noexcept { return *time_; }
    [[nodiscard]] std::chrono::milliseconds elapsed() const;
    [[nodiscard]] broker::moment moment() const { return cluster_->now(); }
    /// Calls `what` after so much time from the beginning.
    void at(std::chrono::milliseconds since_start, std::function<void()> what);
    void after(std::chrono::milliseconds span, std::function<void()> what);

    /// Lets everything happen until `is_done`. False: nothing is left that could happen.
    template <class Done>
    bool run_until(Done is_done)
    {
        return time_->run_until(io_, std::move(is_done));
    }

    /// The brokers listen somewhere else from now on; their old addresses refuse. Bootstrap names know the new ones.
    void move_addresses();

    /// Brokers close every connection that is not waiting for an answer.
    void close_idle();
    /// Brokers close every connection on which they owe an answer that they will never give.
    void close_stuck(std::chrono::milliseconds longer_than) { cluster_->close_stuck(longer_than); }
    [[nodiscard]] std::uint64_t closed_by_client() const noexcept { return streams_->closed_by_client; }

    void hit(std::string_view what, std::uint64_t times = 1);
    [[nodiscard]] hit_counts& hits() noexcept { return hits_; }
    [[nodiscard]] std::uint64_t hash() const noexcept { return streams_->history.value(); }
    [[nodiscard]] std::uint64_t requests() const noexcept { return cluster_->requests(); }
    [[nodiscard]] const std::vector<std::string>& log() const noexcept { return log_; }
    void note(std::string_view line); ///< For --verbose.
    [[nodiscard]] bool keeps_log() const noexcept { return how_.keep_log; }

private:
    void listen();

    simulated_world_options how_;
    std::uint64_t seed_;
    std::uint64_t environments_ = 0;
    std::int32_t generation_ = 0; // of addresses
    hit_counts hits_;
    std::vector<std::string> log_;
    std::shared_ptr<virtual_clock> time_ = std::make_shared<virtual_clock>();
    steady_time start_ = time_->now();
    std::shared_ptr<stream_world> streams_;
    std::unique_ptr<simulated_cluster> cluster_;
    std::shared_ptr<simulated_network> network_;
    asio::io_context io_{ASIO_CONCURRENCY_HINT_UNSAFE}; // last: handlers that it destroys refer to the rest
};

} // namespace odradek::test
