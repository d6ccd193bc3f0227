// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/broker_error.hpp>
#include <odradek/protocol/export.hpp>

#include <cstdint>

namespace odradek {

/// What an answer about a batch means.
enum class batch_verdict : std::uint8_t {
    done,              ///< It is appended, now or earlier.
    again,             ///< Not appended; send it again at once.
    follow_or_wait,    ///< Not appended; another broker leads: follow the answer's hint, else ask for metadata.
    wait,              ///< Not appended; send it again after the backoff.
    unknown,           ///< It may have been appended; the same again after the backoff.
    unknown_and_moved, ///< The same, and the leader is another one.
    out_of_order,      ///< Not appended: the broker expects another sequence.
    producer_unknown,  ///< Not appended: the broker does not know the producer id or its epoch.
    split,             ///< Not appended: too large, and it can be split.
    culprits,          ///< Not appended because of some of its records, which the answer names.
    other_codec,       ///< Not appended: the broker cannot take this codec.
    refused,           ///< Not appended, and trying again does not help.
};

/// What is known of the batch that an answer is about.
struct batch_facts {
    bool numbered = false; ///< It carries a producer id.
    std::int32_t records = 1;
    bool compressed = false;
    bool names_culprits = false; ///< The answer blames some of its records (KIP-467).
    std::uint32_t unknown_answers =
        0; ///< How many answers before called the topic unknown since the last acknowledgement.
};

/// How many answers may call a topic unknown before it is believed (B12).
inline constexpr std::uint32_t believed_unknown_answers = 4;

/// What this answer means. A pure function. `base_offset` is the answer's: with an error and an offset the batch was appended, but
/// not by all replicas that were asked for.
///
/// Source: Kafka's error table; KIP-360, KIP-467; behaviours B2, B3, B12, B14.
[[nodiscard]] ODRADEK_EXPORT batch_verdict judge_batch(broker_errc code, std::int64_t base_offset,
                                                       const batch_facts& batch) noexcept;

} // namespace odradek
