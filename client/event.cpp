// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/event.hpp>
#include <odradek/client/event_hub.hpp>

namespace odradek {

std::string_view name(event_kind kind) noexcept
{
    switch (kind) {
    case event_kind::connect: return "connect";
    case event_kind::connect_failed: return "connect_failed";
    case event_kind::disconnect: return "disconnect";
    case event_kind::request: return "network.request";
    case event_kind::request_timeout: return "network.request_timeout";
    case event_kind::request_queue_size: return "network.request_queue_size";
    case event_kind::throttle: return "throttle";
    case event_kind::retry: return "retry";
    }
    return "unknown";
}

void event_remover::operator()() const noexcept
{
    if (const auto hub = from_.lock()) hub->remove(number_);
}

} // namespace odradek
