// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/secret.hpp>

#include <cstddef>
#include <optional>
#include <string>
#include <utility>

namespace odradek::cli {

/// The whole of a file, as bytes. A directory, or what cannot be read, is a failure that names it. `most` bounds the size.
[[nodiscard]] std::string read_file(const std::string& path, std::size_t most);

/// A text that may hold passwords, as that of a property file: it is wiped when it goes.
struct wiped_text {
    std::string text;

    explicit wiped_text(std::string from = {}) : text(std::move(from)) { wipe(from); } // a short one stays where it was
    wiped_text(const wiped_text&) = delete;
    wiped_text& operator=(const wiped_text&) = delete;
    ~wiped_text() { wipe(text); }
};

/// The text of a positional argument, or all of standard input if it is missing or "-".
[[nodiscard]] std::string argument_or_input(const std::optional<std::string>& argument);

} // namespace odradek::cli
