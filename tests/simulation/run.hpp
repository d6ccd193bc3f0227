// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <tests/simulation/scenario.hpp>
#include <vector>

namespace odradek::test {

/// One thing that a run does at one time. Made from the seed before the run begins, so that some can be left out.
struct step {
    std::uint32_t number = 0; ///< In the whole plan, from 1.
    bool is_fault = false;
    std::size_t action = 0; ///< Of the scenario's faults or work.
    std::chrono::milliseconds at{0};
    std::chrono::milliseconds lasts{0};
    std::uint64_t seed = 0;
};

/// How a run is made.
struct run_options {
    std::optional<std::set<std::uint32_t>> only{}; ///< The steps to take; nothing: all.
    bool verbose = false;                          ///< Whether a log is kept.
};

/// What came of a run.
struct run_result {
    std::vector<finding> findings{};
    std::vector<std::uint32_t> steps{}; ///< Those that were taken.
    std::vector<std::string> log{};
    hit_counts hits{};
    std::uint64_t hash = 0;
    std::uint64_t requests = 0;
    std::size_t sends = 0;
    std::size_t acknowledged = 0;
    std::size_t events = 0; ///< Steps and operations.

    [[nodiscard]] bool passed() const noexcept { return findings.empty(); }
};

/// Runs one seed of a scenario: ten simulated minutes, with a log of what happened if that is wanted.
[[nodiscard]] run_result run_seed(const scenario_info& what, std::uint64_t seed, const run_options& how = {});

/// Leaves out steps of a failing run for as long as it fails in the same way. Returns the steps that are left.
[[nodiscard]] std::set<std::uint32_t> shrink(const scenario_info& what, std::uint64_t seed, const run_result& failed);

/// The names of everything that has to be hit when many seeds of a scenario are run.
[[nodiscard]] std::vector<std::string> declared_hits(const scenario_info& what);

} // namespace odradek::test
