// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/arena.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/codec_error.hpp>
#include <odradek/protocol/export.hpp>
#include <odradek/protocol/read_archive.hpp>
#include <odradek/protocol/types.hpp>
#include <odradek/protocol/visitor.hpp>
#include <odradek/protocol/write_archive.hpp>
#include <odradek/protocol/writer.hpp>

#include <cstdint>
#include <string>
#include <string_view>

namespace odradek {

namespace detail {

/// The constants of a message type. Its codec() comes apart, so that a program links only the archives that it uses.
struct message_face {
    std::string_view name;
    version_range versions;
    api_version flexible_since;
};

template <class T>
constexpr message_face message_face_of{T::message_name, T::versions, T::flexible_since};

/// The error for a version that the message does not have.
[[nodiscard]] codec_error unsupported(const message_face& face, api_version version);

[[nodiscard]] ODRADEK_EXPORT decode_error decode(const message_face& face,
                                                 void (*read)(read_archive&, void*, api_version), bytes_view input,
                                                 arena& memory, api_version version, void* message,
                                                 const decode_options& options);
[[nodiscard]] ODRADEK_EXPORT encode_error encode(const message_face& face,
                                                 void (*write)(write_archive&, const void*, api_version),
                                                 const void* message, api_version version, writer& out);
[[nodiscard]] ODRADEK_EXPORT std::string to_json(const message_face& face, const erased_type& type, const void* message,
                                                 api_version version);
[[nodiscard]] ODRADEK_EXPORT decode_error from_json(const message_face& face, const erased_type& type,
                                                    std::string_view json, arena& memory, api_version version,
                                                    void* message);
[[nodiscard]] ODRADEK_EXPORT codec_error fill_randomly(const message_face& face, const erased_type& type, void* message,
                                                       arena& memory, api_version version, std::uint64_t seed);
[[nodiscard]] ODRADEK_EXPORT std::string compare(const message_face& face, const erased_type& type, const void* left,
                                                 const void* right, api_version version);

} // namespace detail

/// The doors to the codec: bytes and JSON to structs and back, for every message of generated/messages.
///
/// Functions without state, so any thread may call them on its own arguments. What they refuse comes back as a
/// codec_error with the path of the field; nothing throws but the lack of memory for strings and buffers.

/// Reads a message of `version` from `input` into `message`, whose former value is forgotten. Texts and bytes are views
/// into `input`, arrays lie in `memory`: both must live as long as `message` is used. After an error `message` is
/// partly filled.
template <class T>
[[nodiscard]] decode_error decode(bytes_view input, arena& memory, api_version version, T& message,
                                  const decode_options& options = {})
{
    message = T{};
    return detail::decode(
        detail::message_face_of<T>,
        [](read_archive& archive, void* target, api_version at) { codec(archive, *static_cast<T*>(target), at); },
        input, memory, version, &message, options);
}

/// Appends `message` to `out` as `version` has it. `records` fields that are long enough become external segments of
/// `out`. After an error `out` holds a part of the message.
template <class T>
[[nodiscard]] encode_error encode(const T& message, api_version version, writer& out)
{
    return detail::encode(
        detail::message_face_of<T>,
        [](write_archive& archive, const void* source, api_version at) {
            codec(archive, *static_cast<const T*>(source), at);
        },
        &message, version, out);
}

/// The message as one line of JSON with Kafka's field names: bytes as base64, uuids as url-safe base64, 64-bit numbers
/// as plain numbers, tagged fields at their default left out, unknown tags as `_unknownTags`. Text that is not UTF-8
/// shows U+FFFD. A version that the message does not have gives `null`.
template <class T>
[[nodiscard]] std::string to_json(const T& message, api_version version)
{
    return detail::to_json(detail::message_face_of<T>, detail::object_type<T>, &message, version);
}

/// Reads what to_json() writes. A field that is left out keeps its default; one that `version` does not have is an
/// error, as are numbers out of range. Everything is copied into `memory`; `json` is not needed afterwards. While it is
/// read, the document itself may take as much as `memory` may; what needs more is errc::limit_exceeded.
template <class T>
[[nodiscard]] decode_error from_json(std::string_view json, arena& memory, api_version version, T& message)
{
    message = T{};
    return detail::from_json(detail::message_face_of<T>, detail::object_type<T>, json, memory, version, &message);
}

/// Fills `message` with values that `version` can carry, the same for the same seed: for tests and fuzzers.
template <class T>
[[nodiscard]] codec_error fill_randomly(T& message, arena& memory, api_version version, std::uint64_t seed)
{
    message = T{};
    return detail::fill_randomly(detail::message_face_of<T>, detail::object_type<T>, &message, memory, version, seed);
}

/// Empty if both say the same in `version` (fields that it lacks do not count), else the path of the first difference
/// and both values: `FetchResponse.responses[2].topic: "a" is not "b"`.
template <class T>
[[nodiscard]] std::string compare(const T& left, const T& right, api_version version)
{
    return detail::compare(detail::message_face_of<T>, detail::object_type<T>, &left, &right, version);
}

} // namespace odradek
