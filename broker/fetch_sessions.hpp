// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/broker_error.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/types.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace odradek::broker {

/// A partition as a Fetch request names it.
struct fetch_partition {
    std::string topic; ///< Up to version 12.
    uuid topic_id{};   ///< From version 13 on.
    std::int32_t index = -1;
    std::int32_t current_leader_epoch = -1;
    std::int64_t offset = 0;
    std::int32_t last_fetched_epoch = -1;
    std::int32_t max_bytes = 0;
};

/// What a session remembers of a partition: what was asked, and what was last said, so that only news is sent.
struct session_partition {
    fetch_partition wanted;
    bool was_known = false; ///< Its topic was there when it was named: if it goes, the error is another one.
    std::int64_t said_high_watermark = -2; ///< -2: nothing was said yet.
    std::int64_t said_log_start = -2;
};

/// One client's standing order (KIP-227).
struct fetch_session {
    std::int32_t id = 0;
    std::int32_t next_epoch = 1;
    bool by_id = false;                          ///< Partitions are named by topic id (KIP-516).
    std::vector<session_partition> partitions{}; ///< In the order in which they are served.
    std::chrono::nanoseconds created{};
    std::chrono::nanoseconds last_used{};
};

/// The fetch sessions of one broker (KIP-227): what incremental Fetch requests refer to.
///
/// Owned by the core. A value without clock or I/O; ids are counted, so that a run repeats itself. Times are those of the core's
/// steady clock.
class ODRADEK_EXPORT fetch_sessions {
public:
    static constexpr std::size_t slots = 1000;              ///< max.incremental.fetch.session.cache.slots
    static constexpr std::size_t most_partitions = 200'000; ///< Of all sessions together.
    /// min.incremental.fetch.session.eviction.ms
    static constexpr std::chrono::nanoseconds protected_for = std::chrono::minutes{2};

    /// A new session. Where there is no room it takes the place of one that was not used for two minutes, or else of the smallest
    /// one if that has fewer partitions and was in use for more than two minutes. Null if there is no such one: a client gets on
    /// without a session.
    fetch_session* make(bool by_id, std::vector<session_partition> partitions, std::chrono::nanoseconds now);
    /// Whether the sessions may have so many partitions more.
    [[nodiscard]] bool has_room_for(std::size_t partitions) const noexcept;
    /// The session, if it is there.
    [[nodiscard]] fetch_session* find(std::int32_t id);
    void remove(std::int32_t id);
    void clear() noexcept { sessions_.clear(); } ///< Ids are not given again.
    [[nodiscard]] std::size_t size() const noexcept { return sessions_.size(); }

private:
    [[nodiscard]] std::size_t partitions() const noexcept;
    [[nodiscard]] bool evict_for(std::size_t partitions, std::chrono::nanoseconds now);

    std::map<std::int32_t, fetch_session> sessions_;
    std::int32_t next_id_ = 1;
};

/// The epoch after this one; after the greatest comes 1.
[[nodiscard]] ODRADEK_EXPORT std::int32_t next_session_epoch(std::int32_t epoch) noexcept;

} // namespace odradek::broker
