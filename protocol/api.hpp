// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/export.hpp>
#include <odradek/protocol/generated/api_keys.hpp>
#include <odradek/protocol/list.hpp>
#include <odradek/protocol/types.hpp>

#include <optional>
#include <string_view>

namespace odradek {

/// Who answers an API's requests.
enum class api_target : std::uint8_t {
    any,                     ///< Any broker.
    broker,                  ///< One broker, about itself.
    leader,                  ///< The leader of the partitions.
    controller,              ///< The active controller (brokers forward to it).
    group_coordinator,       ///< The coordinator of the group.
    transaction_coordinator, ///< The coordinator of the transactional id.
    share_coordinator,       ///< The coordinator of a share group's state.
    voter,                   ///< A voter of the metadata quorum.
};

/// On which kinds of listeners an API is served.
struct api_listeners {
    bool broker = false;     ///< Where clients connect.
    bool controller = false; ///< Of KRaft controllers.
    bool zk_broker = false;  ///< Of brokers with ZooKeeper, up to 3.9.
};

/// What is known of an API apart from its messages. Constants of the library, from protocol/schema; thread-safe.
struct api_info {
    std::string_view name;    ///< "Produce".
    api key;                  ///< As requests carry it.
    version_range versions;   ///< What the codec can read and write.
    version_range negotiated; ///< What a client chooses from; empty for APIs that no current broker has.
    std::optional<api_version> flexible_since; ///< First version with tagged fields.
    std::optional<api_version> unstable_since; ///< First version that is never chosen unless asked for.
    api_target target;                         ///< Who answers it.
    api_listeners listeners;                   ///< Where it is served.
};

/// Every API in the order of its key.
[[nodiscard]] ODRADEK_EXPORT list<api_info> all_apis() noexcept;

/// The API with this key; null if it is not known.
[[nodiscard]] ODRADEK_EXPORT const api_info* find_api(api key) noexcept;
/// The API with this name, as "ApiVersions", or with a name that Kafka gave it before; null if it is not known.
[[nodiscard]] ODRADEK_EXPORT const api_info* find_api(std::string_view name) noexcept;

/// Whether unstable versions may be chosen.
enum class unstable_versions : bool { never, allowed };

/// The version to speak with a broker that offers `broker`: the highest one in common inside our negotiated range,
/// never the lowest (brokers announce low versions that they then refuse, as Produce 0 to 2 in 4.x). nullopt if none is
/// in common.
[[nodiscard]] ODRADEK_EXPORT std::optional<api_version>
choose_version(api key, version_range broker, unstable_versions unstable = unstable_versions::never) noexcept;
/// The same, not above `cap`: for callers that need something that later versions lack.
[[nodiscard]] ODRADEK_EXPORT std::optional<api_version>
choose_version(api key, version_range broker, api_version cap,
               unstable_versions unstable = unstable_versions::never) noexcept;

/// The version of the header before a request: 2 in flexible versions, else 1; 0 only for ControlledShutdown 0.
[[nodiscard]] ODRADEK_EXPORT api_version request_header_version(api key, api_version version) noexcept;
/// The version of the header before a response: 1 in flexible versions, else 0; always 0 for ApiVersions, since its
/// answer must be readable by clients that are older than the request's version.
[[nodiscard]] ODRADEK_EXPORT api_version response_header_version(api key, api_version version) noexcept;

} // namespace odradek
