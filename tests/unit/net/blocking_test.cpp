// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/blocking.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <tests/unit/net/held_jobs.hpp>
#include <thread>

namespace odradek {
namespace {

constexpr std::chrono::seconds patience{30}; // of a test that would hang otherwise

// Jobs that stay on their threads until they are let go, and what is known of them.
class crowd {
public:
    ~crowd()
    {
        let_go(sent_);
        EXPECT_TRUE(have_ended(sent_)); // they refer to this
    }

    void send(blocking_executor& where, int jobs)
    {
        sent_ += jobs;
        for (int i = 0; i < jobs; ++i)
            where.execute([this] {
                std::unique_lock lock(mutex_);
                threads_.insert(std::this_thread::get_id());
                most_ = std::max(most_, ++inside_);
                ++begun_;
                changed_.notify_all();
                changed_.wait_for(lock, patience, [this] { return allowed_ > 0; });
                --allowed_;
                --inside_;
                ++ended_;
                changed_.notify_all();
            });
    }
    void let_go(int jobs)
    {
        const std::lock_guard lock(mutex_);
        allowed_ += jobs;
        changed_.notify_all();
    }
    [[nodiscard]] bool have_begun(int jobs)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [&] { return begun_ >= jobs; });
    }
    [[nodiscard]] bool have_ended(int jobs)
    {
        std::unique_lock lock(mutex_);
        return changed_.wait_for(lock, patience, [&] { return ended_ >= jobs; });
    }
    [[nodiscard]] int most_at_once()
    {
        const std::lock_guard lock(mutex_);
        return most_;
    }
    [[nodiscard]] std::size_t threads()
    {
        const std::lock_guard lock(mutex_);
        return threads_.size();
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    std::set<std::thread::id> threads_;
    int sent_ = 0; // the test's own
    int allowed_ = 0;
    int inside_ = 0;
    int begun_ = 0;
    int ended_ = 0;
    int most_ = 0;
};

TEST(lazy_blocking_threads, a_job_that_does_not_end_holds_up_nobody)
{
    crowd hanging;
    crowd others;
    const auto where = make_lazy_blocking_thread();
    hanging.send(*where, max_blocking_threads - 1);
    ASSERT_TRUE(hanging.have_begun(max_blocking_threads - 1));
    others.let_go(5);
    others.send(*where, 5);
    EXPECT_TRUE(others.have_ended(5));
    hanging.let_go(max_blocking_threads);
    EXPECT_TRUE(hanging.have_ended(max_blocking_threads - 1));
}

TEST(lazy_blocking_threads, are_as_few_as_their_limit_says)
{
    crowd jobs;
    const auto where = make_lazy_blocking_thread();
    jobs.send(*where, 50);
    ASSERT_TRUE(jobs.have_begun(max_blocking_threads));
    jobs.let_go(50);
    ASSERT_TRUE(jobs.have_ended(50));
    EXPECT_EQ(jobs.most_at_once(), static_cast<int>(max_blocking_threads));
    EXPECT_EQ(jobs.threads(), max_blocking_threads);
}

TEST(lazy_blocking_threads, run_what_is_left_when_the_executor_is_gone)
{
    crowd jobs;
    auto where = make_lazy_blocking_thread();
    jobs.send(*where, 10);
    ASSERT_TRUE(jobs.have_begun(1));
    where.reset();
    jobs.let_go(10);
    EXPECT_TRUE(jobs.have_ended(10));
}

TEST(lazy_blocking_threads, begin_jobs_in_the_order_in_which_they_came)
{
    crowd hanging;
    std::mutex mutex;
    std::vector<int> order;
    const auto where = make_lazy_blocking_thread();
    hanging.send(*where, max_blocking_threads);
    ASSERT_TRUE(hanging.have_begun(max_blocking_threads));
    for (int i = 0; i < 20; ++i)
        where->execute([&, i] {
            const std::lock_guard lock(mutex);
            order.push_back(i);
        });
    crowd last;
    last.let_go(1);
    last.send(*where, 1);
    hanging.let_go(1); // one thread for all of them
    ASSERT_TRUE(last.have_ended(1));
    const std::lock_guard lock(mutex);
    EXPECT_EQ(order.size(), 20u);
    EXPECT_TRUE(std::is_sorted(order.begin(), order.end()));
    hanging.let_go(max_blocking_threads);
}

TEST(blocking, cancelling_ends_the_wait_but_not_the_job)
{
    test::held_jobs where;
    asio::io_context io;
    asio::cancellation_signal signal;
    std::error_code ended;
    int calls = 0;
    auto handler = asio::bind_cancellation_slot(signal.slot(), [&](std::error_code ec, int) {
        ended = ec;
        ++calls;
    });
    completion<void(std::error_code, int)> done(std::move(handler), io.get_executor());
    bool has_run = false;
    run_blocking<int>(
        where, io.get_executor(),
        [&] {
            has_run = true;
            return blocking_outcome<int>{};
        },
        std::move(done));
    signal.emit(asio::cancellation_type::terminal);
    io.run(); // returns, though the job has not run
    EXPECT_EQ(calls, 1);
    EXPECT_EQ(ended, asio::error::operation_aborted);
    where.run_next();
    io.restart();
    io.run();
    EXPECT_TRUE(has_run);
    EXPECT_EQ(calls, 1);
}

} // namespace
} // namespace odradek
