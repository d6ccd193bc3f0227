// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/tools/cli/output.hpp>

#include <string_view>

namespace odradek::cli {

/// Whether the bytes are UTF-8: no overlong forms, no surrogates, nothing above U+10FFFF.
[[nodiscard]] bool is_utf8(std::string_view bytes) noexcept;

/// Writes a text, which must be UTF-8, as a JSON string: quotes, backslash and control characters escaped, all else as it is.
/// Written by hand because consume -J does it for every field of every record.
void write_json_string(std::string_view text, output& out);

} // namespace odradek::cli
