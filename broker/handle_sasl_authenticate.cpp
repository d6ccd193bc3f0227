// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/handlers.hpp>

#include <cstdint>
#include <string>
#include <utility>

namespace odradek::broker {
namespace {

void respond(core& in, exchange& x, const token_verdict& said)
{
    if (in.login(x).has_failed())
        in.close_behind(x, said.why.empty() ? "SaslAuthenticate was refused" : std::string_view{said.why});
    sasl_authenticate_response response;
    response.error_code = said.error;
    response.error_message = nullptr;
    const std::string message = error_text(said.message);
    if (!message.empty()) response.error_message = message;
    response.auth_bytes = said.bytes.bytes();
    response.session_lifetime_ms = said.lifetime.count();
    in.respond(x, response);
}

} // namespace

void answer(core& in, const exchange_ptr& x, const sasl_authenticate_request& request)
{
    respond(in, *x, in.login(*x).on_token(request.auth_bytes, in.now()));
}

void refuse(core& in, exchange& x, const sasl_authenticate_request&, broker_errc why)
{
    in.login(x).on_refused();
    respond(in, x, {.error = why});
}

void answer_bare_token(core& in, exchange& x)
{
    const token_verdict said = in.login(x).on_token(x.body, in.now());
    if (said.error != broker_errc::none) return refuse_bare_token(in, x, said.why);
    writer out;
    out.int32(static_cast<std::int32_t>(said.bytes.size()));
    out.bytes(said.bytes.bytes());
    in.respond_frame(x, std::move(out), {});
}

void refuse_bare_token(core& in, exchange& x, std::string_view why)
{
    in.login(x).on_refused();
    in.close_behind(x, why);
    in.hang_up(x, why); // there is nothing that an error could be said with
}

} // namespace odradek::broker
