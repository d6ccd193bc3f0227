// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/nullable.hpp>
#include <odradek/protocol/record.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace odradek::cli {

/// How a line of text becomes a record.
struct line_format {
    std::optional<std::string> key_delimiter; ///< -K: what is before its first occurrence is the key.
    bool empty_is_null = false;               ///< -Z: an empty key or value is null instead.
};

/// A line as a record: views into the line, valid as long as it.
struct line_record {
    nullable<bytes_view> key;   ///< Null without -K, and for a line without the delimiter.
    nullable<bytes_view> value; ///< The rest of the line.
};

/// Splits a line into key and value.
[[nodiscard]] line_record split_line(std::string_view line, const line_format& format);

/// The headers that -H options ask for, in their order, duplicates included: `name=value`, where the first '=' separates, and
/// `name` alone for a null value. An empty name is a usage failure. Views into `options`, which must stay.
[[nodiscard]] std::vector<record_header> parse_headers(const std::vector<std::string>& options);

} // namespace odradek::cli
