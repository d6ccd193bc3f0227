// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/json_text.hpp>

#include <array>
#include <cstdint>
#include <cstring>

namespace odradek::cli {
namespace {

/// How many bytes follow `first` in its sequence, and what the second one may be: the table of the Unicode standard.
struct sequence {
    std::size_t following;
    unsigned char lowest;
    unsigned char highest;
};

constexpr sequence sequence_of(unsigned char first) noexcept
{
    if (first >= 0xc2 && first <= 0xdf) return {1, 0x80, 0xbf};
    if (first == 0xe0) return {2, 0xa0, 0xbf};
    if (first == 0xed) return {2, 0x80, 0x9f};
    if (first >= 0xe1 && first <= 0xef) return {2, 0x80, 0xbf};
    if (first == 0xf0) return {3, 0x90, 0xbf};
    if (first >= 0xf1 && first <= 0xf3) return {3, 0x80, 0xbf};
    if (first == 0xf4) return {3, 0x80, 0x8f};
    return {0, 1, 0};
}

bool needs_escape(char c) noexcept
{
    return static_cast<unsigned char>(c) < 0x20 || c == '"' || c == '\\';
}

void write_escape(char c, output& out)
{
    switch (c) {
    case '"': return out.write("\\\"");
    case '\\': return out.write("\\\\");
    case '\n': return out.write("\\n");
    case '\r': return out.write("\\r");
    case '\t': return out.write("\\t");
    default: break;
    }
    constexpr std::string_view digits = "0123456789abcdef";
    const auto code = static_cast<unsigned char>(c);
    const std::array<char, 6> text{'\\', 'u', '0', '0', digits[code >> 4], digits[code & 15]};
    out.write({text.data(), text.size()});
}

} // namespace

bool is_utf8(std::string_view bytes) noexcept
{
    std::size_t i = 0;
    while (i < bytes.size()) {
        std::uint64_t word = 0;
        if (bytes.size() - i >= sizeof word) { // most text is ASCII
            std::memcpy(&word, bytes.data() + i, sizeof word);
            if ((word & 0x8080808080808080U) == 0) {
                i += sizeof word;
                continue;
            }
        }
        const auto first = static_cast<unsigned char>(bytes[i]);
        if (first < 0x80) {
            ++i;
            continue;
        }
        const sequence s = sequence_of(first);
        if (s.following == 0 || bytes.size() - i <= s.following) return false;
        const auto second = static_cast<unsigned char>(bytes[i + 1]);
        if (second < s.lowest || second > s.highest) return false;
        for (std::size_t k = 2; k <= s.following; ++k) {
            if ((static_cast<unsigned char>(bytes[i + k]) & 0xc0) != 0x80) return false;
        }
        i += s.following + 1;
    }
    return true;
}

void write_json_string(std::string_view text, output& out)
{
    out.write("\"");
    std::size_t from = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (!needs_escape(text[i])) continue;
        out.write(text.substr(from, i - from));
        write_escape(text[i], out);
        from = i + 1;
    }
    out.write(text.substr(from));
    out.write("\"");
}

} // namespace odradek::cli
