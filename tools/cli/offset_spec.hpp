// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace odradek::cli {

/// Where `consume` begins in each partition, and where it ends if a time says so: what the -o options of one command mean.
///
/// A plain value. Broker questions (where is the end, which offset has this time) are asked by consume, not here.
struct offset_spec {
    /// How `value` is meant.
    enum class origin {
        beginning, ///< The first record that the log still has.
        end,       ///< Behind the last record.
        absolute,  ///< Offset `value`.
        tail,      ///< `value` offsets before the end, but not before the beginning.
        timestamp, ///< The first record whose timestamp is `value` or later.
    };

    origin from = origin::beginning;
    std::int64_t value = 0;                    ///< An offset, a count or milliseconds since 1970.
    std::optional<std::int64_t> end_timestamp; ///< Ends before the first record with this timestamp or a later one.

    friend bool operator==(const offset_spec&, const offset_spec&) = default;
};

/// Reads beginning, end, N, -N, s@MS and e@MS. At most one says where to begin and at most one where to end; anything else is
/// a usage failure. None at all means the beginning.
[[nodiscard]] offset_spec parse_offsets(const std::vector<std::string>& options);

} // namespace odradek::cli
