// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/cluster.hpp>
#include <odradek/broker/core.hpp>
#include <odradek/broker/served_connection.hpp>
#include <odradek/net/endpoint.hpp>
#include <odradek/net/tls_options.hpp>
#include <odradek/protocol/export.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace odradek::broker {

/// One listener of each broker, as sockets see it.
struct listener_place {
    std::string name{};
    std::string
        option{}; ///< Which option is to blame if it cannot listen: "listen", "more_listeners: \"INSIDE\": listen".
    std::string tls_option{}; ///< The same if its TLS cannot be: "tls", "more_listeners: \"INSIDE\": tls".
    endpoint listen{};        ///< Of the first broker; port 0: any.
    std::string advertised_host{};
    std::optional<tls_server> tls{};
};

/// What the options of a cluster come to, for the core and for the sockets. A value, taken apart by the cluster's constructor.
struct cluster_settings {
    core::options cluster{};
    server_limits limits{};
    std::vector<listener_place> places{}; ///< Of the listeners of `cluster`, in the same order: the main one first.
    std::string problem{};                ///< What cannot be, naming the option and its value; empty if all can.
    std::error_code error{};              ///< What kind of problem that is.
};

/// Every name that cluster_options::properties may have: what the embedded broker acts upon.
[[nodiscard]] ODRADEK_EXPORT std::vector<std::string_view> broker_setting_names();

/// Checks the options, and applies the properties that are about the brokers themselves. What is wrong is left at its default.
[[nodiscard]] cluster_settings make_settings(const cluster_options& options);

} // namespace odradek::broker
