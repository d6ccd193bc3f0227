// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/authenticator.hpp>
#include <odradek/protocol/error.hpp>

#include <algorithm>
#include <utility>
#include <variant>
#include <vector>

namespace odradek::broker {
namespace {

constexpr std::chrono::seconds between_renewals{1};
constexpr std::string_view other_id =
    "Authentication failed: Client requested an authorization id that is different from username";

} // namespace

const std::vector<std::string>& authenticator::mechanisms() const noexcept
{
    static const std::vector<std::string> none;
    return at_ == nullptr ? none : at_->mechanisms;
}

authenticator::admission authenticator::admit(api key, moment now)
{
    const bool is_handshake = key == api::sasl_handshake;
    switch (state_) {
    case state::authenticated:
        if (is_handshake && may_begin_again(now)) {
            state_ = state::handshake;
            again_ = true;
            begun_again_ = now;
            expires_.reset();
            return admission::serve;
        }
        return has_expired(now) ? admission::close : admission::serve;
    case state::versions_or_handshake:
        if (is_handshake || key == api::api_versions) return admission::serve;
        break;
    case state::handshake:
        if (is_handshake) return admission::serve;
        break;
    case state::token:
        if (key == api::sasl_authenticate) return admission::serve;
        state_ = state::failed;
        return admission::refuse;
    case state::bare_token:
    case state::other_mechanism:
    case state::failed: break;
    }
    state_ = state::failed;
    return admission::close;
}

bool authenticator::may_begin_again(moment now) const noexcept
{
    return expires_ && (!begun_again_ || begun_again_->later(between_renewals) <= now);
}

void authenticator::on_versions_told() noexcept
{
    if (state_ == state::versions_or_handshake) state_ = state::handshake;
}

broker_errc authenticator::on_handshake(std::string_view mechanism, api_version version)
{
    if (state_ != state::versions_or_handshake && state_ != state::handshake) return broker_errc::illegal_sasl_state;
    const bool enabled = std::ranges::find(mechanisms(), mechanism) != mechanisms().end();
    mechanism_ = enabled ? users_->begin(mechanism) : nullptr;
    if (!mechanism_) {
        state_ = state::failed;
        return broker_errc::unsupported_sasl_mechanism;
    }
    state_ = version == api_version{0} ? state::bare_token : state::token;
    if (again_ && mechanism != mechanism_name_) state_ = state::other_mechanism;
    return broker_errc::none;
}

token_verdict authenticator::on_token(bytes_view token, moment now)
{
    if (state_ == state::other_mechanism)
        return fail({}, "the mechanism of a re-authentication is another one than " + mechanism_name_);
    if (state_ != state::token && state_ != state::bare_token)
        return {.error = broker_errc::illegal_sasl_state,
                .message = "SaslAuthenticate request received after successful authentication"};
    mechanism_->on_response(token);
    server_mechanism::action next = mechanism_->next();
    if (auto* const sent = std::get_if<server_mechanism::send>(&next)) return {.bytes = std::move(sent->bytes)};
    if (auto* const done = std::get_if<server_mechanism::done>(&next)) return accept(std::move(*done), now);
    const auto& failure = std::get<auth_failure>(next);
    return fail(words_of(failure, token), failure.words);
}

token_verdict authenticator::accept(server_mechanism::done result, moment now)
{
    if (again_ && result.principal != principal_)
        return fail("Cannot change principals during re-authentication from User." + principal_ + ": User." +
                        result.principal,
                    "a re-authentication is somebody else's than the authentication");
    principal_ = std::move(result.principal);
    mechanism_name_ = mechanism_->name();
    mechanism_.reset();
    state_ = state::authenticated;
    const std::chrono::milliseconds lifetime = users_->how().session_lifetime;
    if (lifetime.count() > 0) expires_ = now.later(lifetime);
    return {.bytes = std::move(result.bytes), .lifetime = lifetime};
}

token_verdict authenticator::fail(std::string message, std::string why)
{
    mechanism_.reset();
    state_ = state::failed;
    return {.error = broker_errc::sasl_authentication_failed, .message = std::move(message), .why = std::move(why)};
}

void authenticator::on_refused() noexcept
{
    if (is_under_way()) state_ = state::failed;
}

std::string authenticator::words_of(const auth_failure& failure, bytes_view token) const
{
    const auto is = [&](std::string_view ours) { return failure.words.ends_with(ours); };
    if (is("an authorization id that is not the user name")) return std::string(other_id);
    if (mechanism_->name() != "PLAIN")
        // Nothing more, since the cause could tell whether there is such a user.
        return std::string("Authentication failed during ") + (again_ ? "re-authentication" : "authentication") +
               " due to invalid credentials with SASL mechanism " + std::string(mechanism_->name());
    if (is("the user name is missing")) return "Authentication failed: username not specified";
    if (is("the password is missing")) return "Authentication failed: password not specified";
    if (is("the message does not have three parts")) {
        constexpr std::ptrdiff_t most_told = 4; // nobody looks further
        const std::ptrdiff_t parts = std::ranges::count(token, std::byte{0}) + 1;
        return "Invalid SASL/PLAIN response: expected 3 tokens, got " + std::to_string(std::min(parts, most_told));
    }
    return "Authentication failed: Invalid username or password";
}

} // namespace odradek::broker
