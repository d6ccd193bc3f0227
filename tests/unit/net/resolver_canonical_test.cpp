// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/resolver_canonical.hpp>
#include <odradek/protocol/error.hpp>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <map>
#include <string>

namespace odradek {
namespace {

// Knows some names in reverse, and no address.
class reverse_zone final : public resolver {
public:
    std::map<std::string, std::vector<std::string>> names;
    void resolve(const asio::any_io_executor&, endpoint,
                 completion<void(std::error_code, std::vector<endpoint>)> done) override
    {
        done.fail(errc::no_address);
    }
    void canonical_names(const asio::any_io_executor&, endpoint name,
                         completion<void(std::error_code, std::vector<endpoint>)> done) override
    {
        const auto known = names.find(name.host);
        if (known == names.end()) return done.fail(errc::host_not_found, diagnostics("there is no " + name.host));
        std::vector<endpoint> found;
        for (const std::string& one : known->second) found.push_back({one, name.port});
        done.succeed(std::move(found));
    }
};

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
    std::shared_ptr<reverse_zone> names = std::make_shared<reverse_zone>();
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

} // namespace
} // namespace odradek
