// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/api.hpp>

#include <algorithm>
#include <limits>

namespace odradek {
namespace {

/// The name that Kafka uses today for an API that was renamed.
std::string_view today(std::string_view name) noexcept
{
    return name == "ListClientMetricsResources" ? "ListConfigResources" : name; // until 4.0; KIP-1142
}

bool is_flexible(api key, api_version version) noexcept
{
    const api_info* const info = find_api(key);
    return info != nullptr && info->flexible_since && version >= *info->flexible_since;
}

} // namespace

const api_info* find_api(api key) noexcept
{
    const list<api_info> all = all_apis();
    const auto* const found = std::lower_bound(all.begin(), all.end(), key,
                                               [](const api_info& each, api wanted) { return each.key < wanted; });
    return found != all.end() && found->key == key ? found : nullptr;
}

const api_info* find_api(std::string_view name) noexcept
{
    const list<api_info> all = all_apis();
    const std::string_view wanted = today(name);
    const auto* const found =
        std::find_if(all.begin(), all.end(), [&](const api_info& each) { return each.name == wanted; });
    return found != all.end() ? found : nullptr;
}

std::optional<api_version> choose_version(api key, version_range broker, api_version cap,
                                          unstable_versions unstable) noexcept
{
    const api_info* const info = find_api(key);
    if (info == nullptr) return std::nullopt;
    int highest = std::min({info->negotiated.last, broker.last, cap.value});
    if (unstable == unstable_versions::never && info->unstable_since) {
        highest = std::min(highest, info->unstable_since->value - 1);
    }
    if (highest < std::max(info->negotiated.first, broker.first)) return std::nullopt;
    return api_version{static_cast<std::int16_t>(highest)};
}

std::optional<api_version> choose_version(api key, version_range broker, unstable_versions unstable) noexcept
{
    return choose_version(key, broker, api_version{std::numeric_limits<std::int16_t>::max()}, unstable);
}

api_version request_header_version(api key, api_version version) noexcept
{
    if (key == api::controlled_shutdown && version.value == 0) return api_version{0};
    return api_version{static_cast<std::int16_t>(is_flexible(key, version) ? 2 : 1)};
}

api_version response_header_version(api key, api_version version) noexcept
{
    if (key == api::api_versions) return api_version{0};
    return api_version{static_cast<std::int16_t>(is_flexible(key, version) ? 1 : 0)};
}

} // namespace odradek
