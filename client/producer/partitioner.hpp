// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/record.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/export.hpp>

#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

namespace odradek {

/// Which partition a record goes to when its sender does not say: what the key decides, in the ways of Java's client,
/// librdkafka and KafkaJS, and what a user's own function is given.
///
/// Free functions without state, for the producer; callable from any thread, nothing is kept. What the key leaves
/// open (any_partition) the producer fills in from its sticky_choice. The same key must come to the same partition
/// whatever the client, so none of the strategies may ever change.
///
/// Source: KIP-480, KIP-794, the property `partitioner` of librdkafka; behaviour B36. tests/golden/partitioners holds
/// what the other clients' own code answers.
enum class partition_strategy : std::uint8_t {
    /// Java's default: a key that is not null by murmur2 without its sign bit, even an empty one; null is left open,
    /// for the partition that the producer sticks to. To stick whatever the key (`partitioner.ignore.keys`), do not
    /// ask.
    uniform_sticky,
    /// Java's RoundRobinPartitioner: left open whatever the key, for one partition after the other.
    round_robin,
    /// librdkafka's `random`: left open whatever the key. librdkafka sticks for a null key, and draws for each record
    /// that has one.
    random,
    /// librdkafka's `consistent`: CRC-32 of the key. A null key is an empty one, and both go to partition 0.
    consistent,
    /// librdkafka's default, `consistent_random`: CRC-32 of the key; null and also empty keys are left open.
    consistent_random,
    /// librdkafka's `murmur2`: Java's hash, but a null key goes where an empty one goes.
    murmur2,
    /// librdkafka's `murmur2_random`: Java's hash; only a null key is left open. The same as uniform_sticky.
    murmur2_random,
    /// librdkafka's `fnv1a`, which is Sarama's hash: FNV-1a of the bytes without sign as a signed number, of that the
    /// absolute value (2^31 for the smallest number, which has none). A null key goes where an empty one goes.
    fnv1a,
    /// librdkafka's `fnv1a_random`: as fnv1a; only a null key is left open.
    fnv1a_random,
    /// KafkaJS's LegacyPartitioner, its default before 2.0: murmur2 as floating point numbers come to it, and with
    /// the last bytes of a key whose length is no multiple of four mixed in twice, so it seldom agrees with Java. A
    /// null key is left open, there for one partition after the other.
    kafkajs_legacy,
};

/// No partition in particular: what a partitioner answers that leaves the choice to the producer. A record says so by naming none.
inline constexpr std::int32_t any_partition = -1;

/// The partition in [0, `partitions`) that the key decides, or any_partition where the strategy leaves it open. A key
/// of nothing is null. Without partitions (below 1) everything is open.
[[nodiscard]] ODRADEK_EXPORT std::int32_t choose_partition(partition_strategy how, const std::optional<bytes_view>& key,
                                                           std::int32_t partitions) noexcept;

/// The strategy that a value of `partitioner` (librdkafka's names) or of `partitioner.class` (the full names of
/// Java's own classes) stands for; also what name() says. Nothing for any other, and letters count as they are.
[[nodiscard]] ODRADEK_EXPORT std::optional<partition_strategy> find_strategy(std::string_view name) noexcept;

/// Whether a value of `partitioner.class` also asks for `partitioner.ignore.keys`: Java's former
/// UniformStickyPartitioner sticks whatever the key.
[[nodiscard]] ODRADEK_EXPORT bool ignores_keys(std::string_view name) noexcept;

/// The name of a strategy, which is librdkafka's where it has it.
[[nodiscard]] ODRADEK_EXPORT std::string_view name(partition_strategy how) noexcept;

/// What is known of a topic when a record is to be placed. Views, valid during the call only.
struct topic_partitions {
    std::string_view topic;                  ///< The topic's name.
    std::int32_t count;                      ///< How many partitions it has, at least 1.
    std::span<const std::int32_t> available; ///< Those that have a leader, ascending; may be none.
};

/// A user's own way to place records that name no partition.
///
/// Called on the thread that sends, or on the client's strand for records that waited for their topic, by any number of threads at once, and possibly again for a record that was not
/// taken the first time; nothing it is given may be kept. It must not call the producer. The result is a partition in
/// [0, count), available or not, or any_partition, which leaves it to the producer; anything else, or an exception,
/// ends the record with errc::partitioner_failed.
using partitioner_function = std::function<std::int32_t(const record&, const topic_partitions&)>;

} // namespace odradek
