// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/varint.hpp>

#include <cstddef>
#include <cstdint>
#include <memory>
#include <vector>

namespace odradek {

/// Bytes on their way out: one buffer that grows, and between its parts views of bytes that are never copied (sealed
/// record batches), for one gather write.
///
/// Owned by whoever sends; one thread at a time. External views must live until the bytes were sent; segments() are
/// valid until the next write, clear() or the writer's end. Positions count bytes of the buffer only, size() counts
/// everything.
class writer {
public:
    /// Views of at least `external_from` bytes are kept outside by external(), shorter ones are copied.
    explicit writer(std::size_t external_from = 1024) noexcept : external_from_(external_from) {}

    /// A number of sizeof(T) bytes, big endian.
    template <class T>
    void number(T value)
    {
        store_big(room(sizeof(T)), value);
        used_ += sizeof(T);
    }

    void int8(std::int8_t value) { number(value); }   ///< One byte.
    void int16(std::int16_t value) { number(value); } ///< Two bytes.
    void int32(std::int32_t value) { number(value); } ///< Four bytes.
    void int64(std::int64_t value) { number(value); } ///< Eight bytes.

    /// An unsigned varint, up to 64 bits.
    void uvarint(std::uint64_t value)
    {
        std::byte* const out = room(max_varlong_size);
        used_ += static_cast<std::size_t>(write_uvarint(value, out) - out);
    }

    void varint(std::int32_t value) { uvarint(zigzag(value)); }  ///< A zigzag varint of 32 bits.
    void varlong(std::int64_t value) { uvarint(zigzag(value)); } ///< A zigzag varint of 64 bits.

    /// A copy of `view`.
    void bytes(bytes_view view)
    {
        if (view.empty()) return;
        std::memcpy(room(view.size()), view.data(), view.size());
        used_ += view.size();
    }

    /// `view` itself if it is long enough to be worth a segment, else a copy. See the class for its lifetime.
    ODRADEK_EXPORT void external(bytes_view view);

    /// Where an announced length was left open.
    struct mark {
        std::size_t position; ///< In the buffer.
        std::size_t size;     ///< size() behind the room that was left.
    };
    /// Leaves room for the unsigned varint of a length that is not known yet.
    [[nodiscard]] ODRADEK_EXPORT mark begin_sized();
    /// Puts the number of bytes written since into the room; what follows moves if the varint is longer than one byte.
    ODRADEK_EXPORT void end_sized(mark from);

    /// Replaces the number of sizeof(T) bytes at `position` of the buffer, which must have been written.
    template <class T>
    void patch(std::size_t position, T value) noexcept
    {
        store_big(buffer_.get() + position, value);
    }

    /// Views of at least so many bytes are kept outside.
    [[nodiscard]] std::size_t external_from() const noexcept { return external_from_; }
    /// Makes room for so many bytes that are not kept outside, so that the buffer does not grow step by step.
    void reserve(std::size_t size)
    {
        if (capacity_ - used_ < size) grow_exactly(size);
    }

    /// Where the next byte of the buffer goes.
    [[nodiscard]] std::size_t position() const noexcept { return used_; }
    /// All bytes, external ones too.
    [[nodiscard]] std::size_t size() const noexcept { return used_ + external_size_; }
    /// Everything in order, for a gather write.
    [[nodiscard]] ODRADEK_EXPORT std::vector<bytes_view> segments() const;
    /// Everything copied into one piece.
    [[nodiscard]] ODRADEK_EXPORT std::vector<std::byte> flatten() const;
    /// Forgets the bytes and keeps the memory.
    void clear() noexcept
    {
        used_ = 0;
        external_size_ = 0;
        externals_.clear();
    }

private:
    struct external_view {
        std::size_t position;
        bytes_view view;
    };

    std::byte* room(std::size_t size)
    {
        if (capacity_ - used_ < size) [[unlikely]]
            grow(size);
        return buffer_.get() + used_;
    }
    ODRADEK_EXPORT void grow(std::size_t size);
    ODRADEK_EXPORT void grow_exactly(std::size_t size);

    std::unique_ptr<std::byte[]> buffer_;
    std::size_t used_ = 0;
    std::size_t capacity_ = 0;
    std::size_t external_size_ = 0;
    std::size_t external_from_;
    std::vector<external_view> externals_;
};

} // namespace odradek
