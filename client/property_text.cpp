// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/secret.hpp>
#include <odradek/client/property_text.hpp>

#include <algorithm>
#include <cstdint>
#include <optional>

namespace odradek::detail {
namespace {

bool is_blank(char c) noexcept
{
    return c == ' ' || c == '\t' || c == '\f';
}

std::string_view without_leading_blanks(std::string_view line) noexcept
{
    while (!line.empty() && is_blank(line.front())) line.remove_prefix(1);
    return line;
}

// An odd number of backslashes at the end continues the line: an even one is that many halves of escaped backslashes.
bool continues(std::string_view line) noexcept
{
    std::size_t backslashes = 0;
    while (backslashes < line.size() && line[line.size() - 1 - backslashes] == '\\') ++backslashes;
    return backslashes % 2 == 1;
}

std::optional<std::uint32_t> four_hex_digits(std::string_view text) noexcept
{
    if (text.size() < 4) return std::nullopt;
    std::uint32_t value = 0;
    for (const char c : text.substr(0, 4)) {
        std::uint32_t digit = 0;
        if (c >= '0' && c <= '9')
            digit = static_cast<std::uint32_t>(c - '0');
        else if (c >= 'a' && c <= 'f')
            digit = static_cast<std::uint32_t>(c - 'a' + 10);
        else if (c >= 'A' && c <= 'F')
            digit = static_cast<std::uint32_t>(c - 'A' + 10);
        else
            return std::nullopt;
        value = value * 16 + digit;
    }
    return value;
}

void append_utf8(std::string& out, std::uint32_t code_point)
{
    const auto put = [&out](std::uint32_t byte) { out.push_back(static_cast<char>(byte)); };
    if (code_point < 0x80) {
        put(code_point);
    } else if (code_point < 0x800) {
        put(0xC0 | code_point >> 6);
        put(0x80 | (code_point & 0x3F));
    } else if (code_point < 0x10000) {
        put(0xE0 | code_point >> 12);
        put(0x80 | (code_point >> 6 & 0x3F));
        put(0x80 | (code_point & 0x3F));
    } else {
        put(0xF0 | code_point >> 18);
        put(0x80 | (code_point >> 12 & 0x3F));
        put(0x80 | (code_point >> 6 & 0x3F));
        put(0x80 | (code_point & 0x3F));
    }
}

// As append(), but nothing stays behind in memory that is given back: the line may hold a password.
void append_wiping(std::string& out, std::string_view more)
{
    if (out.size() + more.size() > out.capacity()) {
        std::string larger;
        larger.reserve(std::max(2 * out.size(), out.size() + more.size()));
        larger.append(out);
        wipe(out);
        out.swap(larger);
    }
    out.append(more);
}

// Resolves the escape at text[position] (the backslash); moves position past it. False if it is malformed.
bool resolve_escape(std::string_view text, std::size_t& position, std::string& out)
{
    ++position;
    if (position == text.size()) return true; // a lone backslash at the very end of the text stands for nothing
    const char c = text[position++];
    switch (c) {
    case 't': out.push_back('\t'); return true;
    case 'n': out.push_back('\n'); return true;
    case 'r': out.push_back('\r'); return true;
    case 'f': out.push_back('\f'); return true;
    case 'u': break;
    default: out.push_back(c); return true;
    }
    auto unit = four_hex_digits(text.substr(position));
    if (!unit) return false;
    position += 4;
    if (*unit >= 0xDC00 && *unit <= 0xDFFF) return false;
    if (*unit < 0xD800 || *unit > 0xDBFF) {
        append_utf8(out, *unit);
        return true;
    }
    if (text.substr(position, 2) != "\\u") return false;
    const auto low = four_hex_digits(text.substr(position + 2));
    if (!low || *low < 0xDC00 || *low > 0xDFFF) return false;
    position += 6;
    append_utf8(out, 0x10000 + ((*unit - 0xD800) << 10) + (*low - 0xDC00));
    return true;
}

} // namespace

std::string_view property_reader::natural_line() noexcept
{
    const std::size_t end = std::min(text_.find_first_of("\r\n", position_), text_.size());
    const std::string_view line = text_.substr(position_, end - position_);
    position_ = end;
    if (position_ < text_.size()) {
        const bool both = text_.substr(position_, 2) == "\r\n";
        position_ += both ? 2 : 1;
    }
    ++line_;
    return line;
}

bool property_reader::logical_line(std::string& out)
{
    while (position_ < text_.size()) {
        std::string_view line = without_leading_blanks(natural_line());
        if (line.empty() || line.front() == '#' || line.front() == '!') continue;
        first_line_ = line_;
        out.assign(line);
        while (continues(out) && position_ < text_.size()) {
            out.pop_back();
            append_wiping(out, without_leading_blanks(natural_line()));
        }
        return true;
    }
    return false;
}

bool property_reader::next(property_line& out)
{
    struct wiped_text {
        std::string text;
        ~wiped_text() { wipe(text); }
    } whole;
    std::string& text = whole.text;
    if (!logical_line(text)) return false;
    out = {.line = first_line_, .name = {}, .value = {}, .problem = {}};
    out.value.reserve(text.size()); // so that it does not leave parts of itself behind
    const auto malformed = [&out] { out.problem = "a \\u escape needs four hexadecimal digits and a whole character"; };

    std::size_t position = 0;
    while (position < text.size() && !is_blank(text[position]) && text[position] != '=' && text[position] != ':') {
        if (text[position] != '\\')
            out.name.push_back(text[position++]);
        else if (!resolve_escape(text, position, out.name))
            return malformed(), true;
    }
    while (position < text.size() && is_blank(text[position])) ++position;
    if (position < text.size() && (text[position] == '=' || text[position] == ':')) ++position;
    while (position < text.size() && is_blank(text[position])) ++position;

    std::size_t kept = 0; // length of the value up to its last character that must stay
    while (position < text.size()) {
        const bool blank = is_blank(text[position]);
        if (text[position] != '\\')
            out.value.push_back(text[position++]);
        else if (!resolve_escape(text, position, out.value))
            return malformed(), true;
        if (!blank) kept = out.value.size();
    }
    out.value.resize(kept);
    return true;
}

} // namespace odradek::detail
