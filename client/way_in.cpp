// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/way_in.hpp>
#include <odradek/net/address_scope.hpp>
#include <odradek/net/proxy.hpp>
#include <odradek/net/tls.hpp>
#include <odradek/protocol/error.hpp>

#include <utility>
#include <variant>

namespace odradek::detail {

std::shared_ptr<socket_factory> make_way_in(const environment& world, const client_options& options)
{
    const tls_surroundings in{world.clock, world.blocking, world.log};
    const proxy_options& proxy = options.proxy;
    std::shared_ptr<socket_factory> sockets = world.sockets;
    if (!proxy.chain.empty() || proxy.choose || !proxy.problem.empty()) {
        sockets = make_proxy_factory(std::move(sockets), proxy, in, world.resolver, options.allow_link_local);
        // TCP sees the proxy only. What a name means to a proxy that resolves it nobody knows here.
        const auto is_elsewhere = [](const endpoint& where, std::int32_t) { return !is_link_local(where.host); };
        if (!options.allow_link_local)
            sockets = make_filtered_factory(std::move(sockets), endpoint_filter(is_elsewhere));
    }
    // The filter is asked about what the cluster names, the map says where that is, as the last proxy sees it.
    if (!options.address_map.empty()) sockets = make_mapped_factory(std::move(sockets), options.address_map);
    if (!options.endpoint_filter.empty()) sockets = make_filtered_factory(std::move(sockets), options.endpoint_filter);
    if (const auto* secured = std::get_if<tls>(&options.security))
        sockets = make_tls_factory(std::move(sockets), *secured, in);
    return sockets;
}

refused_credentials check_credentials(const security_options& security, const sasl_options& sasl)
{
    if (auto wrong = check(sasl)) return {wrong.ec, "client_options::sasl: " + wrong.words};
    if (!std::holds_alternative<std::monostate>(security) || !sends_reusable_secret(sasl)) return {};
    return {errc::clear_text_password, "client_options::sasl: " + std::string(mechanism_name(sasl)) +
                                           " sends its password as it is: set client_options::security to tls{..}, or "
                                           "to plaintext{} if it may be read on the way"};
}

} // namespace odradek::detail
