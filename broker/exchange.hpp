// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/chunk.hpp>
#include <odradek/broker/faults.hpp>
#include <odradek/broker/moment.hpp>
#include <odradek/protocol/arena.hpp>
#include <odradek/protocol/frame.hpp>
#include <odradek/protocol/generated/api_keys.hpp>
#include <odradek/protocol/types.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>

namespace odradek::broker {

/// Names one connection to one broker of the cluster.
using connection_id = std::uint64_t;

/// One request that a broker is working on: the bytes, what was decoded of them, and whom the answer is owed to.
///
/// Shared by the core and by whatever waits before the request can be answered; views that were decoded from it live as long
/// as it does. Used on the core's thread.
struct exchange {
    connection_id connection = 0;
    std::int32_t node = -1;   ///< The broker that was asked.
    std::size_t listener = 0; ///< By which of its listeners: answers name brokers by that one.
    frame bytes{};
    std::shared_ptr<chunk> taken_over{}; ///< What `bytes` were, once a log keeps them: views stay valid.
    bytes_view body{};
    arena memory{};
    api key{};
    api_version version{};
    std::int32_t correlation_id = 0;
    std::string client_id;
    moment arrived{};
    fault_effect fault{};
    bool is_last = false; ///< The authentication has failed: see core::close_behind().
    bool done = false;    ///< It was answered, or its connection is gone.
};

using exchange_ptr = std::shared_ptr<exchange>;

} // namespace odradek::broker
