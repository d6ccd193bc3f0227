// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/tools/cli/descriptor.hpp>

#include <asio/any_io_executor.hpp>
#include <asio/awaitable.hpp>
#include <asio/posix/stream_descriptor.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace odradek::cli {

/// Where produce reads: a file or standard input, a chunk at a time.
///
/// Owned by the command, on its thread. Files are read directly, which the disk's cache makes quick; pipes, sockets and
/// terminals are waited for without blocking the thread. The descriptor may be shared with other programs, so its flags are
/// restored at the end. A chunk is valid until the next read.
class input {
public:
    /// Opens the file; nothing is standard input. A failure names the file.
    input(const asio::any_io_executor& executor, const std::optional<std::string>& path);

    ~input();
    input(const input&) = delete;
    input& operator=(const input&) = delete;

    /// Reads the next chunk; an empty one is the end, also after cancel(). Before it waits it calls `on_idle`.
    asio::awaitable<std::string_view> read(const std::function<void()>& on_idle);

    /// Ends the wait of a read().
    void cancel();

private:
    [[nodiscard]] bool has_something() const;

    std::string name_;
    descriptor file_;
    std::optional<asio::posix::stream_descriptor> waiter_; // only for what can be waited for
    std::unique_ptr<char[]> buffer_;
    int flags_ = -1; // of the descriptor, before it was waited for
    bool cancelled_ = false;
};

} // namespace odradek::cli
