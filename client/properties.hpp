// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/client_options.hpp>
#include <odradek/client/fetch_options.hpp>
#include <odradek/client/produce_options.hpp>
#include <odradek/client/producer/producer_options.hpp>
#include <odradek/client/security_settings.hpp>
#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace odradek {

/// What became of a known property name.
enum class property_use {
    mapped,  ///< It sets something of ours.
    ignored, ///< It is accepted and has no effect; the note says why that is harmless.
    refused, ///< Leaving it out would change what the user asked for; the note says what is missing.
};

/// "mapped", "ignored" or "refused".
[[nodiscard]] ODRADEK_EXPORT std::string_view name(property_use use) noexcept;

/// One line of the table of known names, for documentation and for completion. Everything in it lives for ever.
struct property_description {
    std::string_view name;   ///< For example "fetch.min.bytes".
    std::string_view origin; ///< "both", "java" or "librdkafka": who else knows the name.
    property_use use = property_use::ignored;
    std::string_view note; ///< The option that it sets, or the reason.
    bool secret = false;   ///< The value never appears in an error.
};

/// Every known name, sorted. Two rows never share a name.
[[nodiscard]] ODRADEK_EXPORT std::vector<property_description> all_properties();

/// One complaint about a property text: where and what, ready to print. Never holds a secret.
struct property_error {
    std::size_t line = 0; ///< Line in the text, counted from 1; 0 for set().
    std::string name;     ///< The property, as it was written.
    std::string message;  ///< For example: line 3: unknown property "fetch.min.byte"; did you mean "fetch.min.bytes"?

    /// True if this is an error.
    [[nodiscard]] explicit operator bool() const noexcept { return !message.empty(); }
};

/// Kafka's own property names, read into our typed options.
///
/// A value that its user owns; no thread rule beyond that of any value; nothing it returns refers to it unless said so. It
/// knows the names of the Java client (producer, consumer and admin of 4.4) and of librdkafka 2.15; each of them is mapped,
/// ignored with a reason, or refused with a reason, and any other name is an error that offers the nearest known one.
/// Where the two give one name two meanings, Java's holds, and the note in docs/properties.md says so.
///
/// Source: the text form of java.util.Properties; the configuration tables of both clients.
class ODRADEK_EXPORT properties {
public:
    properties() = default;

    /// Reads a whole property text. It goes on after an error, so that one run shows them all: see errors().
    [[nodiscard]] static properties parse(std::string_view text);

    /// Sets one property, as after -X; a later setting replaces an earlier one. The error, if any, is also kept in errors().
    property_error set(std::string_view name, std::string_view value);

    /// Whether no complaint was made.
    [[nodiscard]] bool ok() const noexcept { return errors_.empty(); }

    /// The first complaint, or an empty one.
    [[nodiscard]] property_error error() const { return errors_.empty() ? property_error{} : errors_.front(); }

    /// Every complaint, in the order of the text. Valid until the next change of this object.
    [[nodiscard]] std::span<const property_error> errors() const noexcept { return errors_; }

    /// The names that were accepted without effect, each once, with the reason: those whose use is `ignored`, and then those about TLS or SASL that
    /// do not count with the security.protocol that there is.
    [[nodiscard]] std::vector<property_description> ignored() const;

    /// Options of the client: defaults, changed by what was set. While there is a client_conflict() the client's operations end with
    /// errc::invalid_option and its words, so that nobody connects in another way than was asked for.
    [[nodiscard]] client_options client() const;

    /// What does not fit together in what was said about TLS and SASL, or is not had by this release: "sasl.mechanism" without a password, a
    /// trust store in JKS. The first complaint, or an empty one. Not among errors(), since a later set() may mend it.
    [[nodiscard]] property_error client_conflict() const;

    /// Options of a straight produce. The level is the one that was given for the codec that was chosen.
    [[nodiscard]] produce_options produce() const noexcept;

    /// Options of a producer. Idempotence that nobody asked for is off where acks or retries exclude it, as in Java's client.
    [[nodiscard]] producer_options producer() const;

    /// What Java's client would refuse to make a producer with: idempotence that was asked for, with acks other than all or without
    /// retries. Not among errors(), since a later set() may mend it, and a straight produce does not mind.
    [[nodiscard]] property_error producer_conflict() const;

    /// Options of a straight fetch.
    [[nodiscard]] const fetch_options& fetch() const noexcept { return settings_.fetch; }

    /// What the properties have set so far. Open to the table of names; read it through the functions above.
    struct settings {
        client_options client;              ///< Without what `security` says.
        detail::security_settings security; ///< TLS and SASL.
        produce_options produce;
        producer_options producer; ///< Only what is not in `produce` too.
        fetch_options fetch;
        std::optional<int> level;              ///< compression.level: for whichever codec is chosen.
        std::optional<int> gzip_level;         ///< compression.gzip.level
        std::optional<int> lz4_level;          ///< compression.lz4.level
        std::optional<int> zstd_level;         ///< compression.zstd.level
        bool partitioner_ignores_keys = false; ///< The last partitioner.class is one that does.
    };

private:
    property_error apply(std::size_t line, std::string_view name, std::string_view value);

    settings settings_;
    std::vector<property_error> errors_;
    std::vector<property_description> ignored_;
    std::vector<property_description> secured_; // mapped names that count only with TLS or only with SASL, each once
};

} // namespace odradek
