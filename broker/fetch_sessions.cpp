// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/fetch_sessions.hpp>

#include <algorithm>
#include <limits>

namespace odradek::broker {

fetch_session& fetch_sessions::make()
{
    if (sessions_.size() >= slots) {
        const auto oldest = std::ranges::min_element(
            sessions_, {}, [](const auto& entry) -> std::uint64_t { return entry.second.last_used; });
        sessions_.erase(oldest);
    }
    fetch_session& made = sessions_[next_id_];
    made.id = next_id_;
    made.last_used = ++used_;
    next_id_ = next_id_ == std::numeric_limits<std::int32_t>::max() ? 1 : next_id_ + 1;
    return made;
}

fetch_session* fetch_sessions::find(std::int32_t id)
{
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) return nullptr;
    found->second.last_used = ++used_;
    return &found->second;
}

void fetch_sessions::remove(std::int32_t id)
{
    sessions_.erase(id);
}

std::int32_t next_session_epoch(std::int32_t epoch) noexcept
{
    return epoch == std::numeric_limits<std::int32_t>::max() ? 1 : epoch + 1;
}

} // namespace odradek::broker
