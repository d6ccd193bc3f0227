// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace odradek {

/// Base64 in its two alphabets (RFC 4648): the standard one with padding, which message JSON uses for bytes, and the
/// url-safe one without padding, which it uses for uuids. Pure functions, thread-safe; results are owned by the caller.
enum class base64_alphabet {
    standard, ///< `+` and `/`, padded with `=`.
    url,      ///< `-` and `_`, not padded.
};

/// The text of `bytes`.
[[nodiscard]] ODRADEK_EXPORT std::string to_base64(bytes_view bytes,
                                                   base64_alphabet alphabet = base64_alphabet::standard);

/// How many bytes `text` stands for, or nullopt if its length cannot be base64's in this alphabet.
[[nodiscard]] ODRADEK_EXPORT std::optional<std::size_t> base64_size(std::string_view text,
                                                                    base64_alphabet alphabet) noexcept;

/// Writes the base64_size() bytes of `text` to `out`. False if a character is not of the alphabet, or if bits that
/// stand for nothing are set.
[[nodiscard]] ODRADEK_EXPORT bool from_base64(std::string_view text, base64_alphabet alphabet, std::byte* out) noexcept;

} // namespace odradek
