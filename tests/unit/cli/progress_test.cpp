// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/progress.hpp>

#include <gtest/gtest.h>

namespace odradek::cli {
namespace {

TEST(progress, tells_records_bytes_and_rate)
{
    EXPECT_EQ(progress_text(1'234'567, 120'400'000, std::chrono::seconds{2}), "1234567 records, 120.4 MB, 60.2 MB/s");
    EXPECT_EQ(progress_text(0, 0, std::chrono::seconds{0}), "0 records, 0.0 MB, 0.0 MB/s");
}

} // namespace
} // namespace odradek::cli
