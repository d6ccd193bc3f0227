// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/broker_scheme.hpp>
#include <odradek/net/one_line.hpp>
#include <odradek/net/proxy_hop.hpp>

#include <algorithm>

namespace odradek::detail {
namespace {

constexpr std::string_view protocols[] = {"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"};

bool is_same(std::string_view text, std::string_view in_capitals) noexcept
{
    return std::equal(text.begin(), text.end(), in_capitals.begin(), in_capitals.end(),
                      [](char a, char b) { return (a >= 'a' && a <= 'z' ? a - 'a' + 'A' : a) == b; });
}

} // namespace

std::optional<std::string_view> scheme_of(std::string_view address) noexcept
{
    const std::size_t end = address.find("://");
    if (end == std::string_view::npos) return std::nullopt;
    return address.substr(0, end);
}

std::string_view protocol_called(std::string_view name) noexcept
{
    for (const std::string_view one : protocols)
        if (is_same(name, one)) return one;
    return {};
}

std::string_view protocol_name(bool with_tls, bool with_sasl) noexcept
{
    return protocols[(with_sasl ? 2 : 0) + (with_tls ? 1 : 0)];
}

std::string no_such_scheme(std::string_view scheme)
{
    return "begins with " + quoted_line(scheme) +
           ", which is no security protocol of Kafka's: there are PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL";
}

std::string wrong_scheme(std::string_view address, std::string_view protocol)
{
    const auto scheme = scheme_of(address);
    const std::string_view said = protocol_called(scheme.value_or(protocol));
    if (said == protocol) return {};
    std::string words = "client_options::brokers: " + shown_proxy_address(address) + ' ';
    if (said.empty()) return words + no_such_scheme(*scheme);
    return words.append("says ")
        .append(said)
        .append(", but client_options::security and client_options::sasl make it ")
        .append(protocol);
}

} // namespace odradek::detail
