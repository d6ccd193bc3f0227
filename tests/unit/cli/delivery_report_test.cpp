// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/delivery_report.hpp>

#include <gtest/gtest.h>

namespace odradek::cli {
namespace {

TEST(delivery_report, names_the_lines_of_each_kind)
{
    delivery_report report;
    report.delivered.add(1, 4);
    report.failed.add(5, 5);
    report.unknown.add(6, 8);
    report.unsent.add(9, 9);
    report.unsent.add(11, 12);
    EXPECT_EQ(report.to_string(), "delivered: lines 1..4; not delivered: line 5; possibly delivered: lines 6..8; "
                                  "read but not sent: lines 9, 11..12");
}

TEST(delivery_report, says_so_when_nothing_was_delivered)
{
    delivery_report report;
    EXPECT_EQ(report.to_string(), "delivered: nothing");
    report.failed.add(1, 2);
    EXPECT_EQ(report.to_string(), "delivered: nothing; not delivered: lines 1..2");
}

} // namespace
} // namespace odradek::cli
