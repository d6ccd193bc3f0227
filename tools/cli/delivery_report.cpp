// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/delivery_report.hpp>

#include <fmt/format.h>

#include <string_view>

namespace odradek::cli {
namespace {

void add(std::string& text, std::string_view what, const line_ranges& lines)
{
    if (lines.count() == 0) return;
    text += fmt::format("; {}: {} {}", what, lines.count() == 1 ? "line" : "lines", lines.to_string());
}

} // namespace

std::string delivery_report::to_string() const
{
    std::string text = delivered.count() == 0 ? "delivered: nothing" : "";
    add(text, "delivered", delivered);
    add(text, "not delivered", failed);
    add(text, "possibly delivered", unknown);
    add(text, "read but not sent", unsent);
    return text.starts_with("; ") ? text.substr(2) : text;
}

} // namespace odradek::cli
