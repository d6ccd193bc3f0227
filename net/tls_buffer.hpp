// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/bytes.hpp>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <memory>
#include <span>
#include <utility>

namespace odradek {

/// A queue of bytes in one block, which is kept for the next ones: put in at the back, taken from the front. Memory is not
/// cleared first, and goes back only by release(). Private to TLS; owned by one engine or transport.
class tls_buffer {
public:
    [[nodiscard]] bool empty() const noexcept { return begin_ == end_; }
    [[nodiscard]] std::size_t size() const noexcept { return end_ - begin_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] bytes_view view() const noexcept { return {data_.get() + begin_, size()}; }

    /// Room for at least `wanted` bytes at the back; what was there moves if it must.
    [[nodiscard]] std::span<std::byte> room(std::size_t wanted)
    {
        if (capacity_ - end_ < wanted) make_room(wanted);
        return {data_.get() + end_, capacity_ - end_};
    }
    /// The first `size` bytes of the room were filled.
    void commit(std::size_t size) noexcept { end_ += size; }

    void append(bytes_view bytes)
    {
        if (bytes.empty()) return;
        std::memcpy(room(bytes.size()).data(), bytes.data(), bytes.size());
        commit(bytes.size());
    }
    void consume(std::size_t size) noexcept
    {
        begin_ += size;
        if (begin_ == end_) begin_ = end_ = 0;
    }
    void clear() noexcept { begin_ = end_ = 0; }
    void release() noexcept
    {
        data_.reset();
        begin_ = end_ = capacity_ = 0;
    }

private:
    void make_room(std::size_t wanted)
    {
        const std::size_t kept = size();
        if (capacity_ - kept >= wanted && begin_ >= kept) {
            std::memcpy(data_.get(), data_.get() + begin_, kept);
        } else {
            const std::size_t grown = std::max(kept + wanted, capacity_ + capacity_ / 2);
            auto larger = std::make_unique_for_overwrite<std::byte[]>(grown);
            if (kept != 0) std::memcpy(larger.get(), data_.get() + begin_, kept);
            data_ = std::move(larger);
            capacity_ = grown;
        }
        begin_ = 0;
        end_ = kept;
    }

    std::unique_ptr<std::byte[]> data_;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
    std::size_t capacity_ = 0;
};

} // namespace odradek
