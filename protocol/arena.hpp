// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <cstdint>
#include <type_traits>

namespace odradek {

/// Memory for what one message decodes to: a chain of blocks from which pieces are cut, all given back together.
///
/// Owned by whoever owns the decoded message and used by one thread at a time. Everything cut from it lives until
/// reset() or the arena's end; no destructor is run, so only trivially destructible types belong here. It never takes
/// more than its limit, whatever a peer claims; then allocate() gives null.
class arena {
public:
    /// The limit that is used when none is named.
    static constexpr std::size_t default_limit = std::size_t{256} * 1024 * 1024;

    /// An empty arena; nothing is allocated before the first use.
    explicit arena(std::size_t limit = default_limit) noexcept : limit_(limit) {}
    ODRADEK_EXPORT arena(arena&& other) noexcept;
    ODRADEK_EXPORT arena& operator=(arena&& other) noexcept;
    arena(const arena&) = delete;
    arena& operator=(const arena&) = delete;
    ODRADEK_EXPORT ~arena();

    /// `size` bytes aligned to `align` (a power of two), not initialised; null when the limit or the memory is at its
    /// end.
    [[nodiscard]] void* allocate(std::size_t size, std::size_t align) noexcept
    {
        const std::uintptr_t start = (cursor_ + (align - 1)) & ~(static_cast<std::uintptr_t>(align) - 1);
        if (start <= end_ && size <= end_ - start && start != 0) [[likely]] {
            cursor_ = start + size;
            return reinterpret_cast<void*>(start);
        }
        return allocate_block(size, align);
    }

    /// Room for `count` items, not initialised; null when the limit or the memory is at its end.
    template <class T>
        requires std::is_trivially_destructible_v<T>
    [[nodiscard]] T* allocate_array(std::size_t count) noexcept
    {
        if (count > limit_ / sizeof(T)) return nullptr;
        return static_cast<T*>(allocate(count * sizeof(T), alignof(T)));
    }

    /// Forgets everything that was cut. The largest block is kept for the next message.
    ODRADEK_EXPORT void reset() noexcept;

    /// Bytes taken from the system so far; what the limit bounds.
    [[nodiscard]] std::size_t used() const noexcept { return used_; }
    /// Upper bound of used().
    [[nodiscard]] std::size_t limit() const noexcept { return limit_; }

private:
    struct block;

    ODRADEK_EXPORT void* allocate_block(std::size_t size, std::size_t align) noexcept;
    void use(block* of) noexcept;

    std::uintptr_t cursor_ = 0;
    std::uintptr_t end_ = 0;
    block* last_ = nullptr; // newest first
    std::size_t used_ = 0;
    std::size_t limit_;
};

} // namespace odradek
