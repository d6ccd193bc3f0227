// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace odradek {

/// The two checksums of Kafka's formats: CRC-32C (Castagnoli) covers a record batch, CRC-32 (IEEE) a message of the old
/// formats 0 and 1.
///
/// Pure functions, callable from any thread. CRC-32C uses the processor's own instruction where there is one (SSE4.2 with
/// PCLMULQDQ, ARMv8 with the CRC extension), found out at run time, in three streams at once; else tables.
///
/// Source: RFC 3720 appendix B.4 (Castagnoli), ISO 3309 (IEEE).

/// CRC-32C of `data`. `seed` is the checksum of the bytes before it, so that a long text can be summed piece by piece.
[[nodiscard]] ODRADEK_EXPORT std::uint32_t crc32c(bytes_view data, std::uint32_t seed = 0) noexcept;

/// CRC-32C of two texts, one behind the other, of which only the checksums are known, and the second one's size in bytes. Its
/// cost does not grow with the texts.
[[nodiscard]] ODRADEK_EXPORT std::uint32_t crc32c_combine(std::uint32_t first, std::uint32_t second,
                                                          std::size_t second_size) noexcept;

/// CRC-32 (the one of zlib and Ethernet) of `data`; `seed` as in `crc32c`.
[[nodiscard]] ODRADEK_EXPORT std::uint32_t crc32(bytes_view data, std::uint32_t seed = 0) noexcept;

/// One way of computing CRC-32C.
struct crc32c_implementation {
    std::string_view name; ///< "sse4.2", "armv8" or "table".
    /// Carries `state` (the inverted checksum) over `size` bytes.
    std::uint32_t (*update)(std::uint32_t state, const std::byte* data, std::size_t size) noexcept;
};

/// Every implementation that this processor can run, the one that `crc32c` uses first.
[[nodiscard]] ODRADEK_EXPORT std::span<const crc32c_implementation> crc32c_implementations() noexcept;

} // namespace odradek
