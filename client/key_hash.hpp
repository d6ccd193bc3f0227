// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/export.hpp>

#include <cstdint>

namespace odradek {

/// The hash by which Java's client chooses the partition of a key: murmur2 with Kafka's seed, as a signed number.
///
/// Free functions without state, for whoever places records (the program odradek, a partitioner); callable from any thread,
/// nothing is kept. The same key must come to the same partition whatever the language, so neither may ever change.
///
/// Source: KIP-480 and KIP-794 leave the placing of keys as it was; the numbers are checked in tests/unit/client.
[[nodiscard]] ODRADEK_EXPORT std::int32_t murmur2(bytes_view key) noexcept;

/// The partition of `key` among `partitions`, which must be positive: the hash without its sign bit, modulo the count.
[[nodiscard]] ODRADEK_EXPORT std::int32_t partition_of_key(bytes_view key, std::int32_t partitions) noexcept;

} // namespace odradek
