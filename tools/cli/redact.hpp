// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <span>
#include <string_view>

namespace odradek::cli {

/// When a field of the table below is a secret.
enum class secret_rule {
    always,        ///< Whatever it holds.
    setting,       ///< It is the value of a setting that is marked sensitive, or whose name says that it is a password.
    cluster_state, ///< It holds records of Kafka's own metadata, with the users' credentials among them.
};

/// A field that `decode` does not show unless it is told to.
struct secret_field {
    std::string_view message; ///< "SaslAuthenticateRequest".
    std::string_view path;    ///< With the names of the JSON; "[]" stands for each element: "tokens[].hmac".
    secret_rule rule;
};

/// The whole table, constant.
[[nodiscard]] std::span<const secret_field> secret_fields() noexcept;

/// Replaces every secret in a decoded message by a text with its length: "<redacted 12 bytes>". Null stays null.
///
/// Bytes are base64 in the JSON and count as what they stand for. What is redacted cannot be encoded again: it is no base64,
/// and that is intended. A free function without state.
void redact(std::string_view message_name, nlohmann::ordered_json& message);

} // namespace odradek::cli
