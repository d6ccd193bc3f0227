// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/crc32c.hpp>
#include <odradek/protocol/crc_tables.hpp>

#include <array>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#include <immintrin.h>
#elif defined(__aarch64__) && (defined(__GNUC__) || defined(__clang__))
#include <arm_acle.h>
#if defined(__linux__)
#include <sys/auxv.h>
#endif
#endif

namespace odradek {
namespace {

constexpr detail::crc_tables castagnoli_tables = detail::make_crc_tables(detail::castagnoli);
constexpr detail::crc_tables ieee_tables = detail::make_crc_tables(detail::ieee);

// x^(8 * 2^k): what 2^k more bytes multiply a checksum by.
constexpr std::array<std::uint32_t, 64> byte_shifts = [] {
    std::array<std::uint32_t, 64> shifts{};
    shifts[0] = detail::power_of_x(8, detail::castagnoli);
    for (std::size_t k = 1; k < shifts.size(); ++k)
        shifts[k] = detail::multiply(shifts[k - 1], shifts[k - 1], detail::castagnoli);
    return shifts;
}();

std::uint32_t update_table(std::uint32_t state, const std::byte* data, std::size_t size) noexcept
{
    return detail::update_by_table(castagnoli_tables, state, data, size);
}

// The instruction takes three cycles but one can start in each, so three neighbouring blocks are summed at once. Joining
// them means shifting a sum over the bytes after it, a multiplication by a power of x that is fixed by the block's length.
constexpr std::size_t long_block = 4096;
constexpr std::size_t middle_block = 512;
constexpr std::size_t short_block = 64;

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))

// The carry-less product of two reflected 32-bit values, run through the instruction, comes out times x^33.
template <std::size_t Bytes>
constexpr std::uint32_t shift_over = detail::power_of_x(8 * Bytes - 33, detail::castagnoli);

__attribute__((target("sse4.2,pclmul"))) inline std::uint64_t shifted(std::uint64_t state,
                                                                      std::uint32_t factor) noexcept
{
    const __m128i product = _mm_clmulepi64_si128(_mm_cvtsi64_si128(static_cast<long long>(state)),
                                                 _mm_cvtsi32_si128(static_cast<int>(factor)), 0);
    return static_cast<std::uint64_t>(_mm_cvtsi128_si64(product));
}

template <std::size_t Block>
__attribute__((target("sse4.2,pclmul"))) inline std::uint64_t three_blocks(std::uint64_t state, const std::byte*& data,
                                                                           std::size_t& size) noexcept
{
    while (size >= 3 * Block) {
        std::uint64_t second = 0;
        std::uint64_t third = 0;
        for (const std::byte* end = data + Block; data != end; data += 16) {
            state = _mm_crc32_u64(state, detail::load_little_endian(data));
            second = _mm_crc32_u64(second, detail::load_little_endian(data + Block));
            third = _mm_crc32_u64(third, detail::load_little_endian(data + 2 * Block));
            state = _mm_crc32_u64(state, detail::load_little_endian(data + 8));
            second = _mm_crc32_u64(second, detail::load_little_endian(data + Block + 8));
            third = _mm_crc32_u64(third, detail::load_little_endian(data + 2 * Block + 8));
        }
        data += 2 * Block;
        size -= 3 * Block;
        state = _mm_crc32_u64(0, shifted(state, shift_over<2 * Block>) ^ shifted(second, shift_over<Block>)) ^ third;
    }
    return state;
}

__attribute__((target("sse4.2,pclmul"))) std::uint32_t update_hardware(std::uint32_t before, const std::byte* data,
                                                                       std::size_t size) noexcept
{
    std::uint64_t state = before;
    state = three_blocks<long_block>(state, data, size);
    state = three_blocks<middle_block>(state, data, size);
    state = three_blocks<short_block>(state, data, size);
    for (; size >= 8; size -= 8, data += 8) state = _mm_crc32_u64(state, detail::load_little_endian(data));
    auto result = static_cast<std::uint32_t>(state);
    for (; size != 0; --size, ++data) result = _mm_crc32_u8(result, std::to_integer<std::uint8_t>(*data));
    return result;
}

