// SPDX-License-Identifier: Apache-2.0
#include <odradek/tests/unit/cli/captured.hpp>
#include <odradek/tools/cli/descriptor.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/output.hpp>

#include <gtest/gtest.h>

#include <array>
#include <csignal>
#include <cstdint>
#include <limits>
#include <unistd.h>

namespace odradek::cli {
namespace {

TEST(output, keeps_the_order_of_pieces_smaller_and_larger_than_its_buffer)
{
    std::string expected;
    const std::string text = captured([&](output& out) {
        for (std::size_t size = 0; size < 200; ++size) {
            const std::string piece(size, static_cast<char>('a' + size % 26));
            out.write(piece);
            expected += piece;
        }
    });
    EXPECT_EQ(text, expected);
}

TEST(output, writes_numbers_in_decimal)
{
    EXPECT_EQ(captured([](output& out) {
                  out.write_number(std::numeric_limits<std::int64_t>::min());
                  out.write(" ");
                  out.write_number(std::numeric_limits<std::int64_t>::max());
                  out.write(" ");
                  out.write_number(-1);
              }),
              "-9223372036854775808 9223372036854775807 -1");
}

TEST(output, is_broken_without_a_failure_when_the_reader_has_gone)
{
    std::signal(SIGPIPE, SIG_IGN);
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const descriptor writing{ends[1]};
    ::close(ends[0]);
    output out{writing.get(), 16};
    out.write("text");
    EXPECT_FALSE(out.broken());
    out.flush();
    EXPECT_TRUE(out.broken());
    out.write("more than the buffer can hold");
    out.flush();
}

TEST(output, notices_that_the_reader_has_gone_without_writing)
{
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const descriptor writing{ends[1]};
    output out{writing.get(), 16};
    out.look_for_reader();
    EXPECT_FALSE(out.broken());
    ::close(ends[0]);
    out.look_for_reader();
    EXPECT_TRUE(out.broken());
}

TEST(output, fails_when_the_system_refuses)
{
    const descriptor full{open_file("/dev/null")}; // open for reading only
    output out{full.get(), 16};
    out.write("text");
    EXPECT_THROW(out.flush(), failure);
}

} // namespace
} // namespace odradek::cli
