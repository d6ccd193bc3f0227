// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <string>
#include <utility>

namespace odradek::cli {

/// A file descriptor that closes itself. Move-only; owned by whoever opened it.
class descriptor {
public:
    descriptor() noexcept = default;
    /// Takes over `fd`.
    explicit descriptor(int fd) noexcept : fd_(fd) {}
    descriptor(descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    descriptor& operator=(descriptor&& other) noexcept
    {
        std::swap(fd_, other.fd_);
        return *this;
    }
    ~descriptor();

    /// The number; -1 for none.
    [[nodiscard]] int get() const noexcept { return fd_; }

private:
    int fd_ = -1;
};

/// Opens a file for reading, with these flags besides. A failure names the file and says why, also when it is a directory.
[[nodiscard]] descriptor open_file(const std::string& path, int flags = 0);

} // namespace odradek::cli
