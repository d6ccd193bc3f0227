// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/tools/cli/arguments.hpp>

#include <CLI/App.hpp>

#include <string>
#include <vector>

namespace odradek::cli {

/// The options that every command with a broker has, while the command line is parsed.
///
/// Owned by parse_arguments() beside CLI11's App, which refers to it; gone when the arguments are there.
class connection_flags {
public:
    /// Declares the options; `to` and this object must stay until the parsing is over.
    void add_to(CLI::App& app, connection_arguments& to);

    /// Checks and takes over what CLI11 has filled in.
    void finish(connection_arguments& to) const;

    /// The part of finish() that is about pairs of a name and a value; may come before it.
    void finish_pairs(connection_arguments& to) const;

private:
    std::string brokers_;
    std::vector<std::string> properties_;
    std::vector<std::string> in_files_;
    std::vector<std::string> in_environment_;
    std::string timeout_seconds_ = "10";
};

} // namespace odradek::cli
