// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/output.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <climits> // PIPE_BUF
#include <fcntl.h>
#include <poll.h>
#include <system_error>
#include <unistd.h>

namespace odradek::cli {

output::output(int fd, std::size_t capacity)
    : fd_(fd), capacity_(capacity), buffer_(std::make_unique_for_overwrite<char[]>(capacity))
{}

void output::flush()
{
    write_all({buffer_.get(), size_});
    size_ = 0;
}

void output::write_large(std::string_view text)
{
    flush();
    if (text.size() >= capacity_) return write_all(text);
    std::memcpy(buffer_.get(), text.data(), text.size());
    size_ = text.size();
}

void output::write_all(std::string_view text)
{
    while (!text.empty() && !broken_) {
        if (hurry_ && !wait_while_hurrying()) return;
        // After poll said that there is room, this many bytes do not block.
        const ssize_t written =
            ::write(fd_, text.data(), hurry_ ? std::min<std::size_t>(text.size(), PIPE_BUF) : text.size());
        if (written >= 0) {
            text.remove_prefix(static_cast<std::size_t>(written));
            // A blocking write that takes a part was ended by a signal.
            if (!text.empty() && !hurry_ && (::fcntl(fd_, F_GETFL) & O_NONBLOCK) == 0) hurry_ = true;
        } else if (errno == EINTR) {
            hurry_ = true;
        } else if (errno == EAGAIN || errno == EWOULDBLOCK) { // somebody else made the descriptor non-blocking
            pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
            if (::poll(&ready, 1, -1) < 0 && errno == EINTR) hurry_ = true;
        } else if (errno == EPIPE || errno == ECONNRESET) {
            broken_ = true;
        } else {
            throw failure(fmt::format("cannot write the output: {}", std::system_category().message(errno)));
        }
    }
}

void output::look_for_reader()
{
    pollfd end{.fd = fd_, .events = 0, .revents = 0};
    if (::poll(&end, 1, 0) > 0 && (end.revents & (POLLERR | POLLHUP)) != 0) broken_ = true;
}

bool output::wait_while_hurrying()
{
    constexpr int patience_ms = 1000;
    pollfd ready{.fd = fd_, .events = POLLOUT, .revents = 0};
    gave_up_ = broken_ = ::poll(&ready, 1, patience_ms) <= 0;
    return !broken_;
}

} // namespace odradek::cli
