// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/any_message.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace odradek::cli {

/// Which message `decode` and `encode` speak of: checked, and found in the table of messages.
struct message_choice {
    const message_descriptor* body = nullptr;   ///< The request or the response; a constant of the library.
    const message_descriptor* header = nullptr; ///< What precedes it; null without --header.
    api_version version{};                      ///< Of the body.
    api_version header_version{};               ///< Of the header.
};

/// Finds the message of an API, which is named ("Metadata") or given by its key ("3"). An unknown API, and a version that we do
/// not have, are usage failures that say what there is.
[[nodiscard]] message_choice choose_message(const std::string& api_name, std::int64_t version, message_kind kind,
                                            bool with_header);

/// Bytes as hex -> indented JSON; with a header {"header": .., "body": ..}. Secrets are redacted unless `secrets`. What is no
/// such message is a failure with the field's path and the offset in bytes, counted from the first byte given.
[[nodiscard]] std::string decode_message(const message_choice& choice, std::string_view hex, bool secrets);

/// JSON as decode_message() writes it (with `secrets`) -> hex.
[[nodiscard]] std::string encode_message(const message_choice& choice, std::string_view json);

} // namespace odradek::cli
