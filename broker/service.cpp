// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/core.hpp>
#include <odradek/broker/handlers.hpp>
#include <odradek/broker/service.hpp>
#include <odradek/protocol/any_message.hpp>
#include <odradek/protocol/api.hpp>
#include <odradek/protocol/codec.hpp>

#include <algorithm>
#include <array>
#include <new>
#include <string>
#include <utility>

namespace odradek::broker {
namespace {

/// Decodes the request of an exchange, into its own memory; null, and the connection closed, if that fails.
template <class Request>
const Request* decode_request(core& in, exchange& x)
{
    void* const place = x.memory.allocate(sizeof(Request), alignof(Request));
    if (!place) {
        in.hang_up(x, "a request needs too much memory");
        return nullptr;
    }
    auto* const request = new (place) Request{};
    // Kafka's brokers do not look at what lies behind a request, and librdkafka leaves something there.
    if (const auto error = decode(x.body, x.memory, x.version, *request, {.allow_trailing = true})) {
        in.hang_up(x, error.message());
        return nullptr;
    }
    return request;
}

template <class Request>
constexpr service serve()
{
    return {Request::api_key,
            [](core& in, const exchange_ptr& x) {
                if (const Request* const request = decode_request<Request>(in, *x)) answer(in, x, *request);
            },
            [](core& in, const exchange_ptr& x, broker_errc why) {
                if (const Request* const request = decode_request<Request>(in, *x)) refuse(in, *x, *request, why);
            }};
}

constexpr std::array services{
    serve<produce_request>(),
    serve<fetch_request>(),
    serve<list_offsets_request>(),
    serve<metadata_request>(),
    serve<api_versions_request>(),
    serve<create_topics_request>(),
    serve<delete_topics_request>(),
    serve<delete_records_request>(),
    serve<init_producer_id_request>(),
    serve<offset_for_leader_epoch_request>(),
    serve<describe_configs_request>(),
    serve<create_partitions_request>(),
    serve<describe_cluster_request>(),
    serve<incremental_alter_configs_request>(),
    serve<describe_producers_request>(),
    serve<describe_topic_partitions_request>(),
    serve<sasl_handshake_request>(),
    serve<sasl_authenticate_request>(),
};

} // namespace

const service* find_service(api key) noexcept
{
    const auto found = std::ranges::find(services, key, &service::key);
    return found == services.end() ? nullptr : &*found;
}

void refuse_version(core& in, exchange& x)
{
    if (x.key == api::api_versions) {
        x.version = api_version{0}; // whoever asks can read this one
        return refuse(in, x, api_versions_request{}, broker_errc::unsupported_version);
    }
    const message_descriptor* const type = find_message(x.key, message_kind::response);
    if (!type || !type->versions.contains(x.version))
        return in.hang_up(x, "API " + std::to_string(static_cast<int>(x.key)) + " in version " +
                                 std::to_string(x.version.value) + " is not known, so it cannot be answered");
    void* const response = type->create(x.memory);
    if (!response) return in.hang_up(x, "no memory for an answer");
    // Some answers have no error for the whole: they are then as empty as they can be.
    (void)type->from_json(R"({"errorCode": 35})", x.memory, x.version, response);
    writer out;
    const auto error = write_response_frame(out, *type, response, x.version, x.correlation_id);
    in.note("refusing " + std::string(type->api_name) + " " + std::to_string(x.version.value));
    in.respond_frame(x, std::move(out), error);
}

} // namespace odradek::broker
