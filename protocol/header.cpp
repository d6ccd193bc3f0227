// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/header.hpp>
#include <odradek/protocol/reader.hpp>

#include <cstdint>
#include <limits>
#include <string>

namespace odradek {
namespace {

open_frame open(writer& out)
{
    const std::size_t position = out.position();
    out.int32(0);
    return {position, out.size()};
}

template <class Header>
decode_error split(bytes_view frame, arena& memory, api_version version, Header& header, bytes_view& body)
{
    std::size_t consumed = 0;
    decode_options options;
    options.consumed = &consumed;
    decode_error error = decode(frame, memory, version, header, options);
    if (!error) body = frame.subview(consumed);
    return error;
}

} // namespace

encode_error begin_request(writer& out, api key, api_version version, std::int32_t correlation_id,
                           nullable<std::string_view> client_id, open_frame& opened)
{
    request_header header;
    header.request_api_key = static_cast<std::int16_t>(key);
    header.request_api_version = version.value;
    header.correlation_id = correlation_id;
    header.client_id = client_id;
    opened = open(out);
    return encode(header, request_header_version(key, version), out);
}

encode_error begin_response(writer& out, api key, api_version version, std::int32_t correlation_id, open_frame& opened)
{
    response_header header;
    header.correlation_id = correlation_id;
    opened = open(out);
    return encode(header, response_header_version(key, version), out);
}

encode_error end_frame(writer& out, const open_frame& opened)
{
    const std::size_t length = out.size() - opened.size;
    if (length > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max())) {
        return {make_error_code(errc::frame_too_large), "frame", opened.position, "length " + std::to_string(length)};
    }
    out.patch(opened.position, static_cast<std::int32_t>(length));
    return {};
}

encode_error write_request_frame(writer& out, const message_descriptor& type, const void* request, api_version version,
                                 std::int32_t correlation_id, nullable<std::string_view> client_id)
{
    open_frame opened{};
    if (auto error = begin_request(out, api{type.key}, version, correlation_id, client_id, opened)) return error;
    if (auto error = type.encode(request, version, out)) return error;
    return end_frame(out, opened);
}

encode_error write_response_frame(writer& out, const message_descriptor& type, const void* response,
                                  api_version version, std::int32_t correlation_id)
{
    open_frame opened{};
    if (auto error = begin_response(out, api{type.key}, version, correlation_id, opened)) return error;
    if (auto error = type.encode(response, version, out)) return error;
    return end_frame(out, opened);
}

std::optional<std::int32_t> correlation_id_of(bytes_view frame) noexcept
{
    reader from{frame};
    const std::int32_t id = from.int32();
    return from.failed() ? std::nullopt : std::optional{id};
}

decode_error read_response_header(bytes_view frame, api key, api_version version, arena& memory,
                                  response_header& header, bytes_view& body)
{
    return split(frame, memory, response_header_version(key, version), header, body);
}

decode_error read_request_header(bytes_view frame, arena& memory, request_header& header, bytes_view& body)
{
    // Version 0 is the beginning of every version: it tells which one this is.
    if (auto error = split(frame, memory, api_version{0}, header, body)) return error;
    const auto key = api{header.request_api_key};
    const api_version version{header.request_api_version};
    const api_info* const known = find_api(key);
    if (known == nullptr) {
        return {make_error_code(errc::unknown_message), "RequestHeader.request_api_key", 0,
                "key " + std::to_string(header.request_api_key)};
    }
    if (!known->versions.contains(version)) {
        return {make_error_code(errc::unsupported_version), "RequestHeader.request_api_version", 2,
                "version " + std::to_string(version.value) + " of " + std::string(known->name) + ", known are " +
                    std::to_string(known->versions.first) + " to " + std::to_string(known->versions.last)};
    }
    return split(frame, memory, request_header_version(key, version), header, body);
}

} // namespace odradek
