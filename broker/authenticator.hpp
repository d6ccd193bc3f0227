// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/mechanism.hpp>
#include <odradek/auth/secret.hpp>
#include <odradek/broker/authentication.hpp>
#include <odradek/broker/moment.hpp>
#include <odradek/protocol/broker_error.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/generated/api_keys.hpp>
#include <odradek/protocol/types.hpp>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace odradek::broker {

/// What a token of a client is answered with. A value.
struct token_verdict {
    broker_errc error = broker_errc::none;
    std::string message{};                 ///< Kafka's words for the error; empty if there is none.
    secret bytes{};                        ///< The mechanism's answer, which may be empty.
    std::chrono::milliseconds lifetime{0}; ///< Of the session that begins with it; 0: for ever, or none begins.
    std::string why{};                     ///< Why it failed, for the broker's own log; holds no secret.
};

/// What one connection may ask, and how its SASL messages are answered: the states of a broker's side of the authentication.
///
/// Owned by a connection of the core; sans-I/O. admit() first, with each request; what it lets through is answered as ever, and the
/// answers to ApiVersions, SaslHandshake and SaslAuthenticate are told or asked here. On a listener without SASL everything is
/// admitted. Once it has failed nothing is: the connection closes behind the answer, both of them late (KIP-306).
///
/// Source: KIP-43, KIP-152, KIP-255, KIP-368; the behaviour of Kafka's brokers where those are silent.
class ODRADEK_EXPORT authenticator {
public:
    /// What becomes of a request.
    enum class admission : std::uint8_t {
        serve,  ///< It is answered.
        refuse, ///< It is answered with ILLEGAL_SASL_STATE where it has an answer, and the authentication has failed.
        close,  ///< The connection is closed without an answer.
    };

    authenticator() = default; ///< Of a listener without SASL.
    /// Of a listener with mechanisms. Both live longer than this.
    authenticator(user_store& users, const listener_settings& at) noexcept
        : users_(&users), at_(&at), state_(state::versions_or_handshake)
    {}

    /// Judges a request by its API, before anything else is looked at.
    [[nodiscard]] admission admit(api key, moment now);
    /// Whether the next frame is a token of a mechanism, without a header, and goes to on_token() whatever is in it.
    [[nodiscard]] bool expects_bare_token() const noexcept
    {
        return state_ == state::bare_token || state_ == state::other_mechanism;
    }
    /// Whether the client may ask for what it wants: nothing has to be proved, or it was.
    [[nodiscard]] bool is_authenticated() const noexcept { return state_ == state::authenticated; }
    [[nodiscard]] bool has_failed() const noexcept { return state_ == state::failed; }
    /// Who it is; empty while that is not known, or does not have to be.
    [[nodiscard]] std::string_view principal() const noexcept { return principal_; }
    /// What the listener has, for answers.
    [[nodiscard]] const std::vector<std::string>& mechanisms() const noexcept;

    /// The broker's versions were told, without an error.
    void on_versions_told() noexcept;
    /// A mechanism is asked for by SaslHandshake of this version: how that is answered.
    [[nodiscard]] broker_errc on_handshake(std::string_view mechanism, api_version version);
    /// A token came, by SaslAuthenticate or bare.
    [[nodiscard]] token_verdict on_token(bytes_view token, moment now);
    /// SaslHandshake or SaslAuthenticate was refused by somebody else, as by a fault.
    void on_refused() noexcept;

private:
    enum class state : std::uint8_t {
        versions_or_handshake,
        handshake,       // the versions were told
        token,           // in SaslAuthenticate
        bare_token,      // without a header, behind SaslHandshake 0
        other_mechanism, // than the first time: said to the next token, as Kafka's brokers do
        authenticated,
        failed,
    };

    [[nodiscard]] bool is_under_way() const noexcept { return state_ < state::authenticated; }
    [[nodiscard]] bool has_expired(moment now) const noexcept { return expires_ && *expires_ < now; }
    [[nodiscard]] bool may_begin_again(moment now) const noexcept;
    [[nodiscard]] token_verdict accept(server_mechanism::done result, moment now);
    [[nodiscard]] token_verdict fail(std::string message, std::string why);
    [[nodiscard]] std::string words_of(const auth_failure& failure, bytes_view token) const;

    user_store* users_ = nullptr;
    const listener_settings* at_ = nullptr;
    state state_ = state::authenticated;
    bool again_ = false; // it is, or was last, a re-authentication
    std::unique_ptr<server_mechanism> mechanism_;
    std::string mechanism_name_; // of the last one that was begun
    std::string principal_;
    std::optional<moment> expires_; // of the session at hand; none while it is renewed
    std::optional<moment> begun_again_;
};

} // namespace odradek::broker
