// SPDX-License-Identifier: Apache-2.0
#include <algorithm>
#include <tests/simulation/run.hpp>

namespace odradek::test {
namespace {

// A run counts as the same failure if it shows the first anomaly again.
bool fails_alike(const run_result& now, anomaly what)
{
    return std::ranges::find(now.findings, what, &finding::what) != now.findings.end();
}

} // namespace

// Delta debugging (Zeller and Hildebrandt, 2002): leave out ever smaller parts as long as that works.
std::set<std::uint32_t> shrink(const scenario_info& what, std::uint64_t seed, const run_result& failed)
{
    std::vector<std::uint32_t> kept = failed.steps;
    const anomaly wanted = failed.findings.front().what;
    std::size_t part = std::max<std::size_t>(kept.size() / 2, 1);
    while (!kept.empty()) {
        bool smaller = false;
        for (std::size_t from = 0; from < kept.size();) {
            std::vector<std::uint32_t> fewer = kept;
            const auto begin = fewer.begin() + static_cast<std::ptrdiff_t>(from);
            fewer.erase(begin, begin + static_cast<std::ptrdiff_t>(std::min(part, kept.size() - from)));
            if (fails_alike(run_seed(what, seed, {.only = std::set(fewer.begin(), fewer.end())}), wanted)) {
                kept = std::move(fewer);
                smaller = true;
            } else {
                from += part;
            }
        }
        if (part == 1 && !smaller) break;
        if (part > 1) part = part / 2;
    }
    return {kept.begin(), kept.end()};
}

} // namespace odradek::test
