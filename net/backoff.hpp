// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>

#include <chrono>
#include <cstdint>

namespace odradek {

/// How long to wait before trying again: longer after each failure, spread by chance, short again once things work.
///
/// Owned by whoever retries (a broker's slot in the pool, a metadata refresh, a request) and used on its strand. A value:
/// the random number comes in with each call and no clock is read, so a test or the simulator decides both.
///
/// Source: KIP-580 (exponential backoff for requests), KIP-144 (for reconnecting).
class ODRADEK_EXPORT backoff {
public:
    using duration = std::chrono::milliseconds;

    struct policy {
        duration initial{100};    ///< Wait after the first failure.
        duration maximum{10'000}; ///< Upper bound before the jitter.
        double multiplier = 2.0;  ///< Growth with each failure.
        double jitter = 0.2;      ///< Fraction of the wait that may be added or taken away, 0 to 1.
    };

    explicit backoff(policy p) noexcept : policy_(p) {}

    /// Counts one more failure and says how long to wait. `random` is uniform in [0, 1).
    [[nodiscard]] duration on_failure(double random) noexcept;

    /// Forgets the failures. For things that have worked for a while: a broker that accepts and closes at once would
    /// otherwise be tried at full speed.
    void on_stable() noexcept { failures_ = 0; }

    /// Failures since the beginning or the last on_stable().
    [[nodiscard]] std::uint32_t failures() const noexcept { return failures_; }

private:
    policy policy_;
    std::uint32_t failures_ = 0;
};

} // namespace odradek
