// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/handshake.hpp>
#include <odradek/net/one_line.hpp>
#include <odradek/protocol/arena.hpp>
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/error.hpp>
#include <odradek/protocol/header.hpp>

#include <algorithm>
#include <utility>

namespace odradek {
namespace {

constexpr api_version lowest{0};

bool is_letter_or_digit(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

std::string version_text(api_version version)
{
    return "ApiVersions v" + std::to_string(version.value);
}

// The error code stands first in every version of the answer.
bool is_refusal(bytes_view body) noexcept
{
    constexpr auto code = static_cast<std::uint16_t>(broker_errc::unsupported_version);
    return body.size() >= 2 && body[0] == std::byte{code >> 8U} && body[1] == std::byte{code & 0xffU};
}

} // namespace

bool is_software_word(std::string_view word) noexcept
{
    return !word.empty() && is_letter_or_digit(word.front()) && is_letter_or_digit(word.back()) &&
           std::all_of(word.begin(), word.end(), [](char c) { return is_letter_or_digit(c) || c == '.' || c == '-'; });
}

handshake::handshake(options o) : options_(std::move(o)), asking_(options_.highest) {}

handshake::action handshake::next()
{
    switch (step_) {
    case step::ask: step_ = step::await; return question();
    case step::await: return receive{};
    case step::reconnect: step_ = step::ask; return reconnect{};
    case step::authenticate: return authenticate();
    case step::done: return ready{versions_, session_lifetime_};
    case step::broken: break;
    }
    return failure_;
}

handshake::action handshake::question()
{
    api_versions_request request;
    if (is_software_word(options_.software_name)) request.client_software_name = options_.software_name;
    if (is_software_word(options_.software_version)) request.client_software_version = options_.software_version;
    if (options_.expected_cluster_id) request.cluster_id = std::string_view(*options_.expected_cluster_id);
    request.node_id = options_.expected_node_id;

    send question;
    question.key = api::api_versions;
    question.version = asking_;
    question.correlation_id = ++correlation_id_;
    writer out;
    if (const auto error = write_request_frame(out, request, asking_, question.correlation_id, options_.client_id)) {
        fail(error.code(), error.message());
        return failure_;
    }
    question.bytes = secret(bytes_view(out.flatten()));
    return question;
}

// The mechanism is made anew for each connection, and only for one that is going to be used.
void handshake::on_negotiated()
{
    step_ = step::done;
    auto mechanism = options_.mechanism ? options_.mechanism() : nullptr;
    if (!mechanism) return;
    authentication::options how{.client_id = options_.client_id, .first_correlation_id = correlation_id_ + 1};
    authentication_.emplace(std::move(mechanism), versions_, std::move(how));
    step_ = step::authenticate;
}

handshake::action handshake::authenticate()
{
    auto wanted = authentication_->next();
    if (auto* send = std::get_if<authentication::send>(&wanted)) return std::move(*send);
    if (auto* receive = std::get_if<authentication::receive>(&wanted)) return *receive;
    if (auto* compute = std::get_if<authentication::compute>(&wanted)) return std::move(*compute);
    if (auto* failure = std::get_if<authentication::failed>(&wanted)) {
        failure_ = std::move(*failure);
        step_ = step::broken;
        return failure_;
    }
    session_lifetime_ = std::get<authentication::done>(wanted).session_lifetime;
    step_ = step::done;
    return ready{versions_, session_lifetime_};
}

void handshake::on_computed()
{
    if (step_ == step::authenticate) authentication_->on_computed();
}

void handshake::on_frame(bytes_view payload)
{
    if (step_ == step::authenticate) return authentication_->on_frame(payload);
    if (step_ != step::await) return;
    was_answered_ = true;
    arena memory;
    response_header header;
    bytes_view body;
    if (const auto error = read_response_header(payload, api::api_versions, asking_, memory, header, body))
        return fail(errc::invalid_response,
                    "cannot read the answer to " + version_text(asking_) + ": " + error.message());
    if (header.correlation_id != correlation_id_)
        return fail(errc::unexpected_response, "the answer to " + version_text(asking_) + " has correlation id " +
                                                   std::to_string(header.correlation_id) + " instead of " +
                                                   std::to_string(correlation_id_));
    on_api_versions(body);
}

void handshake::on_api_versions(bytes_view body)
{
    if (is_refusal(body)) return on_refused_version(body);
    arena memory;
    api_versions_response response;
    if (const auto error = decode(body, memory, asking_, response))
        return fail(errc::invalid_response,
                    "cannot read the answer to " + version_text(asking_) + ": " + error.message());
    if (response.error_code != broker_errc::none)
        return fail(response.error_code, "the broker refuses " + version_text(asking_));
    on_versions(broker_versions(response));
}

void handshake::on_refused_version(bytes_view body)
{
    if (asking_ == lowest) return fail(errc::no_common_version, "the broker refuses every version of ApiVersions");
    // The refusal is in the format of version 0 and names at least the versions of ApiVersions itself; brokers that name
    // nothing, or nothing that helps, get version 0.
    api_version next = lowest;
    arena memory;
    api_versions_response response;
    if (!was_refused_ && !decode(body, memory, lowest, response)) {
        const auto named = broker_versions(response).range(api::api_versions);
        if (named && named->last < asking_.value) next = api_version{named->last};
    }
    was_refused_ = true;
    ask_again(next);
}

void handshake::on_versions(broker_versions found)
{
    versions_ = std::move(found);
    const auto named = versions_.range(api::api_versions);
    if (caution_ == caution::careful && asking_ == lowest && named && named->last > 0) {
        // Version 0 tells no features and lets nobody know who we are: now that it is known what may be asked, ask.
        caution_ = caution::raised;
        return ask_again(std::min(api_version{named->last}, options_.highest));
    }
    on_negotiated();
}

void handshake::ask_again(api_version version) noexcept
{
    asking_ = version;
    step_ = step::ask;
}

void handshake::on_disconnect(std::error_code ec)
{
    if (step_ == step::done || step_ == step::broken) return;
    if (step_ == step::authenticate) return authentication_->on_disconnect(ec);
    if (asking_ != lowest && (caution_ == caution::none || caution_ == caution::raised)) {
        // A broker that named its version, and closed all the same, gets the version that it named.
        if (!was_refused_ || caution_ == caution::raised) asking_ = lowest;
        caution_ = caution_ == caution::none ? caution::careful : caution::settled;
        step_ = step::reconnect;
        return;
    }
    fail(errc::handshake_failed,
         (was_answered_ ? "the peer closed the connection while " + awaiting() + " was awaited"
                        : "the peer closed the connection before it answered anything; it may expect TLS or "
                          "authentication, or not be a Kafka broker") +
             " (" + clause(ec.message()) + ")");
}

std::string handshake::awaiting() const
{
    return step_ == step::authenticate ? authentication_->awaiting() : "the answer to " + version_text(asking_);
}

void handshake::fail(std::error_code ec, std::string words)
{
    failure_.ec = ec;
    failure_.about = diagnostics(std::move(words));
    failure_.about.set_request(api::api_versions, asking_, correlation_id_).set_how_far(delivery::possibly_delivered);
    step_ = step::broken;
}

} // namespace odradek
