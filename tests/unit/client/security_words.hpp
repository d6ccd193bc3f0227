// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/sasl_options.hpp>
#include <odradek/client/client_options.hpp>

#include <functional>
#include <string>
#include <type_traits>
#include <variant>

namespace odradek {

/// All that options say about TLS and SASL in one text, secrets too, so that a test can compare them. Empty if they say nothing.
inline std::string security_words(const client_options& options)
{
    std::string out;
    const auto add = [&out](const char* name, const std::string& value) {
        if (!value.empty()) out.append(name).append("=").append(value).append("\n");
    };
    const auto say = [&out](bool is, const char* words) {
        if (is) out.append(words).append("\n");
    };
    if (std::holds_alternative<plaintext>(options.security)) out += "plaintext\n";
    if (const tls* t = std::get_if<tls>(&options.security)) {
        out += "tls\n";
        add("ca_file", t->ca_file);
        add("ca_directory", t->ca_directory);
        add("ca_pem", t->ca_pem);
        say(t->system_store.value_or(false), "system_store");
        add("certificate_file", t->certificate_file);
        add("certificate_pem", std::string(t->certificate_pem.reveal()));
        add("key_file", t->key_file);
        add("key_pem", std::string(t->key_pem.reveal()));
        add("pkcs12_file", t->pkcs12_file);
        if (const auto* text = std::get_if<secret>(&t->key_password))
            add("key_password", std::string(text->reveal()));
        else
            add("key_password", std::get<std::function<std::string()>>(t->key_password)());
        say(!t->verify, "no verify");
        say(!t->verify_host, "no verify_host");
        say(t->minimum_version == tls_version::v1_3, "from 1.3");
        say(t->maximum_version == tls_version::v1_2, "up to 1.2");
        add("ciphers", t->ciphers);
        add("cipher_suites", t->cipher_suites);
        add("groups", t->groups);
    }
    if (options.sasl) {
        add("mechanism", std::string{mechanism_name(*options.sasl)});
        std::visit(
            [&](const auto& o) {
                using kind = std::decay_t<decltype(o)>;
                if constexpr (std::is_same_v<kind, plain> || std::is_same_v<kind, scram_sha_256> ||
                              std::is_same_v<kind, scram_sha_512>) {
                    add("username", o.username);
                    add("password", std::string{o.password.reveal()});
                }
                if constexpr (std::is_same_v<kind, scram_sha_256> || std::is_same_v<kind, scram_sha_512>)
                    say(o.token_auth, "token_auth");
            },
            *options.sasl);
    }
    return out;
}

} // namespace odradek
