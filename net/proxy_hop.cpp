// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/one_line.hpp>
#include <odradek/net/proxy_hop.hpp>
#include <odradek/protocol/error.hpp>

#include <algorithm>
#include <cstdint>
#include <string_view>

namespace odradek {
namespace {

constexpr std::size_t longest_socks5_text = 255;

bool is_port_written(std::string_view address) noexcept
{
    if (address.starts_with('[')) return address.find("]:") != std::string_view::npos;
    return std::count(address.begin(), address.end(), ':') == 1;
}

std::optional<endpoint> read_address(std::string_view address, std::uint16_t customary_port)
{
    if (address.find("://") != std::string_view::npos) return std::nullopt;
    auto found = parse_endpoint(address);
    if (found && !is_port_written(address)) found->port = customary_port;
    return found;
}

proxy_failure invalid(std::string words)
{
    return {errc::invalid_option, std::move(words)};
}

proxy_failure check_address(std::string_view kind, std::string_view address, const proxy_hop& hop)
{
    if (proxy_address(hop)) return {};
    return invalid(std::string(kind) + ": address is " + shown_proxy_address(address) +
                   ", which is not \"host:port\" with a port between 1 and 65535");
}

// RFC 9110, 5.6.2.
bool is_token(std::string_view text) noexcept
{
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    const auto fits = [marks](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               marks.find(c) != std::string_view::npos;
    };
    return !text.empty() && std::all_of(text.begin(), text.end(), fits);
}

std::string in_lower_case(std::string_view text)
{
    std::string lower(text);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

bool is_set_by_us(std::string_view name, bool has_credentials)
{
    const std::string lower = in_lower_case(name);
    return lower == "host" || lower == "content-length" || lower == "transfer-encoding" ||
           (has_credentials && lower == "proxy-authorization");
}

// A header's name is not shown either: whoever mistook the two fields wrote the value there.
proxy_failure check_headers(const http_connect& how)
{
    const bool has_credentials = !how.username.empty() || !how.password.empty();
    std::size_t number = 0;
    for (const http_header& each : how.headers) {
        const std::string which = "http_connect: header " + std::to_string(++number);
        if (!is_token(each.name)) return invalid(which + ": its name is not a token of HTTP");
        if (is_set_by_us(each.name, has_credentials))
            return invalid(which + ": it has a name that is written without being asked for");
        if (has_control_character(each.value.reveal()))
            return invalid(which + ": its value has a control character, as a line's end");
    }
    return {};
}

proxy_failure check_one(const socks5& how, const proxy_hop& hop)
{
    if (auto wrong = check_address("socks5", how.address, hop)) return wrong;
    if (how.username.size() > longest_socks5_text)
        return invalid("socks5: username has " + std::to_string(how.username.size()) +
                       " bytes; at most 255 can be sent");
    if (how.password.size() > longest_socks5_text)
        return invalid("socks5: password has " + std::to_string(how.password.size()) +
                       " bytes; at most 255 can be sent");
    if (how.username.empty() && !how.password.empty()) return invalid("socks5: there is a password without a username");
    return {};
}

proxy_failure check_one(const http_connect& how, const proxy_hop& hop)
{
    if (auto wrong = check_address("http_connect", how.address, hop)) return wrong;
    if (how.username.find(':') != std::string::npos)
        return invalid("http_connect: username has a colon, which Basic authentication cannot carry");
    if (has_control_character(how.username)) return invalid("http_connect: username has a control character");
    if (has_control_character(how.password.reveal())) return invalid("http_connect: password has a control character");
    return check_headers(how);
}

} // namespace

std::optional<endpoint> proxy_address(const proxy_hop& hop)
{
    if (const auto* socks = std::get_if<socks5>(&hop)) return read_address(socks->address, 1080);
    const auto& http = std::get<http_connect>(hop);
    return read_address(http.address, http.tls ? 443 : 80);
}

std::string describe(const proxy_hop& hop)
{
    const auto* http = std::get_if<http_connect>(&hop);
    const std::string kind = http == nullptr ? "socks5 " : http->tls ? "https " : "http ";
    const auto where = proxy_address(hop);
    if (where) return kind + to_string(*where);
    return kind + shown_proxy_address(http == nullptr ? std::get<socks5>(hop).address : http->address);
}

std::string shown_proxy_address(std::string_view address)
{
    const auto at = address.rfind('@');
    if (at == std::string_view::npos) return quoted_line(address);
    return quoted_line("***" + std::string(address.substr(at)));
}

proxy_failure check(const proxy_hop& hop)
{
    return std::visit([&hop](const auto& how) { return check_one(how, hop); }, hop);
}

} // namespace odradek
