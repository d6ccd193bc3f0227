// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/broker_versions.hpp>

namespace odradek {

broker_versions::broker_versions(const api_versions_response& response)
    : features_epoch_(response.finalized_features_epoch)
{
    for (const auto& one : response.api_keys) {
        if (one.min_version > one.max_version || one.max_version < 0) continue;
        ranges_.insert_or_assign(static_cast<api>(one.api_key_), version_range{one.min_version, one.max_version});
    }
    for (const auto& one : response.supported_features)
        supported_.insert_or_assign(std::string(one.name), feature_range{one.min_version, one.max_version});
    for (const auto& one : response.finalized_features)
        finalized_.insert_or_assign(std::string(one.name), feature_range{one.min_version_level, one.max_version_level});
}

std::optional<version_range> broker_versions::range(api key) const noexcept
{
    const auto found = ranges_.find(key);
    return found == ranges_.end() ? std::nullopt : std::optional(found->second);
}

std::optional<api_version> broker_versions::choose(api key) const
{
    const auto theirs = range(key);
    return theirs ? choose_version(key, *theirs) : std::nullopt;
}

std::optional<api_version> broker_versions::choose(api key, api_version cap) const
{
    const auto theirs = range(key);
    return theirs ? choose_version(key, *theirs, cap) : std::nullopt;
}

std::int16_t broker_versions::finalized_feature(std::string_view name) const
{
    const auto found = finalized_.find(name);
    return found == finalized_.end() ? std::int16_t{0} : found->second.maximum;
}

std::optional<broker_versions::feature_range> broker_versions::supported_feature(std::string_view name) const
{
    const auto found = supported_.find(name);
    return found == supported_.end() ? std::nullopt : std::optional(found->second);
}

} // namespace odradek
