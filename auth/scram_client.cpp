// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/digest.hpp>
#include <odradek/auth/openssl_use.hpp>
#include <odradek/auth/sasl_options.hpp>
#include <odradek/auth/scram_client.hpp>
#include <odradek/auth/scram_message.hpp>
#include <odradek/protocol/base64.hpp>
#include <odradek/protocol/error.hpp>

#include <utility>

namespace odradek::detail {
namespace {

constexpr std::string_view gs2_header = "n,,"; // no channel binding, no authorization id
constexpr std::string_view channel = "c=biws"; // the same in base64

} // namespace

scram_mechanism::scram_mechanism(settings s, std::string nonce, std::shared_ptr<scram_key_cache> cache)
    : settings_(std::move(s)), nonce_(std::move(nonce)), cache_(std::move(cache)),
      client_first_bare_("n=" + scram_escaped(settings_.username) + ",r=" + nonce_)
{
    openssl_use::expect();
    if (settings_.token_auth) client_first_bare_ += ",tokenauth=true";
}

client_mechanism::action scram_mechanism::next()
{
    switch (step_) {
    case step::first: return send{secret::joined({gs2_header, client_first_bare_})};
    case step::derive:
        return compute{[work = derivation_] {
            work->keys = derive_scram_keys(work->hash, work->password.bytes(), work->salt, work->iterations);
        }};
    case step::final: return send{secret{client_final_}};
    case step::done: return done{};
    case step::broken: break;
    }
    return failure_;
}

void scram_mechanism::on_challenge(bytes_view challenge)
{
    switch (step_) {
    case step::first: return on_server_first(challenge.text());
    case step::derive: return fail(errc::invalid_response, "the server sent a message out of turn");
    case step::final: return on_server_final(challenge.text());
    case step::done:
    case step::broken: break;
    }
}

void scram_mechanism::on_server_first(std::string_view message)
{
    scram_server_first first;
    if (const std::string_view wrong = parse(message, first); !wrong.empty())
        return fail(errc::invalid_response, wrong);
    if (first.nonce.size() <= nonce_.size() || !first.nonce.starts_with(nonce_))
        return fail(errc::server_not_authentic, "the server's nonce does not continue ours");
    if (first.iterations < min_scram_iterations)
        return fail(errc::invalid_response, "the server asks for " + std::to_string(first.iterations) +
                                                " iterations; fewer than " + std::to_string(min_scram_iterations) +
                                                " would make the password cheap to guess");
    if (first.iterations > settings_.max_iterations)
        return fail(errc::limit_exceeded, "the server asks for " + std::to_string(first.iterations) +
                                              " iterations, and max_iterations allows " +
                                              std::to_string(settings_.max_iterations));
    server_first_ = message;
    client_final_ = std::string(channel) + ",r=" + std::string(first.nonce);
    if (cache_) {
        key_name_ = scram_key_name(settings_.hash, settings_.password.bytes(), first.salt, first.iterations);
        if (const scram_client_keys* known = cache_->find(key_name_)) return sign(*known);
    }
    derivation_ = std::make_shared<derivation>(
        derivation{settings_.hash, settings_.password, std::move(first.salt), first.iterations});
    step_ = step::derive;
}

void scram_mechanism::on_computed()
{
    if (step_ != step::derive) return;
    derivation_->password.clear(); // not needed any more
    sign(derivation_->keys);
}

void scram_mechanism::sign(const scram_client_keys& keys)
{
    settings_.password.clear();
    const secret stored_key = digest(settings_.hash, keys.client_key.bytes());
    const std::string signed_text = client_first_bare_ + ',' + server_first_ + ',' + client_final_;
    secret proof = hmac(settings_.hash, stored_key.bytes(), signed_text);
    server_signature_ = hmac(settings_.hash, keys.server_key.bytes(), signed_text);
    if (keys.client_key.empty() || keys.server_key.empty() || proof.empty() || server_signature_.empty())
        return fail(errc::feature_not_available, "OpenSSL does not compute the proof");
    for (std::size_t i = 0; i < proof.size(); ++i) proof.writable()[i] ^= keys.client_key.bytes()[i];
    client_final_ += ",p=" + to_base64(proof.bytes());
    step_ = step::final;
}

void scram_mechanism::on_server_final(std::string_view message)
{
    scram_server_final final;
    if (const std::string_view wrong = parse(message, final); !wrong.empty())
        return fail(errc::invalid_response, wrong);
    if (!final.error.empty()) {
        fail(errc::authentication_failed, "the server refuses the user name or the password");
        failure_.peer_words = final.error;
        return;
    }
    if (!equal_in_constant_time(final.signature, server_signature_.bytes()))
        return fail(errc::server_not_authentic, "the server's signature is wrong: it does not know the password");
    if (cache_ && derivation_) cache_->keep(std::move(key_name_), std::move(derivation_->keys));
    derivation_.reset();
    step_ = step::done;
}

void scram_mechanism::fail(std::error_code ec, std::string_view words)
{
    failure_.ec = ec;
    failure_.words = std::string(name()) + ": " + std::string(words);
    settings_.password.clear();
    derivation_.reset();
    step_ = step::broken;
}

} // namespace odradek::detail
