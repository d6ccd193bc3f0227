// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace odradek {

/// Which records of transactions a reader sees. The values are the protocol's.
enum class isolation_level : std::int8_t {
    read_uncommitted = 0, ///< All of them, also those of transactions that are open or were aborted.
    read_committed = 1,   ///< Only those of committed transactions, and none behind the first open one.
};

/// How one straight fetch is done. A plain value, copied when the operation starts; its user owns it.
///
/// Source: KIP-74 (size limits), KIP-98 (isolation).
struct fetch_options {
    /// Upper bound of the answer. A first batch that is larger comes all the same, so that reading goes on.
    std::int32_t max_bytes = 50 * 1024 * 1024;
    /// The same bound for the partition; the smaller one counts.
    std::int32_t partition_max_bytes = 1024 * 1024;
    /// How much must be there before the broker answers ahead of max_wait.
    std::int32_t min_bytes = 1;
    /// How long the broker waits for min_bytes.
    std::chrono::milliseconds max_wait{500};
    /// Which records of transactions are seen.
    isolation_level isolation = isolation_level::read_committed;
    /// Whether each batch's checksum is verified.
    bool check_crc = true;
    /// Whether asking for a topic that does not exist may create it. Off: a typing error must not make a topic.
    bool allow_auto_topic_creation = false;
    /// How long the whole operation may take, with every retry; nothing means client_options::default_api_timeout.
    std::optional<std::chrono::milliseconds> timeout{};
};
static_assert(std::is_trivially_destructible_v<fetch_options>);

} // namespace odradek
