// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/types.hpp>

#include <chrono>
#include <optional>
#include <type_traits>

namespace odradek {

/// How one request is sent. A plain value, copied when the operation starts; its user owns it.
struct request_options {
    /// Never a higher version than this one; nothing takes the highest that both sides have.
    std::optional<api_version> highest_version{};
    /// Whether a version that Kafka itself calls unstable may be chosen (InitProducerId 6).
    bool allow_unstable = false;
    /// For one attempt; nothing means client_options::request_timeout. Requests that the broker holds for a while (JoinGroup)
    /// need more than that while.
    std::optional<std::chrono::milliseconds> attempt_timeout{};
    /// For all attempts together; nothing means client_options::default_api_timeout.
    std::optional<std::chrono::milliseconds> timeout{};
    /// Whether to try again at all. If not, the first failure or the first answer ends the operation.
    bool retry = true;
};
static_assert(std::is_trivially_destructible_v<request_options>);

} // namespace odradek
