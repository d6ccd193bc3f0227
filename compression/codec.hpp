// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/codec_set.hpp>
#include <odradek/protocol/export.hpp>

namespace odradek {

/// The codecs that this build has: gzip always, snappy, lz4 and zstd where their libraries were found.
///
/// One constant table for the whole program, callable from any thread. Each thread keeps one compressing and one
/// decompressing context a codec and uses them again; unusually large ones are given back at once. What is written is what
/// Kafka's Java client writes, and everything that it reads is read:
/// - gzip: one member is written, several are read.
/// - snappy: xerial's framing with blocks of 32 KiB is written; that and plain snappy are read.
/// - lz4: frames of independent 64 KiB blocks without checksum of the content are written; all block sizes and checksums
///   are read, dependent blocks are refused. Format 0 has the flawed header checksum of its time (KIP-57).
///   Kafka's levels: the standard one is the fast compressor, 1 and 2 too; from 3 on the thorough one, which ends at 12.
/// - zstd: one frame is written, several are read, with and without a size (KIP-110). Windows above 128 MiB are refused,
///   and above 8 MiB those that are larger than the output may become.
[[nodiscard]] ODRADEK_EXPORT const codec_set& default_codecs() noexcept;

} // namespace odradek
