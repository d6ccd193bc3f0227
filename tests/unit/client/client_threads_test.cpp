// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/client.hpp>

#include <asio/executor_work_guard.hpp>
#include <asio/strand.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <tests/unit/client/ending.hpp>
#include <thread>
#include <vector>

namespace odradek {
namespace {

using namespace test;

constexpr int starters = 4;
constexpr int runners = 2;
constexpr int each = 25;

// Brokers on a strand of an executor that several threads run. No time passes in here, so that its clock may be read anywhere.
struct threaded_cluster {
    fake_cluster brokers;

    threaded_cluster() { brokers.world.world.strand = asio::make_strand(brokers.world.io.get_executor()); }

    // Every starter runs `work` at the same time, while runners run what it starts, until `ended` operations have completed.
    template <class Work>
    void run(Work work, const std::atomic<int>& ended, int expected)
    {
        auto busy = std::make_optional(asio::make_work_guard(brokers.world.io));
        brokers.world.io.restart();
        std::vector<std::thread> running;
        for (int i = 0; i < runners; ++i) running.emplace_back([this] { brokers.world.io.run(); });
        std::vector<std::thread> starting;
        for (int i = 0; i < starters; ++i) starting.emplace_back([&work, i] { work(i); });
        for (std::thread& one : starting) one.join();
        busy.reset(); // returns when nothing is pending any more
        for (std::thread& one : running) one.join();
        EXPECT_EQ(ended, expected);
    }
};

TEST(client_threads, takes_operations_from_several_threads_at_once)
{
    threaded_cluster world;
    client c = world.brokers.make_client();
    std::atomic<int> ended = 0;
    std::atomic<int> failed = 0;
    const auto note = [&](std::error_code ec) {
        if (ec) ++failed;
        ++ended;
    };
    world.run(
        [&](int thread) {
            const std::string group = "readers-" + std::to_string(thread % 2);
            heartbeat_request alive;
            alive.group_id = group;
            for (int i = 0; i < each; ++i) {
                const coordinator to{.type = coordinator_type::group, .key = group};
                c.async_produce(first_partition, one_record, {}, [&](std::error_code ec, const placed&) { note(ec); });
                c.async_fetch(from_beginning, {}, [&](std::error_code ec, const fetched&) { note(ec); });
                c.async_list_offsets({.topic = "letters", .partition = 1}, {},
                                     [&](std::error_code ec, listed_offset) { note(ec); });
                c.async_request(to, alive, {},
                                [&](std::error_code ec, const response<heartbeat_response>&) { note(ec); });
            }
        },
        ended, starters * each * 4);
    EXPECT_EQ(failed, 0);
    EXPECT_EQ(world.brokers.count(api::produce), static_cast<std::size_t>(starters * each));
    EXPECT_EQ(world.brokers.count(api::metadata), 1u);
    EXPECT_EQ(world.brokers.count(api::find_coordinator), 2u);
}

TEST(client_threads, is_stopped_by_one_thread_while_others_start_operations)
{
    threaded_cluster world;
    client c = world.brokers.make_client();
    std::atomic<int> ended = 0;
    world.run(
        [&](int thread) {
            for (int i = 0; i < each; ++i) {
                if (thread == 0 && i == each / 2) c.stop();
                c.async_produce(first_partition, one_record, {}, [&](std::error_code ec, const placed&) {
                    // What was written when the client stopped may be in the log, and no answer tells.
                    EXPECT_TRUE(!ec || ec == errc::closed || ec == errc::outcome_unknown) << ec.message();
                    ++ended;
                });
            }
        },
        ended, starters * each);
}

} // namespace
} // namespace odradek
