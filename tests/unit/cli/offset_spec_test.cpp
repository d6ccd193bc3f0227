// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/offset_spec.hpp>

#include <gtest/gtest.h>

namespace odradek::cli {
namespace {

using origin = offset_spec::origin;

offset_spec spec(origin from, std::int64_t value = 0, std::optional<std::int64_t> end = {})
{
    return {.from = from, .value = value, .end_timestamp = end};
}

TEST(offset_spec, is_the_beginning_if_nothing_is_said)
{
    EXPECT_EQ(parse_offsets({}), spec(origin::beginning));
}

TEST(offset_spec, reads_each_form)
{
    EXPECT_EQ(parse_offsets({"beginning"}), spec(origin::beginning));
    EXPECT_EQ(parse_offsets({"end"}), spec(origin::end));
    EXPECT_EQ(parse_offsets({"0"}), spec(origin::absolute, 0));
    EXPECT_EQ(parse_offsets({"9223372036854775807"}), spec(origin::absolute, 9223372036854775807));
    EXPECT_EQ(parse_offsets({"-10"}), spec(origin::tail, 10));
    EXPECT_EQ(parse_offsets({"s@1700000000000"}), spec(origin::timestamp, 1700000000000));
    EXPECT_EQ(parse_offsets({"s@1", "e@2"}), spec(origin::timestamp, 1, 2));
    EXPECT_EQ(parse_offsets({"e@2", "5"}), spec(origin::absolute, 5, 2));
    EXPECT_EQ(parse_offsets({"e@2"}), spec(origin::beginning, 0, 2));
}

TEST(offset_spec, refuses_anything_else)
{
    const std::vector<std::vector<std::string>> bad{
        {"start"},      {""},   {"1x"},     {"--1"},      {"-"},          {"s@"},         {"e@x"},
        {"s@-1"},       {"+1"}, {"1", "2"}, {"s@1", "1"}, {"e@1", "e@2"}, {"s@2", "e@1"}, {"9223372036854775808"},
        {"end", "e@5"}, {" 1"}};
    for (const auto& options : bad) {
        try {
            (void)parse_offsets(options);
            ADD_FAILURE() << options.front();
        } catch (const failure& f) {
            EXPECT_EQ(f.code(), exit_code::usage);
        }
    }
}

} // namespace
} // namespace odradek::cli
