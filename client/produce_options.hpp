// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/codec_set.hpp>

#include <chrono>
#include <cstdint>
#include <optional>
#include <type_traits>

namespace odradek {

/// Who must have a batch before the broker says that it is written. The values are the protocol's.
enum class acks : std::int16_t {
    none = 0,   ///< Nobody: the broker answers nothing, and no offset is known.
    leader = 1, ///< The partition's leader, in its log.
    all = -1,   ///< Every replica that is in sync (and at least min.insync.replicas of them).
};

/// How one straight produce is done. A plain value, copied when the operation starts; its user owns it.
///
/// Source: KIP-91 (delivery timeout), KIP-390 (levels).
struct produce_options {
    /// Who must have the batch before the answer comes.
    odradek::acks acks = odradek::acks::all;
    /// How long the broker may wait for the replicas that `acks` asks for.
    std::chrono::milliseconds timeout{30'000};
    /// How the batch is compressed. A codec that was not built in, or that the broker is too old for, is an error.
    odradek::compression compression = odradek::compression::none;
    /// The codec's level; nothing means the codec's default.
    std::optional<int> level{};
    /// How long the whole operation may take, with every retry.
    std::chrono::milliseconds delivery_timeout{120'000};
    /// Whether the broker may create a topic that does not exist, if it is configured to.
    bool allow_auto_topic_creation = true;
    /// Send again although an earlier attempt may have been written and only its answer was lost. A straight produce is not
    /// idempotent, so the records may then be there twice; without this, such an end is errc::outcome_unknown.
    bool retry_duplicates = false;
};
static_assert(std::is_trivially_destructible_v<produce_options>);

} // namespace odradek
