// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/authentication.hpp>
#include <odradek/net/one_line.hpp>
#include <odradek/protocol/arena.hpp>
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/error.hpp>
#include <odradek/protocol/generated/messages/sasl_authenticate.hpp>
#include <odradek/protocol/generated/messages/sasl_handshake.hpp>
#include <odradek/protocol/header.hpp>
#include <odradek/protocol/writer.hpp>

#include <asio/error.hpp>

#include <algorithm>
#include <array>
#include <span>
#include <utility>

namespace odradek {
namespace {

constexpr std::size_t most_named = 16; // mechanisms of a broker that an error lists

// What the writer gathered, in memory that is wiped. The writer itself holds no secret: it refers to the token.
secret joined(const writer& out)
{
    secret all = secret::of_size(out.size());
    std::span<std::byte> room = all.writable();
    for (const bytes_view part : out.segments()) {
        std::copy(part.begin(), part.end(), room.begin());
        room = room.subspan(part.size());
    }
    return all;
}

std::string listed(const list<std::string_view>& mechanisms)
{
    if (mechanisms.empty()) return "none";
    std::string all;
    std::size_t named = 0;
    for (const std::string_view one : mechanisms) {
        if (named++ == most_named) return all + ", ..";
        if (named > 1) all += ", ";
        all += one.substr(0, 64);
    }
    return all;
}

} // namespace

authentication::authentication(std::unique_ptr<client_mechanism> mechanism, const broker_versions& versions, options o)
    : mechanism_(std::move(mechanism)), client_id_(std::move(o.client_id)),
      name_version_(versions.choose(api::sasl_handshake)), correlation_id_(o.first_correlation_id - 1)
{
    const auto tokens = versions.choose(api::sasl_authenticate);
    if (tokens)
        token_version_ = *tokens;
    else if (name_version_)
        name_version_ = api_version{0}; // brokers before 1.0
    if (!name_version_)
        fail(errc::mechanism_not_offered, std::string(mechanism_->name()) + ": the broker has no SaslHandshake");
}

authentication::action authentication::next()
{
    switch (step_) {
    case step::name: return name_mechanism();
    case step::await_name: return receive{};
    case step::await_token: return receive{is_bare()};
    case step::talk:
    case step::compute: return talk();
    case step::done: return done{lifetime_};
    case step::broken: break;
    }
    return failure_;
}

authentication::action authentication::name_mechanism()
{
    sasl_handshake_request request;
    request.mechanism = mechanism_->name();
    send question{
        .bytes = {}, .key = api::sasl_handshake, .version = *name_version_, .correlation_id = ++correlation_id_};
    writer out;
    if (const auto error = write_request_frame(out, request, question.version, question.correlation_id, client_id_)) {
        fail(error.code(), error.message());
        return failure_;
    }
    question.bytes = joined(out);
    step_ = step::await_name;
    return question;
}

authentication::action authentication::talk()
{
    auto said = mechanism_->next();
    if (auto* message = std::get_if<client_mechanism::send>(&said)) return say(std::move(message->bytes));
    if (auto* work = std::get_if<client_mechanism::compute>(&said)) {
        step_ = step::compute;
        return compute{std::move(work->job)};
    }
    if (auto* failure = std::get_if<auth_failure>(&said)) {
        fail(failure->ec, std::move(failure->words), failure->peer_words);
        return failure_;
    }
    if (said_ == 0) {
        fail(errc::authentication_failed, std::string(mechanism_->name()) + ": the mechanism had nothing to say");
        return failure_;
    }
    step_ = step::done;
    return done{lifetime_};
}

authentication::action authentication::say(secret token)
{
    if (++said_ > client_mechanism::max_messages) {
        fail(errc::authentication_failed, std::string(mechanism_->name()) + ": no end after " +
                                              std::to_string(client_mechanism::max_messages) + " messages");
        return failure_;
    }
    asking_ = api::sasl_authenticate;
    send question{.bytes = {}, .key = asking_, .version = token_version_};
    writer out(1); // refers to the token instead of copying it
    if (is_bare()) {
        std::array<std::byte, 4> length{};
        store_big(length.data(), static_cast<std::int32_t>(token.size()));
        out.external(bytes_view{length.data(), length.size()});
        out.external(token.bytes());
        question.bytes = joined(out);
        step_ = step::await_token;
        return question;
    }
    question.correlation_id = ++correlation_id_;
    sasl_authenticate_request request;
    request.auth_bytes = token.bytes();
    if (const auto error = write_request_frame(out, request, question.version, question.correlation_id, client_id_)) {
        fail(error.code(), error.message());
        return failure_;
    }
    question.bytes = joined(out);
    step_ = step::await_token;
    return question;
}

void authentication::on_frame(bytes_view payload)
{
    if (step_ == step::await_token && is_bare()) {
        step_ = step::talk;
        return mechanism_->on_challenge(payload);
    }
    if (step_ == step::done || step_ == step::broken) return;
    if (step_ != step::await_name && step_ != step::await_token)
        return fail(errc::unexpected_response, "the broker sent something while nothing was asked");
    bytes_view body;
    if (!read_header(payload, body)) return;
    step_ == step::await_name ? on_named(body) : on_token(body);
}

bool authentication::read_header(bytes_view payload, bytes_view& body)
{
    arena memory;
    response_header header;
    const api_version version = step_ == step::await_name ? *name_version_ : token_version_;
    if (const auto error = read_response_header(payload, asking_, version, memory, header, body)) {
        fail(errc::invalid_response, "cannot read " + awaiting() + ": " + error.message());
        return false;
    }
    if (header.correlation_id == correlation_id_) return true;
    fail(errc::unexpected_response, awaiting() + " has correlation id " + std::to_string(header.correlation_id) +
                                        " instead of " + std::to_string(correlation_id_));
    return false;
}

template <class Response>
bool authentication::read_body(bytes_view body, arena& memory, Response& response)
{
    const api_version version = step_ == step::await_name ? *name_version_ : token_version_;
    const auto error = decode(body, memory, version, response);
    if (error) fail(errc::invalid_response, "cannot read " + awaiting() + ": " + error.message());
    return !error;
}

void authentication::on_named(bytes_view body)
{
    arena memory;
    sasl_handshake_response response;
    if (!read_body(body, memory, response)) return;
    const std::string name(mechanism_->name());
    switch (response.error_code) {
    case broker_errc::none: step_ = step::talk; return;
    case broker_errc::unsupported_sasl_mechanism:
        return fail(errc::mechanism_not_offered,
                    "the broker does not offer " + name + ", but " + listed(response.mechanisms));
    case broker_errc::illegal_sasl_state:
        return fail(response.error_code,
                    "the broker wants no authentication with " + name + " here: does this port have SASL?");
    default: return fail(response.error_code, "the broker refuses " + asked());
    }
}

void authentication::on_token(bytes_view body)
{
    arena memory;
    sasl_authenticate_response response;
    if (!read_body(body, memory, response)) return;
    if (response.error_code == broker_errc::none) {
        lifetime_ = std::chrono::milliseconds{std::max(response.session_lifetime_ms, std::int64_t{0})};
        step_ = step::talk;
        return mechanism_->on_challenge(response.auth_bytes);
    }
    const bool is_verdict = response.error_code == broker_errc::sasl_authentication_failed;
    fail(is_verdict ? make_error_code(errc::authentication_failed) : make_error_code(response.error_code),
         std::string(mechanism_->name()) + ": the broker refuses the authentication",
         response.error_message ? *response.error_message : std::string_view{});
}

void authentication::on_computed()
{
    if (step_ != step::compute) return;
    step_ = step::talk;
    mechanism_->on_computed();
}

void authentication::on_disconnect(std::error_code ec)
{
    if (step_ == step::done || step_ == step::broken) return;
    const std::string cause = " (" + clause(ec.message()) + ")";
    if (step_ == step::await_token && is_bare() && ec == asio::error::eof)
        return fail(errc::authentication_failed,
                    std::string(mechanism_->name()) +
                        ": the broker closed the connection, which is how one before 1.0 refuses" + cause);
    fail(errc::handshake_failed, "the peer closed the connection while " + awaiting() + " was awaited" + cause);
}

std::string authentication::asked() const
{
    const bool names = asking_ == api::sasl_handshake;
    std::string text = names ? "SaslHandshake v" + std::to_string(name_version_ ? name_version_->value : 0)
                             : "SaslAuthenticate v" + std::to_string(token_version_.value);
    if (!names && is_bare()) text = "a SASL message";
    return text + " (" + std::string(mechanism_->name()) + ')';
}

std::string authentication::awaiting() const
{
    if (step_ == step::compute) return "what " + std::string(mechanism_->name()) + " computes";
    return "the answer to " + asked();
}

void authentication::fail(std::error_code ec, std::string words, std::string_view broker_words)
{
    failure_.ec = ec;
    failure_.about = diagnostics(std::move(words));
    failure_.about.set_broker_message(broker_words)
        .set_request(asking_, asking_ == api::sasl_handshake ? name_version_.value_or(api_version{}) : token_version_,
                     correlation_id_)
        .set_how_far(delivery::possibly_delivered);
    step_ = step::broken;
}

} // namespace odradek
