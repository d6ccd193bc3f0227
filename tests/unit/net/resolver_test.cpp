// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/resolver.hpp>
#include <odradek/net/resolver_lookup.hpp>
#include <odradek/protocol/error.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <tests/unit/net/held_jobs.hpp>
#include <vector>

namespace odradek {
namespace {

using detail::shared_lookups;
using kind = shared_lookups::kind;

// Somebody who waits, and with what that ended.
struct wait {
    std::optional<std::error_code> ec;
    std::vector<endpoint> found;
    diagnostics about;
    asio::cancellation_signal stop;
};

class lookups : public testing::Test {
protected:
    void want(wait& by, const endpoint& name, kind what = kind::addresses)
    {
        auto handler =
            asio::bind_cancellation_slot(by.stop.slot(), [&by](std::error_code ec, std::vector<endpoint> found) {
                EXPECT_FALSE(by.ec) << "ended twice";
                by.ec = ec;
                by.found = std::move(found);
            });
        all->want(io.get_executor(), name, what, {std::move(handler), io.get_executor(), &by.about});
    }
    void run()
    {
        io.restart();
        io.run();
    }
    void settle()
    {
        io.restart();
        io.poll();
    }

    asio::io_context io;
    std::shared_ptr<test::held_jobs> where = std::make_shared<test::held_jobs>();
    std::vector<std::string> asked;
    std::shared_ptr<shared_lookups> all =
        shared_lookups::make(where, [this](const std::string& host, kind what) -> shared_lookups::outcome {
            asked.push_back(host);
            if (host == "nowhere") return {errc::host_not_found, {}, diagnostics{"cannot resolve host nowhere"}};
            if (what == kind::canonical_names) return {{}, {{"canonical." + host, 0}}, {}};
            return {{}, {{"10.0.0.1", 0}, {"10.0.0.2", 0}}, {}};
        });
};

TEST_F(lookups, those_of_one_name_at_one_time_are_one)
{
    wait one;
    wait other;
    want(one, {"a", 1});
    want(other, {"a", 2});
    ASSERT_EQ(where->jobs.size(), 1u);
    where->run_next();
    run();
    EXPECT_EQ(one.found, (std::vector<endpoint>{{"10.0.0.1", 1}, {"10.0.0.2", 1}}));
    EXPECT_EQ(other.found, (std::vector<endpoint>{{"10.0.0.1", 2}, {"10.0.0.2", 2}}));
    EXPECT_EQ(asked.size(), 1u);

    wait later;
    want(later, {"a", 3});
    ASSERT_EQ(where->jobs.size(), 1u) << "what was found is not kept";
    where->run_next();
    run();
    EXPECT_EQ(later.ec, std::error_code{});
}

TEST_F(lookups, of_canonical_names_are_others)
{
    wait addresses;
    wait names;
    want(addresses, {"a", 1});
    want(names, {"a", 1}, kind::canonical_names);
    while (!where->jobs.empty()) where->run_next();
    run();
    EXPECT_EQ(addresses.found.size(), 2u);
    EXPECT_EQ(names.found, (std::vector<endpoint>{{"canonical.a", 1}}));
}

TEST_F(lookups, that_fail_tell_everybody_why)
{
    wait one;
    wait other;
    want(one, {"nowhere", 1});
    want(other, {"nowhere", 2});
    where->run_next();
    run();
    EXPECT_EQ(one.ec, errc::host_not_found);
    EXPECT_EQ(other.ec, errc::host_not_found);
    EXPECT_EQ(one.about.client_message(), "cannot resolve host nowhere");
    EXPECT_EQ(one.about.peer(), (endpoint{"nowhere", 1}));
    EXPECT_EQ(other.about.peer(), (endpoint{"nowhere", 2}));
}

TEST_F(lookups, run_few_at_once_and_in_turn)
{
    std::vector<std::unique_ptr<wait>> waits;
    for (const char* name : {"a", "b", "c", "d", "e"}) {
        waits.push_back(std::make_unique<wait>());
        want(*waits.back(), {name, 1});
    }
    EXPECT_EQ(where->jobs.size(), shared_lookups::at_once);
    where->run_next();
    EXPECT_EQ(where->jobs.size(), shared_lookups::at_once);
    while (!where->jobs.empty()) where->run_next();
    run();
    EXPECT_EQ(asked, (std::vector<std::string>{"a", "b", "c", "d", "e"}));
    for (const auto& one : waits) EXPECT_EQ(one->ec, std::error_code{});
}

TEST_F(lookups, are_left_at_once_by_whoever_is_cancelled)
{
    wait leaves;
    wait stays;
    want(leaves, {"a", 1});
    want(stays, {"a", 1});
    leaves.stop.emit(asio::cancellation_type::terminal);
    settle();
    EXPECT_EQ(leaves.ec, asio::error::operation_aborted);
    EXPECT_FALSE(stays.ec);
    where->run_next();
    run();
    EXPECT_EQ(stays.ec, std::error_code{});
}

TEST_F(lookups, that_nobody_waits_for_any_more_are_not_begun)
{
    std::vector<std::unique_ptr<wait>> waits;
    for (const char* name : {"a", "b", "c", "d", "e"}) {
        waits.push_back(std::make_unique<wait>());
        want(*waits.back(), {name, 1});
    }
    for (const auto& one : waits) one->stop.emit(asio::cancellation_type::terminal);
    run(); // returns, though no job has run
    for (const auto& one : waits) EXPECT_EQ(one->ec, asio::error::operation_aborted);
    EXPECT_EQ(where->given, shared_lookups::at_once);
    wait again;
    want(again, {"a", 1}); // may join the job that has not begun
    while (!where->jobs.empty()) where->run_next();
    run();
    EXPECT_EQ(again.ec, std::error_code{});
    EXPECT_EQ(asked, (std::vector<std::string>{"a"}));
}

TEST_F(lookups, whose_job_is_destroyed_unrun_are_aborted_and_make_room)
{
    std::vector<std::unique_ptr<wait>> waits;
    for (const char* name : {"a", "b", "c", "d"}) {
        waits.push_back(std::make_unique<wait>());
        want(*waits.back(), {name, 1});
    }
    where->drop_next();
    while (!where->jobs.empty()) where->run_next();
    run();
    EXPECT_EQ(waits.front()->ec, asio::error::operation_aborted);
    EXPECT_EQ(waits.back()->ec, std::error_code{});
    wait again;
    want(again, {"a", 1});
    while (!where->jobs.empty()) where->run_next();
    run();
    EXPECT_EQ(again.ec, std::error_code{});
}

TEST_F(lookups, bear_that_an_execution_context_goes)
{
    wait stays;
    {
        asio::io_context gone;
        want(stays, {"a", 1});
        all->want(
            gone.get_executor(), {"a", 1}, kind::addresses,
            {[](std::error_code, const std::vector<endpoint>&) { ADD_FAILURE() << "called"; }, gone.get_executor()});
    }
    where->run_next();
    run();
    EXPECT_EQ(stays.ec, std::error_code{});
}

// The machine's own name: no name server is asked.
TEST(system_resolver, gives_canonical_names)
{
    asio::io_context io;
    const auto system = make_system_resolver(make_lazy_blocking_thread());
    std::error_code failed = asio::error::would_block;
    std::vector<endpoint> found;
    diagnostics about;
    system->async_canonical_names(io.get_executor(), {"localhost", 7}, &about,
                                  [&](std::error_code ec, std::vector<endpoint> names) {
                                      failed = ec;
                                      found = std::move(names);
                                  });
    io.run();
    ASSERT_EQ(failed, std::error_code{}) << about.to_string();
    ASSERT_FALSE(found.empty());
    for (const endpoint& one : found) EXPECT_EQ(one.port, 7);
}

TEST(system_resolver, without_an_own_way_to_find_them_a_name_is_its_canonical_name)
{
    class plain final : public resolver {
        void resolve(const asio::any_io_executor&, endpoint,
                     completion<void(std::error_code, std::vector<endpoint>)>) override
        {}
    };
    plain names;
    asio::io_context io;
    std::vector<endpoint> found;
    names.async_canonical_names(
        io.get_executor(), {"broker.test", 7}, nullptr,
        [&](std::error_code, std::vector<endpoint> canonical) { found = std::move(canonical); });
    io.run();
    EXPECT_EQ(found, (std::vector<endpoint>{{"broker.test", 7}}));
}

} // namespace
} // namespace odradek
