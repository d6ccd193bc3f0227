// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <span>
#include <string>

namespace odradek::cli {

/// A set of line numbers, kept as ranges, so that it stays small while batches of different partitions end in any order.
///
/// A value, owned by the delivery report of one produce command. No thread rule.
class line_ranges {
public:
    /// Adds first..last.
    void add(std::uint64_t first, std::uint64_t last);

    /// Adds every line of a batch; they ascend.
    void add(std::span<const std::uint64_t> lines);

    /// How many lines are in it.
    [[nodiscard]] std::uint64_t count() const noexcept { return count_; }

    /// For people: "1..500, 502, 504..510"; after `most` ranges comes "and 3 more ranges".
    [[nodiscard]] std::string to_string(std::size_t most = 8) const;

private:
    std::map<std::uint64_t, std::uint64_t> ranges_; // first -> last; apart from each other by at least one line
    std::uint64_t count_ = 0;
};

} // namespace odradek::cli
