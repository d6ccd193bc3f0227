// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/batch_error.hpp>
#include <odradek/protocol/byte_buffer.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/codec_set.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/nullable.hpp>

#include <cstddef>
#include <cstdint>

namespace odradek {

/// Layout of a message of the old formats 0 and 1: where each field begins.
namespace legacy_layout {
inline constexpr std::size_t offset = 0;
inline constexpr std::size_t length = 8; ///< Counts the bytes from `crc` on.
inline constexpr std::size_t crc = 12;
inline constexpr std::size_t magic = 16;
inline constexpr std::size_t attributes = 17;
inline constexpr std::size_t timestamp = 18; ///< Format 1 only; the key follows, in format 0 in its place.
inline constexpr std::int32_t least_length = 14;
} // namespace legacy_layout

/// One message of the formats 0 and 1, as brokers before 0.11 and topics that were written then give them: a record, or a
/// wrapper whose value is a compressed set of records.
///
/// A view into the set, copied freely. Fetched sets are read through batch_view, which opens wrappers too; this class is the
/// single message. Source: KIP-31 (relative offsets), KIP-32 (timestamps).
class legacy_message {
public:
    /// Reads the message that begins at `bytes[0]`. Does not compare the checksum.
    [[nodiscard]] ODRADEK_EXPORT batch_error parse(bytes_view bytes) noexcept;

    [[nodiscard]] std::int64_t offset() const noexcept { return offset_; } ///< As stored: may be relative.
    [[nodiscard]] std::int8_t magic() const noexcept { return magic_; }    ///< Format: 0 or 1.
    [[nodiscard]] std::int8_t attributes() const noexcept
    {
        return attributes_;
    } ///< Codec in bits 0 to 2, append time in 3.
    [[nodiscard]] std::int64_t timestamp() const noexcept { return timestamp_; } ///< -1 in format 0.
    [[nodiscard]] std::uint32_t crc() const noexcept { return crc_; }        ///< CRC-32 from the magic on, as stored.
    [[nodiscard]] nullable<bytes_view> key() const noexcept { return key_; } ///< Key.
    [[nodiscard]] nullable<bytes_view> value() const noexcept { return value_; } ///< Value, or the wrapped set.
    [[nodiscard]] std::size_t size_in_bytes() const noexcept { return size_; }   ///< With offset and length.

private:
    nullable<bytes_view> key_;
    nullable<bytes_view> value_;
    std::int64_t offset_ = -1;
    std::int64_t timestamp_ = -1;
    std::size_t size_ = 0;
    std::uint32_t crc_ = 0;
    std::int8_t magic_ = 0;
    std::int8_t attributes_ = 0;
};

/// What a message of an old format is made from. Only tests, tools and brokers write them.
struct legacy_fields {
    std::int8_t magic = 1;        ///< 0 or 1.
    std::int64_t offset = 0;      ///< As it is stored.
    std::int64_t timestamp = -1;  ///< Not written in format 0.
    bool log_append_time = false; ///< Format 1: the timestamp is the broker's.
    nullable<bytes_view> key{};   ///< Key.
    nullable<bytes_view> value{}; ///< Value.
};

/// Appends one uncompressed message. Errors: unsupported_magic, record_too_large, out_of_memory.
[[nodiscard]] ODRADEK_EXPORT errc write_legacy_message(const legacy_fields& fields, byte_buffer& output) noexcept;

/// Appends a wrapper around `set`, encoded messages of the same format, compressed by `codec`. `fields.offset` is the last
/// one's absolute offset; `fields.value` is ignored. Format 1 wants relative offsets in the set.
[[nodiscard]] ODRADEK_EXPORT compression_error write_legacy_wrapper(const legacy_fields& fields, bytes_view set,
                                                                    compression codec, int level,
                                                                    const codec_set& codecs,
                                                                    byte_buffer& output) noexcept;

} // namespace odradek
