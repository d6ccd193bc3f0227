// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/backoff.hpp>

#include <algorithm>
#include <cmath>
#include <limits>

namespace odradek {

backoff::duration backoff::on_failure(double random) noexcept
{
    const double unbounded = static_cast<double>(policy_.initial.count()) * std::pow(policy_.multiplier, failures_);
    const double wait =
        std::min(unbounded, static_cast<double>(policy_.maximum.count())); // infinity is bounded as well
    if (failures_ < std::numeric_limits<std::uint32_t>::max()) ++failures_;
    const double spread = 1.0 + policy_.jitter * (2.0 * random - 1.0);
    const double spread_wait = wait * spread;
    // A double does not show the largest number exactly, only the one behind it.
    if (spread_wait >= static_cast<double>(duration::max().count())) return duration::max();
    return duration{std::llround(spread_wait)};
}

} // namespace odradek
