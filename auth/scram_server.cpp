// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/digest.hpp>
#include <odradek/auth/scram_message.hpp>
#include <odradek/auth/scram_server.hpp>
#include <odradek/protocol/base64.hpp>
#include <odradek/protocol/error.hpp>

#include <utility>

namespace odradek {

scram_server::scram_server(scram_hash hash, scram_look_up look_up, std::string nonce)
    : hash_(hash), look_up_(std::move(look_up)), nonce_(std::move(nonce))
{}

server_mechanism::action scram_server::next()
{
    switch (step_) {
    case step::start: return send{};
    case step::first: return send{secret{server_first_}};
    case step::done: return done{secret{server_final_}, principal_, with_token_};
    case step::broken: break;
    }
    return failure_;
}

void scram_server::on_response(bytes_view response)
{
    switch (step_) {
    case step::start: return on_client_first(response.text());
    case step::first: return on_client_final(response.text());
    case step::done:
    case step::broken: break;
    }
}

void scram_server::on_client_first(std::string_view message)
{
    detail::scram_client_first first;
    if (const std::string_view wrong = parse(message, first); !wrong.empty())
        return fail(errc::authentication_failed, wrong);
    if (!first.authzid.empty() && first.authzid != first.username)
        return fail(errc::authentication_failed, "the client asks for an authorization id that is not the user name");
    auto found = look_up_(first.username, first.token_auth);
    if (!found) return fail(errc::authentication_failed, "invalid user credentials");
    credentials_ = *std::move(found);
    if (credentials_.stored_key.empty() || credentials_.server_key.empty())
        return fail(errc::not_built_in, "this server has no digests");
    principal_ = credentials_.principal.empty() ? first.username : credentials_.principal;
    with_token_ = first.token_auth;
    gs2_header_ = first.gs2_header;
    client_first_bare_ = first.bare;
    nonce_ = std::string(first.nonce) + nonce_;
    server_first_ =
        "r=" + nonce_ + ",s=" + to_base64(credentials_.salt) + ",i=" + std::to_string(credentials_.iterations);
    step_ = step::first;
}

void scram_server::on_client_final(std::string_view message)
{
    detail::scram_client_final final;
    if (const std::string_view wrong = parse(message, final); !wrong.empty())
        return fail(errc::authentication_failed, wrong);
    if (bytes_view{final.channel} != bytes_view{gs2_header_})
        return fail(errc::authentication_failed, "the client's channel binding is not that of its first message");
    if (final.nonce != nonce_)
        return fail(errc::authentication_failed, "the client's nonce is another one than before");

    const std::string signed_text = client_first_bare_ + ',' + server_first_ + ',' + std::string(final.without_proof);
    secret client_key = detail::hmac(hash_, credentials_.stored_key.bytes(), signed_text);
    const secret signature = detail::hmac(hash_, credentials_.server_key.bytes(), signed_text);
    if (client_key.empty() || signature.empty()) return fail(errc::not_built_in, "this server has no digests");
    if (final.proof.size() != client_key.size()) return fail(errc::authentication_failed, "invalid user credentials");
    for (std::size_t i = 0; i < client_key.size(); ++i) client_key.writable()[i] ^= final.proof[i];
    const secret stored_key = detail::digest(hash_, client_key.bytes());
    if (stored_key.empty() || stored_key != credentials_.stored_key)
        return fail(errc::authentication_failed, "invalid user credentials");
    server_final_ = "v=" + to_base64(signature.bytes());
    step_ = step::done;
}

void scram_server::fail(std::error_code ec, std::string_view words)
{
    failure_.ec = ec;
    failure_.words = std::string(name()) + ": " + std::string(words);
    step_ = step::broken;
}

} // namespace odradek
