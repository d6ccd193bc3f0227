// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/bytes.hpp>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace odradek::cli {

/// The value of a hexadecimal digit, or -1.
[[nodiscard]] constexpr int hex_digit(char c) noexcept
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

/// The bytes that hexadecimal digits stand for, in either case and with white space between any two of them. Anything else,
/// and a digit left over, is a failure that says at which character.
[[nodiscard]] std::vector<std::byte> from_hex(std::string_view text);

/// Two small digits a byte.
[[nodiscard]] std::string to_hex(bytes_view bytes);

} // namespace odradek::cli
