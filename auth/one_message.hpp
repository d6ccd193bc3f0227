// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/mechanism.hpp>
#include <odradek/auth/sasl_options.hpp>

#include <string_view>

namespace odradek::detail {

/// The client's side of mechanisms that say everything in one message: PLAIN and AWS. Whatever the broker answers with is no
/// proof of anything, so nothing is asked of it. Private to the library; see client_mechanism for the rules.
class one_message_mechanism final : public client_mechanism {
public:
    /// `name` lives for ever.
    one_message_mechanism(std::string_view name, secret message) noexcept;

    [[nodiscard]] std::string_view name() const noexcept override { return name_; }
    [[nodiscard]] action next() override;
    void on_challenge(bytes_view challenge) override;

private:
    std::string_view name_;
    secret message_; // wiped as soon as it is answered
    bool answered_ = false;
};

/// `authzid NUL username NUL password` (RFC 4616).
[[nodiscard]] secret message_of(const plain& options);

/// `authorization_identity NUL access_key_id NUL secret_access_key NUL session_token`, as KafkaJS sends it.
[[nodiscard]] secret message_of(const aws& options);

} // namespace odradek::detail
