// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/mechanism.hpp>
#include <odradek/auth/secret.hpp>
#include <odradek/net/broker_versions.hpp>
#include <odradek/net/diagnostics.hpp>
#include <odradek/protocol/arena.hpp>
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

/// The conversation that authenticates a client to a broker: SaslHandshake names the mechanism, whose messages then travel in
/// SaslAuthenticate, or as bare frames to brokers before 1.0. On a new connection it is a part of the handshake; on a live one it
/// renews the session (KIP-368).
///
/// Owned by a connection, used on its strand; sans-I/O. Drive it with next() and do what it says; tell it what came of it with
/// on_frame(), on_computed() or on_disconnect(). Only the mechanism that it was given is ever used.
///
/// Source: KIP-43, KIP-152, KIP-368; RFC 4422.
class ODRADEK_EXPORT authentication {
public:
    struct options {
        std::string client_id = "odradek";
        std::int32_t first_correlation_id = 0; ///< Of its first request; the next ones count on.
    };

    /// Write these bytes (a whole frame with its length; wipe what you copy), then ask next() again.
    struct send {
        secret bytes;
        api key{};
        api_version version{};
        std::int32_t correlation_id = -1; ///< -1: a bare token, which has none.
    };
    /// Read one frame and give it to on_frame().
    struct receive {
        bool is_bare = false; ///< It has no header, and may be empty.
    };
    /// Run this job where it may block, then call on_computed(): see client_mechanism::compute.
    struct compute {
        std::function<void()> job;
    };
    /// The broker knows who we are.
    struct done {
        std::chrono::milliseconds session_lifetime{0}; ///< For how long; 0: without an end.
    };
    /// Nobody is authenticated.
    struct failed {
        std::error_code ec;
        diagnostics about;
    };
    using action = std::variant<send, receive, compute, done, failed>;

    /// `mechanism` is not null; `versions` are the broker's.
    authentication(std::unique_ptr<client_mechanism> mechanism, const broker_versions& versions, options o);

    /// What to do now. After `done` or `failed` it stays that.
    [[nodiscard]] action next();

    /// A frame came: `payload` is what follows the length.
    void on_frame(bytes_view payload);

    /// The job has run.
    void on_computed();

    /// The transport failed or ended, by `ec`, during a write or a read.
    void on_disconnect(std::error_code ec);

    /// What is being waited for, for people: "the answer to SaslAuthenticate v2 (PLAIN)".
    [[nodiscard]] std::string awaiting() const;

    /// "SCRAM-SHA-256".
    [[nodiscard]] std::string_view mechanism() const noexcept { return mechanism_->name(); }

private:
    enum class step : std::uint8_t { name, await_name, talk, await_token, compute, done, broken };

    [[nodiscard]] action name_mechanism();
    [[nodiscard]] action talk();
    [[nodiscard]] action say(secret token);
    void on_named(bytes_view body);
    void on_token(bytes_view body);
    [[nodiscard]] bool read_header(bytes_view payload, bytes_view& body);
    template <class Response>
    [[nodiscard]] bool read_body(bytes_view body, arena& memory, Response& response);
    void fail(std::error_code ec, std::string words, std::string_view broker_words = {});
    [[nodiscard]] bool is_bare() const noexcept { return name_version_ == api_version{0}; }
    [[nodiscard]] std::string asked() const;

    std::unique_ptr<client_mechanism> mechanism_;
    std::string client_id_;
    std::optional<api_version> name_version_;
    api_version token_version_{};
    step step_ = step::name;
    api asking_ = api::sasl_handshake; // of the request that was sent last
    std::int32_t correlation_id_;
    int said_ = 0; // messages of the mechanism
    std::chrono::milliseconds lifetime_{0};
    failed failure_{};
};

} // namespace odradek
