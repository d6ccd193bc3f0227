// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/batch_view.hpp>
#include <odradek/protocol/record.hpp>

#include <cstdint>
#include <string_view>

namespace odradek::cli {

/// A fetched record with what is known around it: what the output formats print.
///
/// Views; valid as long as the fetched response. Made and used by consume, one at a time.
struct message {
    std::string_view topic;                             ///< Name of the topic.
    std::int32_t partition = 0;                         ///< Partition it came from.
    timestamp_type timestamps = timestamp_type::create; ///< What the timestamp means.
    const record_view* record = nullptr;                ///< Offset, timestamp, key, value, headers.
};

} // namespace odradek::cli
