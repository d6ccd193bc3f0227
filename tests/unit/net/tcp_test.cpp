// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/broker_pool.hpp>
#include <odradek/net/connection.hpp>
#include <odradek/net/environment.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/read.hpp>
#include <asio/thread_pool.hpp>
#include <asio/write.hpp>
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <tests/unit/net/tcp_fixture.hpp>
#include <thread>

namespace odradek {
namespace {

using asio::ip::tcp;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

using tcp_test = test::tcp_fixture;

TEST_F(tcp_test, writes_a_list_of_parts_in_order_and_reads_what_is_there)
{
    tcp::socket server(io);
    attempt to;
    connect_pair(to, server);
    const std::string large(3'000'000, 'x');
    std::vector<bytes_view> parts{bytes_view("first"), bytes_view(large)};
    for (int i = 0; i < 200; ++i) parts.emplace_back("tail"); // more than one system call takes
    std::string received(5 + large.size() + 800, '\0');
    std::error_code written = asio::error::would_block;
    to.made->async_write(world.strand, parts, [&](std::error_code ec) { written = ec; });
    asio::async_read(server, asio::buffer(received), [](std::error_code, std::size_t) {});
    run();
    EXPECT_FALSE(written);
    EXPECT_EQ(to.made->bytes_written(), received.size());
    EXPECT_EQ(received.substr(0, 7), "firstxx");
    EXPECT_EQ(received.substr(received.size() - 5), "ltail");

    asio::write(server, asio::buffer(std::string("answer")));
    std::string answer(100, '\0');
    std::size_t size = 0;
    to.made->async_read_some(world.strand, std::as_writable_bytes(std::span(answer)),
                             [&](std::error_code, std::size_t n) { size = n; });
    run();
    EXPECT_EQ(answer.substr(0, size), "answer");
}

TEST_F(tcp_test, probes_without_reading)
{
    tcp::socket server(io);
    attempt to;
    connect_pair(to, server);
    EXPECT_EQ(to.made->probe(), transport::state::quiet);
    asio::write(server, asio::buffer(std::string("x")));
    while (to.made->probe() == transport::state::quiet) std::this_thread::yield();
    EXPECT_EQ(to.made->probe(), transport::state::readable);
    std::array<std::byte, 1> one{};
    to.made->async_read_some(world.strand, one, [](std::error_code, std::size_t) {});
    run();
    EXPECT_EQ(to.made->probe(), transport::state::quiet);
    server.close();
    while (to.made->probe() == transport::state::quiet) std::this_thread::yield();
    EXPECT_EQ(to.made->probe(), transport::state::closed);
}

TEST_F(tcp_test, reports_the_end_of_the_stream)
{
    tcp::socket server(io);
    attempt to;
    connect_pair(to, server);
    server.close();
    std::array<std::byte, 1> one{};
    std::error_code ended;
    to.made->async_read_some(world.strand, one, [&](std::error_code ec, std::size_t) { ended = ec; });
    run();
    EXPECT_EQ(ended, asio::error::eof);
}

TEST_F(tcp_test, ends_what_is_pending_when_it_is_closed_or_destroyed)
{
    for (const bool destroy : {false, true}) {
        tcp::socket server(io);
        attempt to;
        connect_pair(to, server);
        std::array<std::byte, 1> one{};
        std::error_code ended;
        to.made->async_read_some(world.strand, one, [&](std::error_code ec, std::size_t) { ended = ec; });
        if (destroy)
            to.made.reset();
        else
            to.made->close();
        run();
        EXPECT_EQ(ended, asio::error::operation_aborted);
    }
}

// KIP-302: every address in turn.
TEST_F(tcp_test, goes_on_to_the_next_address)
{
    names->answer.insert(names->answer.begin(), endpoint{"127.0.0.1", refusing_port()});
    tcp::socket server(io);
    attempt to;
    connect_pair(to, server);
    EXPECT_EQ(to.made->describe(), to_string(names->answer.back()));
}

TEST_F(tcp_test, names_every_address_that_failed_and_why)
{
    names->answer = {{"127.0.0.1", refusing_port()}, {"no address", 1}};
    attempt to;
    connect(to);
    run();
    ASSERT_TRUE(to.ec.has_value());
    const std::string words(to.about.client_message());
    EXPECT_NE(words.find("broker.test:9092"), std::string::npos) << words;
    EXPECT_NE(words.find(to_string(names->answer[0]) + ": Connection refused"), std::string::npos) << words;
    EXPECT_NE(words.find("no address:1: "), std::string::npos) << words;
    EXPECT_EQ(to.about.peer(), (endpoint{"broker.test", 9092}));
}

TEST_F(tcp_test, gives_up_at_the_deadline_when_an_address_swallows_everything)
{
    names->answer = {swallowing_address()};
    attempt to;
    connect(to, 300ms, {.attempt_timeout = 100ms});
    io.restart();
    while (!to.ec) io.run_one();
    EXPECT_EQ(*to.ec, errc::connect_timed_out) << to.ec->message();
    EXPECT_NE(to.about.client_message().find("no answer"), std::string_view::npos) << to.about.to_string();
}

TEST_F(tcp_test, stops_connecting_when_it_is_cancelled)
{
    class silent_resolver final : public resolver {
    public:
        completion<void(std::error_code, std::vector<endpoint>)> kept;
        void resolve(const asio::any_io_executor&, endpoint,
                     completion<void(std::error_code, std::vector<endpoint>)> done) override
        {
            kept = std::move(done);
        }
    };
    const auto silent = std::make_shared<silent_resolver>();
    factory = make_tcp_factory(silent, world.clock);
    asio::cancellation_signal signal;
    std::error_code ended;
    factory->async_connect({{"broker.test", 9092}, 1, {}, world.clock->now() + 3600s, world.strand}, nullptr,
                           asio::bind_cancellation_slot(
                               signal.slot(), [&](std::error_code ec, std::unique_ptr<transport>) { ended = ec; }));
    io.poll();
    signal.emit(asio::cancellation_type::terminal);
    io.poll();
    EXPECT_EQ(ended, asio::error::operation_aborted);
    silent->kept.fail(asio::error::operation_aborted);
    run();
}

TEST_F(tcp_test, the_systems_resolver_answers_numeric_hosts_without_asking_and_names_from_its_thread)
{
    class counting_executor final : public blocking_executor {
    public:
        std::atomic<int> jobs{0};
        std::shared_ptr<blocking_executor> real = make_lazy_blocking_thread();
        void execute(std::function<void()> job) override
        {
            ++jobs;
            real->execute(std::move(job));
        }
    };
    const auto where = std::make_shared<counting_executor>();
    const auto system = make_system_resolver(where);
    const auto resolve = [&](endpoint name) {
        std::pair<std::error_code, std::vector<endpoint>> result;
        system->async_resolve(
            world.strand, std::move(name), nullptr,
            [&](std::error_code ec, std::vector<endpoint> found) { result = {ec, std::move(found)}; });
        run();
        return result;
    };
    EXPECT_EQ(resolve({"127.0.0.1", 5}).second, (std::vector<endpoint>{{"127.0.0.1", 5}}));
    EXPECT_EQ(resolve({"::1", 5}).second, (std::vector<endpoint>{{"::1", 5}}));
    EXPECT_EQ(where->jobs, 0);
    const auto [ec, local] = resolve({"localhost", 5});
    EXPECT_EQ(ec, std::error_code());
    EXPECT_FALSE(local.empty());
    EXPECT_EQ(where->jobs, 1);
}

TEST(blocking, a_job_that_outlives_its_execution_context_touches_nothing)
{
    const auto where = make_lazy_blocking_thread();
    std::atomic<bool> may_end{false};
    std::atomic<bool> has_ended{false};
    bool called = false;
    {
        asio::io_context io;
        completion<void(std::error_code, int)> done([&](std::error_code, int) { called = true; }, io.get_executor());
        run_blocking<int>(
            *where, io.get_executor(),
            [&] {
                while (!may_end) std::this_thread::yield();
                return blocking_outcome<int>{};
            },
            std::move(done));
    }
    may_end = true;
    where->execute([&] { has_ended = true; });
    while (!has_ended) std::this_thread::yield();
    EXPECT_FALSE(called);
}

TEST(blocking, a_job_that_is_destroyed_unrun_ends_its_operation)
{
    class forgetful final : public blocking_executor {
        void execute(std::function<void()>) override {}
    };
    forgetful where;
    asio::io_context io;
    std::error_code ended;
    completion<void(std::error_code, int)> done([&](std::error_code ec, int) { ended = ec; }, io.get_executor());
    run_blocking<int>(where, io.get_executor(), [] { return blocking_outcome<int>{}; }, std::move(done));
    io.run();
    EXPECT_EQ(ended, asio::error::operation_aborted);
}

TEST(blocking, uses_the_executor_of_the_user_when_there_is_one)
{
    asio::thread_pool pool(1);
    asio::io_context io;
    const auto where = make_blocking_executor(pool.get_executor());
    std::thread::id ran_on;
    int got = 0;
    completion<void(std::error_code, int)> done([&](std::error_code, int value) { got = value; }, io.get_executor());
    run_blocking<int>(
        *where, io.get_executor(),
        [&] {
            ran_on = std::this_thread::get_id();
            return blocking_outcome<int>{{}, 5, {}};
        },
        std::move(done));
    io.run();
    EXPECT_EQ(got, 5);
    EXPECT_NE(ran_on, std::this_thread::get_id());
}

// Whatever is pending when the context goes is destroyed with it, uncalled and without a trace (LeakSanitizer watches).
TEST(shutdown, leaves_nothing_behind_at_any_moment)
{
    for (int events = 0; events < 40; ++events) {
        const auto token = std::make_shared<int>(0);
        {
            asio::io_context io;
            tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
            tcp::socket silent(io);
            acceptor.async_accept(silent, [](std::error_code) {});
            const environment world = make_environment(io.get_executor());
            const auto pool = broker_pool::make(
                world, {.bootstrap = {{"127.0.0.1", acceptor.local_endpoint().port()}, {"localhost", 1}}});
            for (int i = 0; i < 2; ++i)
                pool->async_acquire_any(world.clock->now() + 60s,
                                        [token](std::error_code, const std::shared_ptr<connection>&) {});
            for (int i = 0; i < events; ++i) io.run_one_for(2ms);
        }
        EXPECT_EQ(token.use_count(), 1) << "after " << events << " events";
    }
}

// Many threads start requests on one connection over a real socket, whose peer echoes an empty answer to each.
TEST_F(tcp_test, a_connection_may_be_used_from_many_threads)
{
    const endpoint where{"127.0.0.1", acceptor.local_endpoint().port()};
    std::thread peer([this] { // ApiVersions v0 to the first request, then header-only answers
        tcp::socket server = acceptor.accept();
        std::error_code ec;
        for (;;) {
            std::array<std::uint8_t, 4> length{};
            asio::read(server, asio::buffer(length), ec);
            if (ec) return;
            std::vector<std::uint8_t> request((std::size_t{length[2]} << 8U) | length[3]);
            asio::read(server, asio::buffer(request), ec);
            if (ec) return;
            std::vector<std::uint8_t> answer{0, 0, 0, 4, request[4], request[5], request[6], request[7]};
            if (request[1] == 18) {
                // Error 0, no key, no throttle time, no tags: version 5.
                for (const int byte : {0, 0, 1, 0, 0, 0, 0, 0}) answer.push_back(static_cast<std::uint8_t>(byte));
                answer[3] = 12;
            }
            asio::write(server, asio::buffer(answer), ec);
        }
    });
    const auto link = connection::make(world, {}, where);
    std::error_code opened = asio::error::would_block;
    link->async_open([&](std::error_code ec) { opened = ec; });
    run();
    ASSERT_EQ(opened, std::error_code()) << opened.message();

    std::atomic<int> answered{0};
    auto work = asio::make_work_guard(io);
    io.restart();
    std::vector<std::thread> runners;
    for (int i = 0; i < 2; ++i) runners.emplace_back([this] { io.run(); });
    std::vector<std::thread> senders;
    for (int t = 0; t < 4; ++t) {
        senders.emplace_back([&] {
            for (int i = 0; i < 50; ++i) {
                outgoing_request request;
                request.key = api::heartbeat;
                request.version = api_version{0};
                request.deadline = world.clock->now() + 60s;
                link->async_send(std::move(request),
                                 [&](std::error_code ec, const response_frame&) { answered += ec ? 1'000'000 : 1; });
            }
        });
    }
    for (auto& one : senders) one.join();
    while (answered < 200) std::this_thread::yield();
    EXPECT_EQ(answered, 200);
    link->close();
    work.reset();
    for (auto& one : runners) one.join();
    peer.join();
}

} // namespace
} // namespace odradek
