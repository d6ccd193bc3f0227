// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/one_line.hpp>

#include <cstddef>

namespace odradek {
namespace {

unsigned byte_at(std::string_view text, std::size_t at) noexcept
{
    return at < text.size() ? static_cast<unsigned char>(text[at]) : 0U;
}

// How many bytes the control character has that begins there; 0 if none does.
std::size_t control_at(std::string_view text, std::size_t at) noexcept
{
    const unsigned first = byte_at(text, at);
    if (first < 0x20 || first == 0x7f) return 1;
    const unsigned second = byte_at(text, at + 1);
    return first == 0xc2 && second >= 0x80 && second < 0xa0 ? 2 : 0;
}

void append_escaped(std::string& out, std::string_view text, bool is_quoted)
{
    constexpr std::string_view digits = "0123456789abcdef";
    for (std::size_t i = 0; i < text.size(); ++i) {
        const std::size_t control = control_at(text, i);
        if (control == 0) {
            if (is_quoted && (text[i] == '"' || text[i] == '\\')) out += '\\';
            out += text[i];
            continue;
        }
        for (std::size_t k = 0; k < control; ++k) {
            const unsigned byte = byte_at(text, i + k);
            out += "\\x";
            out += digits[byte >> 4U];
            out += digits[byte & 15U];
        }
        i += control - 1;
    }
}

} // namespace

bool has_control_character(std::string_view text) noexcept
{
    for (std::size_t i = 0; i < text.size(); ++i)
        if (control_at(text, i) != 0) return true;
    return false;
}

std::string one_line(std::string text)
{
    if (!has_control_character(text)) return text;
    std::string line;
    append_escaped(line, text, false);
    return line;
}

std::string clause(std::string sentence)
{
    if (sentence.ends_with('.') && !sentence.ends_with("..")) sentence.pop_back();
    return sentence;
}

std::string quoted_line(std::string_view text)
{
    std::string line = "\"";
    append_escaped(line, text, true);
    line += '"';
    return line;
}

} // namespace odradek
