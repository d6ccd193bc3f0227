// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/endpoint.hpp>

#include <gtest/gtest.h>

#include <string>

namespace odradek {
namespace {

TEST(endpoint, is_read_from_the_ways_in_which_people_write_it)
{
    EXPECT_EQ(parse_endpoint("broker.test:9093"), (endpoint{"broker.test", 9093}));
    EXPECT_EQ(parse_endpoint("broker.test"), (endpoint{"broker.test", 9092}));
    EXPECT_EQ(parse_endpoint("127.0.0.1:1"), (endpoint{"127.0.0.1", 1}));
    EXPECT_EQ(parse_endpoint("[::1]:65535"), (endpoint{"::1", 65535}));
    EXPECT_EQ(parse_endpoint("[fe80::1%eth0]"), (endpoint{"fe80::1%eth0", 9092}));
    EXPECT_EQ(parse_endpoint("::1"), (endpoint{"::1", 9092}));
    EXPECT_EQ(parse_endpoint("SASL_SSL://b-1.test:9096"), (endpoint{"b-1.test", 9096}));
}

TEST(endpoint, is_nothing_when_host_or_port_cannot_be_right)
{
    for (const std::string_view bad : {"", ":9092", "host:", "host:0", "host:65536", "host:90a", "host:-1", "[::1",
                                       "[::1]9092", "a b:9092", "a,b", "host/path", "http://"})
        EXPECT_EQ(parse_endpoint(bad), std::nullopt) << bad;
    EXPECT_EQ(parse_endpoint(std::string(256, 'a')), std::nullopt);
    EXPECT_EQ(parse_endpoint(std::string_view("a\0b", 3)), std::nullopt);
}

TEST(endpoint, is_written_so_that_it_can_be_read_again)
{
    for (const endpoint& one : {endpoint{"broker.test", 9093}, endpoint{"::1", 9092}, endpoint{"10.0.0.1", 1}})
        EXPECT_EQ(parse_endpoint(to_string(one)), one);
    EXPECT_EQ(to_string(endpoint{"::1", 9092}), "[::1]:9092");
}

} // namespace
} // namespace odradek
