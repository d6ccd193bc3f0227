// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/cluster.hpp>
#include <odradek/broker/cluster_settings.hpp>

namespace odradek::broker {

/// Checks what the options say about listeners and users, and adds the listeners to `made`, the main one first. The first thing that
/// cannot be goes into its `problem` and `error`, if nothing is there yet. Words about users repeat no password.
void add_listeners(const cluster_options& options, cluster_settings& made);

} // namespace odradek::broker
