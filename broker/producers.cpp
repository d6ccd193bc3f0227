// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/producers.hpp>

#include <algorithm>
#include <limits>

namespace odradek::broker {
namespace {

/// Sequences run from the greatest int32 on to 0.
bool follows(std::int32_t last, std::int32_t next) noexcept
{
    return last == std::numeric_limits<std::int32_t>::max() ? next == 0 : next == last + 1;
}

} // namespace

producer_states::verdict producer_states::check(std::int64_t id, std::int16_t epoch, std::int32_t first,
                                                std::int32_t last) const
{
    const auto known = states_.find(id);
    // Of a producer that is not known (any more) any sequence is taken, since KIP-360.
    if (known == states_.end()) return {};
    const state& of = known->second;
    if (epoch < of.epoch) return {.error = broker_errc::invalid_producer_epoch};
    if (epoch > of.epoch) return {.error = first == 0 ? broker_errc::none : broker_errc::out_of_order_sequence_number};
    for (std::size_t i = 0; i < of.count; ++i) {
        const batch& stored = of.batches[i];
        if (stored.first_sequence == first && stored.last_sequence == last) return {.duplicate = stored};
    }
    if (of.count != 0 && !follows(of.last_sequence(), first))
        return {.error = broker_errc::out_of_order_sequence_number};
    return {};
}

void producer_states::note(std::int64_t id, std::int16_t epoch, const batch& stored)
{
    state& of = states_[id];
    if (epoch != of.epoch) of = {.epoch = epoch};
    if (of.count == remembered) {
        std::ranges::rotate(of.batches, of.batches.begin() + 1);
        --of.count;
    }
    of.batches[of.count++] = stored;
    of.last_timestamp = stored.timestamp;
    recharge();
}

std::size_t producer_states::cost_of_one() noexcept
{
    constexpr std::size_t links_of_node = 4 * sizeof(void*);
    return sizeof(decltype(states_)::value_type) + links_of_node;
}

void producer_states::recharge() noexcept
{
    held_.set(states_.size() * cost_of_one());
}

void producer_states::truncate_to(std::int64_t offset)
{
    for (auto& [id, of] : states_) {
        while (of.count != 0 && of.batches[of.count - 1].last_offset >= offset) --of.count;
        if (of.count != 0) of.last_timestamp = of.batches[of.count - 1].timestamp;
    }
    std::erase_if(states_, [](const auto& entry) { return entry.second.count == 0; });
    recharge();
}

std::optional<std::int64_t> producer_states::oldest_timestamp() const noexcept
{
    const auto oldest = std::ranges::min_element(
        states_, {}, [](const auto& entry) -> std::int64_t { return entry.second.last_timestamp; });
    return oldest == states_.end() ? std::nullopt : std::optional{oldest->second.last_timestamp};
}

void producer_states::expire(std::int64_t timestamp)
{
    std::erase_if(states_, [timestamp](const auto& entry) { return entry.second.last_timestamp < timestamp; });
    recharge();
}

} // namespace odradek::broker
