// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace odradek::detail {

/// The four messages of SCRAM as text (RFC 5802 section 7), without a digest anywhere. Pure functions, private to the library. What is
/// parsed comes from a peer: views into the message, which has to outlive them. Each parse function returns an empty
/// text, or what is wrong, in constant words that hold nothing of the message.

/// Longer messages are refused, whoever sends them; real ones have some hundred bytes.
inline constexpr std::size_t longest_scram_message = 8'192;

/// A user name as an attribute can carry it: "," becomes "=2C", "=" becomes "=3D".
[[nodiscard]] std::string scram_escaped(std::string_view name);

/// The reverse; nullopt for "=" that begins neither.
[[nodiscard]] std::optional<std::string> scram_unescaped(std::string_view name);

/// Client to server: `n,,n=user,r=nonce[,tokenauth=true]`.
struct scram_client_first {
    std::string authzid;         ///< Empty if none was sent.
    std::string username;        ///< Unescaped.
    std::string_view nonce;      ///< The client's.
    std::string_view gs2_header; ///< What comes before `bare`: "n,,".
    std::string_view bare;       ///< The message without it, which is signed.
    bool token_auth = false;     ///< The extension `tokenauth`, in any case, is true (KIP-48).
};
[[nodiscard]] std::string_view parse(std::string_view message, scram_client_first& out);

/// Server to client: `r=nonces,s=salt,i=iterations`.
struct scram_server_first {
    std::string_view nonce;      ///< The client's, continued by the server's.
    std::vector<std::byte> salt; ///< Never empty.
    int iterations = 0;          ///< As it was named, at least 1; what does not fit is the highest int.
};
[[nodiscard]] std::string_view parse(std::string_view message, scram_server_first& out);

/// Client to server: `c=biws,r=nonces,p=proof`.
struct scram_client_final {
    std::vector<std::byte> channel; ///< What the client says that its gs2 header was.
    std::string_view nonce;         ///< Both nonces.
    std::string_view without_proof; ///< The part that is signed.
    std::vector<std::byte> proof;
};
[[nodiscard]] std::string_view parse(std::string_view message, scram_client_final& out);

/// Server to client: `v=signature` or `e=error`.
struct scram_server_final {
    std::string_view error; ///< The server's own words; empty if there is a signature.
    std::vector<std::byte> signature;
};
[[nodiscard]] std::string_view parse(std::string_view message, scram_server_final& out);

} // namespace odradek::detail
