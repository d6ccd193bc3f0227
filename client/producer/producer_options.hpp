// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/produce_options.hpp>
#include <odradek/client/producer/partitioner.hpp>
#include <odradek/protocol/codec_set.hpp>

#include <asio/any_io_executor.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace odradek {

/// Everything that a producer may be told when it is made. A value that its user owns; the producer copies it.
///
/// Nothing is checked here: what cannot be makes every send end with errc::invalid_option, and its diagnostics name the option.
///
/// Source: the defaults are those of the Java client where nothing speaks against them; KIP-91 (delivery timeout), KIP-98
/// (idempotence), KIP-480 and KIP-794 (choosing partitions), KIP-390 (levels).
struct producer_options {
    /// Who must have a batch before it counts as written.
    odradek::acks acks = odradek::acks::all;
    /// Whether the broker recognises batches that are sent twice. Nothing said: yes with acks::all and retries above 0, no
    /// otherwise. Asked for without these it is an error.
    std::optional<bool> idempotence{};
    /// How long a broker may wait for the replicas that `acks` asks for.
    std::chrono::milliseconds timeout{30'000};

    /// How batches are compressed. What a broker is too old for is sent as lz4, or as it is, and the log says so.
    odradek::compression compression = odradek::compression::none;
    /// The codec's level; nothing means the codec's default.
    std::optional<int> level{};
    /// Where batches of at least `compress_elsewhere_from` bytes are compressed; on the client's strand if not set.
    asio::any_io_executor compression_executor{};
    std::size_t compress_elsewhere_from = std::size_t{64} << 10; ///< Bytes before compression.

    /// How long a record waits for others of its partition. 0: not at all.
    std::chrono::microseconds linger{5'000};
    /// Bytes that a batch may have before compression; a larger record is alone in its batch.
    std::size_t batch_size = 1'000'000;
    /// Records that a batch may have.
    std::int32_t batch_max_records = std::numeric_limits<std::int32_t>::max();
    /// Bytes that one request, and so one record, may have.
    std::size_t max_request_size = std::size_t{1} << 20;
    /// Requests that may be under way to one broker at once; with idempotence at most 5 count for one partition. Without
    /// idempotence, the order of records holds only with 1.
    std::int32_t max_in_flight = 5;
    /// Bytes that everything not yet delivered may take: records, what is kept for each of them, compressed copies.
    std::size_t memory = std::size_t{32} << 20;
    /// Nothing is sent before async_flush() or async_close(). A full memory is then an error for async_send() and
    /// async_ready() too.
    bool manual_flush = false;

    /// From the send of a record to its acknowledgement, with linger and every retry. A batch has one time, which begins with
    /// its first record: what joins it later, by at most a sixth of this time, ends with it.
    std::chrono::milliseconds delivery_timeout{120'000};
    /// How often a batch that was written is sent again. The delivery timeout ends it as well.
    std::uint32_t retries = std::numeric_limits<std::uint32_t>::max();
    /// How long records wait for a topic that the brokers do not know (yet).
    std::chrono::milliseconds unknown_topic_timeout{30'000};
    /// Whether brokers may create a topic that does not exist, if they are configured to.
    bool allow_auto_topic_creation = true;

    /// Which partition a record goes to that names none.
    partition_strategy partitioner = partition_strategy::uniform_sticky;
    /// Used instead of `partitioner` when set.
    partitioner_function custom_partitioner{};
    /// Records with a key are placed like those without.
    bool ignore_keys = false;
    /// Records without a key go rather where fewer batches wait (KIP-794).
    bool adaptive = true;
    /// Records without a key stay in `client_rack` where it leads partitions (KIP-1123).
    bool rack_aware = false;
    std::string client_rack{}; ///< Where this client is.
};

/// What one send may have otherwise than its producer. A plain value, copied when the operation starts.
///
/// Records of different options never share a batch. With acks 0 or 1 they go out without a producer id, and their order
/// against others of the same partition is not promised.
struct send_options {
    std::optional<odradek::acks> acks{};                ///< Who must have the batch.
    std::optional<std::chrono::milliseconds> timeout{}; ///< How long the broker may wait for the replicas.
    std::optional<odradek::compression> compression{};  ///< How the batch is compressed.
    std::optional<int> level{};                         ///< The codec's level.

    friend bool operator==(const send_options&, const send_options&) = default;
};
static_assert(std::is_trivially_destructible_v<send_options>);

} // namespace odradek
