// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/crc32c.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace odradek {
namespace {

std::vector<std::byte> random_bytes(std::size_t size)
{
    std::mt19937 random{42};
    std::vector<std::byte> bytes(size);
    for (std::byte& byte : bytes) byte = static_cast<std::byte>(random());
    return bytes;
}

// Bit by bit, straight from the definition.
std::uint32_t by_definition(bytes_view data, std::uint32_t polynomial)
{
    std::uint32_t state = ~0U;
    for (const std::byte byte : data) {
        state ^= std::to_integer<std::uint32_t>(byte);
        for (int bit = 0; bit < 8; ++bit) state = (state >> 1U) ^ ((state & 1U) != 0 ? polynomial : 0U);
    }
    return ~state;
}

TEST(crc32c, gives_the_published_check_values)
{
    EXPECT_EQ(crc32c("123456789"), 0xe3069283U);
    EXPECT_EQ(crc32("123456789"), 0xcbf43926U);
    EXPECT_EQ(crc32c(""), 0U);
    EXPECT_EQ(crc32(""), 0U);
    EXPECT_EQ(crc32c(std::vector<std::byte>(32)), 0x8a9136aaU); // RFC 3720 appendix B.4
}

TEST(crc32c, equals_the_definition_on_random_bytes)
{
    const std::vector<std::byte> bytes = random_bytes(20'000);
    for (const std::size_t size : {1U, 7U, 63U, 191U, 192U, 1535U, 1537U, 12'287U, 12'288U, 20'000U}) {
        const bytes_view part = bytes_view{bytes}.subview(0, size);
        EXPECT_EQ(crc32c(part), by_definition(part, 0x82f63b78U)) << size;
        EXPECT_EQ(crc32(part), by_definition(part, 0xedb88320U)) << size;
    }
}

TEST(crc32c, joins_the_sums_of_two_parts)
{
    const std::vector<std::byte> bytes = random_bytes(70'000);
    const bytes_view whole{bytes};
    for (const std::size_t first : {0U, 1U, 40U, 4'095U, 65'536U, 69'999U, 70'000U}) {
        const bytes_view second = whole.subview(first);
        EXPECT_EQ(crc32c_combine(crc32c(whole.subview(0, first)), crc32c(second), second.size()), crc32c(whole))
            << first;
    }
}

TEST(crc32c, every_implementation_agrees_on_all_short_lengths_and_alignments)
{
    constexpr std::size_t longest = 5000;
    const std::vector<std::byte> bytes = random_bytes(longest + 16);
    const crc32c_implementation& table = crc32c_implementations().back();
    EXPECT_EQ(table.name, "table");
    for (const crc32c_implementation& other : crc32c_implementations()) {
        for (std::size_t size = 0; size <= longest; ++size) {
            const std::size_t shift = size % 16;
            ASSERT_EQ(other.update(~0U, bytes.data() + shift, size), table.update(~0U, bytes.data() + shift, size))
                << other.name << ' ' << size;
        }
        for (std::size_t shift = 0; shift < 16; ++shift) {
            for (const std::size_t size : {0U, 1U, 8U, 191U, 192U, 200U, 1536U, 1600U, 4999U}) {
                ASSERT_EQ(other.update(7, bytes.data() + shift, size), table.update(7, bytes.data() + shift, size));
            }
        }
    }
}

TEST(crc32c, every_implementation_agrees_on_long_texts)
{
    const std::vector<std::byte> bytes = random_bytes(1'000'003);
    const crc32c_implementation& table = crc32c_implementations().back();
    for (const crc32c_implementation& other : crc32c_implementations()) {
        for (const std::size_t size : {12'288U, 12'289U, 24'575U, 65'536U, 100'000U, 1'000'003U}) {
            EXPECT_EQ(other.update(3, bytes.data(), size), table.update(3, bytes.data(), size)) << other.name << size;
        }
    }
}

TEST(crc32c, can_be_summed_piece_by_piece)
{
    const std::vector<std::byte> bytes = random_bytes(3000);
    const bytes_view all{bytes};
    for (std::size_t cut = 0; cut <= all.size(); cut += 37) {
        EXPECT_EQ(crc32c(all.subview(cut), crc32c(all.subview(0, cut))), crc32c(all));
        EXPECT_EQ(crc32(all.subview(cut), crc32(all.subview(0, cut))), crc32(all));
    }
}

} // namespace
} // namespace odradek
