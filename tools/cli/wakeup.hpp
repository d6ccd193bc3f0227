// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <asio/awaitable.hpp>
#include <asio/experimental/as_tuple.hpp>
#include <asio/steady_timer.hpp>
#include <asio/use_awaitable.hpp>

#include <chrono>
#include <utility>

namespace odradek::cli {

/// One coroutine waits until another one, or a callback, says that something has changed.
///
/// Owned by the command; everything runs on its single thread. A notification that nobody waits for is kept for the next wait.
class wakeup {
public:
    explicit wakeup(const asio::any_io_executor& executor) : timer_(executor) {}

    /// Ends the present wait, or the next one at once.
    void notify()
    {
        notified_ = true;
        timer_.cancel();
    }

    /// Waits for notify(), at most for `longest`.
    asio::awaitable<void> wait(std::chrono::milliseconds longest = std::chrono::hours{24})
    {
        if (!notified_) {
            timer_.expires_after(longest);
            co_await timer_.async_wait(asio::experimental::as_tuple(asio::use_awaitable));
        }
        notified_ = false;
    }

private:
    asio::steady_timer timer_;
    bool notified_ = false;
};

} // namespace odradek::cli
