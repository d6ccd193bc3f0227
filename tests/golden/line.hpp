// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// The lines of the vector files, read without trusting them: what is missing or of another type throws line_error.
namespace odradek::golden {

using nlohmann::json;

/// A line that is not in the format, or an expectation that it has and that did not come true.
struct line_error : std::runtime_error {
    using std::runtime_error::runtime_error;
};

/// The member `name`, which has to be there.
[[nodiscard]] inline const json& member(const json& object, const char* name)
{
    const auto found = object.is_object() ? object.find(name) : object.end();
    if (!object.is_object() || found == object.end()) throw line_error(std::string("malformed line: no ") + name);
    return *found;
}

/// The text in member `name`.
[[nodiscard]] inline const std::string& text_member(const json& object, const char* name)
{
    const json& value = member(object, name);
    if (!value.is_string()) throw line_error(std::string("malformed line: ") + name + " is no text");
    return value.get_ref<const std::string&>();
}

/// The truth value in member `name`.
[[nodiscard]] inline bool bool_member(const json& object, const char* name)
{
    const json& value = member(object, name);
    if (!value.is_boolean()) throw line_error(std::string("malformed line: ") + name + " is neither true nor false");
    return value.get<bool>();
}

/// The number in member `name`, which has to fit T.
template <class T>
[[nodiscard]] T number_member(const json& object, const char* name)
{
    const json& value = member(object, name);
    const bool fits = value.is_number_unsigned()  ? std::in_range<T>(value.get<std::uint64_t>())
                      : value.is_number_integer() ? std::in_range<T>(value.get<std::int64_t>())
                                                  : false;
    if (!fits) throw line_error(std::string("malformed line: ") + name + " is no number that fits");
    return value.get<T>();
}

/// The bytes that `hex` spells.
[[nodiscard]] std::vector<std::byte> from_hex(std::string_view hex, const char* what);

/// The bytes in standard base64 in `value`; nullopt for null.
[[nodiscard]] std::optional<std::vector<std::byte>> from_base64(const json& value, const char* what);

/// What two series of bytes differ in, in words; empty if they are equal.
[[nodiscard]] std::string bytes_difference(const std::vector<std::byte>& ours, const std::vector<std::byte>& expected);

/// The first place at which two documents differ, with both values; empty if they say the same. The order of members does
/// not matter, integers are compared as 64-bit numbers, floating-point numbers by their bits.
[[nodiscard]] std::string json_difference(const json& ours, const json& expected, const std::string& path = {});

} // namespace odradek::golden
