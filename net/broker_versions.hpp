// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/api.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/generated/messages/api_versions.hpp>
#include <odradek/protocol/types.hpp>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace odradek {

/// What one broker said about itself in its ApiVersions response: which versions of which API, and the cluster's features.
///
/// Owned by the connection that it was negotiated on and valid for that connection only: the next connection may meet
/// another release, so it is never kept across connections. Immutable once made, so any thread may read it.
///
/// Source: KIP-35 (ApiVersions), KIP-584 (features).
class ODRADEK_EXPORT broker_versions {
public:
    /// The range of versions of a feature.
    struct feature_range {
        std::int16_t minimum = 0;
        std::int16_t maximum = 0;
        friend bool operator==(const feature_range&, const feature_range&) = default;
    };

    broker_versions() = default;

    /// Copies what the response says. Ranges that are upside down are left out.
    explicit broker_versions(const api_versions_response& response);

    /// The versions that the broker speaks; nothing for an API that it does not have. Keys that we do not know are kept.
    [[nodiscard]] std::optional<version_range> range(api key) const noexcept;

    /// The highest version that both sides speak and negotiate; nothing if there is none.
    [[nodiscard]] std::optional<api_version> choose(api key) const;

    /// As choose(key), but not above `cap`.
    [[nodiscard]] std::optional<api_version> choose(api key, api_version cap) const;

    /// The finalized level of a feature, as "transaction.version"; 0 when it is not finalized (KIP-584).
    [[nodiscard]] std::int16_t finalized_feature(std::string_view name) const;

    /// The versions of a feature that this broker could serve; nothing when it does not know the feature.
    [[nodiscard]] std::optional<feature_range> supported_feature(std::string_view name) const;

    /// The epoch of the finalized features; -1 when the broker does not tell. Higher is newer.
    [[nodiscard]] std::int64_t features_epoch() const noexcept { return features_epoch_; }

    /// Every API that the broker named, ordered by key.
    [[nodiscard]] const std::map<api, version_range>& ranges() const noexcept { return ranges_; }
    /// Every finalized feature, ordered by name, with the levels that are in force.
    [[nodiscard]] const std::map<std::string, feature_range, std::less<>>& finalized_features() const noexcept
    {
        return finalized_;
    }
    /// Every supported feature, ordered by name.
    [[nodiscard]] const std::map<std::string, feature_range, std::less<>>& supported_features() const noexcept
    {
        return supported_;
    }

private:
    std::map<api, version_range> ranges_;
    std::map<std::string, feature_range, std::less<>> finalized_;
    std::map<std::string, feature_range, std::less<>> supported_;
    std::int64_t features_epoch_ = -1;
};

} // namespace odradek
