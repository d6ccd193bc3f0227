// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/any_message.hpp>
#include <odradek/protocol/api.hpp>
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/generated/messages/request_header.hpp>
#include <odradek/protocol/generated/messages/response_header.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace odradek {

/// What stands in front of a message: the frame's length, and a header whose version follows from the API and its version.
///
/// Functions without state. Writing appends to a writer, several frames one after another if wanted, and keeps external
/// segments external. Reading gives views into the frame. Which header goes with what: request_header_version() and
/// response_header_version(), with their exceptions.
///
/// Source: KIP-482 (flexible headers), KIP-511 (the answer to ApiVersions).

/// A frame whose length is not known yet.
struct open_frame {
    std::size_t position; ///< Of the length, in the writer's buffer.
    std::size_t size;     ///< The writer's size behind the length.
};

/// Leaves room for the length and writes the header of a request. Then write the body and call end_frame().
[[nodiscard]] ODRADEK_EXPORT encode_error begin_request(writer& out, api key, api_version version,
                                                        std::int32_t correlation_id,
                                                        nullable<std::string_view> client_id, open_frame& opened);

/// Leaves room for the length and writes the header of a response. Then write the body and call end_frame().
[[nodiscard]] ODRADEK_EXPORT encode_error begin_response(writer& out, api key, api_version version,
                                                         std::int32_t correlation_id, open_frame& opened);

/// Fills in the length. errc::frame_too_large if it is more than a frame can say.
[[nodiscard]] ODRADEK_EXPORT encode_error end_frame(writer& out, const open_frame& opened);

/// Appends a whole request to `out`: length, header, body.
template <class Request>
[[nodiscard]] encode_error write_request_frame(writer& out, const Request& request, api_version version,
                                               std::int32_t correlation_id, nullable<std::string_view> client_id)
{
    static_assert(Request::kind == message_kind::request);
    open_frame opened{};
    if (auto error = begin_request(out, Request::api_key, version, correlation_id, client_id, opened)) return error;
    if (auto error = encode(request, version, out)) return error;
    return end_frame(out, opened);
}

/// The same for a request whose type is only known at run time.
[[nodiscard]] ODRADEK_EXPORT encode_error write_request_frame(writer& out, const message_descriptor& type,
                                                              const void* request, api_version version,
                                                              std::int32_t correlation_id,
                                                              nullable<std::string_view> client_id);

/// Appends a whole response to `out`: length, header, body.
template <class Response>
[[nodiscard]] encode_error write_response_frame(writer& out, const Response& response, api_version version,
                                                std::int32_t correlation_id)
{
    static_assert(Response::kind == message_kind::response);
    open_frame opened{};
    if (auto error = begin_response(out, Response::api_key, version, correlation_id, opened)) return error;
    if (auto error = encode(response, version, out)) return error;
    return end_frame(out, opened);
}

/// The same for a response whose type is only known at run time.
[[nodiscard]] ODRADEK_EXPORT encode_error write_response_frame(writer& out, const message_descriptor& type,
                                                               const void* response, api_version version,
                                                               std::int32_t correlation_id);

/// The correlation id of a response, which stands first in every version of its header; nullopt if the frame is too short.
[[nodiscard]] ODRADEK_EXPORT std::optional<std::int32_t> correlation_id_of(bytes_view frame) noexcept;

/// Reads the header of a response to a request of `version` and leaves `body` as what follows. `memory` holds the tagged
/// fields of the header, of which Kafka knows none so far.
[[nodiscard]] ODRADEK_EXPORT decode_error read_response_header(bytes_view frame, api key, api_version version,
                                                               arena& memory, response_header& header,
                                                               bytes_view& body);

/// Reads the header of a request, whose version it finds by the API and version in it, and leaves `body` as what follows.
/// errc::unknown_message for an API that is not known, errc::unsupported_version for a version that it does not have: then
/// `header` holds both and the correlation id, enough to refuse the request.
[[nodiscard]] ODRADEK_EXPORT decode_error read_request_header(bytes_view frame, arena& memory, request_header& header,
                                                              bytes_view& body);

} // namespace odradek
