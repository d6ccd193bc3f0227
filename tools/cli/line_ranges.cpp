// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/line_ranges.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace odradek::cli {

void line_ranges::add(std::uint64_t first, std::uint64_t last)
{
    auto at = ranges_.upper_bound(first);
    if (at != ranges_.begin() && std::prev(at)->second + 1 >= first) --at;
    while (at != ranges_.end() && at->first <= last + 1) { // swallow all that overlap or touch
        first = std::min(first, at->first);
        last = std::max(last, at->second);
        count_ -= at->second - at->first + 1;
        at = ranges_.erase(at);
    }
    ranges_.emplace_hint(at, first, last);
    count_ += last - first + 1;
}

void line_ranges::add(std::span<const std::uint64_t> lines)
{
    for (std::size_t i = 0; i < lines.size();) {
        std::size_t end = i + 1;
        while (end < lines.size() && lines[end] == lines[end - 1] + 1) ++end;
        add(lines[i], lines[end - 1]);
        i = end;
    }
}

std::string line_ranges::to_string(std::size_t most) const
{
    std::string text;
    std::size_t shown = 0;
    for (const auto& [first, last] : ranges_) {
        if (shown == most) {
            const std::size_t left = ranges_.size() - most;
            text += fmt::format(" and {} more {}", left, left == 1 ? "range" : "ranges");
            break;
        }
        if (shown++ != 0) text += ", ";
        text += first == last ? fmt::format("{}", first) : fmt::format("{}..{}", first, last);
    }
    return text;
}

} // namespace odradek::cli
