// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/mechanism.hpp>
#include <odradek/protocol/export.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace odradek {

/// Finds a user's password; nullopt if there is no such user.
using plain_look_up = std::function<std::optional<secret>(std::string_view username)>;

/// The server's side of PLAIN, as Kafka's brokers have it: three parts, an authorization id only if it is the user name. See
/// server_mechanism for the rules.
///
/// Source: RFC 4616; KIP-43.
class ODRADEK_EXPORT plain_server final : public server_mechanism {
public:
    /// `look_up` is called once, from on_response().
    explicit plain_server(plain_look_up look_up);

    [[nodiscard]] std::string_view name() const noexcept override { return "PLAIN"; }
    [[nodiscard]] action next() override { return verdict_; }
    void on_response(bytes_view response) override;

private:
    plain_look_up look_up_;
    action verdict_; // a send, until there is one
};

} // namespace odradek
