// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/line_record.hpp>

#include <fmt/format.h>

namespace odradek::cli {
namespace {

nullable<bytes_view> field(std::string_view text, const line_format& format)
{
    if (text.empty() && format.empty_is_null) return nullptr;
    return bytes_view{text};
}

} // namespace

line_record split_line(std::string_view line, const line_format& format)
{
    if (format.key_delimiter) {
        if (const std::size_t at = line.find(*format.key_delimiter); at != std::string_view::npos) {
            return {.key = field(line.substr(0, at), format),
                    .value = field(line.substr(at + format.key_delimiter->size()), format)};
        }
    }
    return {.key = nullptr, .value = field(line, format)};
}

std::vector<record_header> parse_headers(const std::vector<std::string>& options)
{
    std::vector<record_header> headers;
    headers.reserve(options.size());
    for (const std::string& option : options) {
        const std::string_view text = option;
        const std::size_t equals = text.find('=');
        const std::string_view name = text.substr(0, equals);
        if (name.empty()) throw usage_failure(fmt::format(R"(-H: "{}" has no name before the "=")", option));
        headers.push_back({.key = name, .value = nullptr});
        if (equals != std::string_view::npos) headers.back().value = bytes_view{text.substr(equals + 1)};
    }
    return headers;
}

} // namespace odradek::cli
