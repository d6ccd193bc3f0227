// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/properties.hpp>
#include <odradek/tools/cli/property_words.hpp>

#include <gtest/gtest.h>

namespace odradek::cli {
namespace {

TEST(property_words, name_properties_instead_of_members)
{
    EXPECT_EQ(property_words("more than producer_options::max_request_size of 1048576"),
              "more than -X max.request.size of 1048576");
    EXPECT_EQ(property_words("producer_options::memory is used up, producer_options::memory", ""),
              "buffer.memory is used up, buffer.memory");
    EXPECT_EQ(property_words("nothing of that kind"), "nothing of that kind");
}

TEST(property_words, name_properties_that_there_are)
{
    properties p;
    EXPECT_FALSE(p.set(property_words("producer_options::max_request_size", ""), "2000000"));
    EXPECT_FALSE(p.set(property_words("producer_options::memory", ""), "3000000"));
    EXPECT_EQ(p.producer().max_request_size, 2'000'000U);
    EXPECT_EQ(p.producer().memory, 3'000'000U);
}

} // namespace
} // namespace odradek::cli
