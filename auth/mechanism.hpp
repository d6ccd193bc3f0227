// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/secret.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <system_error>
#include <variant>

namespace odradek {

/// Why somebody is not authenticated. A value; the words are ours and hold no secret, the peer's words are kept apart.
struct auth_failure {
    std::error_code ec;       ///< errc::authentication_failed, server_not_authentic, not_built_in, ...
    std::string words;        ///< What happened, one line without a full stop; names the mechanism.
    std::string peer_words{}; ///< What the peer gave as its reason, verbatim and untrusted; empty if it gave none.

    /// True if this is a failure.
    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(ec); }
    friend bool operator==(const auth_failure&, const auth_failure&) = default;
};

/// Fills memory with bytes that no peer can foretell: what nonces are made of. Given by whoever owns the world's randomness.
using random_bytes = std::function<void(std::span<std::byte>)>;

/// A nonce of 192 random bits, in characters that SCRAM allows.
[[nodiscard]] ODRADEK_EXPORT std::string make_nonce(const random_bytes& random);

/// The client's side of one SASL mechanism: one conversation with one broker, from the first message to the verdict.
///
/// Owned by a connection while it is set up or authenticates again, used on its strand; sans-I/O, so it neither waits nor
/// computes for long. Drive it with next() and do what it says, then tell it what came of it. Until it was told, it says
/// the same again. A user's own mechanism derives from this (see custom_mechanism); what its functions and its jobs throw ends
/// in errc::callback_failed.
///
/// Source: RFC 4422; KIP-43, KIP-152.
class ODRADEK_EXPORT client_mechanism {
public:
    /// How many messages the client may send in one conversation; the driver gives up at the next.
    static constexpr int max_messages = 16;

    /// Send these bytes as one message; the broker's answer, which may be empty, is for on_challenge().
    struct send {
        secret bytes;
    };
    /// Run this job where it may block for a while (it shares nothing with this object that is in use meanwhile, and
    /// may outlive it), then call on_computed().
    struct compute {
        std::function<void()> job;
    };
    /// The mechanism is satisfied. The broker has accepted too, or its answer would have been an error.
    struct done {};
    /// The conversation is over and nobody is authenticated.
    using failed = auth_failure;
    using action = std::variant<send, compute, done, failed>;

    virtual ~client_mechanism() = default;

    /// What SaslHandshake asks for, as "SCRAM-SHA-256". Constant for the life of this object.
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;

    /// Whether a message holds something that whoever reads it could use again. Such a mechanism needs TLS. A mechanism
    /// that does not say is taken for one.
    [[nodiscard]] virtual bool sends_reusable_secret() const noexcept { return true; }

    /// What to do now. After `done` or `failed` it stays that.
    [[nodiscard]] virtual action next() = 0;

    /// The broker's answer to what was sent. The bytes need to live only during the call.
    virtual void on_challenge(bytes_view challenge) = 0;

    /// The job has run.
    virtual void on_computed() {}

protected:
    client_mechanism() = default;
    client_mechanism(const client_mechanism&) = default;
    client_mechanism& operator=(const client_mechanism&) = default;
};

/// The server's side of one SASL mechanism: one conversation with one client.
///
/// Owned by whoever serves the connection, used on its strand; sans-I/O. Each message of the client goes to on_response(),
/// and next() says what to answer; before the first message that is an empty one, which asks the client to begin.
class ODRADEK_EXPORT server_mechanism {
public:
    /// Answer with these bytes; the client's next message is for on_response().
    struct send {
        secret bytes;
    };
    /// Answer with these bytes, which may be none: the client is authenticated, the conversation over.
    struct done {
        secret bytes;
        std::string principal;   ///< Who it is: the user's name, or the owner of the delegation token.
        bool with_token = false; ///< By a delegation token, with which no other token can be made (KIP-48).
    };
    /// Answer with an error. The words may be told to the client.
    using failed = auth_failure;
    using action = std::variant<send, done, failed>;

    virtual ~server_mechanism() = default;

    /// As the client asks for it, "PLAIN".
    [[nodiscard]] virtual std::string_view name() const noexcept = 0;

    /// How to answer the last message. It says the same until the next one comes; after `done` or `failed` it stays that.
    [[nodiscard]] virtual action next() = 0;

    /// A message of the client. The bytes need to live only during the call.
    virtual void on_response(bytes_view response) = 0;

protected:
    server_mechanism() = default;
    server_mechanism(const server_mechanism&) = default;
    server_mechanism& operator=(const server_mechanism&) = default;
};

} // namespace odradek
