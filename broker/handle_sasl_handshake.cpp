// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>

#include <string_view>
#include <vector>

namespace odradek::broker {
namespace {

void respond(core& in, exchange& x, broker_errc error)
{
    authenticator& login = in.login(x);
    sasl_handshake_response response;
    response.error_code = error;
    std::vector<std::string_view> enabled;
    if (error == broker_errc::none || error == broker_errc::unsupported_sasl_mechanism)
        enabled.assign(login.mechanisms().begin(), login.mechanisms().end());
    response.mechanisms = enabled;
    if (login.has_failed()) in.close_behind(x, "SaslHandshake was refused");
    in.respond(x, response);
}

} // namespace

void answer(core& in, const exchange_ptr& x, const sasl_handshake_request& request)
{
    respond(in, *x, in.login(*x).on_handshake(request.mechanism, x->version));
}

void refuse(core& in, exchange& x, const sasl_handshake_request&, broker_errc why)
{
    in.login(x).on_refused();
    respond(in, x, why);
}

} // namespace odradek::broker
