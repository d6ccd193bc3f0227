// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/cluster.hpp>
#include <odradek/broker/core.hpp>
#include <odradek/broker/served_connection.hpp>
#include <odradek/net/endpoint.hpp>

#include <string>

namespace odradek::broker {

/// What the options of a cluster come to, for the core and for the sockets. A value, taken apart by the cluster's constructor.
struct cluster_settings {
    core::options cluster{};
    server_limits limits{};
    endpoint listen{};     ///< Of the first broker; port 0: any.
    std::string problem{}; ///< What cannot be, naming the option and its value; empty if all can.
};

/// Checks the options, and applies the properties that are about the brokers themselves. What is wrong is left at its default.
[[nodiscard]] cluster_settings make_settings(const cluster_options& options);

} // namespace odradek::broker
