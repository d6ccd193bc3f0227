// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/sasl_options.hpp>
#include <odradek/auth/scram_keys.hpp>
#include <odradek/broker/listener_check.hpp>
#include <odradek/protocol/error.hpp>

#include <asio/ip/address.hpp>

#include <algorithm>
#include <optional>
#include <string_view>
#include <system_error>
#include <utility>
#include <vector>

namespace odradek::broker {
namespace {

bool is_loopback(const std::string& host)
{
    std::error_code ec;
    return host == "localhost" || asio::ip::make_address(host, ec).is_loopback();
}

bool is_address(const std::string& host)
{
    std::error_code ec;
    (void)asio::ip::make_address(host, ec);
    return host == "localhost" || !ec;
}

/// As parse_endpoint, but port 0 is fine here, and a protocol before it is not: the other members choose that.
std::optional<endpoint> parse_listen(std::string_view text)
{
    if (text.find("://") != std::string_view::npos) return {};
    constexpr std::string_view any_port = ":0";
    if (!text.ends_with(any_port)) return parse_endpoint(text);
    text.remove_suffix(any_port.size());
    auto host = parse_endpoint(text);
    if (host) host->port = 0;
    return host;
}

bool is_name(std::string_view text)
{
    return !text.empty() && std::ranges::all_of(text, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-' ||
               c == '.';
    });
}

std::string_view protocol_of(const listener_spec& one)
{
    if (one.sasl_mechanisms.empty()) return one.tls ? "SSL" : "PLAINTEXT";
    return one.tls ? "SASL_SSL" : "SASL_PLAINTEXT";
}

/// Whether clients have to prove who they are.
bool is_guarded(const listener_spec& one)
{
    return !one.sasl_mechanisms.empty() || (one.tls && one.tls->client_auth == client_authentication::required);
}

/// Whether this build can do SCRAM.
bool has_digests()
{
    return !make_scram_credentials(scram_hash::sha_256, "x", "salt", 1).stored_key.empty();
}

class listener_check {
public:
    listener_check(const cluster_options& options, cluster_settings& made) : options_(options), made_(made) {}

    void add(const listener_spec& one, const std::string& before)
    {
        const std::string name{one.name.empty() ? protocol_of(one) : one.name};
        std::string prefix = before;
        if (!before.empty()) prefix += '"' + name + "\": ";
        if (!is_name(name)) wrong(prefix + "a name consists of letters and digits, '.', '_' and '-'");
        if (std::ranges::find(made_.cluster.listeners, name, &listener_settings::name) != made_.cluster.listeners.end())
            wrong(prefix + "there is another listener of that name");
        for (const std::string& mechanism : one.sasl_mechanisms)
            check_mechanism(mechanism, one.sasl_mechanisms, prefix);
        const auto at = check_place(one, prefix);
        made_.cluster.listeners.push_back({.name = name, .mechanisms = one.sasl_mechanisms});
        made_.places.push_back({.name = name,
                                .option = prefix + "listen",
                                .tls_option = prefix + "tls",
                                .listen = at.value_or(endpoint{}),
                                .advertised_host = one.advertised_host,
                                .tls = one.tls});
    }

    void check_users()
    {
        const bool asked =
            std::ranges::any_of(made_.cluster.listeners, [](const auto& one) { return !one.mechanisms.empty(); });
        if (asked && options_.users.empty()) wrong("users: there are none, so nobody could authenticate by SASL");
        if (!asked && !options_.users.empty())
            wrong("users: no listener has a SASL mechanism, so nobody would be asked for a password");
        for (const auto& [name, password] : options_.users) {
            if (name.empty()) wrong("users: a name is empty");
            if (password.empty()) wrong("users: \"" + name + "\" has no password");
            if (name.find('\0') != std::string::npos || password.reveal().find('\0') != std::string_view::npos)
                wrong("users: a name or password has a NUL in it, which no mechanism can carry");
        }
        if (options_.scram_iterations < min_scram_iterations || options_.scram_iterations > most_scram_iterations)
            wrong("scram_iterations: " + std::to_string(options_.scram_iterations) + " is not from " +
                  std::to_string(min_scram_iterations) + " to " + std::to_string(most_scram_iterations));
        if (options_.session_lifetime.count() < 0) wrong("session_lifetime: it is negative");
        if (options_.failed_authentication_delay.count() < 0) wrong("failed_authentication_delay: it is negative");
    }

private:
    void wrong(std::string words, errc code = errc::invalid_option)
    {
        if (!made_.problem.empty()) return;
        made_.problem = std::move(words);
        made_.error = make_error_code(code);
    }

    void check_mechanism(const std::string& name, const std::vector<std::string>& all, const std::string& prefix)
    {
        const std::string of = prefix + "sasl_mechanisms: ";
        if (!is_known_mechanism(name)) wrong(of + '"' + name + "\" is not PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512");
        if (std::ranges::count(all, name) != 1) wrong(of + name + " is there twice");
        if (name.starts_with("SCRAM-") && !has_digests())
            wrong(of + name + " is not in this build of the library: it needs ODRADEK_WITH_OPENSSL",
                  errc::not_built_in);
    }

    std::optional<endpoint> check_place(const listener_spec& one, const std::string& prefix)
    {
        const auto at = parse_listen(one.listen);
        if (!at || !is_address(at->host)) {
            wrong(prefix + "listen: \"" + one.listen + "\" is not HOST:PORT with a numeric address or localhost");
        } else if (!options_.insecure && !is_guarded(one) && !is_loopback(at->host)) {
            wrong(prefix + "listen: other machines reach " + at->host +
                  ", and nobody has to show a password or a certificate; only with insecure");
        }
        return at;
    }

    const cluster_options& options_;
    cluster_settings& made_;
};

} // namespace

void add_listeners(const cluster_options& options, cluster_settings& made)
{
    listener_check check{options, made};
    check.add({.name = {},
               .listen = options.listen,
               .advertised_host = options.advertised_host,
               .sasl_mechanisms = options.sasl_mechanisms,
               .tls = options.tls},
              {});
    for (const listener_spec& one : options.more_listeners) check.add(one, "more_listeners: ");
    check.check_users();
}

} // namespace odradek::broker
