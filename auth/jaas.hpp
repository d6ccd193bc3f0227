// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/sasl_options.hpp>
#include <odradek/auth/secret.hpp>
#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

namespace odradek {

/// The text of Kafka's property `sasl.jaas.config`, read as Java's client reads it:
/// `org.apache.kafka.common.security.scram.ScramLoginModule required username="alice" password="secret";`
///
/// Pure functions on texts, thread-safe; results are owned by the caller. What Java takes without a word and nobody means is an
/// error here: a quoted text that the end of its line ends, or an option whose name is a number.
///
/// Source: KIP-85; org.apache.kafka.common.security.JaasConfig with java.io.StreamTokenizer.

/// What is wrong with such a text, and where. Its words never repeat anything of the text but names that every such text has.
struct jaas_error {
    std::error_code ec;     ///< errc::invalid_property, or credentials_missing.
    std::string message{};  ///< Ready to print: "line 1, column 66: the quote is not closed on its line".
    std::size_t line = 0;   ///< From 1; 0 if no place in the text is to blame.
    std::size_t column = 0; ///< In bytes, from 1.

    /// True if this is an error.
    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(ec); }
};

/// One login module with its options, of whatever kind.
struct jaas_entry {
    struct option {
        std::string name;
        secret value;
    };

    std::string login_module; ///< The class's name.
    std::string control_flag; ///< As it was written: required, requisite, sufficient or optional; without meaning here.
    std::vector<option> options; ///< In order.

    /// The value of an option, or null. Java keeps the last of several.
    [[nodiscard]] ODRADEK_EXPORT const secret* find(std::string_view name) const noexcept;
};

/// Reads a text with exactly one login module.
[[nodiscard]] ODRADEK_EXPORT jaas_error parse_jaas(std::string_view text, jaas_entry& out);

/// Reads a text for a mechanism, which says what the login module has to be: PLAIN wants PlainLoginModule, SCRAM-SHA-256 and
/// SCRAM-SHA-512 want ScramLoginModule. Options that the login module does not know are ignored, as by Java's client.
[[nodiscard]] ODRADEK_EXPORT jaas_error parse_sasl_jaas_config(std::string_view text, std::string_view mechanism,
                                                               sasl_options& out);

} // namespace odradek
