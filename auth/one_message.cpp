// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/one_message.hpp>

#include <utility>

namespace odradek::detail {
namespace {

constexpr std::string_view nul{"\0", 1};

} // namespace

one_message_mechanism::one_message_mechanism(std::string_view name, secret message) noexcept
    : name_(name), message_(std::move(message))
{}

client_mechanism::action one_message_mechanism::next()
{
    if (answered_) return done{};
    return send{message_};
}

void one_message_mechanism::on_challenge(bytes_view /*challenge*/)
{
    answered_ = true;
    message_.clear();
}

secret message_of(const plain& options)
{
    return secret::joined({options.authzid, nul, options.username, nul, options.password.reveal()});
}

secret message_of(const aws& options)
{
    return secret::joined({options.authorization_identity, nul, options.access_key_id, nul,
                           options.secret_access_key.reveal(), nul, options.session_token.reveal()});
}

} // namespace odradek::detail
