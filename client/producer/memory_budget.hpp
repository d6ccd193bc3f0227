// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <cstddef>

namespace odradek::detail {

/// Bytes that a producer may hold, and how many it does.
///
/// Owned by the producer, used by any thread.
class memory_budget {
public:
    explicit memory_budget(std::size_t limit) noexcept : limit_(limit) {}

    /// Takes `size` bytes if they are left.
    [[nodiscard]] bool try_take(std::size_t size) noexcept
    {
        std::size_t used = used_.load(std::memory_order_relaxed);
        do {
            if (used > limit_ || size > limit_ - used) return false;
        } while (!used_.compare_exchange_weak(used, used + size, std::memory_order_relaxed));
        return true;
    }
    /// Takes them in any case.
    void take(std::size_t size) noexcept { used_.fetch_add(size, std::memory_order_relaxed); }
    void give_back(std::size_t size) noexcept { used_.fetch_sub(size, std::memory_order_relaxed); }

    [[nodiscard]] std::size_t limit() const noexcept { return limit_; }
    [[nodiscard]] std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }
    [[nodiscard]] std::size_t left() const noexcept
    {
        const std::size_t now = used();
        return now < limit_ ? limit_ - now : 0;
    }

private:
    const std::size_t limit_;
    std::atomic<std::size_t> used_{0};
};

} // namespace odradek::detail
