// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/generated/messages/api_versions.hpp>
#include <odradek/tools/cli/output.hpp>
#include <odradek/tools/cli/session.hpp>

#include <asio/awaitable.hpp>

namespace odradek::cli {

/// Writes a broker's answer to ApiVersions as a table: each API with the broker's versions, ours and the one that we choose;
/// the broker's features; and the release that the list looks like.
void write_apis(const api_versions_response& answer, output& out);

/// The command `apis`: asks a broker, prints, gives the exit code.
asio::awaitable<int> show_apis(session& in);

} // namespace odradek::cli
