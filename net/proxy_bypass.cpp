// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/proxy_bypass.hpp>

#include <asio/ip/address.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <optional>
#include <system_error>

namespace odradek {
namespace {

// Both families in one form (RFC 4291, 2.5.5.2), so that an IPv4 address is the same however it is written.
using numeric_address = std::array<unsigned char, 16>;

struct network {
    numeric_address address{};
    unsigned bits = 128;
};

std::optional<numeric_address> read_address(std::string_view text)
{
    std::error_code ec;
    const auto address = asio::ip::make_address(text, ec);
    if (ec) return std::nullopt;
    if (address.is_v4()) return asio::ip::make_address_v6(asio::ip::v4_mapped, address.to_v4()).to_bytes();
    return address.to_v6().to_bytes();
}

std::optional<network> read_network(std::string_view text)
{
    const auto slash = text.find('/');
    if (slash == std::string_view::npos) return std::nullopt;
    const auto address = read_address(text.substr(0, slash));
    const std::string_view digits = text.substr(slash + 1);
    unsigned bits = 0;
    const auto [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
    if (!address || ec != std::errc{} || end != digits.data() + digits.size()) return std::nullopt;
    const bool is_v4 = text.substr(0, slash).find(':') == std::string_view::npos;
    if (bits > (is_v4 ? 32U : 128U)) return std::nullopt;
    return network{*address, is_v4 ? bits + 96 : bits};
}

bool contains(const network& all, const numeric_address& one) noexcept
{
    for (unsigned bit = 0; bit < all.bits; ++bit) {
        const unsigned mask = 0x80U >> (bit % 8);
        if (((all.address[bit / 8] ^ one[bit / 8]) & mask) != 0) return false;
    }
    return true;
}

// A name as it is compared: no case, no dot at its end.
std::string canonical(std::string_view name)
{
    while (name.ends_with('.')) name.remove_suffix(1);
    std::string lower(name);
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return lower;
}

bool is_named(std::string_view host, std::string_view entry)
{
    while (entry.starts_with('.')) entry.remove_prefix(1);
    const std::string name = canonical(host);
    const std::string suffix = canonical(entry);
    if (suffix.empty() || !name.ends_with(suffix)) return false;
    return name.size() == suffix.size() || name[name.size() - suffix.size() - 1] == '.';
}

std::string_view trimmed(std::string_view text) noexcept
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

bool is_port_written(std::string_view entry) noexcept
{
    if (entry.starts_with('[')) return entry.find("]:") != std::string_view::npos;
    return std::count(entry.begin(), entry.end(), ':') == 1;
}

bool is_bypassed_by(std::string_view entry, const endpoint& broker)
{
    entry = trimmed(entry);
    if (entry == "*") return true;
    const auto address = read_address(broker.host);
    if (const auto all = read_network(entry)) return address && contains(*all, *address);
    const auto wanted = entry.find("://") == std::string_view::npos ? parse_endpoint(entry) : std::nullopt;
    if (!wanted || (is_port_written(entry) && wanted->port != broker.port)) return false;
    if (const auto one = read_address(wanted->host)) return address && *one == *address;
    return !address && is_named(broker.host, wanted->host);
}

} // namespace

bool is_bypass_entry(std::string_view entry)
{
    entry = trimmed(entry);
    if (entry == "*" || read_network(entry)) return true;
    if (entry.find("://") != std::string_view::npos) return false;
    const auto found = parse_endpoint(entry);
    return found && (read_address(found->host) || found->host.find(':') == std::string::npos);
}

bool is_bypassed(std::span<const std::string> entries, const endpoint& broker)
{
    return std::any_of(entries.begin(), entries.end(),
                       [&broker](const std::string& entry) { return is_bypassed_by(entry, broker); });
}

} // namespace odradek
