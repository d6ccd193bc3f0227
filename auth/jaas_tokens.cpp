// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/jaas_tokens.hpp>

#include <algorithm>
#include <utility>

namespace odradek::detail {
namespace {

constexpr unsigned last_blank = ' '; // everything up to it is one

unsigned number_of(char c) noexcept
{
    return static_cast<unsigned char>(c);
}

bool is_letter(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

bool is_octal(char c) noexcept
{
    return c >= '0' && c <= '7';
}

bool ends_line(char c) noexcept
{
    return c == '\n' || c == '\r';
}

// Escapes name characters of Latin-1, which a text of ours has in UTF-8.
void append_latin1(std::string& out, unsigned code)
{
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else {
        out += static_cast<char>(0xC0U | code >> 6U);
        out += static_cast<char>(0x80U | (code & 0x3FU));
    }
}

} // namespace

jaas_tokens::token jaas_tokens::next()
{
    skip_blanks_and_comments();
    if (position_ == text_.size()) return {.what = kind::end, .at = position_};
    const char c = peek();
    if (c == '"' || c == '\'') return quoted();
    if (is_word_character(position_, true)) return word();
    token one{.what = kind::symbol, .symbol = c, .at = position_};
    if (is_digit(c) || c == '.' || c == '-') one.what = kind::number;
    ++position_;
    return one;
}

void jaas_tokens::skip_blanks_and_comments() noexcept
{
    while (position_ < text_.size()) {
        if (number_of(peek()) <= last_blank) {
            ++position_;
        } else if (peek() == '/' && peek(1) == '*') {
            const std::size_t end = text_.find("*/", position_ + 2);
            position_ = end == std::string_view::npos ? text_.size() : end + 2;
        } else if (peek() == '/') {
            position_ =
                std::min(position_ + 2, text_.size()); // Java does not look at what follows the slash, whatever it is
            while (position_ < text_.size() && !ends_line(peek())) ++position_;
        } else {
            return;
        }
    }
}

bool jaas_tokens::is_word_character(std::size_t at, bool first) const noexcept
{
    const char c = text_[at];
    if (is_letter(c) || c == '_' || c == '$') return true;
    if (is_digit(c) || c == '.' || c == '-') return !first;
    if (number_of(c) < 0x80) return false;
    // The control characters from U+0080 to U+009F are no part of words.
    return number_of(c) != 0xC2 || at + 1 == text_.size() || number_of(text_[at + 1]) >= 0xA0;
}

jaas_tokens::token jaas_tokens::word()
{
    const std::size_t begin = position_;
    while (position_ < text_.size() && is_word_character(position_, position_ == begin)) ++position_;
    return {.what = kind::text, .content = secret{text_.substr(begin, position_ - begin)}, .at = begin};
}

jaas_tokens::token jaas_tokens::quoted()
{
    token found{.what = kind::unclosed, .at = position_};
    const char quote = text_[position_++];
    std::string content;
    // What it would grow out of would not be wiped; no escape is longer in UTF-8 than in the text.
    content.reserve(text_.size() - position_);
    while (position_ < text_.size() && !ends_line(peek())) {
        const char c = text_[position_++];
        if (c == quote) {
            found.what = kind::text;
            break;
        }
        if (c != '\\')
            content += c;
        else if (!unescape(content))
            break;
    }
    found.content = std::move(content);
    return found;
}

// What follows a backslash; false if nothing does.
bool jaas_tokens::unescape(std::string& out)
{
    if (position_ == text_.size()) return false;
    const char c = text_[position_++];
    if (is_octal(c)) {
        unsigned code = number_of(c) - '0';
        const int most = c <= '3' ? 3 : 2; // so that it stays below 256
        for (int digits = 1; digits < most && is_octal(peek()); ++digits)
            code = code * 8 + number_of(text_[position_++]) - '0';
        append_latin1(out, code);
        return true;
    }
    switch (c) {
    case 'a': out += '\a'; break;
    case 'b': out += '\b'; break;
    case 'f': out += '\f'; break;
    case 'n': out += '\n'; break;
    case 'r': out += '\r'; break;
    case 't': out += '\t'; break;
    case 'v': out += '\v'; break;
    default: out += c; break; // a quote, a backslash, even the end of a line
    }
    return true;
}

} // namespace odradek::detail
