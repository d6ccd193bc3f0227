// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/broker/memory_charge.hpp>
#include <odradek/protocol/broker_error.hpp>
#include <odradek/protocol/export.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>

namespace odradek::broker {

/// What a partition remembers of idempotent producers, so that a batch that is sent twice is stored once (KIP-98).
///
/// Owned by a partition. A value without clock or I/O: check() says what a batch is, note() is told once it was stored.
class ODRADEK_EXPORT producer_states {
public:
    /// How many batches of a producer are remembered, and so how many may be under way at once (KIP-192).
    static constexpr std::size_t remembered = 5;

    /// One stored batch.
    struct batch {
        std::int32_t first_sequence = -1;
        std::int32_t last_sequence = -1;
        std::int64_t first_offset = -1;
        std::int64_t last_offset = -1;
        std::int64_t timestamp = -1;
    };

    /// One producer.
    struct state {
        std::int16_t epoch = -1;
        std::int64_t last_timestamp = -1;
        std::array<batch, remembered> batches{}; ///< The oldest first; only the first `count` are real.
        std::size_t count = 0;

        [[nodiscard]] std::int32_t last_sequence() const noexcept
        {
            return count == 0 ? -1 : batches[count - 1].last_sequence;
        }
        [[nodiscard]] std::int64_t last_offset() const noexcept
        {
            return count == 0 ? -1 : batches[count - 1].last_offset;
        }
    };

    /// Nobody is known. `total` counts what is remembered here and elsewhere, and outlives this.
    explicit producer_states(std::size_t& total) noexcept : held_(total) {}

    /// What a producer that was not known adds to the total, in bytes.
    [[nodiscard]] static std::size_t cost_of_one() noexcept;

    /// What check() found.
    struct verdict {
        broker_errc error = broker_errc::none; ///< Why the batch may not be stored.
        std::optional<batch> duplicate{};      ///< It is stored already, there.
    };

    /// What a batch of these sequences is.
    [[nodiscard]] verdict check(std::int64_t id, std::int16_t epoch, std::int32_t first, std::int32_t last) const;
    /// A batch that check() let through was stored.
    void note(std::int64_t id, std::int16_t epoch, const batch& stored);

    /// Forgets batches at or behind `offset`. (That records are deleted at the other end makes nobody forgotten, since KIP-360.)
    void truncate_to(std::int64_t offset);
    /// Forgets producers that have stored nothing since `timestamp` (producer.id.expiration.ms).
    void expire(std::int64_t timestamp);

    /// When the one that has stored nothing for longest last did; nothing if nobody is known.
    [[nodiscard]] std::optional<std::int64_t> oldest_timestamp() const noexcept;

    [[nodiscard]] const std::map<std::int64_t, state>& all() const noexcept { return states_; } ///< By producer id.

private:
    void recharge() noexcept;

    std::map<std::int64_t, state> states_;
    memory_charge held_;
};

} // namespace odradek::broker
