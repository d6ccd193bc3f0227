// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/producer/producer.hpp>
#include <odradek/tools/cli/wakeup.hpp>

#include <asio/awaitable.hpp>

#include <system_error>
#include <utility>

namespace odradek::cli {

/// Waits for room in a producer whose memory was used up.
///
/// Owned by the command, beside the producer and the wakeup that it refers to; everything runs on its single thread. A signal ends the
/// wait too, by that wakeup, so it is not the coroutine itself that waits for the producer.
class room {
public:
    room(producer& in, wakeup& changed) : producer_(in), changed_(changed) {}

    /// Until there is room again, or something else has changed.
    asio::awaitable<void> wait()
    {
        if (!std::exchange(asked_, true))
            producer_.async_ready([this](std::error_code) {
                asked_ = false;
                changed_.notify();
            });
        co_await changed_.wait();
    }

private:
    producer& producer_;
    wakeup& changed_;
    bool asked_ = false;
};

} // namespace odradek::cli
