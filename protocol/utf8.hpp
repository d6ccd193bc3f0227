// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace odradek::detail {

/// UTF-8 as far as JSON needs it (RFC 3629). Pure functions, private to the library.

/// How many bytes of `text` from `at` on are one valid character; 0 if none is. `at` must be inside the text.
[[nodiscard]] std::size_t utf8_length(std::string_view text, std::size_t at) noexcept;

/// Appends the character `code`, which is no surrogate and at most U+10FFFF.
void append_utf8(std::string& out, std::uint32_t code);

} // namespace odradek::detail
