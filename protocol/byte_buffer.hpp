// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/bytes.hpp>

#include <algorithm>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace odradek {

/// A growing block of bytes that are not zeroed first: what record batches are written into and compressed data unpacked
/// into.
///
/// Owned by one thread at a time, move-only. Growing moves the bytes, so views into it end with the next call that may
/// grow it; moving the object itself does not move the bytes. Running out of memory is a return value, never an exception.
class byte_buffer {
public:
    byte_buffer() noexcept = default;
    byte_buffer(byte_buffer&& other) noexcept
        : data_(std::exchange(other.data_, nullptr)), size_(std::exchange(other.size_, 0)),
          capacity_(std::exchange(other.capacity_, 0))
    {}
    byte_buffer& operator=(byte_buffer&& other) noexcept
    {
        byte_buffer moved{std::move(other)};
        swap(moved);
        return *this;
    }
    ~byte_buffer() { std::free(data_); }

    /// Exchanges the contents; views stay valid and follow the bytes.
    void swap(byte_buffer& other) noexcept
    {
        std::swap(data_, other.data_);
        std::swap(size_, other.size_);
        std::swap(capacity_, other.capacity_);
    }

    [[nodiscard]] std::byte* data() noexcept { return data_; }                ///< First byte, or null without memory.
    [[nodiscard]] const std::byte* data() const noexcept { return data_; }    ///< First byte, or null without memory.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }         ///< Bytes written.
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; } ///< Bytes that fit without growing.
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }          ///< Nothing written.

    /// What was written. Valid until the buffer grows, is moved into, or dies.
    [[nodiscard]] bytes_view view() const noexcept { return {data_, size_}; }

    /// Makes room for `capacity` bytes in all. False when there is no memory; the contents stay as they are.
    [[nodiscard]] bool reserve(std::size_t capacity) noexcept { return capacity <= capacity_ || reallocate(capacity); }

    /// Where `count` more bytes may be written, after those that are there; null when there is no memory. Grows by half at
    /// least, so that many small steps stay cheap. `commit` then counts what was written.
    [[nodiscard]] std::byte* extend(std::size_t count) noexcept
    {
        if (capacity_ - size_ < count) {
            if (count > static_cast<std::size_t>(-1) / 2 - size_) return nullptr;
            if (!reallocate(std::max(size_ + count, capacity_ + capacity_ / 2))) return nullptr;
        }
        return data_ + size_;
    }

    /// Counts `count` bytes that were written where `extend` said.
    void commit(std::size_t count) noexcept { size_ += count; }

    /// Copies `bytes` to the end; false when there is no memory.
    [[nodiscard]] bool append(bytes_view bytes) noexcept
    {
        if (bytes.empty()) return true;
        std::byte* const target = extend(bytes.size());
        if (target == nullptr) return false;
        std::memcpy(target, bytes.data(), bytes.size());
        commit(bytes.size());
        return true;
    }

    /// Forgets everything after the first `size` bytes and keeps the memory.
    void truncate(std::size_t size) noexcept { size_ = std::min(size, size_); }

    /// Forgets the contents and keeps the memory.
    void clear() noexcept { size_ = 0; }

    /// Gives memory back that is not written to. Moves the bytes.
    void shrink_to_fit() noexcept
    {
        if (size_ == 0) {
            std::free(std::exchange(data_, nullptr));
            capacity_ = 0;
        } else if (size_ != capacity_) {
            (void)reallocate(size_);
        }
    }

private:
    [[nodiscard]] bool reallocate(std::size_t capacity) noexcept
    {
        void* const grown = std::realloc(data_, capacity);
        if (grown == nullptr) return false;
        data_ = static_cast<std::byte*>(grown);
        capacity_ = capacity;
        return true;
    }

    std::byte* data_ = nullptr;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace odradek
