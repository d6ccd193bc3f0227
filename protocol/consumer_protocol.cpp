// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/consumer_protocol.hpp>
#include <odradek/protocol/reader.hpp>

#include <algorithm>
#include <string>

namespace odradek {
namespace {

constexpr std::size_t version_size = 2;

template <class T>
decode_error read(bytes_view bytes, arena& memory, T& into, api_version* version)
{
    into = T{};
    reader from{bytes};
    const api_version named{from.int16()};
    if (from.failed()) {
        return {make_error_code(errc::truncated), std::string(T::message_name) + ".version", 0,
                std::to_string(bytes.size()) + " bytes"};
    }
    if (named.value < 0) {
        return {make_error_code(errc::malformed), std::string(T::message_name) + ".version", 0,
                "version " + std::to_string(named.value)};
    }
    if (version != nullptr) *version = named;
    decode_options options;
    options.allow_trailing = true;
    return decode(bytes.subview(version_size), memory, std::min(named, api_version{T::versions.last}), into, options);
}

template <class T>
encode_error write(writer& out, const T& message, api_version version)
{
    out.int16(version.value);
    return encode(message, version, out);
}

} // namespace

decode_error read_subscription(bytes_view bytes, arena& memory, consumer_protocol_subscription& into,
                               api_version* version)
{
    return read(bytes, memory, into, version);
}

decode_error read_assignment(bytes_view bytes, arena& memory, consumer_protocol_assignment& into, api_version* version)
{
    if (bytes.empty()) {
        into = {};
        if (version != nullptr) *version = {};
        return {};
    }
    return read(bytes, memory, into, version);
}

encode_error write_subscription(writer& out, const consumer_protocol_subscription& subscription, api_version version)
{
    return write(out, subscription, version);
}

encode_error write_assignment(writer& out, const consumer_protocol_assignment& assignment, api_version version)
{
    return write(out, assignment, version);
}

} // namespace odradek
