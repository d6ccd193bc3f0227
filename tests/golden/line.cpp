// SPDX-License-Identifier: Apache-2.0
#include <odradek/tests/golden/line.hpp>

#include <algorithm>
#include <bit>

namespace odradek::golden {
namespace {

int hex_digit(char c)
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

int base64_digit(char c)
{
    if (c >= 'A' && c <= 'Z') return c - 'A';
    if (c >= 'a' && c <= 'z') return c - 'a' + 26;
    if (c >= '0' && c <= '9') return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

std::string shortened(const json& value)
{
    std::string text = value.dump(-1, ' ', true, json::error_handler_t::replace);
    if (text.size() > 100) text = text.substr(0, 100) + "...";
    return text;
}

std::string differ(const std::string& path, const json& ours, const json& expected)
{
    return (path.empty() ? "the document" : path) + ": " + shortened(ours) + ", expected " + shortened(expected);
}

bool equal_numbers(const json& left, const json& right)
{
    if (left.is_number_float() || right.is_number_float()) {
        return std::bit_cast<std::uint64_t>(left.get<double>()) == std::bit_cast<std::uint64_t>(right.get<double>());
    }
    const auto is_negative = [](const json& n) { return !n.is_number_unsigned() && n.get<std::int64_t>() < 0; };
    return is_negative(left) == is_negative(right) && left.get<std::uint64_t>() == right.get<std::uint64_t>();
}

std::string object_difference(const json& ours, const json& expected, const std::string& path)
{
    const std::string prefix = path.empty() ? std::string{} : path + ".";
    for (const auto& [name, value] : expected.items()) {
        const std::string inside = prefix + name;
        const auto found = ours.find(name);
        if (found == ours.end()) return inside + ": missing, expected " + shortened(value);
        std::string difference = json_difference(*found, value, inside);
        if (!difference.empty()) return difference;
    }
    for (const auto& [name, value] : ours.items()) {
        if (!expected.contains(name))
            return std::string(prefix).append(name).append(": ").append(shortened(value)).append(", not expected");
    }
    return {};
}

std::string array_difference(const json& ours, const json& expected, const std::string& path)
{
    for (std::size_t i = 0; i < std::min(ours.size(), expected.size()); ++i) {
        std::string difference = json_difference(ours[i], expected[i], path + "[" + std::to_string(i) + "]");
        if (!difference.empty()) return difference;
    }
    if (ours.size() == expected.size()) return {};
    return path + ": " + std::to_string(ours.size()) + " items, expected " + std::to_string(expected.size());
}

} // namespace

std::vector<std::byte> from_hex(std::string_view hex, const char* what)
{
    const auto bad = [what] { return line_error(std::string("malformed line: ") + what + " is no hex"); };
    if (hex.size() % 2 != 0) throw bad();
    std::vector<std::byte> bytes;
    bytes.reserve(hex.size() / 2);
    for (std::size_t i = 0; i < hex.size(); i += 2) {
        const int high = hex_digit(hex[i]);
        const int low = hex_digit(hex[i + 1]);
        if (high < 0 || low < 0) throw bad();
        bytes.push_back(static_cast<std::byte>(high * 16 + low));
    }
    return bytes;
}

std::optional<std::vector<std::byte>> from_base64(const json& value, const char* what)
{
    if (value.is_null()) return std::nullopt;
    const auto bad = [what] { return line_error(std::string("malformed line: ") + what + " is no base64"); };
    if (!value.is_string() || value.get_ref<const std::string&>().size() % 4 != 0) throw bad();
    std::string_view text = value.get_ref<const std::string&>();
    const bool padded = !text.empty() && text.back() == '=';
    while (padded && !text.empty() && text.back() == '=') text.remove_suffix(1);
    if (text.size() % 4 == 1) throw bad();
    std::vector<std::byte> bytes;
    unsigned bits = 0;
    unsigned held = 0;
    for (const char c : text) {
        const int digit = base64_digit(c);
        if (digit < 0) throw bad();
        bits = (bits << 6 | static_cast<unsigned>(digit)) & 0xffff;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        bytes.push_back(static_cast<std::byte>(bits >> held));
    }
    return bytes;
}

std::string bytes_difference(const std::vector<std::byte>& ours, const std::vector<std::byte>& expected)
{
    const auto [here, there] = std::mismatch(ours.begin(), ours.end(), expected.begin(), expected.end());
    if (here == ours.end() && there == expected.end()) return {};
    const auto at = [](auto from, auto end) {
        constexpr char digits[] = "0123456789abcdef";
        std::string hex;
        for (; from != end && hex.size() < 16; ++from) {
            hex += digits[std::to_integer<unsigned>(*from) >> 4];
            hex += digits[std::to_integer<unsigned>(*from) & 15];
        }
        return hex.empty() ? "the end" : hex;
    };
    return "byte " + std::to_string(here - ours.begin()) + ": " + at(here, ours.end()) + ", expected " +
           at(there, expected.end()) + " (" + std::to_string(ours.size()) + " bytes, expected " +
           std::to_string(expected.size()) + ")";
}

std::string json_difference(const json& ours, const json& expected, const std::string& path)
{
    if (ours.is_object() && expected.is_object()) return object_difference(ours, expected, path);
    if (ours.is_array() && expected.is_array()) return array_difference(ours, expected, path);
    if (ours.is_number() && expected.is_number())
        return equal_numbers(ours, expected) ? "" : differ(path, ours, expected);
    return ours == expected ? "" : differ(path, ours, expected);
}

} // namespace odradek::golden
