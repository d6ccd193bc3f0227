// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/jaas.hpp>
#include <odradek/client/broker_scheme.hpp>
#include <odradek/client/property_security.hpp>
#include <odradek/protocol/error.hpp>

#include <utility>

namespace odradek::detail {
namespace {

// What the addresses say of their own is no second place to choose from: it has to be the same.
property_error check_brokers(const security_settings& said)
{
    const std::string_view protocol = protocol_name(wants_tls(said), wants_sasl(said));
    for (const std::string& address : said.broker_schemes)
        if (protocol_called(scheme_of(address).value_or(protocol)) != protocol)
            return complaint("bootstrap.servers", R"("bootstrap.servers" has )" + in_quotes(address) +
                                                      R"(, but "security.protocol" is )" + in_quotes(protocol));
    return {};
}

template <class Options>
sasl_options with_password(const security_settings& said)
{
    Options options;
    options.username = said.username;
    options.password = said.password;
    return options;
}

std::string chosen(const security_settings& said)
{
    return R"("sasl.mechanism" = )" + in_quotes(said.mechanism);
}

// Why the other mechanisms of Kafka's are not spoken.
std::string_view missing_mechanism(std::string_view mechanism) noexcept
{
    if (mechanism == "GSSAPI") return "this release has no GSSAPI (Kerberos)";
    if (mechanism == "OAUTHBEARER") return "this release has no OAUTHBEARER";
    if (mechanism == "AWS_MSK_IAM") return "this release has no AWS_MSK_IAM";
    return {};
}

property_error check_credentials(const security_settings& said)
{
    const bool has_pair = !said.username.empty() || !said.password.empty();
    if (!said.jaas_config.empty()) {
        if (!has_pair) return {};
        return complaint("sasl.jaas.config",
                         R"("sasl.jaas.config" excludes "sasl.username" and "sasl.password": both say who we are)");
    }
    const std::string_view missing = said.username.empty()   ? "sasl.username"
                                     : said.password.empty() ? "sasl.password"
                                                             : "";
    if (missing.empty()) return {};
    return complaint(missing, in_quotes(missing) + " is missing: " + chosen(said) +
                                  R"( needs "sasl.username" and "sasl.password", or "sasl.jaas.config")");
}

} // namespace

property_error complaint(std::string_view name, std::string words)
{
    return {.line = 0, .name = std::string{name}, .message = std::move(words)};
}

std::string in_quotes(std::string_view text)
{
    std::string out{'"'};
    out.append(text).push_back('"');
    return out;
}

std::string upper(std::string_view text)
{
    std::string out{text};
    for (char& c : out)
        if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
    return out;
}

property_error fill_sasl(const security_settings& said, sasl_options& into)
{
    if (said.mechanism.empty())
        return complaint("sasl.mechanism", R"("security.protocol" = )" + in_quotes(upper(said.protocol)) +
                                               R"( needs "sasl.mechanism": the other clients' default is GSSAPI )"
                                               "(Kerberos), which this release has not");
    if (const std::string_view reason = missing_mechanism(said.mechanism); !reason.empty())
        return complaint("sasl.mechanism",
                         chosen(said) + ": " + std::string{reason} + "; it has PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512");
    if (auto wrong = check_credentials(said)) return wrong;

    if (!said.jaas_config.empty()) {
        if (const jaas_error wrong = parse_sasl_jaas_config(said.jaas_config.reveal(), said.mechanism, into))
            return complaint("sasl.jaas.config", R"("sasl.jaas.config": )" + wrong.message);
    } else if (said.mechanism == "PLAIN") {
        into = with_password<plain>(said);
    } else if (said.mechanism == "SCRAM-SHA-256") {
        into = with_password<scram_sha_256>(said);
    } else {
        into = with_password<scram_sha_512>(said);
    }
    // What this build cannot do is for the connection to say, as it is with TLS.
    if (const auth_failure wrong = check(into); wrong && wrong.ec != errc::not_built_in)
        return complaint("sasl.mechanism", chosen(said) + ": " + wrong.words);
    return {};
}

property_error fill_security(const security_settings& said, client_options& into)
{
    if (auto wrong = check_brokers(said)) return wrong;
    if (wants_tls(said)) {
        tls options;
        if (auto wrong = fill_tls(said, options)) return wrong;
        into.security = std::move(options);
    }
    if (wants_sasl(said)) {
        sasl_options options;
        if (auto wrong = fill_sasl(said, options)) return wrong;
        into.sasl = std::move(options);
        // SASL_PLAINTEXT says in so many words that a password may go in clear.
        if (!wants_tls(said)) into.security = plaintext{};
    }
    return {};
}

} // namespace odradek::detail
