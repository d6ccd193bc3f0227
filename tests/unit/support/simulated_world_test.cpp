// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/error.hpp>

#include <asio/error.hpp>
#include <gtest/gtest.h>

#include <optional>
#include <tests/support/simulated_world.hpp>

namespace odradek::test {
namespace {

using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;

client_options begin_at_bootstrap()
{
    client_options how;
    how.brokers = {std::string(simulated_world::bootstrap)};
    return how;
}

/// A world with a topic and a client in it.
struct played {
    simulated_world world;
    client c;

    explicit played(std::uint64_t seed = 1) : world(seed, {}), c(world.make_environment(), begin_at_bootstrap())
    {
        (void)world.core().cluster().create({.name = "letters", .partitions = 1, .replication_factor = 3});
    }
    ~played()
    {
        c.stop();
        world.run_until([] { return false; });
    }

    placed produce(std::error_code& ec, std::chrono::milliseconds timeout = 30s)
    {
        std::optional<placed> end;
        const record one[] = {{.value = "Dear M."}};
        produce_options how;
        how.delivery_timeout = timeout;
        c.async_produce({.topic = "letters", .partition = 0}, one, how, [&](std::error_code e, placed at) {
            ec = e;
            end = std::move(at);
        });
        EXPECT_TRUE(world.run_until([&] { return end.has_value(); }));
        return end.value_or(placed{});
    }
    placed produce()
    {
        std::error_code ec;
        const placed at = produce(ec);
        EXPECT_FALSE(ec) << ec.message();
        return at;
    }
};

TEST(simulated_world, carries_a_record_there_and_an_offset_back)
{
    played p;
    EXPECT_EQ(p.produce().offset, 0);
    EXPECT_EQ(p.produce().offset, 1);
    EXPECT_GT(p.world.requests(), 2u);
}

TEST(simulated_world, is_a_function_of_its_seed)
{
    const auto hash = [](std::uint64_t seed) {
        played p{seed};
        p.produce();
        return p.world.hash();
    };
    EXPECT_EQ(hash(1), hash(1));
    EXPECT_NE(hash(1), hash(2));
}

TEST(simulated_world, lets_nothing_through_while_links_are_blocked)
{
    played p;
    p.produce();
    const auto before = p.world.elapsed();
    p.world.network().block({}, 5s);
    EXPECT_EQ(p.produce().offset, 1);
    EXPECT_GE(p.world.elapsed(), before + 5s);
}

TEST(simulated_world, tells_both_ends_of_a_link_that_is_cut)
{
    played p;
    p.produce();
    EXPECT_GT(p.world.network().open_connections(), 0u);
    p.world.network().cut({});
    p.world.run_brokers();
    EXPECT_EQ(p.world.network().open_connections(), 0u);
    EXPECT_EQ(p.produce().offset, 1);
}

TEST(simulated_world, leaves_a_client_alone_with_a_connection_that_died)
{
    played p;
    p.produce();
    p.world.network().die({}, 60s);
    std::error_code ec;
    p.produce(ec, 10s);
    EXPECT_EQ(ec, errc::outcome_unknown);
}

TEST(simulated_world, carries_large_things_through_small_windows_and_slow_links)
{
    played p;
    link_quality narrow;
    narrow.client_window = 3;
    narrow.broker_window = 5;
    narrow.bytes_per_second = 10'000;
    p.world.network().set_quality(narrow);
    EXPECT_EQ(p.produce().offset, 0);
}

TEST(simulated_world, refuses_where_nobody_listens_any_more_and_finds_the_new_addresses)
{
    played p;
    p.produce();
    p.world.move_addresses();
    EXPECT_EQ(p.produce().offset, 1);
}

TEST(simulated_world, ends_what_waits_for_a_host_that_never_answers)
{
    played p;
    for (const auto& [at, node] : p.world.network().listeners) p.world.network().silent_hosts.insert(at.host);
    std::error_code ec;
    p.produce(ec, 20s);
    EXPECT_EQ(ec, errc::operation_timed_out) << ec.message();
    EXPECT_GE(p.world.hits()["network: connect timed out"], 1u);
}

TEST(simulated_world, cuts_a_log_off_at_the_beginning_of_a_batch)
{
    played p;
    p.produce();
    p.world.core().truncate("letters", 0, 0);
    EXPECT_EQ(p.produce().offset, 0);
    const record two[] = {{.value = "a"}, {.value = "b"}};
    p.world.core().truncate("letters", 0, 0);
    bool done = false;
    p.c.async_produce({.topic = "letters", .partition = 0}, two, {}, [&](std::error_code, placed) { done = true; });
    EXPECT_TRUE(p.world.run_until([&] { return done; }));
    p.world.core().truncate("letters", 0, 1); // in the middle of the only batch: it goes as a whole
    EXPECT_EQ(p.produce().offset, 0);
}

} // namespace
} // namespace odradek::test
