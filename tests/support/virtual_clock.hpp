// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/clock.hpp>

#include <asio/error.hpp>
#include <asio/io_context.hpp>

#include <chrono>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>

namespace odradek::test {

/// A clock that a test moves: time passes only when everything else is quiet, from one timer to the next.
///
/// Owned by the test, single-threaded. What is due at the same time happens in the order in which it was set.
class virtual_clock final : public clock {
public:
    [[nodiscard]] steady_time now() const noexcept override { return now_; }
    [[nodiscard]] wall_time wall_now() const noexcept override
    {
        return wall_time{} + std::chrono::duration_cast<wall_time::duration>(now_.time_since_epoch()) + wall_ahead_;
    }
    [[nodiscard]] std::unique_ptr<timer> make_timer(const asio::any_io_executor&) override
    {
        return std::make_unique<virtual_timer>(waits_);
    }

    /// Sets the time of day forward or, with a negative span, back: the steady clock does not care.
    void shift_wall(std::chrono::milliseconds by) noexcept { wall_ahead_ += by; }

    /// Calls `what` at that time, from outside of all handlers.
    void schedule(steady_time when, std::function<void()> what)
    {
        waits_->due.emplace(order{when, waits_->next++}, pending_one{{}, std::move(what)});
    }

    /// Timers and scheduled calls that wait.
    [[nodiscard]] std::size_t pending() const noexcept { return waits_->due.size(); }

    /// Runs what is ready, no time passes.
    static void settle(asio::io_context& io)
    {
        do io.restart();
        while (io.poll() != 0);
    }

    /// Runs what is ready, then lets the next timer fire, until `is_done` or until nothing is left that could happen.
    template <class Done>
    bool run_until(asio::io_context& io, Done is_done)
    {
        for (;;) {
            settle(io);
            if (is_done()) return true;
            if (waits_->due.empty()) return false;
            fire_next();
        }
    }

    /// Runs everything that happens within `span`, and lets all of it pass.
    void run_for(asio::io_context& io, std::chrono::milliseconds span)
    {
        const steady_time end = now_ + span;
        for (settle(io); !waits_->due.empty() && waits_->due.begin()->first.first <= end; settle(io)) fire_next();
        now_ = end;
    }

    /// Forgets the scheduled calls: for the end of a test, whose things they may refer to.
    void drop_scheduled()
    {
        std::erase_if(waits_->due, [](const auto& one) { return static_cast<bool>(one.second.call); });
    }

private:
    using order = std::pair<steady_time, std::uint64_t>;
    struct pending_one {
        completion<void(std::error_code)> done{};
        std::function<void()> call{};
    };
    struct waits {
        std::map<order, pending_one> due;
        std::uint64_t next = 0;

        void abort(const order& which)
        {
            auto entry = due.extract(which);
            if (!entry.empty() && entry.mapped().done) entry.mapped().done.fail(asio::error::operation_aborted);
        }
    };

    class virtual_timer final : public timer {
    public:
        explicit virtual_timer(std::shared_ptr<waits> all) : all_(std::move(all)) {}
        ~virtual_timer() override { cancel(); }
        virtual_timer(const virtual_timer&) = delete;
        virtual_timer& operator=(const virtual_timer&) = delete;

        void wait_until(steady_time when, completion<void(std::error_code)> done) override
        {
            cancel();
            mine_ = {when, all_->next++};
            done.on_cancel([all = std::weak_ptr(all_), cancelled = mine_] {
                if (const auto waiting = all.lock()) waiting->abort(cancelled);
            });
            all_->due.emplace(mine_, pending_one{std::move(done), {}});
        }
        void cancel() override { all_->abort(mine_); }

    private:
        std::shared_ptr<waits> all_;
        order mine_{steady_time::min(), 0};
    };

    void fire_next()
    {
        auto entry = waits_->due.extract(waits_->due.begin());
        if (entry.key().first > now_) now_ = entry.key().first;
        if (entry.mapped().call)
            entry.mapped().call();
        else
            entry.mapped().done.succeed();
    }

    steady_time now_{std::chrono::hours{1}};
    std::chrono::milliseconds wall_ahead_{0};
    std::shared_ptr<waits> waits_ = std::make_shared<waits>();
};

} // namespace odradek::test
