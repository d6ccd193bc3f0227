// SPDX-License-Identifier: Apache-2.0
#include "tls_fixture.hpp"
#include <odradek/net/connection.hpp>
#include <odradek/net/tcp.hpp>
#include <odradek/net/tcp_listener.hpp>
#include <odradek/net/tls.hpp>
#include <odradek/protocol/error.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <tests/support/virtual_clock.hpp>

namespace odradek::test {
namespace {

namespace fs = std::filesystem;
using std::chrono_literals::operator""s;
using testing::HasSubstr;

// Hands out one end of a wire that the test holds, or a failure, or nothing until it is cancelled.
class wire_factory final : public socket_factory {
public:
    explicit wire_factory(transport_pair& wire) : wire_(wire) {}
    void connect(transport_request to, completion<void(std::error_code, std::unique_ptr<transport>)> done) override
    {
        asked.push_back(to.broker);
        if (failure == asio::error::would_block) {
            const auto kept = std::make_shared<completion<void(std::error_code, std::unique_ptr<transport>)>>();
            done.on_cancel([this, kept] {
                ++cancelled;
                std::exchange(*kept, {}).fail(asio::error::operation_aborted);
            });
            *kept = std::move(done);
        } else if (failure) {
            done.fail(failure, diagnostics("no way there"));
        } else {
            done.succeed(wire_.client());
        }
    }
    std::error_code failure{};
    std::vector<endpoint> asked{};
    int cancelled = 0;

private:
    transport_pair& wire_;
};

// Runs jobs when the test says so.
class held_jobs final : public blocking_executor {
public:
    void execute(std::function<void()> job) override
    {
        if (is_held)
            jobs.push_back(std::move(job));
        else
            job();
    }
    bool is_held = false;
    std::vector<std::function<void()>> jobs{};
};

class tls_factory_test : public tls_fixture {
protected:
    tls_factory_test()
    {
        logs->set_sink([this](log_level, std::string_view, std::string_view text) { logged += text; }, log_level::info);
    }
    void make_factory()
    {
        factory = make_tls_factory(inner, client_options, {time, jobs, logs});
        server.context = std::make_unique<tls_context>(server_options);
        ASSERT_FALSE(server.context->refresh(steady_time{}).ec);
    }
    struct attempt {
        std::optional<std::error_code> ec{};
        std::unique_ptr<transport> made{};
        diagnostics about{};
    };
    void start(attempt& to, asio::cancellation_slot slot = {}, const std::string& name = "broker.test")
    {
        transport_request request{{name, 9093}, 1, {}, time->now() + 10s, io.get_executor()};
        factory->async_connect(
            std::move(request), &to.about,
            asio::bind_cancellation_slot(slot, [&to](std::error_code ec, std::unique_ptr<transport> made) {
                to.ec = ec;
                to.made = std::move(made);
            }));
    }
    void answer()
    {
        server.stream = server_over(wire.server());
        begin(server);
    }
    void settle() { virtual_clock::settle(io); }

