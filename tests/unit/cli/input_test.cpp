// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/input.hpp>

#include <asio/co_spawn.hpp>
#include <asio/detached.hpp>
#include <asio/io_context.hpp>
#include <asio/post.hpp>
#include <gtest/gtest.h>

#include <array>
#include <fcntl.h>
#include <filesystem>
#include <functional>
#include <string>
#include <sys/stat.h>
#include <unistd.h>

namespace odradek::cli {
namespace {

/// Reads once, and begins `when_idle` when nothing is there.
std::string read_once(asio::io_context& io, input& from, std::function<void()> when_idle)
{
    std::string got = "(nothing)";
    asio::co_spawn(io, [&]() -> asio::awaitable<void> { got = co_await from.read(when_idle); }, asio::detached);
    io.run();
    return got;
}

TEST(input, leaves_the_descriptor_as_it_found_it)
{
    std::array<int, 2> ends{};
    ASSERT_EQ(::pipe(ends.data()), 0);
    const descriptor reading{ends[0]};
    const descriptor writing{ends[1]};
    const descriptor kept{::dup(STDIN_FILENO)};
    ASSERT_NE(::dup2(reading.get(), STDIN_FILENO), -1);
    {
        asio::io_context io;
        input from{io.get_executor(), std::nullopt};
        EXPECT_EQ(read_once(io, from, [&] { EXPECT_EQ(::write(writing.get(), "x", 1), 1); }), "x");
    }
    EXPECT_EQ(::fcntl(STDIN_FILENO, F_GETFL) & O_NONBLOCK, 0);
    (void)::dup2(kept.get(), STDIN_FILENO);
}

TEST(input, can_be_cancelled_while_nobody_writes_to_a_named_pipe)
{
    const auto path = std::filesystem::path{testing::TempDir()} / ("odradek_pipe_" + std::to_string(::getpid()));
    ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
    asio::io_context io;
    input from{io.get_executor(), path.string()};
    EXPECT_EQ(read_once(io, from, [&] { asio::post(io, [&] { from.cancel(); }); }), "");
    std::filesystem::remove(path);
}

} // namespace
} // namespace odradek::cli
