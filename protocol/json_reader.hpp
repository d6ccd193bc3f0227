// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/archive.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace odradek::detail {

/// A value of a JSON document, with its place in the text. Owned by the document's root; private to the library.
///
/// Source: RFC 8259; a name that stands twice in an object is refused.
struct json_value {
    enum class type : std::uint8_t { null, boolean, number, text, array, object };

    struct member;

    type kind = type::null;
    bool boolean = false;
    bool used = false; ///< For whoever looks for members that nobody asked for.
    std::size_t offset = 0;
    std::string text; ///< A text without its escapes, or a number as it was written.
    std::vector<json_value> items;
    std::vector<member> members;

    /// The member of this name, marked as used; null if there is none. `hint` is where it is likely to stand, and is
    /// moved behind it.
    [[nodiscard]] json_value* find(std::string_view name, std::size_t& hint) noexcept;
};

/// A member of an object.
struct json_value::member {
    std::string name;
    std::size_t offset = 0; ///< Of the name.
    json_value value;
};

/// Reads the one value that `text` holds into `root`, which takes at most about `limit` bytes. Failures come with path and
/// offset; nesting is bounded.
void parse_json(std::string_view text, json_value& root, std::size_t limit, codec_failure& failure);

} // namespace odradek::detail