    std::shared_ptr<virtual_clock> time = std::make_shared<virtual_clock>();
    std::shared_ptr<held_jobs> jobs = std::make_shared<held_jobs>();
    std::shared_ptr<logger> logs = std::make_shared<logger>();
    std::shared_ptr<wire_factory> inner = std::make_shared<wire_factory>(wire);
    std::shared_ptr<socket_factory> factory;
    std::string logged;
};

TEST_F(tls_factory_test, shakes_hands_over_what_the_inner_factory_gives)
{
    make_factory();
    attempt to;
    start(to);
    answer();
    settle();
    ASSERT_EQ(to.ec, std::error_code{}) << to.about.to_string();
    EXPECT_EQ(inner->asked, (std::vector<endpoint>{{"broker.test", 9093}}));
    EXPECT_EQ(pass(*to.made, *server.stream, "question"), "question");
    EXPECT_EQ(time->pending(), 0u);
}

TEST_F(tls_factory_test, verifies_the_name_that_it_is_given_instead_of_the_brokers)
{
    client_options.server_name = "broker.test";
    make_factory();
    attempt to;
    start(to, {}, "10.0.0.1");
    answer();
    settle();
    EXPECT_EQ(to.ec, std::error_code{}) << to.about.to_string();
}

TEST_F(tls_factory_test, passes_on_why_there_is_no_connection)
{
    make_factory();
    inner->failure = asio::error::connection_refused;
    attempt to;
    start(to);
    settle();
    EXPECT_EQ(to.ec, asio::error::connection_refused);
    EXPECT_THAT(to.about.to_string(), HasSubstr("no way there"));
}

TEST_F(tls_factory_test, names_the_broker_whose_certificate_it_refuses)
{
    serve(authority().issue({.names = "DNS:other.test"}));
    make_factory();
    attempt to;
    start(to);
    answer();
    settle();
    EXPECT_EQ(to.ec, errc::tls_certificate_refused);
    EXPECT_EQ(to.about.peer(), (endpoint{"broker.test", 9093}));
    EXPECT_THAT(to.about.to_string(), HasSubstr("not for this name but for other.test"));
    EXPECT_EQ(to.made, nullptr);
    EXPECT_EQ(time->pending(), 0u);
    settle();
    EXPECT_THAT(words(server), HasSubstr("refuses our certificate (alert 42"));
}

TEST_F(tls_factory_test, reports_files_that_cannot_be_used_before_it_connects)
{
    client_options.ca_pem.clear();
    client_options.ca_file = "/missing/ca.pem";
    make_factory();
    attempt to;
    start(to);
    settle();
    EXPECT_EQ(to.ec, errc::file_not_readable);
    EXPECT_THAT(to.about.to_string(), HasSubstr("/missing/ca.pem"));
    EXPECT_TRUE(inner->asked.empty());
}

TEST_F(tls_factory_test, gives_up_at_the_deadline_whatever_it_waits_for)
{
    make_factory();
    attempt to;
    jobs->is_held = true;
    start(to);
    time->run_for(io, 11s);
    EXPECT_EQ(to.ec, errc::connect_timed_out);
    EXPECT_THAT(to.about.to_string(), HasSubstr("not done in time: reading the files of TLS"));
    jobs->is_held = false;
    for (const auto& job : std::exchange(jobs->jobs, {})) job();
    settle();

    inner->failure = asio::error::would_block;
    start(to);
    time->run_for(io, 11s);
    EXPECT_EQ(to.ec, errc::connect_timed_out);
    EXPECT_THAT(to.about.to_string(), HasSubstr("connecting to broker.test:9093"));

    inner->failure = {};
    start(to); // nobody answers
    time->run_for(io, 11s);
    EXPECT_EQ(to.ec, errc::connect_timed_out);
    EXPECT_THAT(to.about.to_string(), HasSubstr("the TLS handshake with broker.test"));
    EXPECT_EQ(time->pending(), 0u);
    EXPECT_TRUE(wire.to_server->is_ended) << "the connection below is closed";
}

TEST_F(tls_factory_test, can_be_cancelled_whatever_it_waits_for)
{
    make_factory();
    for (int step = 0; step < 3; ++step) {
        wire = {};
        jobs->is_held = step == 0;
        inner->failure = step == 1 ? make_error_code(asio::error::would_block) : std::error_code{};
        attempt to;
        asio::cancellation_signal stop;
        start(to, stop.slot());
        settle();
        EXPECT_FALSE(to.ec) << step;
        stop.emit(asio::cancellation_type::terminal);
        settle();
        EXPECT_EQ(to.ec, asio::error::operation_aborted) << step;
        EXPECT_EQ(time->pending(), 0u);
        EXPECT_EQ(inner->cancelled, step == 0 ? 0 : 1);
        for (const auto& job : std::exchange(jobs->jobs, {})) job();
        settle();
    }
}

TEST_F(tls_factory_test, uses_new_files_for_new_connections_and_warns_of_unusable_ones)
{
    std::string pattern = (fs::temp_directory_path() / "odradek_tls_XXXXXX").string();
    const fs::path folder = ::mkdtemp(pattern.data());
    const auto write = [&](const std::string& text) {
        static int writes = 0;
        std::ofstream(folder / "ca.pem") << text;
        fs::last_write_time(folder / "ca.pem", fs::file_time_type::clock::now() + std::chrono::seconds(++writes));
    };
    const certificate next = certificate::authority("Next authority");
    write(next.pem());
    client_options.ca_pem.clear();
    client_options.ca_file = (folder / "ca.pem").string();
    make_factory();
    const auto connect_once = [&](attempt& to) {
        wire = {};
        start(to);
        answer();
        settle();
    };
    attempt refused;
    connect_once(refused);
    EXPECT_EQ(refused.ec, errc::tls_certificate_refused);
    write(authority().pem());
    time->run_for(io, 1s);
    attempt first;
    connect_once(first);
    EXPECT_EQ(first.ec, std::error_code{}) << first.about.to_string();
    const auto first_server = std::move(server.stream);

    write("hello");
    time->run_for(io, 1s);
    attempt second;
    connect_once(second);
    EXPECT_EQ(second.ec, std::error_code{}) << second.about.to_string();
    EXPECT_THAT(logged, HasSubstr("the old ones stay in force"));

    write(next.pem());
    time->run_for(io, 1s);
    attempt third;
    connect_once(third);
    EXPECT_EQ(third.ec, errc::tls_certificate_refused);
    EXPECT_EQ(pass(*first.made, *first_server, "live connections go on"), "live connections go on");
    fs::remove_all(folder);
}

// With TLS 1.3 that is known only when the first answer is awaited: the connection says it all the same.
TEST_F(tls_factory_test, lets_a_connection_say_that_a_client_certificate_is_missing)
{
    demand(client_authentication::required, authority());
    make_factory();
    environment world;
    world.executor = world.strand = io.get_executor();
    world.clock = time;
    world.sockets = factory;
    world.random = std::make_shared<random_source>(1);
    world.blocking = jobs;
    world.log = logs;
    const auto made = connection::make(world, {}, {"broker.test", 9093}, 1, connection_role::general);
    std::error_code ended;
    diagnostics about;
    made->open({[&](std::error_code ec) { ended = ec; }, io.get_executor(), &about});
    answer();
    settle();
    EXPECT_EQ(ended, errc::tls_handshake_failed);
    EXPECT_THAT(about.to_string(), HasSubstr("the broker asks for a client certificate, and none is configured"));
    EXPECT_EQ(about.peer(), (endpoint{"broker.test", 9093}));
}

// Over real sockets, with the listeners of a server.
class tls_tcp_test : public tls_factory_test {
protected:
    struct world {
        asio::io_context io;
        std::shared_ptr<class clock> clock = make_system_clock();
        std::shared_ptr<blocking_executor> blocking = make_lazy_blocking_thread();
        std::shared_ptr<logger> log = std::make_shared<logger>();
        std::unique_ptr<listener> listening;
        std::unique_ptr<transport> accepted;
        std::unique_ptr<transport> made;
        std::error_code ec;
        diagnostics about;
    };
    void connect(world& in)
    {
        auto listeners = make_tls_listener_factory(make_tcp_listener_factory({}), server_options, in.clock, in.log);
        std::error_code ec;
        in.listening = listeners->listen({{"127.0.0.1", 0}, in.io.get_executor()}, ec);
        ASSERT_FALSE(ec) << ec.message();
        client_options.server_name = "broker.test";
        auto sockets = make_tls_factory(make_tcp_factory(make_system_resolver(in.blocking), in.clock), client_options,
                                        {in.clock, in.blocking, in.log});
        static char first[1];
        in.listening->async_accept(in.io.get_executor(), [&in](std::error_code, std::unique_ptr<transport> one) {
            in.accepted = std::move(one);
            in.accepted->async_read_some(in.io.get_executor(), std::as_writable_bytes(std::span(first)),
                                         [](std::error_code, std::size_t) {});
        });
        transport_request to{in.listening->where(), 1, {}, in.clock->now() + 30s, in.io.get_executor()};
        bool ended = false;
        sockets->async_connect(to, &in.about, [&](std::error_code failed, std::unique_ptr<transport> one) {
            in.ec = failed;
            in.made = std::move(one);
            ended = true;
        });
        while (!ended) in.io.run_one();
        in.io.poll();
    }
};

TEST_F(tls_tcp_test, connects_and_sees_tickets_and_farewells_on_real_sockets)
{
    world in;
    connect(in);
    ASSERT_TRUE(in.made) << describe(in.ec, in.about);
    EXPECT_THAT(in.made->describe(), HasSubstr("127.0.0.1:"));
    EXPECT_EQ(in.made->probe(), transport::state::quiet);
    in.accepted->close();
    in.io.poll();
    EXPECT_EQ(in.made->probe(), transport::state::closed);
    in.made->close();
    in.listening->stop();
    in.io.run();
}

// A context that goes away with everything pending: nothing is called, nothing leaks (AddressSanitizer looks).
TEST_F(tls_tcp_test, goes_away_with_its_execution_context)
{
    struct owner {
        std::unique_ptr<transport> stream;
        std::string room = std::string(100, '\0');
        std::string sent = std::string(50'000'000, 'x');
        bytes_view part{sent};
    };
    bool was_called = false;
    {
        world in;
        connect(in);
        ASSERT_TRUE(in.made) << describe(in.ec, in.about);
        const auto own = std::make_shared<owner>();
        own->stream = std::move(in.made);
        own->stream->async_read_some(in.io.get_executor(), std::as_writable_bytes(std::span(own->room)),
                                     [own, &was_called](std::error_code, std::size_t) { was_called = true; });
        own->stream->async_write(in.io.get_executor(), {&own->part, 1},
                                 [own, &was_called](std::error_code) { was_called = true; });
        in.io.poll();
        own->part = {};
    }
    EXPECT_FALSE(was_called);
}

TEST_F(tls_tcp_test, goes_away_in_the_middle_of_a_handshake)
{
    asio::io_context own;
    const auto time_of_day = make_system_clock();
    const auto blocking = make_lazy_blocking_thread();
    auto plain = make_tcp_listener_factory({});
    std::error_code ec;
    const auto listening = plain->listen({{"127.0.0.1", 0}, own.get_executor()}, ec);
    bool was_called = false;
    {
        asio::io_context short_lived;
        auto sockets = make_tls_factory(make_tcp_factory(make_system_resolver(blocking), time_of_day), client_options,
                                        {time_of_day, blocking, logs});
        transport_request to{listening->where(), 1, {}, time_of_day->now() + 30s, short_lived.get_executor()};
        sockets->async_connect(to, nullptr, [&](std::error_code, std::unique_ptr<transport>) { was_called = true; });
        const auto until = time_of_day->now() + std::chrono::milliseconds(200);
        while (time_of_day->now() < until) short_lived.run_one_for(std::chrono::milliseconds(20));
    }
    EXPECT_FALSE(was_called);
}

} // namespace
} // namespace odradek::test
