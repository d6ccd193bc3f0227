// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace odradek::cli {

/// Cuts a stream of chunks into lines at '\n', which belongs to no line; '\r' is a byte like any other. Or into pieces of one
/// size, whatever is in them, of which only the last one may be shorter; a "line" below is such a piece then.
///
/// Sans-I/O, owned by one produce command, used on its executor. It holds at most the unfinished line and refuses to hold
/// one of more than the limit, so its memory is bounded however large the input is. A line that it gives is a view into the
/// chunk or into itself: valid until the next call.
class line_splitter {
public:
    /// A line of more than `limit` bytes is a failure.
    explicit line_splitter(std::size_t limit, std::optional<std::size_t> size = {}) : limit_(limit), size_(size) {}

    /// Takes the next chunk; it must stay until next() returned false. Only after next() returned false, or at the start.
    void feed(std::string_view chunk) noexcept { rest_ = chunk; }

    /// Gives the next whole line; false when the chunk holds none any more.
    [[nodiscard]] bool next(std::string_view& line);

    /// At the end of the input: gives the last line if no newline ended it.
    [[nodiscard]] bool finish(std::string_view& line);

    /// The number of the line given last; the first is 1.
    [[nodiscard]] std::uint64_t number() const noexcept { return number_; }

private:
    void keep(std::string_view piece);
    void give(std::string_view piece, std::size_t used, std::string_view& line);

    std::size_t limit_;
    std::optional<std::size_t> size_;
    std::uint64_t number_ = 0;
    std::string_view rest_;
    std::string partial_;
    bool given_ = false; // partial_ was given as a line, and goes with the next call
};

} // namespace odradek::cli
