// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/address_scope.hpp>

#include <gtest/gtest.h>

namespace odradek {
namespace {

TEST(address_scope, knows_link_local_addresses_in_all_their_forms)
{
    for (const char* address : {"169.254.0.0", "169.254.169.254", "169.254.255.255", "fe80::1", "fe80::1%lo", "febf::1",
                                "FE80::1", "::ffff:169.254.169.254", "::ffff:a9fe:a9fe", "fd00:ec2::254", "2852039166",
                                "0xa9fea9fe", "0251.254.43518", "169.16689662"})
        EXPECT_TRUE(is_link_local(address)) << address;
}

TEST(address_scope, takes_nothing_else_for_link_local)
{
    for (const char* address :
         {"169.253.255.255", "169.255.0.0", "127.0.0.1", "10.254.169.254", "fec0::1", "fe7f::1", "::1",
          "::ffff:127.0.0.1", "fd00:ec3::254", "2001:db8::a9fe:a9fe", "", "broker.test", "fe80", "169.254"})
        EXPECT_FALSE(is_link_local(address)) << address;
}

TEST(address_scope, tells_numeric_addresses_from_names)
{
    for (const char* address : {"0.0.0.0", "10.0.0.1", "::", "2001:db8::1", "fe80::1%lo"})
        EXPECT_TRUE(is_numeric_address(address)) << address;
    for (const char* text : {"", "eth0", "broker.test", "10.0.0.1:9092", "[::1]", "10.0.0", "10.0.0.256"})
        EXPECT_FALSE(is_numeric_address(text)) << text;
}

} // namespace
} // namespace odradek
