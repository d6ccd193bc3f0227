// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/secret.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <deque>
#include <string>
#include <string_view>
#include <vector>

namespace odradek {

/// The digest that a SCRAM mechanism stands on.
enum class scram_hash {
    sha_256, ///< SCRAM-SHA-256
    sha_512, ///< SCRAM-SHA-512
};

/// "SCRAM-SHA-256" or "SCRAM-SHA-512".
[[nodiscard]] ODRADEK_EXPORT std::string_view mechanism_name(scram_hash hash) noexcept;

/// What a server keeps of a user's password for SCRAM (RFC 5802 section 3): enough to check a proof, not enough to make one.
/// A value of whoever keeps the users.
struct scram_credentials {
    std::vector<std::byte> salt{}; ///< Random, its own for each user and hash.
    int iterations = 0;            ///< At least min_scram_iterations with Kafka's brokers.
    secret stored_key{};           ///< H(ClientKey)
    secret server_key{};           ///< HMAC(SaltedPassword, "Server Key")
    std::string principal{};       ///< Who that is, if not the user name itself: the owner of a delegation token.
};

/// Derives what a server keeps. Takes a microsecond or so for each iteration. Without OpenSSL in this build the keys are empty,
/// and a server with them fails with errc::not_built_in.
[[nodiscard]] ODRADEK_EXPORT scram_credentials make_scram_credentials(scram_hash hash, const secret& password,
                                                                      bytes_view salt, int iterations);

/// The same from the salted password that AlterUserScramCredentials carries (KIP-554).
[[nodiscard]] ODRADEK_EXPORT scram_credentials scram_credentials_of(scram_hash hash, bytes_view salted_password,
                                                                    bytes_view salt, int iterations);

namespace detail {

/// What a client derives from a password, salt and count, and what takes the time.
struct scram_client_keys {
    secret client_key; ///< Empty if it could not be derived.
    secret server_key;
};

/// Derives both. Takes a microsecond or so for each iteration.
[[nodiscard]] scram_client_keys derive_scram_keys(scram_hash hash, bytes_view password, bytes_view salt,
                                                  int iterations);

/// What a derivation is looked up by: a digest over all that it depends on.
[[nodiscard]] secret scram_key_name(scram_hash hash, bytes_view password, bytes_view salt, int iterations);

} // namespace detail

/// Keys that were derived for a server that then proved to know the password: the next connection need not derive them again.
///
/// Shared by the connections of one client, used on its strand only. It holds digests and keys, no password in clear; but a
/// key is as good as the password towards the cluster that it is for, so it is wiped like one. It keeps the last `capacity`
/// derivations; a password that was replaced is not found any more, since the name of a derivation depends on it.
class ODRADEK_EXPORT scram_key_cache {
public:
    static constexpr std::size_t capacity = 16; ///< Clusters with more salts than that derive now and then.

    /// What was kept under this name, or null. Valid until the next keep() or clear().
    [[nodiscard]] const detail::scram_client_keys* find(const secret& name) const noexcept;

    /// Keeps keys, in place of the oldest if there are too many.
    void keep(secret name, detail::scram_client_keys keys);

    /// Forgets everything.
    void clear() noexcept { entries_.clear(); }

    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); } ///< How many are kept.

private:
    struct entry {
        secret name;
        detail::scram_client_keys keys;
    };
    std::deque<entry> entries_; // the oldest first
};

} // namespace odradek
