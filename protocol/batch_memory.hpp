// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/byte_buffer.hpp>
#include <odradek/protocol/bytes.hpp>

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace odradek {

/// Owns what compressed batches were unpacked into, one block a batch, and bounds the sum of it.
///
/// Counted is the memory of the blocks, not only what is written there. What a codec needs while it unpacks comes on top;
/// see codec_set::entry::decompress.
///
/// Whoever hands records to the user owns it beside the response that the batches lie in, and keeps both as long as the
/// records are looked at. Move-only, and moving it moves no bytes; used by one thread at a time.
class batch_memory {
public:
    /// What unpacking may take when the owner names no limit.
    static constexpr std::size_t default_limit = std::size_t{256} * 1024 * 1024;

    /// `limit`: bytes that all blocks together may hold.
    explicit batch_memory(std::size_t limit = default_limit) noexcept : limit_(limit) {}

    [[nodiscard]] std::size_t limit() const noexcept { return limit_; } ///< Bytes that it may hold.
    [[nodiscard]] std::size_t used() const noexcept { return used_; }   ///< Bytes that it holds.
    [[nodiscard]] std::size_t left() const noexcept { return limit_ - std::min(used_, limit_); } ///< Bytes that fit.

    /// Takes over a block whose capacity is at most left(); the view lasts until clear() or the end of this object. Its
    /// bytes are not moved.
    bytes_view keep(byte_buffer&& block)
    {
        blocks_.push_back(std::move(block));
        used_ += blocks_.back().capacity();
        return blocks_.back().view();
    }

    /// Frees every block: no view into it may be used any more.
    void clear() noexcept
    {
        blocks_.clear();
        used_ = 0;
    }

private:
    std::vector<byte_buffer> blocks_;
    std::size_t limit_;
    std::size_t used_ = 0;
};

} // namespace odradek
