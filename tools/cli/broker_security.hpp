// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/tools/cli/broker.hpp>

#include <CLI/App.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace odradek::cli {

/// The options of `odradek broker` about TLS and passwords, while the command line is parsed.
///
/// Owned by parse_arguments() beside CLI11's App, which refers to it; gone when the arguments are there.
class broker_security_flags {
public:
    /// Declares the options; this object must stay until the parsing is over.
    void add_to(CLI::App& app);

    /// Checks and takes over what CLI11 has filled in. What is wrong with it is a usage failure, which repeats no password.
    void finish(broker_arguments& to);

private:
    std::optional<std::string> certificate_;
    std::optional<std::string> key_;
    std::optional<std::string> client_ca_;
    std::string client_auth_;
    std::optional<std::string> mechanisms_;
    std::vector<std::string> users_;
    std::optional<std::string> user_file_;
    std::optional<std::string> user_variable_;
    std::optional<std::string> session_lifetime_;
};

/// Adds users from a text of lines NAME:PASSWORD, of which empty ones and those that begin with '#' are nobody. `from` names where it
/// comes from. A line that is neither, or a user who is there already, is a usage failure that names the line and repeats no password.
void add_users(broker::cluster_options& options, std::string_view text, const std::string& from);

/// Adds the users of --user-file and --user-env.
void add_users_from_elsewhere(broker_arguments& to);

} // namespace odradek::cli
