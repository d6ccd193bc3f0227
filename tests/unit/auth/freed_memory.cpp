// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/auth/freed_memory.hpp"

#include <atomic>
#include <cstdlib>
#include <malloc.h>
#include <new>

namespace {

std::string_view sought; // empty: nobody looks
std::atomic<int> blocks_found = 0;
std::atomic<int> blocks_freed = 0;

void* take(std::size_t size)
{
    if (void* const block = std::calloc(1, size == 0 ? 1 : size)) return block; // so that no old content is found
    throw std::bad_alloc{};
}

void give_back(void* block) noexcept
{
    if (block != nullptr && !sought.empty()) {
        ++blocks_freed;
        const std::string_view content{static_cast<const char*>(block), malloc_usable_size(block)};
        if (content.find(sought) != std::string_view::npos) ++blocks_found;
    }
    std::free(block);
}

} // namespace

void* operator new(std::size_t size)
{
    return take(size);
}
void* operator new[](std::size_t size)
{
    return take(size);
}
void operator delete(void* block) noexcept
{
    give_back(block);
}
void operator delete[](void* block) noexcept
{
    give_back(block);
}
void operator delete(void* block, std::size_t /*size*/) noexcept
{
    give_back(block);
}
void operator delete[](void* block, std::size_t /*size*/) noexcept
{
    give_back(block);
}

namespace odradek::test {

freed_memory::freed_memory(std::string_view wanted) noexcept
{
    blocks_found = 0;
    blocks_freed = 0;
    sought = wanted;
}

freed_memory::~freed_memory()
{
    sought = {};
}

int freed_memory::found() const noexcept
{
    return blocks_found;
}

int freed_memory::looked() const noexcept
{
    return blocks_freed;
}

} // namespace odradek::test
