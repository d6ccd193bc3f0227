// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/event.hpp>

#include <string>

namespace odradek::cli {

/// An event as one line for people, in Kafka's terms: "Produce v12, 180 bytes to b1:9092 (node 1): 62 bytes after 3.2 ms". Empty for
/// those that the client's log has a line for (connections) and for sizes of queues, of which there are two a request.
[[nodiscard]] std::string event_line(const event& e);

} // namespace odradek::cli
