// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/releases.hpp>

#include <gtest/gtest.h>

namespace odradek::broker {
namespace {

TEST(releases, are_found_by_version_with_or_without_the_patch)
{
    EXPECT_EQ(find_release("2.8")->name, "2.8");
    EXPECT_EQ(find_release("2.8.2")->name, "2.8");
    EXPECT_EQ(find_release("0.11.0.3")->name, "0.11");
    EXPECT_EQ(find_release("3.7")->name, "2.8") << "the next older one that is known";
    for (const char* const bad : {"", "2", "two", "2.x", "0.10", "2.8beta", "4.99", "99.0"})
        EXPECT_FALSE(find_release(bad)) << bad;
}

TEST(releases, announce_their_own_versions)
{
    const release old = *find_release("0.11");
    EXPECT_EQ(announced(old, api::produce), (version_range{0, 3}));
    EXPECT_TRUE(announced(old, api::describe_cluster).empty());
    EXPECT_EQ(announced(newest_release(), api::fetch), (version_range{4, 18}));
    EXPECT_EQ(announced(newest_release(), api::api_versions), (version_range{0, 5}));
    EXPECT_TRUE(announced(newest_release(), api::join_group).empty()) << "not served yet";
    EXPECT_EQ(announced(old, api::sasl_handshake), (version_range{0, 0}));
    EXPECT_TRUE(announced(old, api::sasl_authenticate).empty());
    EXPECT_EQ(announced(*find_release("1.0"), api::sasl_authenticate), (version_range{0, 0}));
    EXPECT_EQ(announced(*find_release("2.2"), api::sasl_authenticate), (version_range{0, 1}));
    EXPECT_EQ(announced(newest_release(), api::sasl_authenticate), (version_range{0, 2}));
}

TEST(releases, announce_old_produce_versions_that_they_do_not_serve)
{
    EXPECT_EQ(announced(newest_release(), api::produce).first, 0);
    EXPECT_EQ(served(newest_release(), api::produce).first, 3);
    EXPECT_EQ(served(*find_release("1.0"), api::fetch).first, 4);
}

} // namespace
} // namespace odradek::broker
