// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/environment.hpp>
#include <odradek/net/tcp.hpp>

#include <asio/strand.hpp>

#include <utility>

namespace odradek {

environment make_environment(asio::any_io_executor executor, environment_options options)
{
    environment world;
    world.strand = asio::make_strand(executor);
    world.executor = std::move(executor);
    world.clock = make_system_clock();
    world.blocking = options.blocking ? std::move(options.blocking) : make_lazy_blocking_thread();
    world.resolver = make_system_resolver(world.blocking);
    world.sockets = options.sockets ? std::move(options.sockets) : make_tcp_factory(world.resolver, world.clock);
    world.random = std::make_shared<random_source>(options.seed ? *options.seed : system_seed());
    world.log = options.log ? std::move(options.log) : std::make_shared<logger>();
    return world;
}

} // namespace odradek
