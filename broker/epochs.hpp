// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <cstdint>
#include <vector>

namespace odradek::broker {

/// Which leader epoch wrote which part of a log: how a client finds out that records it has read are gone (KIP-101, KIP-320).
///
/// Owned by a log. A value without clock or I/O.
class ODRADEK_EXPORT leader_epochs {
public:
    /// Where an epoch ended; both -1 where that is not known.
    struct end {
        std::int32_t epoch = -1;
        std::int64_t offset = -1;

        friend bool operator==(const end&, const end&) = default;
    };

    /// Records of `epoch` begin at `offset`, unless that epoch has begun already.
    void begin(std::int32_t epoch, std::int64_t offset);
    /// The largest epoch that is not above `epoch`, and the offset behind its last record; `log_end` is that of the newest. An epoch
    /// above all known ones has no end yet: not known.
    [[nodiscard]] end end_of(std::int32_t epoch, std::int64_t log_end) const noexcept;
    /// The epoch of the record at `offset`; -1 if there is none.
    [[nodiscard]] std::int32_t epoch_at(std::int64_t offset) const noexcept;
    /// The newest epoch that has records; -1 if there is none.
    [[nodiscard]] std::int32_t latest() const noexcept { return starts_.empty() ? -1 : starts_.back().epoch; }

    void truncate_to(std::int64_t offset);   ///< Forgets what begins at `offset` or behind.
    void delete_before(std::int64_t offset); ///< Forgets what ends at or before `offset`; the oldest then begins there.

private:
    struct start {
        std::int32_t epoch;
        std::int64_t offset;
    };
    std::vector<start> starts_; // both ascending
};

} // namespace odradek::broker
