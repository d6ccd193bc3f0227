// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <atomic>
#include <chrono>
#include <thread>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace odradek::detail {

/// A mutex for what is done in a few dozen instructions, now and then with an allocation, and is seldom wanted by two at once: letting go is a plain store, which
/// makes it about half as dear as a std::mutex that nobody waits for.
///
/// Who finds it taken looks again for about a microsecond, then yields, then sleeps for longer and longer, a millisecond at most: so
/// whoever holds it comes to run again, whatever the priorities. Not fair, not recursive.
class brief_mutex {
public:
    brief_mutex() noexcept = default;
    brief_mutex(const brief_mutex&) = delete;
    brief_mutex& operator=(const brief_mutex&) = delete;

    void lock() noexcept
    {
        if (!try_lock()) [[unlikely]]
            wait();
    }
    [[nodiscard]] bool try_lock() noexcept { return !taken_.exchange(true, std::memory_order_acquire); }
    void unlock() noexcept { taken_.store(false, std::memory_order_release); }

private:
    static void pause() noexcept
    {
#if defined(__x86_64__)
        _mm_pause();
#endif
    }

    void wait() noexcept
    {
        constexpr int looks = 64;
        constexpr int yields = 16;
        constexpr std::chrono::microseconds longest{1'000};
        std::chrono::microseconds nap{20};
        for (int round = 0;; ++round) {
            if (!taken_.load(std::memory_order_relaxed) && try_lock()) return;
            if (round < looks) {
                pause();
            } else if (round < looks + yields) {
                std::this_thread::yield();
            } else {
                std::this_thread::sleep_for(nap);
                nap = nap * 2 < longest ? nap * 2 : longest;
            }
        }
    }

    std::atomic<bool> taken_{false};
};

} // namespace odradek::detail
