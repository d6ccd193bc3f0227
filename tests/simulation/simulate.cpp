// SPDX-License-Identifier: Apache-2.0
#include <ctime>
#include <iomanip>
#include <iostream>
#include <tests/simulation/arguments.hpp>
#include <tests/simulation/run.hpp>

// Runs simulations: see --help.
namespace odradek::test {
namespace {

// With fewer seeds it is no wonder if something does not happen.
constexpr std::uint64_t seeds_that_hit_all = 50;
constexpr double least_acknowledged = 0.95;

/// What came of all runs together.
struct totals {
    std::uint64_t passed = 0;
    std::uint64_t failed = 0;
    std::uint64_t requests = 0;
    std::size_t fewest_events = ~std::size_t{0};
    std::uint64_t hash = 0;
};

double processor_seconds()
{
    return static_cast<double>(std::clock()) / CLOCKS_PER_SEC;
}

std::string join(const std::set<std::uint32_t>& numbers)
{
    std::string text;
    for (const std::uint32_t one : numbers) text.append(text.empty() ? "" : ",").append(std::to_string(one));
    return text;
}

std::string replay(const arguments& how, std::string_view scenario, std::uint64_t seed)
{
    const std::string number = std::to_string(seed);
    return how.program + " --scenario " + std::string(scenario) + " --seeds " + number + ".." + number;
}

void report_failure(const arguments& how, const scenario_info& what, std::uint64_t seed, const run_result& result)
{
    const finding& first = result.findings.front();
    std::cout << "FAILED " << what.name << " seed " << seed << ": " << name(first.what) << ": " << first.text;
    if (result.findings.size() > 1) std::cout << " (and " << result.findings.size() - 1 << " more)";
    std::cout << "; replay: " << replay(how, what.name, seed) << " --verbose\n";
    if (how.shrink) {
        const auto kept = shrink(what, seed, result);
        std::cout << "  " << kept.size() << " of " << result.steps.size()
                  << " steps are enough: " << replay(how, what.name, seed) << " --steps " << join(kept)
                  << " --verbose\n";
    }
}

void report_log(const run_result& result)
{
    for (const std::string& line : result.log) std::cout << "  " << line << '\n';
    for (const finding& one : result.findings) std::cout << "  ! " << name(one.what) << ": " << one.text << '\n';
}

/// All seeds of one scenario. False if anything was wrong with one of them or with all together.
bool run_scenario(const arguments& how, const scenario_info& what, totals& all)
{
    const double began = processor_seconds();
    hit_counts hits;
    std::uint64_t requests = 0;
    std::uint64_t failed = 0;
    std::size_t sends = 0;
    std::size_t acknowledged = 0;
    for (std::uint64_t seed = how.first;; ++seed) {
        const run_result result = run_seed(what, seed, {.only = how.steps, .verbose = how.verbose});
        if (how.verbose) report_log(result);
        if (how.hashes) std::cout << what.name << ' ' << seed << ' ' << std::hex << result.hash << std::dec << '\n';
        if (!result.passed()) {
            ++failed;
            report_failure(how, what, seed, result);
            if (how.until_failure) return false;
        }
        for (const auto& [name, count] : result.hits) hits[name] += count;
        requests += result.requests;
        sends += result.sends;
        acknowledged += result.acknowledged;
        all.fewest_events = std::min(all.fewest_events, result.events);
        all.hash = all.hash * 31 + result.hash;
        if (seed == how.last) break; // which may be the largest number that there is
    }
    const std::uint64_t seeds = how.last - how.first + 1;
    const double seconds = processor_seconds() - began;
    all.failed += failed;
    all.passed += seeds - failed;
    all.requests += requests;
    if (how.hashes) return failed == 0;

    bool fine = failed == 0;
    std::cout << what.name << ": " << seeds << " seeds, " << requests << " requests in " << std::fixed
              << std::setprecision(2) << seconds << " s of processor time, " << std::setprecision(0)
              << static_cast<double>(requests) / seconds << " requests/s, " << std::setprecision(1)
              << seconds * 1000 / static_cast<double>(seeds) << " ms a seed\n";
    for (const auto& [name, count] : hits) std::cout << "  " << std::setw(9) << count << "  " << name << '\n';
    if (seeds < seeds_that_hit_all || how.steps) return fine;
    for (const std::string& name : declared_hits(what))
        if (hits[name] == 0) {
            std::cout << "FAILED " << what.name << ": never hit: " << name << '\n';
            fine = false;
        }
    if (sends != 0) {
        const double share = static_cast<double>(acknowledged) / static_cast<double>(sends);
        std::cout << "  " << std::setprecision(2) << share * 100 << " % of " << sends << " sends were acknowledged\n";
        if (share < least_acknowledged) {
            std::cout << "FAILED " << what.name << ": less than 95 % of all sends were acknowledged\n";
            fine = false;
        }
    }
    return fine;
}

int run_all(const arguments& how)
{
    totals all;
    bool fine = true;
    for (const scenario_info& one : all_scenarios())
        if (how.scenario.empty() || how.scenario == one.name) fine = run_scenario(how, one, all) && fine;
    if (how.hashes) return fine ? 0 : 1;
    std::cout << "fewest events in a seed: " << all.fewest_events << "; hash of everything: " << std::hex << all.hash
              << std::dec << '\n'
              << all.passed << " passed, " << all.failed << " failed\n";
    return fine ? 0 : 1;
}

} // namespace
} // namespace odradek::test

int main(int count, char** values)
{
    odradek::test::arguments how;
    const std::string wrong = how.parse({values, static_cast<std::size_t>(count)});
    if (how.help) {
        std::cout << odradek::test::usage;
        return 0;
    }
    if (!wrong.empty()) {
        std::cerr << "odradek_simulate: " << wrong << '\n' << odradek::test::usage;
        return 2;
    }
    return odradek::test::run_all(how);
}
