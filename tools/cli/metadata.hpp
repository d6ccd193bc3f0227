// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/tools/cli/arguments.hpp>
#include <odradek/tools/cli/output.hpp>
#include <odradek/tools/cli/session.hpp>

#include <asio/awaitable.hpp>

namespace odradek::cli {

/// Writes what is known of a cluster: brokers, topics, partitions, for people or as JSON. Internal topics are marked.
void write_cluster(const cluster& c, bool json, output& out);

/// The command `metadata`: asks the cluster, prints, gives the exit code.
asio::awaitable<int> show_metadata(session& in, const metadata_arguments& arguments);

} // namespace odradek::cli
