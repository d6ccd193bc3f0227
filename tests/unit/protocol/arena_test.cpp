// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/arena.hpp>

#include <gtest/gtest.h>

#include <cstring>
#include <utility>

namespace odradek {
namespace {

TEST(arena, takes_nothing_before_it_is_used)
{
    const arena memory;
    EXPECT_EQ(memory.used(), 0u);
    EXPECT_EQ(memory.limit(), arena::default_limit);
}

TEST(arena, gives_aligned_pieces_that_do_not_overlap)
{
    arena memory;
    void* previous_end = nullptr;
    for (std::size_t i = 0; i < 2000; ++i) {
        const std::size_t align = std::size_t{1} << (i % 7);
        void* const piece = memory.allocate(i % 50, align);
        ASSERT_NE(piece, nullptr);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(piece) % align, 0u);
        EXPECT_NE(piece, previous_end);
        std::memset(piece, 0xff, i % 50); // a sanitizer sees whether it is ours
        previous_end = i % 50 == 0 ? nullptr : piece;
    }
}

TEST(arena, never_takes_more_than_its_limit)
{
    arena memory{10'000};
    EXPECT_EQ(memory.allocate(20'000, 8), nullptr);
    EXPECT_EQ(memory.allocate(static_cast<std::size_t>(-1), 8), nullptr);
    EXPECT_EQ(memory.allocate_array<std::int64_t>(static_cast<std::size_t>(-1) / 8), nullptr);
    std::size_t given = 0;
    while (memory.allocate(100, 8) != nullptr) given += 100;
    EXPECT_GT(given, 8'000u);
    EXPECT_LE(memory.used(), 10'000u);
}

TEST(arena, keeps_its_largest_block_when_it_is_reset)
{
    arena memory;
    for (int i = 0; i < 1000; ++i) (void)memory.allocate(100, 8);
    const std::size_t before = memory.used();
    memory.reset();
    const std::size_t kept = memory.used();
    EXPECT_GT(kept, 0u);
    EXPECT_LT(kept, before);
    (void)memory.allocate(kept / 2, 8);
    EXPECT_EQ(memory.used(), kept);
}

TEST(arena, hands_its_blocks_over_when_it_is_moved)
{
    arena memory;
    auto* const text = memory.allocate_array<char>(6);
    std::memcpy(text, "hello", 6);
    arena other{std::move(memory)};
    EXPECT_STREQ(text, "hello");
    EXPECT_GT(other.used(), 0u);
    arena third;
    third = std::move(other);
    EXPECT_STREQ(text, "hello");
    EXPECT_GT(third.used(), 0u);
}

} // namespace
} // namespace odradek
