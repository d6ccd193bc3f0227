// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/environment.hpp>

#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tests/support/simulated_stream.hpp>
#include <vector>

namespace odradek::test {

/// How often each thing happened, by name. Ordered, so that it prints the same everywhere.
using hit_counts = std::map<std::string, std::uint64_t, std::less<>>;

/// A network in memory between one client and a cluster: names, addresses that listen, links that break. It is the client's
/// socket factory and its resolver.
///
/// Shared by a simulated world and its clients; single-threaded, in virtual time.
class simulated_network final : public socket_factory,
                                public resolver,
                                public std::enable_shared_from_this<simulated_network> {
public:
    /// What a broker says to somebody who connects; false refuses.
    using acceptor = std::function<bool(const std::shared_ptr<simulated_stream>& accepted)>;

    simulated_network(std::shared_ptr<stream_world> world, hit_counts& hits, acceptor accept)
        : world_(std::move(world)), hits_(hits), accept_(std::move(accept))
    {}

    std::map<std::string, std::vector<std::string>> names{}; ///< Host names and their addresses.
    std::map<endpoint, std::int32_t> listeners{};            ///< Numeric addresses and the brokers behind them.
    std::set<std::string> silent_hosts{};                    ///< Numeric hosts that answer nothing at all.
    bool names_fail = false;                                 ///< Whether name lookups fail.
    link_quality quality{};                                  ///< Of connections to come.
    /// How many bytes pass on the next connection until it is cut; nothing: it is not.
    std::function<std::optional<std::uint64_t>()> cut_after{};

    // The links to one broker, or with nothing to all of them
    void block(std::optional<std::int32_t> node, std::chrono::milliseconds span);  ///< Nothing passes for so long.
    void cut(std::optional<std::int32_t> node);                                    ///< Every connection is reset.
    void die(std::optional<std::int32_t> node, std::chrono::milliseconds noticed); ///< Silently; brokers notice later.
    void set_quality(link_quality quality);
    [[nodiscard]] std::size_t open_connections();

    void connect(transport_request to, completion<void(std::error_code, std::unique_ptr<transport>)> done) override;
    void resolve(const asio::any_io_executor& executor, endpoint name,
                 completion<void(std::error_code, std::vector<endpoint>)> done) override;

private:
    struct attempt {
        transport_request to;
        completion<void(std::error_code, std::unique_ptr<transport>)> done;
        std::vector<endpoint> addresses{};
        std::size_t next = 0;
        std::error_code last{};
    };

    [[nodiscard]] std::vector<endpoint> look_up(const endpoint& name, std::error_code& ec);
    [[nodiscard]] steady_time blocked_until(std::int32_t node) const;
    [[nodiscard]] std::chrono::nanoseconds delay();
    void later(std::chrono::nanoseconds span, std::function<void()> what);
    void try_next(const std::shared_ptr<attempt>& one);
    void knock(const std::shared_ptr<attempt>& one, const endpoint& at);
    void finish(const std::shared_ptr<attempt>& one, std::error_code ec);
    template <class Do>
    void for_each_stream(std::optional<std::int32_t> node, Do what);

    std::shared_ptr<stream_world> world_;
    hit_counts& hits_;
    acceptor accept_;
    std::map<std::int32_t, steady_time> blocked_;
    std::vector<std::weak_ptr<simulated_stream>> streams_;
    std::uint64_t next_stream_ = 1;
};

} // namespace odradek::test
