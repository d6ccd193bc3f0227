// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/progress.hpp>
#include <odradek/tools/cli/tell.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>
#include <unistd.h>

namespace odradek::cli {

std::string progress_text(std::uint64_t records, std::uint64_t bytes, std::chrono::duration<double> elapsed)
{
    const double megabytes = static_cast<double>(bytes) / 1e6;
    return fmt::format("{} records, {:.1f} MB, {:.1f} MB/s", records, megabytes,
                       megabytes / std::max(elapsed.count(), 1e-3));
}

progress::progress(const asio::any_io_executor& executor, bool wanted) : timer_(executor)
{
    if (wanted && ::isatty(STDERR_FILENO) != 0) tick();
}

progress::~progress()
{
    finish();
}

void progress::finish()
{
    timer_.cancel();
    clear();
}

void progress::clear()
{
    if (shown_) tell("\r\x1b[K");
    shown_ = false;
}

void progress::tick()
{
    timer_.expires_after(std::chrono::seconds{1});
    timer_.async_wait([this](std::error_code ec) {
        if (ec) return;
        tell("\r{}\x1b[K", progress_text(records_, bytes_, std::chrono::steady_clock::now() - start_));
        shown_ = true;
        tick();
    });
}

} // namespace odradek::cli
