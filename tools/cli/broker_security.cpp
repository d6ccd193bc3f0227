// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/broker_security.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/number.hpp>
#include <odradek/tools/cli/text_input.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <utility>

namespace odradek::cli {
namespace {

constexpr std::size_t largest_user_file = 1'000'000;

/// What is wrong with it; nothing if it was added.
std::string add_user(broker::cluster_options& options, std::string_view text)
{
    const std::size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0) return "it takes NAME:PASSWORD";
    const std::string name{text.substr(0, colon)};
    const bool added = options.users.emplace(name, secret{text.substr(colon + 1)}).second;
    return added ? std::string{} : fmt::format("\"{}\" is there twice", name);
}

/// A variable of a script that is not set must not open what was to be closed.
void refuse_empty(const std::optional<std::string>& value, std::string_view flag)
{
    if (value && value->empty()) throw usage_failure(fmt::format("{}: it is empty", flag));
}

} // namespace

void broker_security_flags::add_to(CLI::App& app)
{
    constexpr const char* group = "Security";
    app.add_option("--tls-cert", certificate_, "speak TLS with this certificate, PEM; those above it may follow")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--tls-key", key_, "its private key, PEM; without it the key is behind the certificate")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--tls-client-ca", client_ca_, "ask clients for certificates of these authorities, PEM")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--tls-client-auth", client_auth_,
                   "whether a client may come without a certificate: requested or required (required)")
        ->check(CLI::IsMember({"requested", "required"}).description(""))
        ->type_name("requested|required")
        ->group(group);
    app.add_option("--sasl", mechanisms_, "ask for a password: PLAIN, SCRAM-SHA-256, SCRAM-SHA-512")
        ->type_name("MECHANISM[,..]")
        ->group(group);
    app.add_option("--user", users_, "who may authenticate, may be repeated; others see what is on a command line")
        ->type_name("NAME:PASSWORD")
        ->allow_extra_args(false)
        ->group(group);
    app.add_option("--user-file", user_file_, "a file of users, one a line as for --user")
        ->type_name("FILE")
        ->group(group);
    app.add_option("--user-env", user_variable_, "a variable of the environment with users, one a line as for --user")
        ->type_name("VARIABLE")
        ->group(group);
    app.add_option("--session-lifetime", session_lifetime_,
                   "how long an authentication lasts (connections.max.reauth.ms); 0: for ever (0)")
        ->type_name("MS")
        ->group(group);
}

void broker_security_flags::finish(broker_arguments& to)
{
    broker::cluster_options& o = to.cluster;
    refuse_empty(certificate_, "--tls-cert");
    refuse_empty(key_, "--tls-key");
    refuse_empty(client_ca_, "--tls-client-ca");
    if (!certificate_) {
        if (key_) throw usage_failure("--tls-key: there is no certificate that it belongs to: add --tls-cert");
        if (client_ca_) throw usage_failure("--tls-client-ca: clients show certificates over TLS only: add --tls-cert");
    } else {
        tls_server how;
        how.identity.certificate_file = *certificate_;
        how.identity.key_file = key_.value_or("");
        how.client_ca_file = client_ca_.value_or("");
        if (client_ca_)
            how.client_auth =
                client_auth_ == "requested" ? client_authentication::requested : client_authentication::required;
        o.tls = std::move(how);
    }
    if (!client_auth_.empty() && !client_ca_)
        throw usage_failure("--tls-client-auth: nobody says whose certificates are good: add --tls-client-ca");
    refuse_empty(mechanisms_, "--sasl");
    for (std::string_view left = mechanisms_ ? std::string_view(*mechanisms_) : std::string_view{}; !left.empty();) {
        const std::size_t comma = std::min(left.find(','), left.size());
        if (comma == 0) throw usage_failure("--sasl: there is nothing before a comma");
        o.sasl_mechanisms.emplace_back(left.substr(0, comma));
        left.remove_prefix(std::min(comma + 1, left.size()));
    }
    for (std::string& text : users_) {
        const std::string problem = add_user(o, text);
        wipe(text);
        if (!problem.empty()) throw usage_failure("--user: " + problem);
    }
    to.user_file = user_file_;
    to.user_variable = user_variable_;
    if (session_lifetime_) {
        constexpr std::int64_t longest = 315'360'000'000; // ten years
        const auto ms = to_number<std::int64_t>(*session_lifetime_, 0, longest);
        if (!ms)
            throw usage_failure(fmt::format("--session-lifetime: \"{}\" is not a whole number of milliseconds, 0 to {}",
                                            *session_lifetime_, longest));
        if (!mechanisms_) throw usage_failure("--session-lifetime: only an authentication has one: add --sasl");
        o.session_lifetime = std::chrono::milliseconds{*ms};
        to.said_by_flags["connections.max.reauth.ms"] = std::to_string(*ms);
    }
}

void add_users(broker::cluster_options& options, std::string_view text, const std::string& from)
{
    for (std::size_t line = 1; !text.empty(); ++line) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view one = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (one.ends_with('\r')) one.remove_suffix(1);
        if (one.empty() || one.starts_with('#')) continue;
        if (const std::string problem = add_user(options, one); !problem.empty())
            throw usage_failure(fmt::format("{}, line {}: {}", from, line, problem));
    }
}

void add_users_from_elsewhere(broker_arguments& to)
{
    if (to.user_file) {
        secret text{read_file(*to.user_file, largest_user_file)};
        add_users(to.cluster, text.reveal(), fmt::format("--user-file: {}", *to.user_file));
    }
    if (to.user_variable) {
        const char* const text = std::getenv(to.user_variable->c_str());
        // Its name is not repeated: somebody may have given the users instead.
        if (text == nullptr) throw usage_failure("--user-env: the environment has no variable of that name");
        add_users(to.cluster, text, "--user-env");
    }
}

} // namespace odradek::cli
