// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/tools/cli/line_ranges.hpp>

#include <string>

namespace odradek::cli {

/// What became of the lines of the input.
struct delivery_report {
    line_ranges delivered; ///< A broker said that it has them.
    line_ranges failed;    ///< They are surely in no log.
    line_ranges unknown;   ///< The answer was lost: they may be there.
    line_ranges unsent;    ///< Read, but not sent when the command ended.

    /// One line for people: "delivered: lines 1..4; not delivered: lines 5..9; possibly delivered: lines 10..12; ...".
    [[nodiscard]] std::string to_string() const;
};

} // namespace odradek::cli
