// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/mechanism.hpp>
#include <odradek/net/authentication.hpp>
#include <odradek/net/broker_versions.hpp>
#include <odradek/net/diagnostics.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/types.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>

namespace odradek {

/// Whether a name or version may be told to a broker as client.software.name or client.software.version (KIP-511): letters
/// and digits, with dots and hyphens inside.
[[nodiscard]] ODRADEK_EXPORT bool is_software_word(std::string_view word) noexcept;

/// The conversation that makes a connected transport a ready connection: asks for the broker's versions, falling back where
/// the broker is old or odd, then authenticates if it is to.
///
/// Owned by a connection while it is set up, used on its strand; sans-I/O. Drive it with next() and do what it says; tell it
/// what came of it with on_frame(), on_computed() or on_disconnect(). It survives reconnect actions, since what it learned by being cut off
/// decides the next attempt; a new connection begins a new one, so nothing negotiated outlives a failure (B28).
///
/// Fallbacks: error 35 names the broker's own versions in the format of version 0, and the next request has the highest that
/// both know, or 0 (R22). Services that know no error 35 cut the connection instead: then once more on a new connection
/// with version 0, whose answer names what may be asked next, on the same connection, to learn the features too.
///
/// Source: KIP-35, KIP-511, KIP-584, KIP-1242; behaviours of Azure Event Hubs.
class ODRADEK_EXPORT handshake {
public:
    /// The correlation id of the first question; the next ones count on. As bytes it is "\r\n\r\n": a server that waits for the end of a
    /// line, or of an HTTP request, finds it here and says at once what it is, instead of waiting in silence for more.
    static constexpr std::int32_t first_correlation_id = 0x0d0a0d0a;

    struct options {
        std::string client_id = "odradek";
        std::string software_name = "odradek";            ///< Not sent when it is no software word.
        std::string software_version{};                   ///< Not sent when it is no software word.
        std::optional<std::string> expected_cluster_id{}; ///< Sent with version 5 and above when set (KIP-1242).
        std::int32_t expected_node_id = -1;               ///< Sent with version 5 and above when not -1 (KIP-1242).
        api_version highest{api_versions_request::negotiated.last}; ///< Never ask above this.
        /// Makes what to authenticate with; called once the versions are known. Nobody authenticates if it is empty or gives null.
        std::function<std::unique_ptr<client_mechanism>()> mechanism{};
    };

    using send = authentication::send;
    using receive = authentication::receive;
    using compute = authentication::compute;
    /// Close the transport, connect anew to the same address, then ask next() again.
    struct reconnect {};
    /// The connection is ready for requests.
    struct ready {
        broker_versions versions;
        std::chrono::milliseconds session_lifetime{0}; ///< When to authenticate again (KIP-368); 0: never.
    };
    /// The connection cannot be used.
    using failed = authentication::failed;
    using action = std::variant<send, receive, compute, reconnect, ready, failed>;

    explicit handshake(options o);

    /// What to do now. After `ready` or `failed` it stays that.
    [[nodiscard]] action next();

    /// A frame came: `payload` is what follows the length.
    void on_frame(bytes_view payload);

    /// The job has run.
    void on_computed();

    /// The transport failed or ended, by `ec`, during a write or a read.
    void on_disconnect(std::error_code ec);

    /// What is being waited for, for people: "the answer to ApiVersions v4".
    [[nodiscard]] std::string awaiting() const;

private:
    enum class step : std::uint8_t { ask, await, reconnect, authenticate, done, broken };

    // What being cut off has taught.
    enum class caution : std::uint8_t {
        none,    // never cut off
        careful, // cut off once: asked with version 0 on a new connection
        raised,  // version 0 was answered, and a higher one that the answer names was asked
        settled, // cut off again for that: version 0 it is
    };

    void on_api_versions(bytes_view body);
    void on_refused_version(bytes_view body);
    void on_versions(broker_versions found);
    void ask_again(api_version version) noexcept;
    void on_negotiated();
    [[nodiscard]] action authenticate();
    void fail(std::error_code ec, std::string words);
    [[nodiscard]] action question();

    options options_;
    step step_ = step::ask;
    api_version asking_{};
    std::int32_t correlation_id_ = first_correlation_id - 1;
    caution caution_ = caution::none;
    bool was_refused_ = false;  // the broker answered error 35 once
    bool was_answered_ = false; // a frame came, on any of the connections
    broker_versions versions_{};
    std::optional<authentication> authentication_;
    std::chrono::milliseconds session_lifetime_{0};
    failed failure_{};
};

} // namespace odradek
