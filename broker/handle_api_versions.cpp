// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>
#include <odradek/broker/service.hpp>
#include <odradek/protocol/api.hpp>

#include <string_view>
#include <vector>

namespace odradek::broker {
namespace {

using key_range = api_versions_response::api_version_data;

std::vector<key_range> announced_apis(const release& as)
{
    std::vector<key_range> all;
    for (const api_info& known : all_apis()) {
        const version_range range = find_service(known.key) ? announced(as, known.key) : version_range{};
        if (!range.empty()) all.push_back({static_cast<std::int16_t>(known.key), range.first, range.last, {}});
    }
    return all;
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

    const std::vector<key_range> apis = announced_apis(in.as());
    api_versions_response response;
    response.api_keys = apis;
    response.finalized_features_epoch = 0;
    in.respond(*x, response);
}

void refuse(core& in, exchange& x, const api_versions_request&, broker_errc why)
{
    api_versions_response response;
    response.error_code = why;
    const version_range range = announced(in.as(), api::api_versions);
    const std::vector<key_range> own{{static_cast<std::int16_t>(api::api_versions), range.first, range.last, {}}};
    // From 2.4 on a broker says which versions of this very API it has (KIP-511).
    if (why == broker_errc::unsupported_version && range.last >= 3) response.api_keys = own;
    in.respond(x, response);
}

} // namespace odradek::broker
