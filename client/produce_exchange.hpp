// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/produce_options.hpp>
#include <odradek/protocol/broker_error.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/generated/messages/produce.hpp>
#include <odradek/protocol/types.hpp>

#include <cstdint>
#include <string>
#include <string_view>
#include <system_error>

namespace odradek {

/// Decides what a Produce answer means for one batch that was sent without idempotence.
///
/// A sans-I/O value owned by one produce operation. The rule behind it: an error that says that nothing was appended may be
/// followed by another attempt; one that leaves it open may not, unless the user takes duplicates. It is left open when the
/// broker timed out, or appended and then missed replicas; and also when it appended and then lost the leadership while it
/// waited for replicas: then the error is an ordinary one, but the answer says where the batch lies. A topic that was only just created is unknown to its own leader for a moment, so
/// the first "unknown" is tried again at once, and only the fourth is believed (B12).
///
/// Source: KIP-467 (culprits), KIP-951 (leaders named in answers); behaviours B2, B12, B14.
class ODRADEK_EXPORT produce_exchange {
public:
    using partition_answer = produce_response::partition_produce_response;

    /// How many answers in a row may call the topic unknown.
    static constexpr std::uint32_t unknown_topic_answers = 4;

    enum class step {
        done,           ///< Appended.
        again,          ///< Send again at once.
        follow_or_wait, ///< Another broker leads: follow the answer's hint, else ask for metadata, then send again.
        wait,           ///< Send again after the backoff.
        refused,        ///< It was not appended, and trying again does not help.
        outcome_unknown ///< It may have been appended; sending it again may append it twice.
    };

    explicit produce_exchange(bool retry_duplicates) noexcept : retry_duplicates_(retry_duplicates) {}

    /// What to do after this answer. `base_offset` is the answer's; -1 where nothing was appended.
    [[nodiscard]] step on_answer(broker_errc code, std::int64_t base_offset = -1) noexcept;

    /// Whether an answer left it open what became of the batch.
    [[nodiscard]] bool may_be_appended() const noexcept { return may_be_appended_; }

private:
    bool retry_duplicates_;
    bool may_be_appended_ = false;
    std::uint32_t unknown_answers_ = 0;
};

/// This topic's and partition's part of an answer; null if it has none. Of several, the first counts.
[[nodiscard]] ODRADEK_EXPORT const produce_response::partition_produce_response*
find_partition(const produce_response& response, std::string_view topic, const uuid& id,
               std::int32_t partition) noexcept;

/// The records that the broker blames (KIP-467), in words: `record 3: "..."; record 7`; empty if it blames none.
[[nodiscard]] ODRADEK_EXPORT std::string blamed_records(const produce_response::partition_produce_response& answer);

} // namespace odradek
