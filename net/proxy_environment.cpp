// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/proxy_bypass.hpp>
#include <odradek/net/proxy_options.hpp>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdlib>
#include <optional>
#include <span>
#include <string_view>

namespace odradek {
namespace {

struct found_variable {
    std::string_view name{};
    std::string_view value{};
};

template <std::size_t Count>
found_variable first_of(const std::array<const char*, Count>& names, const environment_variable& variable)
{
    for (const char* name : names) {
        const char* value = variable(name);
        if (value != nullptr && *value != '\0') return {name, value};
    }
    return {};
}

int digit_of(char c) noexcept
{
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    if (c >= 'A' && c <= 'F') return c - 'A' + 10;
    return -1;
}

// Percent-decoding (RFC 3986, 2.1) into memory that is wiped; nothing if a "%" stands for no byte.
std::optional<secret> decoded(std::string_view text)
{
    const auto escapes = static_cast<std::size_t>(std::count(text.begin(), text.end(), '%'));
    if (escapes * 3 > text.size()) return std::nullopt;
    secret result = secret::of_size(text.size() - 2 * escapes);
    std::span<std::byte> out = result.writable();
    for (std::size_t i = 0; i < text.size(); ++i) {
        int byte = static_cast<unsigned char>(text[i]);
        if (text[i] == '%') {
            const int high = i + 2 < text.size() ? digit_of(text[i + 1]) : -1;
            const int low = i + 2 < text.size() ? digit_of(text[i + 2]) : -1;
            if (high < 0 || low < 0) return std::nullopt;
            byte = high * 16 + low;
            i += 2;
        }
        out.front() = static_cast<std::byte>(byte);
        out = out.subspan(1);
    }
    return result;
}

enum class scheme { http, https, socks5, socks5h };

std::optional<scheme> read_scheme(std::string_view& url)
{
    const auto end = url.find("://");
    if (end == std::string_view::npos) return scheme::http;
    std::string name(url.substr(0, end));
    url.remove_prefix(end + 3);
    for (char& c : name)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (name == "http") return scheme::http;
    if (name == "https") return scheme::https;
    if (name == "socks5") return scheme::socks5;
    if (name == "socks5h") return scheme::socks5h;
    return std::nullopt;
}

proxy_hop make_hop(scheme kind, std::string_view address, const secret& username, secret password)
{
    if (kind == scheme::socks5 || kind == scheme::socks5h)
        return socks5{std::string(address), std::string(username.reveal()), std::move(password),
                      kind == scheme::socks5h};
    http_connect made{};
    made.address = address;
    made.username = username.reveal();
    made.password = std::move(password);
    if (kind == scheme::https) made.tls.emplace();
    return made;
}

// Reads one URL of a proxy into `options`, or says there what is wrong with it.
void read_url(const found_variable& from, proxy_options& options)
{
    const auto wrong = [&](std::string_view words) {
        options.problem = "environment variable " + std::string(from.name) + ": " + std::string(words);
    };
    std::string_view url = from.value;
    const auto kind = read_scheme(url);
    if (!kind) return wrong("its scheme is none of http, https, socks5 and socks5h");
    // Whatever a password holds, no host holds an "@".
    const auto at = url.rfind('@');
    std::string_view address = at == std::string_view::npos ? url : url.substr(at + 1);
    const std::string_view userinfo = at == std::string_view::npos ? std::string_view{} : url.substr(0, at);
    if (address.ends_with('/')) address.remove_suffix(1);

    const auto colon = std::min(userinfo.find(':'), userinfo.size());
    const auto username = decoded(userinfo.substr(0, colon));
    auto password = decoded(userinfo.substr(std::min(colon + 1, userinfo.size())));
    if (!username || !password) return wrong("a \"%\" before the host stands for no byte");

    const proxy_hop hop = make_hop(*kind, address, *username, std::move(*password));
    if (!proxy_address(hop))
        return wrong(shown_proxy_address(from.value) + " names no host, or no port between 1 and 65535");
    if (const auto failure = check(hop)) return wrong(failure.words);
    options.chain.push_back(hop);
}

void read_exceptions(std::string_view list, proxy_options& options)
{
    while (!list.empty()) {
        const auto end = std::min(list.find_first_of(", \t"), list.size());
        std::string entry(list.substr(0, end));
        if (entry.starts_with("*.")) entry.erase(0, 1);
        if (is_bypass_entry(entry)) options.no_proxy.push_back(std::move(entry));
        list.remove_prefix(std::min(end + 1, list.size()));
    }
}

} // namespace

proxy_options proxy_from_environment(const environment_variable& variable)
{
    constexpr std::array proxies{"all_proxy", "ALL_PROXY", "https_proxy", "HTTPS_PROXY"};
    constexpr std::array exceptions{"no_proxy", "NO_PROXY"};
    proxy_options options;
    if (const auto from = first_of(proxies, variable); !from.name.empty()) read_url(from, options);
    read_exceptions(first_of(exceptions, variable).value, options);
    return options;
}

proxy_options proxy_from_environment()
{
    return proxy_from_environment([](const char* name) { return std::getenv(name); });
}

} // namespace odradek
