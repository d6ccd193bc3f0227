// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>

#include <limits>

namespace odradek::broker {

void answer(core& in, const exchange_ptr& x, const init_producer_id_request& request)
{
    if (request.transactional_id) {
        // A coordinator of transactions is not here yet.
        const bool named = !request.transactional_id->empty();
        return refuse(in, *x, request, named ? broker_errc::not_coordinator : broker_errc::invalid_request);
    }
    // Both that one has (KIP-360), or none. A producer without transactions gets a new id either way.
    if ((request.producer_id == -1) != (request.producer_epoch == -1))
        return refuse(in, *x, request, broker_errc::invalid_request);
    init_producer_id_response response;
    response.producer_id = in.cluster().next_producer_id();
    response.producer_epoch = 0;
    in.respond(*x, response);
}

void refuse(core& in, exchange& x, const init_producer_id_request&, broker_errc why)
{
    init_producer_id_response response;
    response.error_code = why;
    response.producer_epoch = -1;
    in.respond(x, response);
}

} // namespace odradek::broker
