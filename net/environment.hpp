// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/blocking.hpp>
#include <odradek/net/clock.hpp>
#include <odradek/net/log.hpp>
#include <odradek/net/random.hpp>
#include <odradek/net/resolver.hpp>
#include <odradek/net/transport.hpp>
#include <odradek/protocol/export.hpp>

#include <asio/any_io_executor.hpp>

#include <cstdint>
#include <memory>
#include <optional>

namespace odradek {

/// The one seam for the world: everything that decides what happens next comes from here, and from nowhere else.
///
/// Made once for each client and copied into whatever acts on its behalf (the parts are shared). The simulator and tests
/// fill it with a virtual clock, transports in memory and a fixed seed, and then a run is a function of the seed. All members
/// are set; make_environment() does so for a program.
struct environment {
    asio::any_io_executor executor{}; ///< The user's: where completion handlers without an executor of their own run.
    asio::any_io_executor strand{};   ///< A strand of it: where the client's own work runs, one thing at a time.
    std::shared_ptr<class clock> clock{};
    std::shared_ptr<class resolver> resolver{};
    std::shared_ptr<socket_factory> sockets{};
    std::shared_ptr<random_source> random{}; ///< On the strand only.
    std::shared_ptr<blocking_executor> blocking{};
    std::shared_ptr<logger> log{};
};

/// What a program may decide about its environment.
struct environment_options {
    std::optional<std::uint64_t> seed{};           ///< Of the generator; from the system's entropy by default.
    std::shared_ptr<blocking_executor> blocking{}; ///< A few lazy threads by default: make_lazy_blocking_thread().
    std::shared_ptr<socket_factory> sockets{};     ///< Plain TCP by default: make_tcp_factory().
    std::shared_ptr<logger> log{};                 ///< A silent one by default.
};

/// The real world: the system's clocks and resolver, TCP, on `executor`.
[[nodiscard]] ODRADEK_EXPORT environment make_environment(asio::any_io_executor executor,
                                                          environment_options options = {});

} // namespace odradek
