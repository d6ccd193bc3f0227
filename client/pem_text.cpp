// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/pem_text.hpp>

#include <algorithm>
#include <cstddef>

namespace odradek::detail {
namespace {

constexpr std::string_view begin_mark = "-----BEGIN ";
constexpr std::string_view end_mark = "-----END ";
constexpr std::string_view dashes = "-----";
constexpr std::size_t line_length = 64;

bool is_blank(char c) noexcept
{
    return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// Up to and with the dashes behind the label of a mark at `at`; npos if there are none.
std::size_t end_of_mark(std::string_view text, std::size_t at, std::string_view mark) noexcept
{
    const std::size_t found = text.find(dashes, at + mark.size());
    return found == std::string_view::npos ? found : found + dashes.size();
}

void append_in_lines(std::string& out, std::string_view body)
{
    std::size_t column = 0;
    for (const char c : body) {
        if (is_blank(c)) continue;
        if (column == line_length) {
            out.push_back('\n');
            column = 0;
        }
        out.push_back(c);
        ++column;
    }
    if (column != 0) out.push_back('\n');
}

} // namespace

std::string pem_with_lines(std::string_view text)
{
    std::string out;
    out.reserve(text.size() + text.size() / 8 +
                8); // a block gets three line ends at most besides one for 64 characters
    for (;;) {
        const std::size_t begin = text.find(begin_mark);
        if (begin == std::string_view::npos) break;
        const std::size_t body = end_of_mark(text, begin, begin_mark);
        const std::size_t body_end = text.find(end_mark, std::min(body, text.size()));
        if (body_end == std::string_view::npos) break;
        const std::size_t end = end_of_mark(text, body_end, end_mark);
        if (end == std::string_view::npos) break;
        const std::string_view inside = text.substr(body, body_end - body);
        if (inside.find(':') != std::string_view::npos) {
            out.append(text.substr(0, end));
        } else {
            out.append(text.substr(begin, body - begin)).push_back('\n');
            append_in_lines(out, inside);
            out.append(text.substr(body_end, end - body_end));
        }
        out.push_back('\n');
        text.remove_prefix(end);
    }
    out.append(text);
    return out;
}

} // namespace odradek::detail
