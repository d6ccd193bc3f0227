// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstring>
#include <memory>
#include <string_view>

namespace odradek::cli {

/// Standard output with a large buffer: written when it is full and when consume has nothing else to do.
///
/// Owned by one command, used on its executor; the writes block, since there is nothing to do but wait for the reader. A
/// reader that goes away (EPIPE) is no failure: broken() tells, and further writes are dropped. Any other error is a failure.
///
/// A signal that comes while the reader is stuck must still end the program: from then on no write waits longer than a
/// second, and after that the output counts as broken.
class output {
public:
    /// Writes to the descriptor `fd`, which it does not close.
    explicit output(int fd, std::size_t capacity = std::size_t{256} * 1024);
    ~output() = default;
    output(const output&) = delete;
    output& operator=(const output&) = delete;

    /// Appends.
    void write(std::string_view text)
    {
        if (text.size() > capacity_ - size_) return write_large(text);
        std::memcpy(buffer_.get() + size_, text.data(), text.size());
        size_ += text.size();
    }

    /// Appends a number in decimal.
    void write_number(std::integral auto number)
    {
        std::array<char, 24> digits{};
        const auto end = std::to_chars(digits.data(), digits.data() + digits.size(), number).ptr;
        write({digits.data(), static_cast<std::size_t>(end - digits.data())});
    }

    /// Hands everything to the system.
    void flush();

    /// Looks whether the reader of a pipe has gone, which else only shows at the next write.
    void look_for_reader();

    /// Whether nobody reads any more.
    [[nodiscard]] bool broken() const noexcept { return broken_; }
    /// Whether that is so because a reader that is still there took nothing for too long after a signal: what was written last is lost.
    [[nodiscard]] bool gave_up() const noexcept { return gave_up_; }

private:
    void write_large(std::string_view text);
    void write_all(std::string_view text);
    [[nodiscard]] bool wait_while_hurrying();

    int fd_;
    std::size_t capacity_;
    std::size_t size_ = 0;
    std::unique_ptr<char[]> buffer_;
    bool broken_ = false;
    bool gave_up_ = false;
    bool hurry_ = false;
};

} // namespace odradek::cli
