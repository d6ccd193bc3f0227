// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/clock.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/generated/api_keys.hpp>
#include <odradek/protocol/types.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>

namespace odradek {

namespace detail {
class event_hub;
}

/// What an event tells of.
enum class event_kind : std::uint8_t {
    connect,            ///< A connection is ready for requests: name, TCP and versions are settled.
    connect_failed,     ///< A connection could not be made, or was given up before it was ready.
    disconnect,         ///< A connection that was ready is closed, by whomever.
    request,            ///< A request was answered; one with acks 0: was written.
    request_timeout,    ///< A request's time was over before its answer came.
    request_queue_size, ///< The number of requests that wait to be written on a connection is another one.
    throttle,           ///< A broker answered that it wants to be asked less (a quota).
    retry,              ///< Something failed and begins again: a batch of a producer, or an operation of the client.
};

/// "connect", "connect_failed", "disconnect", "network.request", "network.request_timeout", "network.request_queue_size",
/// "throttle" or "retry": KafkaJS's names where it has such an event, without the "producer." in front.
[[nodiscard]] ODRADEK_EXPORT std::string_view name(event_kind kind) noexcept;

/// The broker of an event.
struct event_broker {
    std::int32_t node_id = -1; ///< -1: a bootstrap server, whose id is not known yet; or none.
    std::string_view host{};   ///< As it was connected to; empty when there is no broker to name.
    std::uint16_t port = 0;
};

/// One thing that happened, for those who observe. Which members are set goes by `kind`; all others keep their defaults.
///
/// Made for one call of a listener and gone after it, with everything that its views refer to: copy what is to stay. Times are the
/// environment's steady clock, spans its ticks.
///
/// Source: KafkaJS's instrumentation events, whose REQUEST, REQUEST_TIMEOUT and REQUEST_QUEUE_SIZE have the same members.
struct event {
    event_kind kind = event_kind::connect;
    steady_time at{};             ///< When it happened.
    std::string_view client_id{}; ///< client_options::client_id.
    event_broker broker{};        ///< All kinds; of a retry, where it goes now (a batch) or what failed last, if known.

    // request, request_timeout, throttle, and retry where it is known

    std::optional<api> api_key{};
    std::string_view api_name{}; ///< "Produce"; empty without a key.
    api_version version{};       ///< Of the request.

    // request and request_timeout

    std::int32_t correlation_id = -1;
    /// Bytes on the wire, with header and length; 0 if it was written before anybody listened, or never.
    std::size_t request_size = 0;
    std::size_t response_size = 0;            ///< The same of the answer (KafkaJS's `size`); 0 if there is none.
    steady_time created_at{};                 ///< When it was queued.
    std::optional<steady_time> sent_at{};     ///< When its writing began; nothing if it timed out before.
    steady_time::duration pending_duration{}; ///< From created_at to sent_at; until now if it was never sent.

    /// request and request_timeout: from sent_at until now. connect and connect_failed: how long connecting took. disconnect: how
    /// long the connection was ready.
    steady_time::duration duration{};

    std::size_t queue_size = 0;                ///< request_queue_size: on this connection.
    std::chrono::milliseconds throttle_time{}; ///< throttle: how long the broker wants to be left alone.

    /// disconnect, connect_failed: why; empty when nothing was wrong. request_timeout: errc::request_timed_out. retry: how the last
    /// attempt ended.
    std::error_code error{};
    std::string_view message{}; ///< What else is known about `error`, in our words; may be empty.

    // retry

    std::string_view topic{};    ///< Of a producer's batch.
    std::int32_t partition = -1; ///< Of a producer's batch.
    std::uint32_t attempt = 0;   ///< The one that begins: 2 for the first repetition.
};

/// Is told of events: on the client's strand, without a lock held. It must not throw and should be short, since everything else
/// waits for it; it may call the client and its producers, remove itself and others, and add others, which hear of the next event.
using event_listener = std::function<void(const event&)>;

/// Takes a listener away again. What on_event() returns; to drop it changes nothing: the listener stays.
///
/// A copyable reference; may be called from any thread, more than once, and after client and producer are gone. Called on the
/// client's strand, as inside a listener, the listener is not called any more afterwards; elsewhere a call that is under way may
/// still end.
class ODRADEK_EXPORT event_remover {
public:
    event_remover() noexcept = default; ///< Removes nothing.

    void operator()() const noexcept;

private:
    friend class detail::event_hub;
    event_remover(std::weak_ptr<detail::event_hub> from, std::uint64_t number) noexcept
        : from_(std::move(from)), number_(number)
    {}

    std::weak_ptr<detail::event_hub> from_;
    std::uint64_t number_ = 0;
};

} // namespace odradek
