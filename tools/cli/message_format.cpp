// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/escapes.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/message_format.hpp>

#include <fmt/format.h>

#include <array>
#include <cstddef>

namespace odradek::cli {
namespace {

constexpr std::string_view tokens = "tpokKsSRTh%";

std::int64_t length(const nullable<bytes_view>& bytes)
{
    return bytes ? static_cast<std::int64_t>(bytes->size()) : -1;
}

void write_bytes(const nullable<bytes_view>& bytes, output& out)
{
    if (bytes) out.write(bytes->text());
}

void write_binary_length(const nullable<bytes_view>& bytes, output& out)
{
    const auto value = static_cast<std::uint32_t>(length(bytes));
    const std::array<char, 4> big_endian{static_cast<char>(value >> 24), static_cast<char>(value >> 16),
                                         static_cast<char>(value >> 8), static_cast<char>(value)};
    out.write({big_endian.data(), big_endian.size()});
}

void write_headers(const record_headers& headers, output& out)
{
    bool first = true;
    for (const record_header& header : headers) {
        if (!first) out.write(",");
        first = false;
        out.write(header.key);
        out.write("=");
        out.write(header.value ? header.value->text() : "NULL");
    }
}

} // namespace

message_format::message_format(std::string_view text)
{
    std::string literal;
    const auto close = [&] {
        if (!literal.empty()) pieces_.push_back({0, unescape(literal, "-f")});
        literal.clear();
    };
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 1 < text.size()) {
            literal += text[i];
            literal += text[++i];
        } else if (text[i] != '%') {
            literal += text[i];
        } else {
            ++i;
            if (i == text.size() || tokens.find(text[i]) == std::string_view::npos)
                throw usage_failure(
                    fmt::format(R"(-f: unknown token "{}"; there are %t %p %o %k %K %s %S %R %T %h and %%)",
                                text.substr(i - 1, 2)));
            if (text[i] == '%') {
                literal += '%';
                continue;
            }
            close();
            pieces_.push_back({text[i], {}});
        }
    }
    close();
}

void message_format::write(const message& m, output& out) const
{
    const record_view& record = *m.record;
    for (const piece& p : pieces_) {
        switch (p.token) {
        case 0: out.write(p.text); break;
        case 't': out.write(m.topic); break;
        case 'p': out.write_number(m.partition); break;
        case 'o': out.write_number(record.offset()); break;
        case 'k': write_bytes(record.key(), out); break;
        case 'K': out.write_number(length(record.key())); break;
        case 's': write_bytes(record.value(), out); break;
        case 'S': out.write_number(length(record.value())); break;
        case 'R': write_binary_length(record.value(), out); break;
        case 'T': out.write_number(record.timestamp()); break;
        case 'h': write_headers(record.headers(), out); break;
        default: break;
        }
    }
}

void plain_format::write(const message& m, output& out) const
{
    if (print_keys_) {
        write_bytes(m.record->key(), out);
        out.write(delimiter_);
    }
    write_bytes(m.record->value(), out);
    out.write("\n");
}

} // namespace odradek::cli
