// SPDX-License-Identifier: Apache-2.0
#include <odradek/tests/unit/cli/captured.hpp>
#include <odradek/tools/cli/apis.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>

namespace odradek::cli {
namespace {

using testing::HasSubstr;

TEST(apis, show_the_brokers_versions_ours_and_the_chosen_one)
{
    api_versions_response answer;
    std::array<api_versions_response::api_version_data, 2> keys{};
    keys[0].api_key_ = 18;
    keys[0].min_version = 0;
    keys[0].max_version = 3;
    keys[1].api_key_ = 1234;
    keys[1].min_version = 2;
    keys[1].max_version = 2;
    answer.api_keys = keys;
    std::array<api_versions_response::supported_feature_key, 1> supported{};
    supported[0].name = "group.version";
    supported[0].min_version = 0;
    supported[0].max_version = 1;
    answer.supported_features = supported;
    std::array<api_versions_response::finalized_feature_key, 1> finalized{};
    finalized[0].name = "group.version";
    finalized[0].min_version_level = 1;
    finalized[0].max_version_level = 1;
    answer.finalized_features = finalized;

    const std::string text = captured([&](output& out) { write_apis(answer, out); });
    EXPECT_THAT(text, HasSubstr("  18  ApiVersions                                0-3     0-5       3\n"));
    EXPECT_THAT(text, HasSubstr("1234  (unknown here)                               2       -       -\n"));
    EXPECT_THAT(text, HasSubstr("feature group.version: supported 0-1, finalized 1\n"));
    EXPECT_THAT(text, HasSubstr("looks like: "));
}

} // namespace
} // namespace odradek::cli
