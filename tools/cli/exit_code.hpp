// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <stdexcept>
#include <string>

namespace odradek::cli {

/// What the program tells the shell.
namespace exit_code {
inline constexpr int ok =
    0; ///< All was done; also a consume without an end that was interrupted, or whose reader went away.
inline constexpr int failed = 1; ///< It failed at run time: the network, a broker, a file, bytes that are no message.
inline constexpr int usage = 2;  ///< The command line or a property is wrong; nothing was done.
inline constexpr int signalled =
    128; ///< Plus the signal that ended a produce, or a consume with an end, before all was done.
} // namespace exit_code

/// How a command ends that cannot go on: one line for people, and the exit code.
///
/// The program's own exception (the library throws none); caught in main alone. A plain value, owned by whoever catches it;
/// no thread rule.
class failure : public std::runtime_error {
public:
    /// Ends with `code`, after `message` was printed.
    explicit failure(const std::string& message, int code = exit_code::failed)
        : std::runtime_error(message), code_(code)
    {}

    /// The exit code.
    [[nodiscard]] int code() const noexcept { return code_; }

private:
    int code_;
};

/// The command line or a property is wrong.
[[nodiscard]] inline failure usage_failure(const std::string& message)
{
    return failure{message, exit_code::usage};
}

} // namespace odradek::cli