constexpr std::string_view hardware_name = "sse4.2";

bool has_hardware() noexcept
{
    return __builtin_cpu_supports("sse4.2") != 0 && __builtin_cpu_supports("pclmul") != 0;
}

#elif defined(__aarch64__) && (defined(__GNUC__) || defined(__clang__))

template <std::size_t Bytes>
constexpr std::uint32_t shift_over = detail::power_of_x(8 * Bytes, detail::castagnoli);

template <std::size_t Block>
__attribute__((target("+crc"))) inline std::uint32_t three_blocks(std::uint32_t state, const std::byte*& data,
                                                                  std::size_t& size) noexcept
{
    while (size >= 3 * Block) {
        std::uint32_t second = 0;
        std::uint32_t third = 0;
        for (const std::byte* end = data + Block; data != end; data += 8) {
            state = __crc32cd(state, detail::load_little_endian(data));
            second = __crc32cd(second, detail::load_little_endian(data + Block));
            third = __crc32cd(third, detail::load_little_endian(data + 2 * Block));
        }
        data += 2 * Block;
        size -= 3 * Block;
        state = detail::multiply(state, shift_over<2 * Block>, detail::castagnoli) ^
                detail::multiply(second, shift_over<Block>, detail::castagnoli) ^ third;
    }
    return state;
}

__attribute__((target("+crc"))) std::uint32_t update_hardware(std::uint32_t state, const std::byte* data,
                                                              std::size_t size) noexcept
{
    // Joining costs some hundred cycles here, so short blocks are not worth it.
    state = three_blocks<long_block>(state, data, size);
    state = three_blocks<middle_block>(state, data, size);
    for (; size >= 8; size -= 8, data += 8) state = __crc32cd(state, detail::load_little_endian(data));
    for (; size != 0; --size, ++data) state = __crc32cb(state, std::to_integer<std::uint8_t>(*data));
    return state;
}

constexpr std::string_view hardware_name = "armv8";

bool has_hardware() noexcept
{
#if defined(__linux__)
    constexpr unsigned long crc_instructions = 1UL << 7U; // HWCAP_CRC32 of the Linux ABI
    return (getauxval(AT_HWCAP) & crc_instructions) != 0;
#elif defined(__APPLE__)
    return true; // every 64-bit processor of this platform has it
#else
    return false;
#endif
}

#else

std::uint32_t update_hardware(std::uint32_t state, const std::byte* data, std::size_t size) noexcept
{
    return update_table(state, data, size);
}

constexpr std::string_view hardware_name = "table";

bool has_hardware() noexcept
{
    return false;
}

#endif

} // namespace

std::span<const crc32c_implementation> crc32c_implementations() noexcept
{
    static constexpr std::array<crc32c_implementation, 2> known{
        {{hardware_name, &update_hardware}, {"table", &update_table}}};
    static const std::span<const crc32c_implementation> usable = std::span{known}.subspan(has_hardware() ? 0 : 1);
    return usable;
}

std::uint32_t crc32c(bytes_view data, std::uint32_t seed) noexcept
{
    return ~crc32c_implementations().front().update(~seed, data.data(), data.size());
}

std::uint32_t crc32c_combine(std::uint32_t first, std::uint32_t second, std::size_t second_size) noexcept
{
    for (std::size_t k = 0; second_size != 0; ++k, second_size >>= 1U)
        if ((second_size & 1U) != 0) first = detail::multiply(first, byte_shifts[k], detail::castagnoli);
    return first ^ second;
}

std::uint32_t crc32(bytes_view data, std::uint32_t seed) noexcept
{
    return ~detail::update_by_table(ieee_tables, ~seed, data.data(), data.size());
}

} // namespace odradek
