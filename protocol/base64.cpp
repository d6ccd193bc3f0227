// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/base64.hpp>

#include <cstdint>

namespace odradek {
namespace {

constexpr std::string_view standard_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view url_digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

int value_of(char digit, base64_alphabet alphabet) noexcept
{
    if (digit >= 'A' && digit <= 'Z') return digit - 'A';
    if (digit >= 'a' && digit <= 'z') return digit - 'a' + 26;
    if (digit >= '0' && digit <= '9') return digit - '0' + 52;
    const bool url = alphabet == base64_alphabet::url;
    if (digit == (url ? '-' : '+')) return 62;
    if (digit == (url ? '_' : '/')) return 63;
    return -1;
}

/// The digits without the padding.
std::string_view digits_of(std::string_view text, base64_alphabet alphabet) noexcept
{
    if (alphabet == base64_alphabet::standard) {
        for (int i = 0; i < 2 && !text.empty() && text.back() == '='; ++i) text.remove_suffix(1);
    }
    return text;
}

} // namespace

std::string to_base64(bytes_view bytes, base64_alphabet alphabet)
{
    const std::string_view digits = alphabet == base64_alphabet::standard ? standard_digits : url_digits;
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        std::uint32_t group = 0;
        for (std::size_t j = 0; j < 3; ++j) {
            group = (group << 8) | (i + j < bytes.size() ? std::to_integer<std::uint32_t>(bytes[i + j]) : 0u);
        }
        const std::size_t present = std::min<std::size_t>(3, bytes.size() - i) + 1;
        for (std::size_t j = 0; j < present; ++j) text += digits[(group >> (18 - 6 * j)) & 63];
        if (alphabet == base64_alphabet::standard) text.append(4 - present, '=');
    }
    return text;
}

std::optional<std::size_t> base64_size(std::string_view text, base64_alphabet alphabet) noexcept
{
    if (alphabet == base64_alphabet::standard && text.size() % 4 != 0) return std::nullopt;
    const std::size_t digits = digits_of(text, alphabet).size();
    if (digits % 4 == 1) return std::nullopt;
    return digits / 4 * 3 + (digits % 4 == 0 ? 0 : digits % 4 - 1);
}

bool from_base64(std::string_view text, base64_alphabet alphabet, std::byte* out) noexcept
{
    std::uint32_t bits = 0;
    int pending = 0;
    for (const char digit : digits_of(text, alphabet)) {
        const int value = value_of(digit, alphabet);
        if (value < 0) return false;
        bits = (bits << 6) | static_cast<std::uint32_t>(value);
        pending += 6;
        if (pending >= 8) {
            pending -= 8;
            *out++ = static_cast<std::byte>(bits >> pending);
            bits &= (1u << pending) - 1;
        }
    }
    return bits == 0;
}

} // namespace odradek
