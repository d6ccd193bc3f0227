// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/blocking.hpp>

#include <cstddef>
#include <deque>
#include <functional>
#include <utility>

namespace odradek::test {

// Keeps jobs until the test runs them, on its own thread.
class held_jobs final : public blocking_executor {
public:
    std::deque<std::function<void()>> jobs;
    std::size_t given = 0; // in all

    void execute(std::function<void()> job) override
    {
        ++given;
        jobs.push_back(std::move(job));
    }
    void run_next()
    {
        const auto job = std::move(jobs.front());
        jobs.pop_front();
        job();
    }
    void drop_next() { jobs.pop_front(); }
};

} // namespace odradek::test
