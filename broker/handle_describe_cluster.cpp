// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>

#include <vector>

namespace odradek::broker {
namespace {

constexpr std::int8_t brokers = 1; // endpoint_type: brokers, not controllers (KIP-919)

} // namespace

void answer(core& in, const exchange_ptr& x, const describe_cluster_request& request)
{
    if (request.endpoint_type != brokers)
        return refuse(in, *x, request,
                      request.endpoint_type == 2 ? broker_errc::mismatched_endpoint_type
                                                 : broker_errc::unsupported_endpoint_type);
    std::vector<describe_cluster_response::describe_cluster_broker> all;
    for (const node& one : in.cluster().nodes()) {
        // One that is down keeps its place in the cluster: it is fenced (KIP-1073).
        if (!one.up && !request.include_fenced_brokers) continue;
        const address& where = one.seen_by(x->listener);
        all.push_back({.broker_id = one.id, .host = where.host, .port = where.port});
        if (!one.rack.empty()) all.back().rack = one.rack;
        if (x->version >= api_version{2}) all.back().is_fenced = !one.up;
    }
    describe_cluster_response response;
    response.cluster_id = in.cluster().how().cluster_id;
    response.controller_id = in.cluster().controller();
    response.brokers = all;
    if (request.include_cluster_authorized_operations)
        response.cluster_authorized_operations = 0x1fa0; // all there are, since nothing is guarded
    in.respond(*x, response);
}

void refuse(core& in, exchange& x, const describe_cluster_request&, broker_errc why)
{
    describe_cluster_response response;
    response.error_code = why;
    in.respond(x, response);
}

} // namespace odradek::broker
