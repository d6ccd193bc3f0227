// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/release_table.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace odradek::cli {
namespace {

/// The release that raised the highest stable version of an API to this number.
struct step {
    std::string_view release;
    api key;
    std::int16_t highest;
};

// In the order of the releases. Only APIs that no setting of a broker hides, and no version that is unstable anywhere. Those of
// transactions only from the time on when KRaft brokers had them too (2.8 did not).
constexpr std::array steps{
    step{"0.11.0", api::produce, 3},
    step{"0.11.0", api::fetch, 5},
    step{"0.11.0", api::metadata, 4},
    step{"0.11.0", api::list_offsets, 2},
    step{"0.11.0", api::join_group, 2},
    step{"0.11.0", api::offset_commit, 3},
    step{"1.0", api::produce, 5},
    step{"1.0", api::fetch, 6},
    step{"1.0", api::metadata, 5},
    step{"1.1", api::fetch, 7},
    step{"2.0", api::produce, 6},
    step{"2.0", api::fetch, 8},
    step{"2.0", api::metadata, 6},
    step{"2.0", api::list_offsets, 3},
    step{"2.0", api::join_group, 3},
    step{"2.0", api::offset_commit, 4},
    step{"2.1", api::produce, 7},
    step{"2.1", api::fetch, 10},
    step{"2.1", api::metadata, 7},
    step{"2.1", api::list_offsets, 4},
    step{"2.1", api::offset_commit, 6},
    step{"2.2", api::list_offsets, 5},
    step{"2.2", api::join_group, 4},
    step{"2.3", api::fetch, 11},
    step{"2.3", api::metadata, 8},
    step{"2.3", api::join_group, 5},
    step{"2.3", api::offset_commit, 7},
    step{"2.4", api::produce, 8},
    step{"2.4", api::metadata, 9},
    step{"2.4", api::join_group, 6},
    step{"2.4", api::offset_commit, 8},
    step{"2.4", api::api_versions, 3},
    step{"2.4", api::list_groups, 3},
    step{"2.5", api::join_group, 7},
    step{"2.6", api::list_groups, 4},
    step{"2.7", api::fetch, 12},
    step{"2.8", api::produce, 9},
    step{"2.8", api::metadata, 11},
    step{"2.8", api::list_offsets, 6},
    step{"3.0", api::list_offsets, 7},
    step{"3.0", api::find_coordinator, 4},
    step{"3.1", api::fetch, 13},
    step{"3.1", api::metadata, 12},
    step{"3.2", api::join_group, 9},
    step{"3.3", api::describe_log_dirs, 4},
    step{"3.5", api::fetch, 15},
    step{"3.5", api::list_offsets, 8},
    step{"3.6", api::add_partitions_to_txn, 4},
    step{"3.7", api::produce, 10},
    step{"3.7", api::fetch, 16},
    step{"3.7", api::offset_commit, 9},
    step{"3.8", api::produce, 11},
    step{"3.8", api::find_coordinator, 5},
    step{"3.8", api::list_groups, 5},
    step{"3.8", api::add_partitions_to_txn, 5},
    step{"3.8", api::txn_offset_commit, 4},
    step{"3.9", api::fetch, 17},
    step{"3.9", api::list_offsets, 9},
    step{"3.9", api::find_coordinator, 6},
    step{"3.9", api::api_versions, 4},
    step{"4.0", api::produce, 12},
    step{"4.0", api::metadata, 13},
    step{"4.0", api::list_offsets, 10},
    step{"4.0", api::txn_offset_commit, 5},
    step{"4.1", api::produce, 13},
    step{"4.1", api::fetch, 18},
    step{"4.1", api::list_transactions, 2},
    step{"4.2", api::list_offsets, 11},
    step{"4.2", api::offset_commit, 10},
    step{"4.3", api::describe_log_dirs, 5},
    step{"4.4", api::api_versions, 5},
    step{"4.4", api::txn_offset_commit, 6},
    step{"4.4", api::delete_groups, 3},
};

/// Releases that raised nothing here, and the one that they look like.
struct twin {
    std::string_view release;
    std::string_view newest;
};
constexpr std::array twins{twin{"3.3", "3.4"}};

constexpr std::string_view none = "no release of Apache Kafka known here";

class highest_versions {
public:
    explicit highest_versions(std::span<const api_range> apis) : apis_(apis) {}

    /// The broker's highest version; -1 if it does not have the API.
    [[nodiscard]] std::int16_t of(api key) const noexcept
    {
        const auto found = std::ranges::find(apis_, key, &api_range::key);
        return found == apis_.end() ? std::int16_t{-1} : found->range.last;
    }

private:
    std::span<const api_range> apis_;
};

/// What the release that ends before `end` has as highest version; nothing if no step up to there names the API.
std::optional<std::int16_t> expected(api key, std::size_t end) noexcept
{
    for (std::size_t i = end; i > 0; --i) {
        if (steps[i - 1].key == key) return steps[i - 1].highest;
    }
    return std::nullopt;
}

/// Whether the broker has exactly the steps before `end`.
bool matches(const highest_versions& broker, std::size_t end) noexcept
{
    return std::ranges::all_of(steps, [&](const step& s) {
        const auto highest = broker.of(s.key);
        const auto known = expected(s.key, end);
        return known ? highest == *known : highest < s.highest;
    });
}

/// Whether it has every step there is, and some API goes further.
bool is_newer(const highest_versions& broker) noexcept
{
    return std::ranges::all_of(steps, [&](const step& s) { return broker.of(s.key) >= s.highest; });
}

} // namespace

std::string release_of(std::span<const api_range> apis)
{
    const highest_versions broker{apis};
    for (std::size_t end = steps.size(); end > 0; --end) {
        const std::string_view release = steps[end - 1].release;
        if (end < steps.size() && steps[end].release == release) continue; // not the last step of its release
        if (!matches(broker, end)) continue;
        const auto* same = std::ranges::find(twins, release, &twin::release);
        return same == twins.end() ? fmt::format("Kafka {}", release)
                                   : fmt::format("Kafka {} to {}", release, same->newest);
    }
    if (matches(broker, 0)) return fmt::format("older than Kafka {}", steps.front().release);
    if (is_newer(broker))
        return fmt::format("newer than Kafka {}, the newest release known here", steps.back().release);
    return std::string{none};
}

} // namespace odradek::cli
