// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <optional>
#include <string>

namespace odradek::cli {

/// The whole of a file, as bytes. A directory, or what cannot be read, is a failure that names it. `most` bounds the size.
[[nodiscard]] std::string read_file(const std::string& path, std::size_t most);

/// The text of a positional argument, or all of standard input if it is missing or "-".
[[nodiscard]] std::string argument_or_input(const std::optional<std::string>& argument);

} // namespace odradek::cli
