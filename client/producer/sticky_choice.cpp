// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/sticky_choice.hpp>

#include <algorithm>
#include <limits>

namespace odradek {

sticky_choice::sticky_choice(std::int32_t batch_size) noexcept
    : batch_size_(static_cast<std::uint32_t>(std::max(batch_size, 1)))
{}

sticky_choice::~sticky_choice() = default;

bool sticky_choice::on_append(std::int32_t at, std::size_t bytes, bool batch_is_ready, std::uint64_t random) noexcept
{
    constexpr std::uint64_t most = std::numeric_limits<std::uint32_t>::max();
    // Twice the greatest batch_size is still below `most`, so a sum that was cut off is enough to switch.
    const std::uint32_t enough = batch_is_ready ? batch_size_ : 2 * batch_size_;
    std::uint64_t seen = state_.load(std::memory_order_relaxed);
    std::uint32_t sum = 0;
    do {
        if (at < 0 || partition_in(seen) != at) return false;
        sum = static_cast<std::uint32_t>(std::min(bytes_in(seen) + std::min(std::uint64_t{bytes}, most), most));
    } while (!state_.compare_exchange_weak(seen, packed(at, sum), std::memory_order_relaxed));
    if (sum < enough) return false;

    const std::lock_guard lock(mutex_);
    // Several threads may come here with the same bytes; the first one switches.
    const std::uint64_t now = state_.load(std::memory_order_relaxed);
    if (partition_in(now) != at || bytes_in(now) < enough) return false;
    state_.store(packed(draw(random), 0), std::memory_order_relaxed);
    return true;
}

void sticky_choice::switch_from(std::int32_t at, std::uint64_t random) noexcept
{
    const std::lock_guard lock(mutex_);
    if (at < 0 || current() != at) return;
    state_.store(packed(draw_another(at, random), 0), std::memory_order_relaxed);
}

void sticky_choice::set_partitions(std::span<const load> loads, const options& what, std::uint64_t random)
{
    const auto is_available = [](const load& one) { return one.available; };
    const auto is_near = [](const load& one) { return one.available && one.same_rack; };

    const std::lock_guard lock(mutex_);
    const bool any_available = std::ranges::any_of(loads, is_available);
    const bool only_near = what.rack_aware && std::ranges::any_of(loads, is_near);
    const auto is_allowed = [&](const load& one) { return only_near ? is_near(one) : one.available || !any_available; };

    std::int64_t longest = 0;
    for (const load& one : loads)
        if (is_allowed(one)) longest = std::max<std::int64_t>(longest, one.queue);
    partitions_.reserve(loads.size());
    weights_upto_.reserve(loads.size());
    partitions_.clear();
    weights_upto_.clear();
    std::uint64_t sum = 0;
    for (const load& one : loads) {
        if (!is_allowed(one)) continue;
        sum += what.adaptive ? static_cast<std::uint64_t>(longest + 1 - std::max<std::int64_t>(one.queue, 0)) : 1;
        partitions_.push_back(one.partition);
        weights_upto_.push_back(sum);
    }

    if (turn_tables_.empty()) turns_taken_.store(random, std::memory_order_relaxed);
    set_turns(loads, any_available);
    if (std::ranges::find(partitions_, current()) == partitions_.end())
        state_.store(packed(draw(random), 0), std::memory_order_relaxed);
}

std::int32_t sticky_choice::next_round_robin() noexcept
{
    return turn(turns_taken_.fetch_add(1, std::memory_order_relaxed));
}

std::int32_t sticky_choice::next_random(std::uint64_t random) const noexcept
{
    return turn(random);
}

std::int32_t sticky_choice::draw(std::uint64_t random) const noexcept
{
    if (partitions_.empty()) return -1;
    // The sum is so far below 2^64 that the remainder favours nobody noticeably.
    const auto found = std::ranges::upper_bound(weights_upto_, random % weights_upto_.back());
    return partitions_[static_cast<std::size_t>(found - weights_upto_.begin())];
}

std::int32_t sticky_choice::draw_another(std::int32_t than, std::uint64_t random) const noexcept
{
    const auto found = std::ranges::find(partitions_, than);
    if (found == partitions_.end() || partitions_.size() < 2) return draw(random);
    const auto index = static_cast<std::size_t>(found - partitions_.begin());
    const std::uint64_t before = index == 0 ? 0 : weights_upto_[index - 1];
    const std::uint64_t weight = weights_upto_[index] - before;
    // Draws from what is left without its share, and steps over that.
    const std::uint64_t drawn = random % (weights_upto_.back() - weight);
    return draw(drawn < before ? drawn : drawn + weight);
}

void sticky_choice::set_turns(std::span<const load> loads, bool any_available)
{
    turn_table* table = turn_tables_.empty() ? nullptr : turn_tables_.back().get();
    if (table == nullptr || table->partitions.size() < loads.size()) {
        const std::size_t twice = table == nullptr ? 0 : 2 * table->partitions.size();
        table = turn_tables_.emplace_back(std::make_unique<turn_table>(std::max(loads.size(), twice))).get();
    }
    std::size_t used = 0;
    for (const load& one : loads)
        if (one.available || !any_available) table->partitions[used++].store(one.partition, std::memory_order_relaxed);
    // Whoever sees the count sees what it counts. A reader that still goes by a count from before finds a partition
    // that was there a moment ago, which it might have got just as well by asking a moment sooner.
    table->used.store(used, std::memory_order_release);
    turns_.store(table, std::memory_order_release);
}

std::int32_t sticky_choice::turn(std::uint64_t number) const noexcept
{
    const turn_table* table = turns_.load(std::memory_order_acquire);
    if (table == nullptr) return -1;
    const std::size_t used = table->used.load(std::memory_order_acquire);
    if (used == 0) return -1;
    return table->partitions[static_cast<std::size_t>(number % used)].load(std::memory_order_relaxed);
}

} // namespace odradek
