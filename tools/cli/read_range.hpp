// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/fetch_options.hpp>
#include <odradek/tools/cli/offset_spec.hpp>
#include <odradek/tools/cli/session.hpp>

#include <asio/awaitable.hpp>

#include <cstdint>
#include <optional>
#include <string>

namespace odradek::cli {

/// Which offsets of one partition are read.
struct read_range {
    std::int32_t partition = 0;
    std::int64_t next = 0;           ///< The first offset to be read.
    std::optional<std::int64_t> end; ///< The first one not to be read; nothing: for ever.
    std::int64_t wanted = 0;         ///< What is read below it is not printed: `next` where that is in the log.
    std::string
        out_of_range{}; ///< If the log does not have the offset that was asked for: which, where, and its bounds.
};

/// Asks the brokers what the -o options mean in one partition. Where the log does not have an offset, the range begins at the
/// nearest one that it has, and says so: whether that is a failure depends on the other partitions.
asio::awaitable<read_range> find_range(session& in, const std::string& topic, std::int32_t partition,
                                       const offset_spec& spec, bool exit_at_end);

} // namespace odradek::cli
