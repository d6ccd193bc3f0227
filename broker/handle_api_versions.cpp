// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>
#include <odradek/broker/service.hpp>
#include <odradek/protocol/api.hpp>

#include <string_view>
#include <vector>

namespace odradek::broker {
namespace {

using key_range = api_versions_response::api_version_data;
using supported_feature = api_versions_response::supported_feature_key;
using finalized_feature = api_versions_response::finalized_feature_key;

// A real 4.3 has these and more. group.version, transaction.version, share.version, streams.version and
// eligible.leader.replicas.version are left out until what they promise is served: clients would use ConsumerGroupHeartbeat,
// transactions without AddPartitionsToTxn and so on as soon as they see them.
constexpr std::string_view metadata_version = "metadata.version";
constexpr std::string_view kraft_version = "kraft.version"; // level 0, which is not listed as finalized
constexpr std::int16_t first_metadata_version = 7;          // 3.3-IV3, the oldest that 4.x reads

std::vector<key_range> announced_apis(const release& as)
{
    std::vector<key_range> all;
    for (const api_info& known : all_apis()) {
        const version_range range = find_service(known.key) ? announced(as, known.key) : version_range{};
        if (!range.empty()) all.push_back({static_cast<std::int16_t>(known.key), range.first, range.last, {}});
    }
    return all;
}

/// The level of metadata.version that a release formats its storage with; 0 before 4.0.
std::int16_t metadata_level(const release& as) noexcept
{
    if (as.name == "4.0") return 25;
    if (as.name == "4.1") return 27;
    if (as.name == "4.2") return 29;
    if (as.name == "4.3") return 30;
    // Of 4.4 no broker can be had yet: that of 4.3.
    return as.name == "4.4" ? 30 : 0;
}

} // namespace

void answer(core& in, const exchange_ptr& x, const api_versions_request& request)
{
    // KIP-511: brokers look at the client's name, and refuse one that could not be shown.
    const auto is_plain = [](std::string_view text) {
        for (const char c : text)
            if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-'))
                return false;
        return !text.empty() && text.front() != '.' && text.front() != '-' && text.back() != '.' && text.back() != '-';
    };
    if (x->version >= api_version{3} &&
        (!is_plain(request.client_software_name) || !is_plain(request.client_software_version)))
        return refuse(in, *x, request, broker_errc::invalid_request);

    // KIP-1242: who expects another cluster or broker here has old addresses.
    const bool elsewhere = (request.cluster_id && *request.cluster_id != in.cluster().how().cluster_id) ||
                           (request.node_id != -1 && request.node_id != x->node);
    if (x->version >= api_version{5} && elsewhere) return refuse(in, *x, request, broker_errc::rebootstrap_required);

    const std::vector<key_range> apis = announced_apis(in.as());
    api_versions_response response;
    response.api_keys = apis;
    response.finalized_features_epoch = 0;
    std::vector<supported_feature> supported;
    std::vector<finalized_feature> finalized;
    if (const std::int16_t level = metadata_level(in.as()); level != 0) {
        supported.push_back({metadata_version, first_metadata_version, level, {}});
        // Clients of version 3 cannot read a lowest level of 0 (KAFKA-17011).
        if (x->version >= api_version{4}) supported.insert(supported.begin(), {kraft_version, 0, 1, {}});
        finalized.push_back({metadata_version, level, level, {}});
    }
    response.supported_features = supported;
    response.finalized_features = finalized;
    in.login(*x).on_versions_told();
    in.respond(*x, response);
}

void refuse(core& in, exchange& x, const api_versions_request&, broker_errc why)
{
    // Who speaks too new a version cannot be sure to read any but the oldest answer (KIP-511).
    if (why == broker_errc::unsupported_version) x.version = api_version{0};
    api_versions_response response;
    response.error_code = why;
    const version_range range = announced(in.as(), api::api_versions);
    const std::vector<key_range> own{{static_cast<std::int16_t>(api::api_versions), range.first, range.last, {}}};
    // From 2.4 on a broker says which versions of this very API it has (KIP-511).
    if (why == broker_errc::unsupported_version && range.last >= 3) response.api_keys = own;
    in.respond(x, response);
}

} // namespace odradek::broker
