// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/endpoint.hpp>

#include <algorithm>
#include <charconv>

namespace odradek {
namespace {

// What names and numeric addresses (with a zone) consist of. Refusing the rest catches lists, URLs with paths and spaces.
bool is_host_character(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_' || c == ':' || c == '%' || static_cast<unsigned char>(c) >= 0x80;
}

} // namespace

bool is_host(std::string_view host) noexcept
{
    return !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), is_host_character);
}

std::string to_string(const endpoint& where)
{
    const bool numeric_v6 = where.host.find(':') != std::string::npos;
    std::string text = numeric_v6 ? '[' + where.host + ']' : where.host;
    return text + ':' + std::to_string(where.port);
}

std::optional<endpoint> parse_endpoint(std::string_view text)
{
    if (const auto scheme = text.find("://"); scheme != std::string_view::npos) text.remove_prefix(scheme + 3);

    endpoint result;
    std::string_view port;
    if (text.starts_with('[')) {
        const auto close = text.find(']');
        if (close == std::string_view::npos) return std::nullopt;
        result.host = text.substr(1, close - 1);
        port = text.substr(close + 1);
        if (!port.empty() && !port.starts_with(':')) return std::nullopt;
    } else if (std::count(text.begin(), text.end(), ':') > 1) {
        result.host = text; // an IPv6 address without brackets has no room for a port
    } else {
        const auto colon = std::min(text.find(':'), text.size());
        result.host = text.substr(0, colon);
        port = text.substr(colon);
    }
    if (!is_host(result.host)) return std::nullopt;
    if (!port.empty()) {
        port.remove_prefix(1);
        const auto [end, ec] = std::from_chars(port.data(), port.data() + port.size(), result.port);
        if (ec != std::errc{} || end != port.data() + port.size() || result.port == 0) return std::nullopt;
    }
    return result;
}

} // namespace odradek
