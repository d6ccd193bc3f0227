// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/fetch_sessions.hpp>

#include <algorithm>
#include <limits>

namespace odradek::broker {

fetch_session* fetch_sessions::make(bool by_id, std::vector<session_partition> partitions, std::chrono::nanoseconds now)
{
    if (partitions.size() > most_partitions) return nullptr;
    while (sessions_.size() >= slots || !has_room_for(partitions.size()))
        if (!evict_for(partitions.size(), now)) return nullptr;
    fetch_session& made = sessions_[next_id_];
    made.id = next_id_;
    made.by_id = by_id;
    made.partitions = std::move(partitions);
    made.created = made.last_used = now;
    next_id_ = next_id_ == std::numeric_limits<std::int32_t>::max() ? 1 : next_id_ + 1;
    return &made;
}

bool fetch_sessions::evict_for(std::size_t partitions, std::chrono::nanoseconds now)
{
    const auto oldest = std::ranges::min_element(
        sessions_, {}, [](const auto& entry) -> std::chrono::nanoseconds { return entry.second.last_used; });
    if (oldest == sessions_.end()) return false;
    if (now - oldest->second.last_used > protected_for) {
        sessions_.erase(oldest);
        return true;
    }
    auto smallest = sessions_.end();
    for (auto one = sessions_.begin(); one != sessions_.end(); ++one) {
        const bool settled = one->second.last_used - one->second.created > protected_for;
        const bool smaller =
            smallest == sessions_.end() || one->second.partitions.size() < smallest->second.partitions.size();
        if (settled && smaller) smallest = one;
    }
    if (smallest == sessions_.end() || partitions <= smallest->second.partitions.size()) return false;
    sessions_.erase(smallest);
    return true;
}

bool fetch_sessions::has_room_for(std::size_t partitions) const noexcept
{
    return partitions <= most_partitions && this->partitions() <= most_partitions - partitions;
}

std::size_t fetch_sessions::partitions() const noexcept
{
    std::size_t count = 0;
    for (const auto& [id, one] : sessions_) count += one.partitions.size();
    return count;
}

fetch_session* fetch_sessions::find(std::int32_t id)
{
    const auto found = sessions_.find(id);
    return found == sessions_.end() ? nullptr : &found->second;
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
