// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/any_message.hpp>
#include <odradek/protocol/api.hpp>

namespace odradek {
namespace {

detail::message_face face_of(const message_descriptor& of) noexcept
{
    return {of.name, of.versions, of.flexible_since};
}

} // namespace

void* message_descriptor::create(arena& memory) const noexcept
{
    void* const place = memory.allocate(type.size, type.align);
    if (place != nullptr) type.construct(place);
    return place;
}

decode_error message_descriptor::decode(bytes_view input, arena& memory, api_version version, void* message,
                                        const decode_options& options) const
{
    type.construct(message);
    return detail::decode(face_of(*this), read, input, memory, version, message, options);
}

encode_error message_descriptor::encode(const void* message, api_version version, writer& out) const
{
    return detail::encode(face_of(*this), write, message, version, out);
}

std::string message_descriptor::to_json(const void* message, api_version version) const
{
    return detail::to_json(face_of(*this), type, message, version);
}

decode_error message_descriptor::from_json(std::string_view json, arena& memory, api_version version,
                                           void* message) const
{
    type.construct(message);
    return detail::from_json(face_of(*this), type, json, memory, version, message);
}

codec_error message_descriptor::fill_randomly(void* message, arena& memory, api_version version,
                                              std::uint64_t seed) const
{
    type.construct(message);
    return detail::fill_randomly(face_of(*this), type, message, memory, version, seed);
}

std::string message_descriptor::compare(const void* left, const void* right, api_version version) const
{
    return detail::compare(face_of(*this), type, left, right, version);
}

const message_descriptor* find_message(api key, message_kind kind) noexcept
{
    if (kind != message_kind::request && kind != message_kind::response) return nullptr;
    for (const message_descriptor& each : all_messages()) {
        if (each.kind == kind && each.key == static_cast<std::int16_t>(key)) return &each;
    }
    return nullptr;
}

const message_descriptor* find_message(list<message_descriptor> table, std::string_view name,
                                       message_kind kind) noexcept
{
    for (const message_descriptor& each : table) {
        if (each.kind == kind && (each.name == name || each.api_name == name)) return &each;
    }
    return nullptr;
}

const message_descriptor* find_message(std::string_view name, message_kind kind) noexcept
{
    if (const message_descriptor* const found = find_message(all_messages(), name, kind)) return found;
    const api_info* const renamed = find_api(name);
    return renamed != nullptr ? find_message(renamed->key, kind) : nullptr;
}

} // namespace odradek
