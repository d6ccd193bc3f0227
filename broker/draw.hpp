// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>

namespace odradek::broker {

/// The next number of a seeded sequence, and the state moved on: the core draws topic ids and chances from it, so that it has no
/// randomness of its own.
///
/// Source: splitmix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).
[[nodiscard]] constexpr std::uint64_t next_random(std::uint64_t& state) noexcept
{
    std::uint64_t z = (state += 0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}

} // namespace odradek::broker
