// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/input.hpp>

#include <asio/experimental/as_tuple.hpp>
#include <asio/post.hpp>
#include <asio/use_awaitable.hpp>
#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace odradek::cli {
namespace {

constexpr std::size_t chunk_size = std::size_t{1} << 20;

failure cannot_read(const std::string& name, int error)
{
    return failure{fmt::format("cannot read {}: {}", name, std::system_category().message(error))};
}

/// A copy of standard input, since closing it is not ours.
descriptor standard_input(const std::string& name)
{
    descriptor copy{::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3)};
    if (copy.get() < 0) throw cannot_read(name, errno);
    return copy;
}

} // namespace

input::input(const asio::any_io_executor& executor, const std::optional<std::string>& path)
    // A pipe that nobody writes to yet would else keep the program in open(), deaf to signals.
    : name_(path.value_or("standard input")), file_(path ? open_file(*path, O_NONBLOCK) : standard_input(name_)),
      buffer_(std::make_unique_for_overwrite<char[]>(chunk_size))
{
    struct stat status{};
    if (::fstat(file_.get(), &status) != 0) throw cannot_read(name_, errno);
    if (S_ISDIR(status.st_mode)) throw cannot_read(name_, EISDIR);
    if (S_ISFIFO(status.st_mode) || S_ISSOCK(status.st_mode) || ::isatty(file_.get()) != 0) {
        const int copy = ::fcntl(file_.get(), F_DUPFD_CLOEXEC, 3);
        if (copy < 0) throw cannot_read(name_, errno);
        flags_ = ::fcntl(copy, F_GETFL);
        waiter_.emplace(executor, copy);
    }
}

input::~input()
{
    // Asio's wait makes it non-blocking for everybody who shares it, as the shell that comes after us.
    if (waiter_ && flags_ != -1) (void)::fcntl(file_.get(), F_SETFL, flags_);
}

asio::awaitable<std::string_view> input::read(const std::function<void()>& on_idle)
{
    for (;;) {
        co_await asio::post(asio::use_awaitable); // let others have the thread between two chunks
        if (cancelled_) co_return std::string_view{};
        if (waiter_ && !has_something()) {
            on_idle();
            const auto [ec] = co_await waiter_->async_wait(asio::posix::stream_descriptor::wait_read,
                                                           asio::experimental::as_tuple(asio::use_awaitable));
            if (ec && !cancelled_) throw failure{fmt::format("cannot read {}: {}", name_, ec.message())};
            continue;
        }
        const ssize_t got = ::read(file_.get(), buffer_.get(), chunk_size);
        if (got >= 0) co_return std::string_view{buffer_.get(), static_cast<std::size_t>(got)};
        if (errno != EINTR && errno != EAGAIN) throw cannot_read(name_, errno);
    }
}

void input::cancel()
{
    cancelled_ = true;
    if (waiter_) waiter_->cancel();
}

bool input::has_something() const
{
    pollfd ready{.fd = file_.get(), .events = POLLIN, .revents = 0};
    return ::poll(&ready, 1, 0) > 0;
}

} // namespace odradek::cli
