// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/chunk.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/writer.hpp>

#include <cstddef>
#include <deque>
#include <memory>
#include <vector>

namespace odradek::broker {

/// Answers of one connection on their way out, in order: what the next gather write takes, and what was not written yet.
///
/// Owned by the connection, used on its strand; sans-I/O. Nothing is copied: an answer and the memory that its records lie in
/// are kept until their last byte was written.
class output_queue {
public:
    /// Adds an answer. `holds` is what external segments of `bytes` lie in.
    void push(writer bytes, std::vector<std::shared_ptr<const chunk>> holds);

    /// The next bytes to write, at most `most` of them (and at least one if there is one). Valid until consume().
    [[nodiscard]] std::vector<bytes_view> next(std::size_t most) const;

    /// The first `count` bytes were written.
    void consume(std::size_t count);

    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }  ///< Everything was written.
    [[nodiscard]] std::size_t size() const noexcept { return size_; } ///< Bytes not written yet.

private:
    struct answer {
        writer bytes;
        std::vector<std::shared_ptr<const chunk>> holds;
        std::vector<bytes_view> segments{}; // of bytes, which moves without them moving
        std::size_t next_segment = 0;
    };

    std::deque<answer> answers_;
    std::size_t size_ = 0;
};

} // namespace odradek::broker
