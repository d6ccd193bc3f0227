// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/json_writer.hpp>
#include <odradek/protocol/utf8.hpp>

#include <charconv>
#include <cmath>

namespace odradek::detail {
namespace {

constexpr std::string_view hex_digits = "0123456789abcdef";

void append_escaped(std::string& out, char control)
{
    switch (control) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default: break;
    }
    const auto value = static_cast<unsigned char>(control);
    out += "\\u00";
    out += hex_digits[value >> 4];
    out += hex_digits[value & 15];
}

} // namespace

void append_json_text(std::string& out, std::string_view text)
{
    out += '"';
    for (std::size_t at = 0; at < text.size();) {
        const char c = text[at];
        const std::size_t length = utf8_length(text, at);
        if (length == 0) {
            out += "\xef\xbf\xbd";
            ++at;
            continue;
        }
        if (c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
            append_escaped(out, c);
        } else {
            out.append(text, at, length);
        }
        at += length;
    }
    out += '"';
}

void append_json_number(std::string& out, std::int64_t number)
{
    char buffer[24];
    out.append(buffer, std::to_chars(buffer, buffer + sizeof buffer, number).ptr);
}

void append_json_number(std::string& out, double number)
{
    if (!std::isfinite(number)) {
        out += std::isnan(number) ? "\"NaN\"" : number > 0 ? "\"Infinity\"" : "\"-Infinity\"";
        return;
    }
    char buffer[40];
    const std::string_view text(
        buffer, static_cast<std::size_t>(std::to_chars(buffer, buffer + sizeof buffer, number).ptr - buffer));
    out += text;
    if (text.find_first_of(".e") == std::string_view::npos)
        out += ".0"; // so that it reads as no integer, and -0 stays -0.0
}

void append_json_hex(std::string& out, bytes_view bytes)
{
    out += '"';
    for (const std::byte byte : bytes) {
        out += hex_digits[std::to_integer<unsigned>(byte) >> 4];
        out += hex_digits[std::to_integer<unsigned>(byte) & 15];
    }
    out += '"';
}

} // namespace odradek::detail
