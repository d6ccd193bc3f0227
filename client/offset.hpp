// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/fetch_options.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <string_view>
#include <type_traits>

namespace odradek {

/// Offsets that are no numbers of records but stand for a place in the log; the same numbers ask ListOffsets for it.
namespace offset {
inline constexpr std::int64_t end = -1;       ///< Behind the last record that the isolation level shows.
inline constexpr std::int64_t beginning = -2; ///< The first record that is still there.
} // namespace offset

/// What async_list_offsets may be asked for besides a time (in milliseconds since 1970) and offset::beginning and end.
namespace offset_query {
inline constexpr std::int64_t max_timestamp = -3;  ///< The record with the latest timestamp (KIP-734, Kafka 3.0).
inline constexpr std::int64_t earliest_local = -4; ///< The first one on the brokers' own disks (KIP-405, Kafka 3.4).
inline constexpr std::int64_t latest_tiered = -5;  ///< The last one in remote storage (KIP-1005, Kafka 3.9).
inline constexpr std::int64_t earliest_pending_upload =
    -6; ///< The first one that is not there yet (KIP-1023, Kafka 4.2).
} // namespace offset_query

/// Where a straight fetch begins. A view: the topic's name is copied when the operation starts.
struct fetch_position {
    std::string_view topic{};
    std::int32_t partition = 0;
    std::int64_t offset = offset::beginning; ///< An offset, offset::beginning or offset::end.
};
static_assert(std::is_trivially_destructible_v<fetch_position>);

/// Which offset is wanted. A view: the topic's name is copied when the operation starts.
struct timed_position {
    std::string_view topic{};
    std::int32_t partition = 0;
    /// The first record of this time (milliseconds since 1970) or later, or one of the constants above.
    std::int64_t timestamp = offset::end;
};
static_assert(std::is_trivially_destructible_v<timed_position>);

/// How one offset is asked for. A plain value, copied when the operation starts.
struct list_offsets_options {
    /// With read_committed the end is the last stable offset.
    isolation_level isolation = isolation_level::read_committed;
    /// How long the whole operation may take; nothing means client_options::default_api_timeout.
    std::optional<std::chrono::milliseconds> timeout{};
};
static_assert(std::is_trivially_destructible_v<list_offsets_options>);

/// An offset with its time. A plain value.
struct listed_offset {
    std::int64_t offset = -1;       ///< -1 if no record is that young.
    std::int64_t timestamp = -1;    ///< Of that record; -1 for beginning and end.
    std::int32_t leader_epoch = -1; ///< Of that record; -1 if the broker does not tell.

    friend bool operator==(const listed_offset&, const listed_offset&) = default;
};

} // namespace odradek
