// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/endpoint.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/generated/api_keys.hpp>
#include <odradek/protocol/types.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>

namespace odradek {

/// How far a request got before it failed: what decides whether repeating it may do it twice.
enum class delivery : std::uint8_t {
    not_delivered,      ///< No byte of it reached a socket, or the peer answered that it did nothing of it.
    possibly_delivered, ///< Some or all of it was handed to a socket; the peer may have acted on it.
    persisted,          ///< The peer answered that it acted on it.
};

/// "not delivered", "possibly delivered" or "persisted".
[[nodiscard]] ODRADEK_EXPORT std::string_view text(delivery how_far) noexcept;

/// What is known about a failure besides its error code: who, what, how far, and the words of both sides kept apart.
///
/// A value, made where something fails and moved up to the caller, who owns it; each layer may add what it knows. The
/// broker's words come from the peer and are untrusted (they may hold anything, of any length up to max_broker_message); the
/// client's words are ours and never contain a secret. They may quote a name that came from elsewhere: control characters in them are
/// escaped as they come in (see one_line()), so that they stay one line.
class ODRADEK_EXPORT diagnostics {
public:
    static constexpr std::size_t max_broker_message = 4096; ///< Longer words of a peer are cut.

    diagnostics() = default;

    /// Begins with words of ours.
    explicit diagnostics(std::string client_message);

    /// What the broker said, verbatim but cut; empty when it said nothing.
    [[nodiscard]] std::string_view broker_message() const noexcept { return broker_message_; }
    /// What we say: one line without a full stop at the end.
    [[nodiscard]] std::string_view client_message() const noexcept { return client_message_; }
    /// The peer that was being talked to, if any.
    [[nodiscard]] const std::optional<endpoint>& peer() const noexcept { return peer_; }
    /// The peer's node id; -1 when unknown (bootstrap servers).
    [[nodiscard]] std::int32_t node_id() const noexcept { return node_id_; }
    /// The API of the request that failed, if it was one.
    [[nodiscard]] std::optional<api> request_api() const noexcept { return api_; }
    /// The version that the request had.
    [[nodiscard]] api_version request_version() const noexcept { return version_; }
    /// The request's correlation id; -1 when it has none yet.
    [[nodiscard]] std::int32_t correlation_id() const noexcept { return correlation_id_; }
    /// How far the request got.
    [[nodiscard]] delivery how_far() const noexcept { return how_far_; }

    diagnostics& set_broker_message(std::string_view words);
    diagnostics& set_client_message(std::string words);
    /// Puts words of ours before those that are there already: "outer: inner".
    diagnostics& add_context(std::string_view words);
    diagnostics& set_peer(endpoint where, std::int32_t node_id = -1);
    diagnostics& set_request(api key, api_version version, std::int32_t correlation_id = -1);
    diagnostics& set_how_far(delivery how_far) noexcept;

    /// Everything on one line, for people: "connection closed by the peer (127.0.0.1:9092, node 1, Produce v9, ...)". The
    /// broker's words come last, in quotes. Whatever names or words there are in it, it holds no control character.
    [[nodiscard]] std::string to_string() const;

    friend bool operator==(const diagnostics&, const diagnostics&) = default;

private:
    std::string broker_message_;
    std::string client_message_;
    std::optional<endpoint> peer_;
    std::int32_t node_id_ = -1;
    std::int32_t correlation_id_ = -1;
    std::optional<api> api_;
    api_version version_{};
    delivery how_far_ = delivery::not_delivered;
};

/// What a code means and what is known besides, on one line, for people: "The answer did not come in time
/// (127.0.0.1:9092, node 1, ...)". What the diagnostics say already is not said twice.
[[nodiscard]] ODRADEK_EXPORT std::string describe(std::error_code why, const diagnostics& about);

} // namespace odradek
