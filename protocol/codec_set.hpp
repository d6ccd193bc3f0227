// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/byte_buffer.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/error.hpp>
#include <odradek/protocol/export.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace odradek {

/// How the records of a batch are compressed; the numbers are those of the batch's attributes.
enum class compression : std::int8_t { none, gzip, snappy, lz4, zstd };

/// Every codec, by number.
inline constexpr std::array<compression, 5> all_compressions{compression::none, compression::gzip, compression::snappy,
                                                             compression::lz4, compression::zstd};

/// "none", "gzip", "snappy", "lz4", "zstd" as Kafka's own settings spell them; empty for a number that is no codec.
[[nodiscard]] ODRADEK_EXPORT std::string_view name(compression codec) noexcept;

/// The codec of that name, if there is one.
[[nodiscard]] ODRADEK_EXPORT std::optional<compression> compression_from_name(std::string_view name) noexcept;

/// Stands for the codec's own default level.
inline constexpr int default_compression_level = std::numeric_limits<int>::min();

/// The levels that a codec knows (KIP-390). The standard one is the same as default_compression_level; with lz4 it means,
/// as in Kafka, the fast compressor and not one that is as thorough as its neighbours. `none` and `snappy` have none and ignore what they are given.
struct compression_levels {
    int lowest = 0;   ///< Fastest.
    int highest = 0;  ///< Smallest.
    int standard = 0; ///< What Kafka's own configuration says when the user says nothing.

    /// May this level be asked for?
    [[nodiscard]] constexpr bool contains(int level) const noexcept
    {
        return level == default_compression_level || level == standard || (lowest <= level && level <= highest);
    }
};

/// The levels of `codec`.
[[nodiscard]] ODRADEK_EXPORT compression_levels levels(compression codec) noexcept;

/// Why compressing or decompressing failed. True means failed, as with every error of this library.
struct compression_error {
    errc code{};              ///< codec_not_available, unknown_codec, bad_compressed_data, output_limit, ...
    const char* reason = "";  ///< What exactly, in words; a constant.
    std::size_t position = 0; ///< Byte of the input where it showed.

    /// Did it fail?
    [[nodiscard]] explicit operator bool() const noexcept { return code != errc{}; }
};

/// How much decompressing may take. A plain number bounds both.
struct unpack_limits {
    /// `output` bytes may come out; the codec may be made to take as much again.
    constexpr unpack_limits(std::size_t output) noexcept : unpack_limits(output, output) {}
    /// Both apart.
    constexpr unpack_limits(std::size_t output_bytes, std::size_t context_bytes) noexcept
        : output(output_bytes), context(context_bytes)
    {}

    std::size_t output;  ///< Bytes that may come out.
    std::size_t context; ///< What the sender's choices may cost beside that; see codec_set::entry::decompress.
};

/// The compression libraries as function pointers, so that reading and writing batches needs none of them.
///
/// An immutable table; whoever fills it (normally `default_codecs()` of the layer compression) owns it and keeps it alive
/// as long as anything uses it. Its functions are callable from any thread. A codec without functions is one that this
/// build lacks: using it is errc::codec_not_available, and the reason names the codec and the build option.
struct codec_set {
    /// One codec. Both functions append to `output` and never touch what is there already.
    struct entry {
        /// Compresses all of `input`. `level` is one of `levels()`, or default_compression_level. `magic` is the format of
        /// the records around it (0, 1 or 2): lz4 has a flawed header in format 0.
        compression_error (*compress)(bytes_view input, int level, std::int8_t magic,
                                      byte_buffer& output) noexcept = nullptr;
        /// Decompresses all of `input` and stops with errc::output_limit as soon as more than `limits.output` bytes come
        /// out; it never reserves more than that because a length in the input says so.
        ///
        /// The codec's own memory comes on top, once a thread that decompresses. With the codecs of odradek::compression:
        /// gzip less than 64 KiB, snappy none, lz4 twice the frame's block size (at most 8 MiB, 512 KiB of which are kept
        /// for the next use), zstd the window that the frame asks for (and at most 16 MiB are kept). A zstd frame may ask
        /// for 8 MiB, which levels up to 19 need, or for less than twice `limits.context`, but never for over 128 MiB; else
        /// it is errc::output_limit.
        compression_error (*decompress)(bytes_view input, std::int8_t magic, unpack_limits limits,
                                        byte_buffer& output) noexcept = nullptr;
    };

    std::array<entry, all_compressions.size()> entries{}; ///< By number; entry 0 (none) stays empty.

    /// Can this set compress and decompress `codec`? Always true for none.
    [[nodiscard]] ODRADEK_EXPORT bool has(compression codec) const noexcept;

    /// Compresses with `codec`, after checking that it is there and knows the level. `none` copies.
    [[nodiscard]] ODRADEK_EXPORT compression_error compress(compression codec, bytes_view input, int level,
                                                            std::int8_t magic, byte_buffer& output) const noexcept;

    /// Decompresses with `codec`, after checking that it is there. `none` copies.
    [[nodiscard]] ODRADEK_EXPORT compression_error decompress(compression codec, bytes_view input, std::int8_t magic,
                                                              unpack_limits limits, byte_buffer& output) const noexcept;
};

/// A set without any codec: only uncompressed batches can be read and written.
[[nodiscard]] ODRADEK_EXPORT const codec_set& no_codecs() noexcept;

} // namespace odradek
