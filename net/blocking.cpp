// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/blocking.hpp>

#include <asio/post.hpp>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>

namespace odradek {
namespace {

class users_executor final : public blocking_executor {
public:
    explicit users_executor(asio::any_io_executor users) : users_(std::move(users)) {}
    void execute(std::function<void()> job) override { asio::post(users_, std::move(job)); }

private:
    asio::any_io_executor users_;
};

constexpr std::chrono::seconds longest_idle{10};

class lazy_threads final : public blocking_executor {
public:
    lazy_threads() = default;
    lazy_threads(const lazy_threads&) = delete;
    lazy_threads& operator=(const lazy_threads&) = delete;
    ~lazy_threads() override
    {
        const std::lock_guard lock(shared_->mutex);
        shared_->closed = true;
        shared_->changed.notify_all();
    }

    void execute(std::function<void()> job) override
    {
        std::unique_lock lock(shared_->mutex);
        shared_->jobs.push_back(std::move(job));
        // Those that are free but have not woken yet each take one of the jobs that wait.
        if (shared_->jobs.size() > shared_->idle && shared_->threads < max_blocking_threads && !start() &&
            shared_->threads == 0) {
            const auto unrun = std::move(shared_->jobs);
            shared_->jobs.clear();
            lock.unlock(); // what goes with them may come back here
            return;
        }
        shared_->changed.notify_one();
    }

private:
    struct shared {
        std::mutex mutex;
        std::condition_variable changed;
        std::deque<std::function<void()>> jobs;
        std::size_t threads = 0;
        std::size_t idle = 0; // of these
        bool closed = false;
    };

    bool start() noexcept
    {
        try {
            std::thread(work, shared_).detach();
        } catch (const std::system_error&) {
            return false;
        }
        ++shared_->threads;
        return true;
    }

    static void work(const std::shared_ptr<shared>& all)
    {
        std::unique_lock lock(all->mutex);
        for (;;) {
            ++all->idle;
            all->changed.wait_for(lock, longest_idle, [&] { return all->closed || !all->jobs.empty(); });
            --all->idle;
            if (all->jobs.empty()) break;
            auto job = std::move(all->jobs.front());
            all->jobs.pop_front();
            lock.unlock();
            job();
            job = nullptr; // what it holds goes without the lock, too
            lock.lock();
        }
        --all->threads;
    }

    std::shared_ptr<shared> shared_ = std::make_shared<shared>();
};

// The returns that wait in one execution context. The mutex is held while a return is used: that is what keeps the context
// alive, since its shutdown needs the mutex as well.
struct registry {
    std::mutex mutex;
    std::map<std::uint64_t, std::unique_ptr<detail::blocking_return>> waiting;
    std::uint64_t next = 0;
};

class registry_service final : public asio::execution_context::service {
public:
    inline static asio::execution_context::id id;

    explicit registry_service(asio::execution_context& context) : service(context) {}

    std::shared_ptr<registry> returns = std::make_shared<registry>();

private:
    void shutdown() override
    {
        std::map<std::uint64_t, std::unique_ptr<detail::blocking_return>> gone;
        const std::lock_guard lock(returns->mutex);
        gone.swap(returns->waiting);
    }
};

struct ticket {
    std::shared_ptr<registry> returns;
    std::uint64_t number = 0;

    void take(const std::function<void(detail::blocking_return&)>& use) const
    {
        const std::lock_guard lock(returns->mutex);
        const auto found = returns->waiting.find(number);
        if (found == returns->waiting.end()) return;
        use(*found->second);
        returns->waiting.erase(found);
    }

    ticket(std::shared_ptr<registry> r, std::uint64_t n) : returns(std::move(r)), number(n) {}
    ticket(const ticket&) = delete;
    ticket& operator=(const ticket&) = delete;
    ~ticket()
    {
        take([](detail::blocking_return& kept) { kept.abandon(); });
    }
};

} // namespace

std::shared_ptr<blocking_executor> make_blocking_executor(asio::any_io_executor users)
{
    return std::make_shared<users_executor>(std::move(users));
}

std::shared_ptr<blocking_executor> make_lazy_blocking_thread()
{
    return std::make_shared<lazy_threads>();
}

namespace detail {

std::shared_ptr<void> keep_blocking_return(asio::execution_context& context, std::unique_ptr<blocking_return> waiting)
{
    auto returns = asio::use_service<registry_service>(context).returns;
    const std::lock_guard lock(returns->mutex);
    const std::uint64_t number = returns->next++;
    returns->waiting.emplace(number, std::move(waiting));
    return std::make_shared<ticket>(returns, number);
}

void take_blocking_return(const std::shared_ptr<void>& kept, const std::function<void(blocking_return&)>& use)
{
    static_cast<const ticket*>(kept.get())->take(use);
}

} // namespace detail
} // namespace odradek
