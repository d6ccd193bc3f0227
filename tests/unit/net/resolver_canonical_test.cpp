// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/resolver_canonical.hpp>
#include <odradek/protocol/error.hpp>

#include <asio/bind_cancellation_slot.hpp>
#include <asio/cancellation_signal.hpp>
#include <asio/error.hpp>
#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <memory>
#include <tests/support/reverse_zone.hpp>
#include <vector>

namespace odradek {
namespace {

struct canonical_names : testing::Test {
    std::vector<endpoint> of(std::vector<endpoint> servers)
    {
        std::vector<endpoint> result;
        auto done = [&](std::error_code e, std::vector<endpoint> found) {
            ec = e;
            result = std::move(found);
        };
        find_canonical_names(names, io.get_executor(), std::move(servers), {done, io.get_executor(), &about});
        io.restart();
        io.run();
        return result;
    }

    asio::io_context io;
    std::shared_ptr<test::reverse_zone> names = std::make_shared<test::reverse_zone>();
    std::error_code ec;
    diagnostics about;
};

TEST_F(canonical_names, stand_for_every_server_in_order_and_once)
{
    names->names = {{"kafka", {"node2.test", "node1.test"}}, {"alias", {"node1.test", "node3.test"}}};
    EXPECT_EQ(of({{"kafka", 1}, {"alias", 1}, {"alias", 2}}),
              (std::vector<endpoint>{
                  {"node2.test", 1}, {"node1.test", 1}, {"node3.test", 1}, {"node1.test", 2}, {"node3.test", 2}}));
    EXPECT_FALSE(ec);
}

TEST_F(canonical_names, leave_out_what_cannot_be_looked_up)
{
    names->names = {{"kafka", {"node1.test"}}};
    EXPECT_EQ(of({{"gone", 1}, {"kafka", 1}}), (std::vector<endpoint>{{"node1.test", 1}}));
    EXPECT_FALSE(ec);
}

TEST_F(canonical_names, fail_with_the_reason_when_nothing_can_be_looked_up)
{
    EXPECT_TRUE(of({{"gone", 1}, {"away", 1}}).empty());
    EXPECT_EQ(ec, errc::host_not_found);
    EXPECT_EQ(about.client_message(), "there is no away");
    EXPECT_TRUE(of({}).empty());
    EXPECT_EQ(ec, errc::no_address);
}

TEST_F(canonical_names, are_not_waited_for_when_nobody_wants_them_any_more)
{
    asio::cancellation_signal stop;
    bool ended = false;
    auto done = asio::bind_cancellation_slot(stop.slot(), [&](std::error_code e, const std::vector<endpoint>&) {
        ec = e;
        ended = true;
    });
    find_canonical_names(names, io.get_executor(), {{"silent", 1}, {"gone", 1}}, {std::move(done), io.get_executor()});
    io.poll();
    EXPECT_FALSE(ended);
    stop.emit(asio::cancellation_type::terminal);
    io.restart();
    io.run(); // would not return
    EXPECT_TRUE(ended);
    EXPECT_EQ(ec, asio::error::operation_aborted);
}

} // namespace
} // namespace odradek
