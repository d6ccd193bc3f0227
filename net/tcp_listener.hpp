// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/listener.hpp>
#include <odradek/protocol/export.hpp>

#include <memory>

namespace odradek {

/// How TCP connections are accepted.
struct tcp_listener_options {
    int backlog = 0;      ///< How many may wait to be accepted; 0 is as many as the system allows.
    bool no_delay = true; ///< TCP_NODELAY: an answer is written whole, so waiting for more gains nothing.
};

/// Plain TCP. A port that a process left a moment ago can be taken at once (SO_REUSEADDR); an IPv6 address takes IPv6 alone.
[[nodiscard]] ODRADEK_EXPORT std::shared_ptr<listener_factory>
make_tcp_listener_factory(tcp_listener_options options = {});

} // namespace odradek
