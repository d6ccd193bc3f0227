// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fuzz/fuzz_input.hpp"
#include <odradek/protocol/any_message.hpp>

#include <vector>

namespace odradek {

/// A message type and one of its versions, as the first bytes of an input choose them.
struct chosen_message {
    const message_descriptor* type; ///< Never null.
    api_version version;            ///< One that the type has.
};

/// The types that `choice` stands for: 0 requests, 1 responses, 2 headers and data.
inline const std::vector<const message_descriptor*>& messages_of(std::size_t choice)
{
    static const auto sorted = [] {
        std::vector<std::vector<const message_descriptor*>> kinds(3);
        for (const message_descriptor& each : all_messages()) {
            const bool has_api = each.kind == message_kind::request || each.kind == message_kind::response;
            kinds[has_api ? static_cast<std::size_t>(each.kind) : 2].push_back(&each);
        }
        std::sort(kinds[2].begin(), kinds[2].end(), [](auto* left, auto* right) { return left->name < right->name; });
        return kinds;
    }();
    return sorted[choice];
}

/// Takes two bytes: the API's key (headers and data: the place in the order of the names), and the version. What does not exist
/// is brought down to what does, so that no input is wasted.
inline chosen_message choose_message(fuzz_input& input, std::size_t choice)
{
    const auto& types = messages_of(choice);
    const std::size_t key = input.byte();
    const message_descriptor* type = types[key % types.size()];
    for (const message_descriptor* each : types) {
        if (each->key >= 0 && static_cast<std::size_t>(each->key) == key) type = each;
    }
    const int count = type->versions.last - type->versions.first + 1;
    int version = input.byte();
    if (version < type->versions.first || version > type->versions.last)
        version = type->versions.first + version % count;
    return {type, api_version{static_cast<std::int16_t>(version)}};
}

} // namespace odradek
