// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/hex.hpp>

#include <fmt/format.h>

#include <utility>

namespace odradek::cli {
namespace {

bool is_space(char c) noexcept
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

std::string shown(char c)
{
    const auto code = static_cast<unsigned char>(c);
    return code > 0x20 && code < 0x7f ? fmt::format("'{}'", c) : fmt::format("byte 0x{:02x}", code);
}

} // namespace

std::vector<std::byte> from_hex(std::string_view text)
{
    std::vector<std::byte> bytes;
    bytes.reserve(text.size() / 2);
    int high = -1;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (is_space(text[i])) continue;
        const int digit = hex_digit(text[i]);
        if (digit < 0) throw failure(fmt::format("bad hex: {} at character {}", shown(text[i]), i + 1));
        if (high < 0)
            high = digit;
        else
            bytes.push_back(static_cast<std::byte>(std::exchange(high, -1) * 16 + digit));
    }
    if (high >= 0) throw failure("bad hex: an odd number of digits, half a byte is left over");
    return bytes;
}

std::string to_hex(bytes_view bytes)
{
    constexpr std::string_view digits = "0123456789abcdef";
    std::string text;
    text.reserve(bytes.size() * 2);
    for (const std::byte b : bytes) {
        text += digits[std::to_integer<std::size_t>(b) >> 4];
        text += digits[std::to_integer<std::size_t>(b) & 15];
    }
    return text;
}

} // namespace odradek::cli
