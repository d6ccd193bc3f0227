// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/arena.hpp>

#include <algorithm>
#include <cstdlib>
#include <utility>

namespace odradek {
namespace {

constexpr std::size_t first_block = 4096;
constexpr std::size_t largest_growth = std::size_t{1}
                                       << 20; // blocks double up to here, larger ones only when asked for

} // namespace

struct arena::block {
    block* previous;
    std::size_t size; // with this header
};

arena::arena(arena&& other) noexcept
    : cursor_(std::exchange(other.cursor_, 0)), end_(std::exchange(other.end_, 0)),
      last_(std::exchange(other.last_, nullptr)), used_(std::exchange(other.used_, 0)), limit_(other.limit_)
{}

arena& arena::operator=(arena&& other) noexcept
{
    std::swap(cursor_, other.cursor_);
    std::swap(end_, other.end_);
    std::swap(last_, other.last_);
    std::swap(used_, other.used_);
    std::swap(limit_, other.limit_);
    return *this;
}

arena::~arena()
{
    while (last_ != nullptr) std::free(std::exchange(last_, last_->previous));
}

void arena::use(block* of) noexcept
{
    cursor_ = reinterpret_cast<std::uintptr_t>(of) + sizeof(block);
    end_ = reinterpret_cast<std::uintptr_t>(of) + of->size;
}

void* arena::allocate_block(std::size_t size, std::size_t align) noexcept
{
    const std::size_t overhead = sizeof(block) + align;
    if (size > limit_ || overhead > limit_ - size || used_ > limit_ - size - overhead) return nullptr;
    const std::size_t needed = size + overhead;
    const std::size_t grown = last_ == nullptr ? first_block : std::min(last_->size * 2, largest_growth);
    const std::size_t wanted = std::min(std::max(needed, grown), limit_ - used_);
    auto* fresh = static_cast<block*>(std::malloc(wanted));
    if (fresh == nullptr) return nullptr;
    *fresh = {last_, wanted};
    last_ = fresh;
    used_ += wanted;
    use(fresh);
    const std::uintptr_t start = (cursor_ + (align - 1)) & ~(static_cast<std::uintptr_t>(align) - 1);
    cursor_ = start + size;
    return reinterpret_cast<void*>(start);
}

void arena::reset() noexcept
{
    if (last_ == nullptr) return;
    block* largest = last_;
    for (block* each = last_; each != nullptr; each = each->previous) {
        if (each->size > largest->size) largest = each;
    }
    while (last_ != nullptr) {
        block* each = std::exchange(last_, last_->previous);
        if (each != largest) std::free(each);
    }
    largest->previous = nullptr;
    last_ = largest;
    used_ = largest->size;
    use(largest);
}

} // namespace odradek
