// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <string_view>

namespace odradek::cli {

/// Replaces \n \r \t \0 \\ and \xHH in a text from the command line; any other escape is a usage failure that names `option`.
///
/// A shell cannot pass a NUL and passes a tabulator badly, so -f and -K understand the escapes that C has. A free function,
/// callable from any thread; the text that it returns is the caller's.
[[nodiscard]] std::string unescape(std::string_view text, std::string_view option);

} // namespace odradek::cli
