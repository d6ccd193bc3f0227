// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/mechanism.hpp>
#include <odradek/auth/scram_keys.hpp>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace odradek::detail {

/// The client's side of SCRAM-SHA-256 and SCRAM-SHA-512. Private to the library; see client_mechanism for the rules.
///
/// The first message names the user, the answer names salt and iterations, the keys are derived or found in the cache, the
/// second message proves that the client knows the password and the answer that the server does. Only then are the keys kept
/// in the cache, so that a server that knows nothing cannot fill it.
///
/// Source: RFC 5802, RFC 7677; KIP-84, KIP-48.
class scram_mechanism final : public client_mechanism {
public:
    struct settings {
        scram_hash hash = scram_hash::sha_256;
        std::string username;
        secret password;
        int max_iterations = 0;
        bool token_auth = false;
    };

    /// `nonce` is what the server's has to begin with; `cache` may be null. The settings were checked.
    scram_mechanism(settings s, std::string nonce, std::shared_ptr<scram_key_cache> cache);

    [[nodiscard]] std::string_view name() const noexcept override { return mechanism_name(settings_.hash); }
    [[nodiscard]] bool sends_reusable_secret() const noexcept override { return false; }
    [[nodiscard]] action next() override;
    void on_challenge(bytes_view challenge) override;
    void on_computed() override;

private:
    enum class step : std::uint8_t { first, derive, final, done, broken };

    // What a thread that may block works on; nobody else looks at it before the job has run.
    struct derivation {
        scram_hash hash;
        secret password;
        std::vector<std::byte> salt;
        int iterations;
        scram_client_keys keys{};
    };

    void on_server_first(std::string_view message);
    void on_server_final(std::string_view message);
    void sign(const scram_client_keys& keys);
    void fail(std::error_code ec, std::string_view words);

    settings settings_;
    std::string nonce_;
    std::shared_ptr<scram_key_cache> cache_;
    step step_ = step::first;
    std::string client_first_bare_;
    std::string server_first_;
    std::string client_final_; // until it is signed, without its proof
    std::shared_ptr<derivation> derivation_;
    secret key_name_;
    secret server_signature_; // what the server has to send
    failed failure_{};
};

} // namespace odradek::detail
