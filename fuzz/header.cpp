// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_input.hpp"
#include <odradek/protocol/header.hpp>

#include <vector>

// The header in front of a request, as a server reads it, and in front of a response, as a client does.
// Input: API key and version of the request that the response is for, then the frame.

using namespace odradek;

namespace {

void read_request(bytes_view frame)
{
    arena memory{std::size_t{1} << 20};
    request_header header;
    bytes_view body;
    if (const decode_error error = read_request_header(frame, memory, header, body)) {
        require(error.offset() <= frame.size() && !error.message().empty(), "an error lies in the frame");
        return;
    }
    require(lies_in(body, frame) && body.end() == frame.end(), "the body is what follows the header");
    const api key{header.request_api_key};
    const api_version version{header.request_api_version};
    require(find_api(key) != nullptr && find_api(key)->versions.contains(version), "only what exists is accepted");

    // Written anew and read again it says the same; tagged fields of a header are not written by us.
    writer out;
    open_frame opened{};
    require(!begin_request(out, key, version, header.correlation_id, header.client_id, opened), "it can be written");
    require(!end_frame(out, opened), "its length can be written");
    const std::vector<std::byte> written = out.flatten();
    request_header again;
    require(!read_request_header(bytes_view{written}.subview(4), memory, again, body), "it can be read again");
    again.unknown_tags = header.unknown_tags;
    if (request_header_version(key, version).value == 0) again.client_id = header.client_id;
    require(again == header && body.empty(), "the same header");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_input input{data, size};
    const api key{input.byte()};
    const api_version version{input.byte()};
    const bytes_view frame = input.rest();
    read_request(frame);

    arena memory{std::size_t{1} << 20};
    response_header header;
    bytes_view body;
    const std::optional<std::int32_t> correlation_id = correlation_id_of(frame);
    require(correlation_id.has_value() == (frame.size() >= 4), "four bytes are a correlation id");
    if (const decode_error error = read_response_header(frame, key, version, memory, header, body)) {
        require(error.offset() <= frame.size() && !error.message().empty(), "an error lies in the frame");
        return 0;
    }
    require(correlation_id == header.correlation_id, "the same correlation id both ways");
    require(lies_in(body, frame) && body.end() == frame.end(), "the body is what follows the header");
    return 0;
}
