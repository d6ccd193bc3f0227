// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/address_memory.hpp>

#include <gtest/gtest.h>

namespace odradek {
namespace {

TEST(address_memory, knows_the_last_address_of_each_host)
{
    address_memory memory;
    EXPECT_EQ(memory.find("a"), "");
    memory.note("a", "10.0.0.1");
    memory.note("b", "10.0.0.2");
    memory.note("a", "10.0.0.3");
    EXPECT_EQ(memory.find("a"), "10.0.0.3");
    EXPECT_EQ(memory.find("b"), "10.0.0.2");
    EXPECT_EQ(memory.size(), 2u);
}

TEST(address_memory, forgets_the_host_that_was_noted_longest_ago)
{
    address_memory memory;
    for (std::size_t i = 0; i < address_memory::capacity; ++i) memory.note(std::to_string(i), "10.0.0.1");
    memory.note("0", "10.0.0.2");
    memory.note("new", "10.0.0.3");
    EXPECT_EQ(memory.size(), address_memory::capacity);
    EXPECT_EQ(memory.find("1"), "");
    EXPECT_EQ(memory.find("0"), "10.0.0.2");
    EXPECT_EQ(memory.find("new"), "10.0.0.3");
}

} // namespace
} // namespace odradek
