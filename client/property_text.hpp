// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <string>
#include <string_view>

namespace odradek::detail {

/// One logical line of a property text, its escapes resolved.
struct property_line {
    std::size_t line = 0; ///< Where it began, counted from 1.
    std::string name;
    std::string value;
    std::string problem; ///< Why the line cannot be read; empty if it can.
};

/// Reads the text form of java.util.Properties: comments from # or !, lines continued by a backslash, name and value
/// apart by =, : or white space, escapes \t \n \r \f \uXXXX, any other \c being c. White space at the end of a value is cut
/// (Kafka's own parser does so too), except where it was escaped.
///
/// A cursor on the user's stack over text that must outlive it; no sharing between threads; what it fills is owned by the caller, who
/// wipes it if it is a secret: the reader leaves no other copy behind.
///
/// Source: the documentation of java.util.Properties.load.
class ODRADEK_EXPORT property_reader {
public:
    explicit property_reader(std::string_view text) noexcept : text_(text) {}

    /// Fills `out` with the next line that says something; false at the end.
    [[nodiscard]] bool next(property_line& out);

private:
    [[nodiscard]] std::string_view natural_line() noexcept;
    [[nodiscard]] bool logical_line(std::string& out);

    std::string_view text_;
    std::size_t position_ = 0;
    std::size_t line_ = 0;       // number of the natural line that was read last
    std::size_t first_line_ = 0; // where the logical line began
};

} // namespace odradek::detail
