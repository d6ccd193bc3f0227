// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <cstdint>
#include <random>
#include <span>
#include <utility>

namespace odradek {

/// The one generator that jitter, shuffles, member ids and nonces of a client come from, so that a seed replays a run.
///
/// Shared by everything in one client through its environment, used on the client's strand only. The same seed gives the
/// same numbers on every platform: the engine is the standard's, the distributions are ours. Not for keys: nonces only
/// need to be unpredictable to a peer that sees few of them, and a seed from the system gives that.
class ODRADEK_EXPORT random_source {
public:
    explicit random_source(std::uint64_t seed) : engine_(seed) {}

    /// 64 uniform bits.
    [[nodiscard]] std::uint64_t next() { return engine_(); }

    /// Uniform in [0, 1).
    [[nodiscard]] double uniform() { return static_cast<double>(next() >> 11) * 0x1.0p-53; }

    /// Uniform in [0, bound); 0 when bound is 0.
    [[nodiscard]] std::uint64_t below(std::uint64_t bound);

    /// Puts the elements in random order.
    template <class T>
    void shuffle(std::span<T> items)
    {
        for (std::size_t left = items.size(); left > 1; --left)
            std::swap(items[left - 1], items[static_cast<std::size_t>(below(left))]);
    }

private:
    std::mt19937_64 engine_;
};

/// A seed from the system's entropy.
[[nodiscard]] ODRADEK_EXPORT std::uint64_t system_seed();

} // namespace odradek
