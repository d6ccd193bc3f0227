// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/offset_spec.hpp>

#include <fmt/format.h>

#include <charconv>
#include <string_view>

namespace odradek::cli {
namespace {

failure bad_offset(const std::string& option)
{
    return usage_failure(fmt::format(
        R"(-o: "{}" is no offset; there are beginning, end, N, -N (from the end), s@MS and e@MS (milliseconds since 1970))",
        option));
}

std::int64_t number(std::string_view digits, const std::string& option)
{
    std::int64_t value = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    if (error != std::errc{} || end != digits.data() + digits.size() || value < 0) throw bad_offset(option);
    return value;
}

offset_spec parse_start(const std::string& option)
{
    using origin = offset_spec::origin;
    const std::string_view text = option;
    const auto at = [](origin from, std::int64_t value = 0) {
        return offset_spec{.from = from, .value = value, .end_timestamp = {}};
    };
    if (text == "beginning" || text == "earliest") return at(origin::beginning);
    if (text == "end" || text == "latest") return at(origin::end);
    if (text.starts_with("s@")) return at(origin::timestamp, number(text.substr(2), option));
    if (text.starts_with("-")) return at(origin::tail, number(text.substr(1), option));
    return at(origin::absolute, number(text, option));
}

} // namespace

offset_spec parse_offsets(const std::vector<std::string>& options)
{
    std::optional<offset_spec> start;
    std::optional<std::int64_t> end;
    for (const std::string& option : options) {
        if (option.starts_with("e@")) {
            if (end) throw usage_failure("-o: two options say where to end");
            end = number(std::string_view{option}.substr(2), option);
        } else {
            if (start) throw usage_failure("-o: two options say where to begin");
            start = parse_start(option);
        }
    }
    offset_spec result = start.value_or(offset_spec{});
    result.end_timestamp = end;
    if (end && result.from == offset_spec::origin::timestamp && *end < result.value)
        throw usage_failure(fmt::format("-o: e@{} is before s@{}", *end, result.value));
    if (end && result.from == offset_spec::origin::end)
        throw usage_failure("-o: from the end on there is nothing that ends at a time");
    return result;
}

} // namespace odradek::cli
