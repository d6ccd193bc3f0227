// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/byte_buffer.hpp>
#include <odradek/protocol/codec_set.hpp>

#include <cstddef>
#include <span>

namespace odradek::detail {

/// Room for what comes out of a decompressor, up to a hard limit. Private to the layer.
///
/// Grows by doubling and never holds more than the limit and one byte: a decompressor that fills that byte would have gone
/// on, so it is stopped there and not when everything is unpacked.
class bounded_output {
public:
    /// Appends to `buffer` at most `limit` bytes.
    bounded_output(byte_buffer& buffer, std::size_t limit) noexcept;

    /// Where to write next: at least one byte, `wanted` if the limit allows. Empty: there is no memory.
    [[nodiscard]] std::span<std::byte> room(std::size_t wanted) noexcept;

    /// Counts what was written. False: it is more than the limit; what was appended is taken back.
    [[nodiscard]] bool commit(std::size_t count) noexcept;

    /// Takes back what was appended and returns the error.
    [[nodiscard]] compression_error fail(errc code, const char* reason, std::size_t position) noexcept;

    /// The error of a limit that was reached.
    [[nodiscard]] compression_error over_limit(std::size_t position) noexcept;

    [[nodiscard]] std::size_t produced() const noexcept { return buffer_.size() - start_; } ///< Bytes appended so far.
    [[nodiscard]] std::size_t left() const noexcept { return limit_ - produced(); }         ///< Bytes below the limit.

private:
    byte_buffer& buffer_;
    std::size_t start_;
    std::size_t limit_;
};

/// How much to reserve for an input that does not say how long it becomes.
[[nodiscard]] constexpr std::size_t likely_size(std::size_t input) noexcept
{
    constexpr std::size_t least = 4096;
    return input < least / 4 ? least : input * 4;
}

} // namespace odradek::detail
