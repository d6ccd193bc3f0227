// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/cluster.hpp>
#include <odradek/client/producer/producer.hpp>

#include <asio/executor_work_guard.hpp>
#include <asio/io_context.hpp>
#include <asio/thread_pool.hpp>
#include <asio/use_future.hpp>
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

// The producer on real sockets, used by several threads while others run it: what ThreadSanitizer watches.
namespace odradek::broker {
namespace {

using namespace std::chrono_literals;

constexpr int senders = 4;
constexpr int runners = 2;
constexpr int each = 3000;

struct running_cluster {
    asio::io_context io;
    cluster brokers{io, {.brokers = 2, .topics = {{"letters", 6}}}};
    asio::executor_work_guard<asio::io_context::executor_type> busy = asio::make_work_guard(io);
    std::vector<std::thread> threads;

    running_cluster()
    {
        for (int i = 0; i < runners; ++i) threads.emplace_back([this] { io.run(); });
    }
    running_cluster(const running_cluster&) = delete;
    running_cluster& operator=(const running_cluster&) = delete;
    ~running_cluster()
    {
        brokers.stop();
        busy.reset();
        for (std::thread& one : threads) one.join();
    }
};

// Sends from every thread at once; each waits when the memory is full.
template <class OnPlaced>
void send_all(producer& to, OnPlaced on_placed)
{
    std::vector<std::thread> threads;
    for (int thread = 0; thread < senders; ++thread) {
        threads.emplace_back([&to, thread, on_placed] {
            const topic_handle letters = to.topic("letters");
            for (int i = 0; i < each; ++i) {
                const std::string value = std::to_string(thread) + ':' + std::to_string(i) + std::string(100, '.');
                const record what{.topic = "letters", .value = bytes_view{value}};
                for (;;) {
                    const auto done = [thread, i, on_placed](std::error_code ec, const placed& at) {
                        on_placed(thread, i, ec, at);
                    };
                    const std::error_code ec = i % 2 == 0 ? to.try_send(letters, what, done) : to.try_send(what, done);
                    if (!ec) break;
                    if (ec != errc::queue_full) return;
                    to.async_ready(asio::use_future).get();
                }
            }
        });
    }
    for (std::thread& one : threads) one.join();
}

TEST(producer_threads, deliver_every_record_of_every_thread_once_and_in_order)
{
    for (const auto codec : {compression::none, compression::lz4}) {
        running_cluster on;
        asio::thread_pool elsewhere{2};
        client c{on.io, {.brokers = {on.brokers.bootstrap()}}};
        producer sending{c,
                         {.compression = codec,
                          .compression_executor = elsewhere.get_executor(),
                          .compress_elsewhere_from = 1,
                          .linger = 1ms,
                          .batch_size = 20'000,
                          .memory = 200'000}};
        std::mutex mutex;
        std::array<std::vector<placed>, senders> places;
        for (auto& one : places) one.resize(each);
        std::atomic<int> called = 0;
        std::atomic<int> failed = 0;
        send_all(sending, [&](int thread, int i, std::error_code ec, const placed& at) {
            ++called;
            if (ec) ++failed;
            const std::lock_guard lock{mutex};
            places[static_cast<std::size_t>(thread)][static_cast<std::size_t>(i)] = at;
        });
        sending.async_flush(asio::use_future).get();
        EXPECT_EQ(called, senders * each);
        EXPECT_EQ(failed, 0);
        EXPECT_EQ(sending.metrics().records_acknowledged, static_cast<std::uint64_t>(senders * each));
        std::map<std::pair<std::int32_t, std::int64_t>, int> seen;
        for (const auto& of_thread : places) {
            std::map<std::int32_t, std::int64_t> last;
            for (const placed& at : of_thread) {
                EXPECT_EQ(++seen[std::pair(at.partition, at.offset)], 1);
                const auto before = last.find(at.partition);
                if (before != last.end()) {
                    EXPECT_LT(before->second, at.offset);
                }
                last[at.partition] = at.offset;
            }
        }
        sending.async_close(10s, asio::use_future).get();
    }
}

TEST(producer_threads, end_what_is_pending_when_the_producer_goes_while_they_send)
{
    running_cluster on;
    client c{on.io, {.brokers = {on.brokers.bootstrap()}}};
    auto sending = std::make_unique<producer>(c, producer_options{.linger = 5ms, .memory = 100'000});
    std::atomic<int> taken = 0;
    std::atomic<int> called = 0;
    std::atomic<bool> stop = false;
    std::vector<std::thread> threads;
    for (int thread = 0; thread < senders; ++thread)
        threads.emplace_back([&] {
            while (!stop)
                if (!sending->try_send({.topic = "letters", .value = "v"},
                                       [&](std::error_code, const placed&) { ++called; }))
                    ++taken;
        });
    std::this_thread::sleep_for(50ms);
    c.stop(); // in the middle of it
    std::this_thread::sleep_for(20ms);
    stop = true;
    for (std::thread& one : threads) one.join();
    sending.reset();
    for (int i = 0; i < 1000 && called != taken; ++i) std::this_thread::sleep_for(10ms);
    EXPECT_EQ(called, taken);
    EXPECT_GT(taken, 0);
}

} // namespace
} // namespace odradek::broker
