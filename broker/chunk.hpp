// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/byte_buffer.hpp>
#include <odradek/protocol/bytes.hpp>

#include <cstddef>
#include <memory>
#include <utility>

namespace odradek::broker {

/// A block of memory that stored batches lie in, one behind the other.
///
/// Shared: by the log that fills it, and by every answer that still refers to bytes of it, so a log may drop records that are
/// on their way to a client. What was written is never changed while others may see it. Not zeroed, so that pages which are
/// never written cost nothing.
class chunk {
public:
    /// Room for `capacity` bytes.
    explicit chunk(std::size_t capacity)
        : bytes_(std::make_unique_for_overwrite<std::byte[]>(capacity)), capacity_(capacity)
    {}
    /// Takes over what was read from a client, with a batch in it. There is no room for another.
    explicit chunk(byte_buffer&& read) noexcept : read_(std::move(read)) {}

    [[nodiscard]] std::size_t left() const noexcept { return capacity_ - used_; } ///< Bytes that still fit.

    /// Takes `size` bytes of the room, which must be there; the caller fills them before anybody else sees them.
    [[nodiscard]] std::byte* take(std::size_t size) noexcept
    {
        std::byte* const place = bytes_.get() + used_;
        used_ += size;
        return place;
    }

    /// What lies at `inside`, a view of what was taken over, to be written to before anybody else sees it.
    [[nodiscard]] std::byte* writable(bytes_view inside) noexcept
    {
        return read_.data() + (inside.data() - read_.data());
    }

private:
    std::unique_ptr<std::byte[]> bytes_;
    byte_buffer read_;
    std::size_t capacity_ = 0;
    std::size_t used_ = 0;
};

/// Bytes of a log that an answer may carry: the view lives as long as `memory` is held.
struct log_slice {
    bytes_view bytes;
    std::shared_ptr<const chunk> memory;
};

} // namespace odradek::broker
