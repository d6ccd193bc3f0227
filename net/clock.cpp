// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/clock.hpp>

#include <asio/error.hpp>
#include <asio/post.hpp>
#include <asio/steady_timer.hpp>

#include <ctime>

namespace odradek {
namespace {

class system_timer final : public timer {
public:
    explicit system_timer(const asio::any_io_executor& executor) : alarm_(std::make_shared<alarm>(executor)) {}
    ~system_timer() override { alarm_->cancel(); }
    system_timer(const system_timer&) = delete;
    system_timer& operator=(const system_timer&) = delete;

    void wait_until(steady_time when, completion<void(std::error_code)> done) override
    {
        alarm_->cancel();
        const auto current = std::make_shared<wait>(std::move(done));
        // The signal may come on any thread, and when this wait has ended and another one has begun.
        current->done.on_cancel([executor = alarm_->timer.get_executor(), alarm = std::weak_ptr(alarm_),
                                 cancelled = std::weak_ptr(current)] {
            asio::post(executor, [alarm, cancelled] {
                const auto at = alarm.lock();
                const auto which = cancelled.lock();
                if (at && which && at->waiting.lock() == which) at->cancel();
            });
        });
        alarm_->waiting = current;
        alarm_->timer.expires_at(when);
        // Asio cannot cancel a wait whose handler is queued already: such a wait finds that it has ended before.
        alarm_->timer.async_wait([current](std::error_code ec) { current->end(ec); });
    }

    void cancel() override { alarm_->cancel(); }

private:
    struct wait {
        explicit wait(completion<void(std::error_code)> d) : done(std::move(d)) {}
        completion<void(std::error_code)> done;

        void end(std::error_code ec)
        {
            if (!done) return;
            auto ending = std::move(done);
            if (ec)
                ending.fail(ec);
            else
                ending.succeed();
        }
    };
    // What a cancellation can find after the timer is gone.
    struct alarm {
        explicit alarm(const asio::any_io_executor& executor) : timer(executor) {}
        asio::steady_timer timer;
        std::weak_ptr<wait> waiting; // Asio owns it, so that a context that is shut down destroys what waits

        void cancel()
        {
            const auto current = waiting.lock();
            if (!current) return;
            current->end(asio::error::operation_aborted);
            timer.cancel();
        }
    };

    std::shared_ptr<alarm> alarm_;
};

class system_clock final : public clock {
public:
    [[nodiscard]] steady_time now() const noexcept override { return std::chrono::steady_clock::now(); }
    [[nodiscard]] wall_time wall_now() const noexcept override { return std::chrono::system_clock::now(); }
#ifdef CLOCK_REALTIME_COARSE
    [[nodiscard]] wall_time coarse_wall_now() const noexcept override
    {
        timespec now{};
        if (::clock_gettime(CLOCK_REALTIME_COARSE, &now) != 0) return wall_now();
        return wall_time{std::chrono::duration_cast<wall_time::duration>(std::chrono::seconds{now.tv_sec} +
                                                                         std::chrono::nanoseconds{now.tv_nsec})};
    }
#endif
    [[nodiscard]] std::unique_ptr<timer> make_timer(const asio::any_io_executor& executor) override
    {
        return std::make_unique<system_timer>(executor);
    }
};

} // namespace

std::shared_ptr<clock> make_system_clock()
{
    return std::make_shared<system_clock>();
}

} // namespace odradek
