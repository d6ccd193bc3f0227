// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/accumulator.hpp>

#include <algorithm>
#include <functional>
#include <utility>

// What the strand asks of the accumulator: batches, and memory to use again.
namespace odradek::detail {

accumulator_news accumulator::take_news()
{
    const std::lock_guard lock{news_mutex_};
    return std::exchange(news_, {});
}

std::shared_ptr<produce_batch> accumulator::take(partition_queue& from, steady_time begun_by)
{
    const std::lock_guard lock{from.mutex};
    batch_line& line = from.line;
    if (!line.closed.empty()) {
        auto first = std::move(line.closed.front());
        line.closed.pop_front();
        return first;
    }
    if (!line.open || line.open->created > begun_by) return nullptr;
    line.expect_another();
    return std::exchange(line.open, nullptr);
}

std::size_t accumulator::waiting_in(partition_queue& p)
{
    const std::lock_guard lock{p.mutex};
    return p.line.closed.size();
}

bool accumulator::has_batch(partition_queue& in, bool even_open)
{
    const std::lock_guard lock{in.mutex};
    return !in.line.closed.empty() || (even_open && in.line.open);
}

void accumulator::withdraw(produce_batch& from, std::span<const void* const> contexts,
                           std::vector<delivery_callback>& dropped)
{
    if (from.partition != nullptr) {
        const std::lock_guard lock{from.partition->mutex};
        return withdraw_from(from, contexts, dropped);
    }
    const std::lock_guard lock{from.topic->mutex};
    withdraw_from(from, contexts, dropped);
}

void accumulator::close(produce_batch& batch)
{
    const auto close_in = [&](batch_line& line) {
        if (line.open.get() == &batch) line.close();
    };
    if (batch.partition != nullptr) {
        const std::lock_guard lock{batch.partition->mutex};
        return close_in(batch.partition->line);
    }
    const std::lock_guard lock{batch.topic->mutex};
    close_in(batch.topic->held);
}

void accumulator::withdraw_from(produce_batch& from, std::span<const void* const> contexts,
                                std::vector<delivery_callback>& dropped)
{
    const std::less<const void*> before; // pointers of different objects have no other order
    const auto first_before = static_cast<std::ptrdiff_t>(from.withdrawn.size());
    for (std::size_t i = 0; i < from.deliveries.size(); ++i) {
        delivery_callback& owed = from.deliveries[i];
        if (!owed || !std::binary_search(contexts.begin(), contexts.end(), owed.context(), before)) continue;
        from.withdrawn.push_back(static_cast<std::int32_t>(i));
        dropped.push_back(std::move(owed));
    }
    std::inplace_merge(from.withdrawn.begin(), from.withdrawn.begin() + first_before, from.withdrawn.end());
}

void accumulator::recycle(byte_buffer memory)
{
    // A batch that waits for memory wants it more.
    if (memory.capacity() < options_.batch_size / 4 * 3) return;
    const std::lock_guard lock{pool_mutex_};
    if (!budget_->try_take(memory.capacity())) return;
    memory.clear();
    pool_.push_back(std::move(memory));
}

bool accumulator::give_up_one()
{
    byte_buffer gone;
    const std::lock_guard lock{pool_mutex_};
    if (pool_.empty()) return false;
    gone = std::move(pool_.back());
    pool_.pop_back();
    budget_->give_back(gone.capacity());
    return true;
}

bool accumulator::make_room(std::size_t size)
{
    while (budget_->left() < size)
        if (!give_up_one()) return false;
    return true;
}

void accumulator::note_lacking(std::size_t size) noexcept
{
    std::size_t known = lacking_.load(std::memory_order_relaxed);
    while (known < size && !lacking_.compare_exchange_weak(known, size, std::memory_order_relaxed)) {
    }
}

void accumulator::trim()
{
    while (give_up_one()) {
    }
}

std::vector<std::shared_ptr<produce_batch>> accumulator::take_all()
{
    std::vector<std::shared_ptr<produce_batch>> all;
    const auto take_line = [&all](batch_line& line) {
        all.insert(all.end(), line.closed.begin(), line.closed.end());
        if (line.open) all.push_back(std::move(line.open));
        line = {};
    };
    for (const auto& [name, topic] : all_topics()) {
        const std::lock_guard lock{topic->mutex};
        take_line(topic->held);
        for (const auto& p : topic->partitions) {
            const std::lock_guard inner{p->mutex};
            take_line(p->line);
            all.insert(all.end(), p->batches.begin(), p->batches.end());
        }
    }
    const std::lock_guard lock{news_mutex_};
    all.insert(all.end(), news_.fresh.begin(), news_.fresh.end());
    news_ = {};
    return all;
}

void accumulator::note_ended(const produce_batch& batch)
{
    const std::lock_guard lock{news_mutex_};
    const auto found = rounds_.find(batch.flush_round);
    if (found != rounds_.end() && --found->second == 0) rounds_.erase(found);
}

bool accumulator::is_of_round(const produce_batch& batch, std::uint64_t round) const
{
    const std::lock_guard lock{news_mutex_};
    return batch.flush_round <= round;
}

void accumulator::note_made(const produce_batch& batch)
{
    const std::lock_guard lock{news_mutex_};
    ++rounds_[batch.flush_round];
}

bool accumulator::has_ended(std::uint64_t round) const
{
    const std::lock_guard lock{news_mutex_};
    return rounds_.empty() || rounds_.begin()->first > round;
}

bool accumulator::is_idle() const
{
    const std::lock_guard lock{news_mutex_};
    return rounds_.empty();
}

} // namespace odradek::detail
