// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/epochs.hpp>

#include <algorithm>

namespace odradek::broker {

void leader_epochs::begin(std::int32_t epoch, std::int64_t offset)
{
    if (epoch <= latest()) return;
    // An epoch without a record is as if it had never been.
    while (!starts_.empty() && starts_.back().offset >= offset) starts_.pop_back();
    starts_.push_back({epoch, offset});
}

leader_epochs::end leader_epochs::end_of(std::int32_t epoch, std::int64_t log_end) const noexcept
{
    if (epoch < 0 || starts_.empty() || epoch > latest()) return {};
    if (epoch == latest()) return {epoch, log_end};
    const auto above = std::ranges::upper_bound(starts_, epoch, {}, &start::epoch);
    // Older than all that is left: what it wrote ended at or before the first known start.
    if (above == starts_.begin()) return {epoch, above->offset};
    return {std::prev(above)->epoch, above->offset};
}

std::int32_t leader_epochs::epoch_at(std::int64_t offset) const noexcept
{
    const auto above = std::ranges::upper_bound(starts_, offset, {}, &start::offset);
    return above == starts_.begin() ? -1 : std::prev(above)->epoch;
}

void leader_epochs::truncate_to(std::int64_t offset)
{
    while (!starts_.empty() && starts_.back().offset >= offset) starts_.pop_back();
}

void leader_epochs::delete_before(std::int64_t offset)
{
    const auto above = std::ranges::upper_bound(starts_, offset, {}, &start::offset);
    if (above == starts_.begin()) return;
    const auto first = std::prev(above);
    first->offset = offset;
    starts_.erase(starts_.begin(), first);
}

} // namespace odradek::broker
