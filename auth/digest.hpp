// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/scram_keys.hpp>
#include <odradek/auth/secret.hpp>
#include <odradek/protocol/bytes.hpp>

#include <cstddef>

namespace odradek::detail {

/// What mechanisms need of OpenSSL's libcrypto, and all that knows of it. Pure functions, usable from any thread, private to the
/// library. An empty result means that OpenSSL refused or has no memory; without OpenSSL all results are empty.

/// Whether this build has them.
[[nodiscard]] bool digests_built_in() noexcept;

/// The bytes of a digest: 32 or 64.
[[nodiscard]] std::size_t digest_size(scram_hash hash) noexcept;

/// The digest of `data`.
[[nodiscard]] secret digest(scram_hash hash, bytes_view data);

/// HMAC (RFC 2104).
[[nodiscard]] secret hmac(scram_hash hash, bytes_view key, bytes_view data);

/// PBKDF2 with HMAC, as long as the digest: SCRAM's Hi() (RFC 5802 2.2). Takes a microsecond or so for each iteration.
[[nodiscard]] secret pbkdf2(scram_hash hash, bytes_view password, bytes_view salt, int iterations);

} // namespace odradek::detail
