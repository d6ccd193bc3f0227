// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <string_view>

namespace odradek::test {

inline constexpr std::string_view usage =
    "odradek_simulate [--scenario NAME] --seeds A..B [--verbose] [--shrink] [--steps N,N,..] [--hashes] "
    "[--until-failure]\n"
    "  --scenario NAME  connections, metadata, straight, producer, producer_plain or auth; all if it is not given\n"
    "  --seeds A..B     which runs; each is ten simulated minutes and the same every time\n"
    "  --verbose        tells what happened in each run\n"
    "  --shrink         looks for fewer steps with which a run fails too\n"
    "  --steps N,N,..   takes only these steps of a run's plan\n"
    "  --hashes         prints only the hash of each run's bytes\n"
    "  --until-failure  stops at the first run that fails\n";

/// The command line of odradek_simulate, understood. A value.
struct arguments {
    std::string program;
    std::string scenario; ///< Empty: all.
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    std::optional<std::set<std::uint32_t>> steps;
    bool verbose = false;
    bool shrink = false;
    bool hashes = false;
    bool until_failure = false;
    bool help = false;

    /// Returns what is wrong, with the flag's name; empty if nothing is.
    [[nodiscard]] std::string parse(std::span<char* const> words);
};

} // namespace odradek::test
