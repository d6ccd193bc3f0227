// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/error.hpp>
#include <odradek/protocol/varint.hpp>

#include <cstddef>
#include <cstdint>

namespace odradek {

/// A cursor over bytes that fails once and stays failed: after the first bad length every read gives zero or nothing,
/// and failure() and offset() tell what it was and where. So a caller reads a whole structure and asks once.
///
/// Lives on the stack of whoever parses and owns nothing; views that it returns point into the bytes that it was given.
/// One thread at a time.
class reader {
public:
    /// Reads `input` from its first byte.
    explicit reader(bytes_view input) noexcept : begin_(input.data()), position_(begin_), end_(begin_ + input.size()) {}

    /// A big-endian number of sizeof(T) bytes; 0 after a failure.
    template <class T>
    [[nodiscard]] T number() noexcept
    {
        if (remaining() < sizeof(T)) {
            fail(errc::truncated);
            return T{};
        }
        const T value = load_big<T>(position_);
        position_ += sizeof(T);
        return value;
    }

    [[nodiscard]] std::int8_t int8() noexcept { return number<std::int8_t>(); }    ///< One byte.
    [[nodiscard]] std::int16_t int16() noexcept { return number<std::int16_t>(); } ///< Two bytes.
    [[nodiscard]] std::int32_t int32() noexcept { return number<std::int32_t>(); } ///< Four bytes.
    [[nodiscard]] std::int64_t int64() noexcept { return number<std::int64_t>(); } ///< Eight bytes.

    /// An unsigned varint of at most 32 bits.
    [[nodiscard]] std::uint32_t uvarint() noexcept
    {
        if (position_ != end_ && *position_ < std::byte{0x80}) [[likely]]
            return static_cast<std::uint32_t>(*position_++);
        std::uint32_t value = 0;
        advance_varint(read_uvarint(position_, end_, value), max_varint_size);
        return value;
    }

    /// A zigzag varint of 32 bits.
    [[nodiscard]] std::int32_t varint() noexcept { return unzigzag(uvarint()); }

    /// A zigzag varint of 64 bits.
    [[nodiscard]] std::int64_t varlong() noexcept
    {
        std::uint64_t value = 0;
        advance_varint(read_uvarlong(position_, end_, value), max_varlong_size);
        return unzigzag(value);
    }

    /// The next `size` bytes, as a view.
    [[nodiscard]] bytes_view bytes(std::size_t size) noexcept
    {
        if (size > remaining()) {
            fail(errc::truncated);
            return {};
        }
        const bytes_view view{position_, size};
        position_ += size;
        return view;
    }

    /// Everything that is left, without moving.
    [[nodiscard]] bytes_view rest() const noexcept { return {position_, remaining()}; }
    /// Moves over `size` bytes.
    void skip(std::size_t size) noexcept { (void)bytes(size); }
    /// Bytes that are left; 0 after a failure.
    [[nodiscard]] std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - position_); }
    /// Bytes before the next one; after a failure, before the value that failed.
    [[nodiscard]] std::size_t offset() const noexcept { return static_cast<std::size_t>(position_ - begin_); }
    /// Whether a read failed.
    [[nodiscard]] bool failed() const noexcept { return failure_ != errc{}; }
    /// Why the first failed read failed; errc{} if none did.
    [[nodiscard]] errc failure() const noexcept { return failure_; }

    /// Fails here, if nothing failed before.
    void fail(errc why) noexcept
    {
        if (failed()) return;
        failure_ = why;
        end_ = position_;
    }

private:
    void advance_varint(const std::byte* behind, std::size_t longest) noexcept
    {
        if (behind != nullptr) {
            position_ = behind;
        } else {
            fail(remaining() < longest ? errc::truncated : errc::malformed);
        }
    }

    const std::byte* begin_;
    const std::byte* position_;
    const std::byte* end_;
    errc failure_{};
};

} // namespace odradek
