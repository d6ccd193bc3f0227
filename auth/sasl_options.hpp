// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/mechanism.hpp>
#include <odradek/auth/secret.hpp>
#include <odradek/protocol/export.hpp>

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>

namespace odradek {

/// How a client authenticates: one plain value for each mechanism, and sasl_options for any of them.
///
/// Owned by whoever holds the options; no thread rule beyond that of any value. Nothing is checked while they are filled in:
/// check() says what is wrong, and so does the first connection.

/// User name and password in clear (RFC 4616), so TLS is needed or an explicit plaintext{}.
struct plain {
    std::string username{}; ///< UTF-8, sent as it is; no NUL.
    secret password{};      ///< UTF-8, sent as it is; no NUL.
    std::string authzid{};  ///< Who to act as; Kafka's brokers accept none, or the user name. Default none.
};

/// The fewest iterations that a server may ask for; fewer would make a password cheap to guess (RFC 7677).
inline constexpr int min_scram_iterations = 4'096;
/// The highest value that max_iterations may have.
inline constexpr int most_scram_iterations = 1'000'000;

/// A password that is proved in both directions and never sent, with SHA-256 (RFC 5802, RFC 7677, KIP-84).
struct scram_sha_256 {
    /// UTF-8, used as it is: no SASLprep, as Kafka; no NUL. Brokers up to 4.4 refuse what is not ASCII.
    std::string username{};
    secret password{}; ///< UTF-8, used as it is: no SASLprep, as Kafka.
    /// The most iterations that the server may ask for, between 4,096 and 1,000,000. More make a guess dearer for a thief and
    /// the first connection for us; a hostile server could keep a thread busy with it.
    int max_iterations = 16'384;
    /// The user name is the id of a delegation token and the password its HMAC in base64 (KIP-48).
    bool token_auth = false;
};

/// The same with SHA-512.
struct scram_sha_512 {
    std::string username{};      ///< See scram_sha_256.
    secret password{};           ///< See scram_sha_256.
    int max_iterations = 16'384; ///< See scram_sha_256.
    bool token_auth = false;     ///< See scram_sha_256.
};

/// Keys of an AWS user for brokers with the kafka-auth-aws-iam module, as KafkaJS's mechanism `aws`; in clear, so TLS is
/// needed. This is not the AWS_MSK_IAM of Amazon's own brokers.
struct aws {
    std::string authorization_identity{}; ///< The user's aws:userid.
    std::string access_key_id{};          ///< Of the user or role.
    secret secret_access_key{};           ///< Of the user or role.
    secret session_token{};               ///< With temporary keys; default none.
};

/// A mechanism of the user's own.
struct custom_mechanism {
    std::string name{}; ///< What the broker is asked for, as "X-TICKET".
    /// Makes the client's side for one conversation with the broker at `host`:`port`.
    std::function<std::unique_ptr<client_mechanism>(std::string_view host, std::uint16_t port)> make{};
    /// Whether what it sends could be used again by whoever reads it; then it needs TLS, as PLAIN does.
    bool sends_reusable_secret = true;
};

/// One of the ways to authenticate.
using sasl_options = std::variant<plain, scram_sha_256, scram_sha_512, aws, custom_mechanism>;

/// What the broker is asked for: "PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "AWS" or the user's own. Valid as long as `options`.
[[nodiscard]] ODRADEK_EXPORT std::string_view mechanism_name(const sasl_options& options) noexcept;

/// Whether the mechanism sends something that whoever reads it could use again, so that it must not go over a connection
/// in clear unless that was asked for: errc::clear_text_password. True of PLAIN and AWS, false of SCRAM.
[[nodiscard]] ODRADEK_EXPORT bool sends_reusable_secret(const sasl_options& options) noexcept;

/// What is wrong with the options, found without a broker: credentials_missing, invalid_option, or not_built_in.
[[nodiscard]] ODRADEK_EXPORT auth_failure check(const sasl_options& options);

} // namespace odradek
