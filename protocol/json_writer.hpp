// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/bytes.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace odradek::detail {

/// Appends pieces of JSON to a string; its caller puts the commas. Private to the library, one thread, owns nothing.
///
/// Source: RFC 8259. The output is ASCII where the text is, else UTF-8; bytes that are no UTF-8 become U+FFFD.

/// A text with quotes and escapes.
void append_json_text(std::string& out, std::string_view text);
/// A whole number.
void append_json_number(std::string& out, std::int64_t number);
/// The shortest form that reads back as the same double; infinities and NaN, which JSON lacks, as texts.
void append_json_number(std::string& out, double number);
/// Bytes as lower-case hex in quotes.
void append_json_hex(std::string& out, bytes_view bytes);

} // namespace odradek::detail
