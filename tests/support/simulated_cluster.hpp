// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/core.hpp>

#include <map>
#include <memory>
#include <optional>
#include <tests/support/simulated_network.hpp>

namespace odradek::test {

/// Drives broker::core over simulated streams: hands in requests one at a time a connection, writes answers, keeps its alarm.
///
/// Owned by a simulated world; single-threaded.
class simulated_cluster {
public:
    simulated_cluster(std::shared_ptr<stream_world> world, broker::core::options how);
    simulated_cluster(const simulated_cluster&) = delete;
    simulated_cluster& operator=(const simulated_cluster&) = delete;

    /// Somebody connects. False: refused.
    bool accept(const std::shared_ptr<simulated_stream>& stream);

    [[nodiscard]] broker::core& core() noexcept { return core_; }
    [[nodiscard]] broker::moment now() const;
    /// Does what the core wants done: after each thing that was done to it from outside.
    void run();

    /// Closes every connection without a request, as brokers do after a while. Returns how many.
    std::size_t close_idle();

    /// Closes every connection whose request has not been answered for so long: it never will be.
    std::size_t close_stuck(std::chrono::milliseconds longer_than);

    [[nodiscard]] std::uint64_t requests() const noexcept { return requests_; } ///< That came in so far.

private:
    struct session {
        std::shared_ptr<simulated_stream> stream;
        frame_splitter splitter{{.largest = frame_limits::after_authentication}};
        bool busy = false;
        steady_time since{}; // when it is busy
    };

    void on_readable(broker::connection_id which);
    void feed(broker::connection_id which);
    void carry_out(broker::action what);
    void drop(broker::connection_id which);
    void arm();

    std::shared_ptr<stream_world> world_;
    broker::core core_;
    std::map<broker::connection_id, session> sessions_;
    std::optional<std::chrono::nanoseconds> armed_;
    std::uint64_t requests_ = 0;
    bool running_ = false;
};

} // namespace odradek::test
