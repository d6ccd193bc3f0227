// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/mechanism.hpp>
#include <odradek/auth/scram_keys.hpp>
#include <odradek/protocol/export.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace odradek {

/// Finds what is kept of a user's password, or of a delegation token's if `is_token`; nullopt if there is no such user.
using scram_look_up = std::function<std::optional<scram_credentials>(std::string_view name, bool is_token)>;

/// The server's side of SCRAM-SHA-256 and SCRAM-SHA-512, as Kafka's brokers have it: no channel binding, an authorization id
/// only if it is the user name, extensions but `tokenauth` ignored. See server_mechanism for the rules.
///
/// Source: RFC 5802, RFC 7677; KIP-84, KIP-48.
class ODRADEK_EXPORT scram_server final : public server_mechanism {
public:
    /// `nonce` continues the client's; make_nonce() makes one. `look_up` is called once, from on_response().
    scram_server(scram_hash hash, scram_look_up look_up, std::string nonce);

    [[nodiscard]] std::string_view name() const noexcept override { return mechanism_name(hash_); }
    [[nodiscard]] action next() override;
    void on_response(bytes_view response) override;

private:
    enum class step : std::uint8_t { start, first, done, broken };

    void on_client_first(std::string_view message);
    void on_client_final(std::string_view message);
    void fail(std::error_code ec, std::string_view words);

    scram_hash hash_;
    scram_look_up look_up_;
    std::string nonce_; // ours, then both
    step step_ = step::start;
    std::string gs2_header_;
    std::string client_first_bare_;
    std::string server_first_;
    scram_credentials credentials_;
    std::string principal_;
    bool with_token_ = false;
    std::string server_final_;
    failed failure_{};
};

} // namespace odradek
