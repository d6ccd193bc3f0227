// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/clock.hpp>

#include <asio/steady_timer.hpp>

namespace odradek {
namespace {

class system_timer final : public timer {
public:
    explicit system_timer(const asio::any_io_executor& executor) : timer_(executor) {}
    ~system_timer() override { cancel(); }
    system_timer(const system_timer&) = delete;
    system_timer& operator=(const system_timer&) = delete;

    void wait_until(steady_time when, completion<void(std::error_code)> done) override
    {
        cancel();
        const auto current = std::make_shared<wait>(std::move(done));
        waiting_ = current;
        timer_.expires_at(when);
        // Asio cannot cancel a wait whose handler is queued already: such a wait finds that it has ended before.
        timer_.async_wait([current](std::error_code ec) { current->end(ec); });
    }

    void cancel() override
    {
        const auto current = waiting_.lock();
        if (!current) return;
        current->end(asio::error::operation_aborted);
        timer_.cancel();
    }

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

    asio::steady_timer timer_;
    std::weak_ptr<wait> waiting_; // Asio owns it, so that a context that is shut down destroys what waits
};

class system_clock final : public clock {
public:
    [[nodiscard]] steady_time now() const noexcept override { return std::chrono::steady_clock::now(); }
    [[nodiscard]] wall_time wall_now() const noexcept override { return std::chrono::system_clock::now(); }
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
