// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/broker.hpp>
#include <odradek/tools/cli/broker_security.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/output.hpp>
#include <odradek/tools/cli/tell.hpp>

#include <asio/io_context.hpp>
#include <asio/signal_set.hpp>
#include <fmt/format.h>

#include <csignal>
#include <cstdio>
#include <string>
#include <string_view>
#include <sys/resource.h>
#include <unistd.h>

namespace odradek::cli {
namespace {

/// As many descriptors as the system lets us have: each connection takes one, and what a shell allows is often 1024.
void take_descriptors() noexcept
{
    rlimit descriptors{};
    if (::getrlimit(RLIMIT_NOFILE, &descriptors) != 0) return;
    descriptors.rlim_cur = descriptors.rlim_max;
    ::setrlimit(RLIMIT_NOFILE, &descriptors); // where it may not, it goes on with what it has
}

} // namespace

int run_broker(broker_arguments a)
{
    take_descriptors();
    read_broker_properties(a);
    add_users_from_elsewhere(a);
    if (a.verbosity > 0) a.cluster.log = [](std::string_view line) { tell("odradek broker: {}\n", line); };

    asio::io_context io{1};
    broker::cluster cluster{io, a.cluster};
    if (cluster.error()) {
        throw failure(in_words_of_flags(cluster.error_text(), a.cluster),
                      is_wrong_usage(cluster.error()) ? exit_code::usage : exit_code::failed);
    }
    for (const broker::fault& one : a.faults) cluster.faults().add(one);

    // Before anybody is told that it is ready, and may stop it.
    asio::signal_set signals{io, SIGINT, SIGTERM};
    signals.async_wait([&cluster](std::error_code ec, int) {
        if (!ec) cluster.stop();
    });

    output out{STDOUT_FILENO};
    std::string line;
    for (const std::string& server : cluster.bootstrap()) line.append(line.empty() ? "" : ",").append(server);
    out.write(line + '\n');
    out.flush();
    io.run();
    for (const broker::fault& one : a.faults)
        if (a.verbosity > 0) tell("odradek broker: fault {}: {} times\n", one.name, cluster.faults().hits(one.name));
    return exit_code::ok;
}

} // namespace odradek::cli
