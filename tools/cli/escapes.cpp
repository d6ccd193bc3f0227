// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/escapes.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/hex.hpp>

#include <fmt/format.h>

namespace odradek::cli {
namespace {

failure bad_escape(std::string_view option, std::string_view escape)
{
    return usage_failure(fmt::format(R"({}: unknown escape "{}"; there are \n \r \t \0 \\ and \xHH)", option, escape));
}

} // namespace

std::string unescape(std::string_view text, std::string_view option)
{
    std::string result;
    result.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] != '\\') {
            result += text[i];
            continue;
        }
        if (++i == text.size()) throw bad_escape(option, "\\");
        switch (text[i]) {
        case 'n': result += '\n'; break;
        case 'r': result += '\r'; break;
        case 't': result += '\t'; break;
        case '0': result += '\0'; break;
        case '\\': result += '\\'; break;
        case 'x': {
            const int high = i + 2 < text.size() ? hex_digit(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? hex_digit(text[i + 2]) : -1;
            if (high < 0 || low < 0) throw bad_escape(option, text.substr(i - 1, 4));
            result += static_cast<char>(high * 16 + low);
            i += 2;
            break;
        }
        default: throw bad_escape(option, text.substr(i - 1, 2));
        }
    }
    return result;
}

} // namespace odradek::cli
