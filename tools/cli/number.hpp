// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/tools/cli/exit_code.hpp>

#include <fmt/format.h>

#include <charconv>
#include <limits>
#include <optional>
#include <string_view>
#include <system_error>

namespace odradek::cli {

/// A number on the command line, from `lowest` to `highest`: always decimal, so that 010 is ten, and nothing behind it.
template <class T>
[[nodiscard]] std::optional<T> to_number(std::string_view text, T lowest, T highest)
{
    T value{};
    const auto [stop, error] = std::from_chars(text.begin(), text.end(), value);
    if (error != std::errc{} || stop != text.end() || !(value >= lowest && value <= highest)) return {};
    return value;
}

/// The same as the value of an option; anything else is a usage failure that names the option and what it takes.
template <class T>
[[nodiscard]] T number_of(std::string_view option, std::string_view text, T lowest)
{
    if (const auto value = to_number(text, lowest, std::numeric_limits<T>::max())) return *value;
    T ignored{};
    if (std::from_chars(text.begin(), text.end(), ignored).ec == std::errc::result_out_of_range &&
        !text.starts_with('-'))
        throw usage_failure(fmt::format("{}: {} is too large", option, text));
    throw usage_failure(fmt::format("{}: \"{}\" is not a whole number, {} or more", option, text, lowest));
}

} // namespace odradek::cli
