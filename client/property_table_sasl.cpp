// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/jaas.hpp>
#include <odradek/client/property_security.hpp>
#include <odradek/client/property_table.hpp>

namespace odradek::detail {
namespace {

using s = property_settings;
using v = property_value;
using said = security_settings;
using enum property_use;

std::string set_mechanism(s& out, const v& value)
{
    out.security.mechanism = upper(value.text);
    return {};
}

// Whether the text can be read at all is known now; whether it suits the mechanism is not.
std::string set_jaas_config(s& out, const v& value)
{
    jaas_entry entry;
    if (!value.text.empty())
        if (jaas_error wrong = parse_jaas(value.text, entry)) return wrong.message;
    return set_secret<&said::jaas_config>(out, value);
}

constexpr std::string_view a_class = "a class of the Java virtual machine";
constexpr std::string_view no_kerberos = "this release has no GSSAPI (Kerberos)";
constexpr std::string_view no_tokens = "this release has no OAUTHBEARER";
constexpr std::string_view only_with_kerberos = "it only says how GSSAPI (Kerberos) would be done, which is refused";
constexpr std::string_view only_with_tokens = "it only says how OAUTHBEARER would be done, which is refused";

constexpr property_row rows[] = {
    {"sasl.mechanism", both, one_of("PLAIN|SCRAM-SHA-256|SCRAM-SHA-512|GSSAPI|OAUTHBEARER|AWS_MSK_IAM"), mapped,
     "client_options::sasl; GSSAPI (the default of both), OAUTHBEARER and AWS_MSK_IAM are refused when they would be "
     "used",
     set_mechanism},
    {"sasl.mechanisms", librdkafka, one_of("PLAIN|SCRAM-SHA-256|SCRAM-SHA-512|GSSAPI|OAUTHBEARER|AWS_MSK_IAM"), mapped,
     "another name of sasl.mechanism", set_mechanism},
    {"sasl.username", librdkafka, any_text, mapped, "username of plain, scram_sha_256 and scram_sha_512",
     set_text<&said::username>},
    {"sasl.password", librdkafka, a_secret, mapped, "password of plain, scram_sha_256 and scram_sha_512",
     set_secret<&said::password>},
    {"sasl.jaas.config", java, a_secret, mapped,
     "username, password and token_auth, of PlainLoginModule or ScramLoginModule; excludes sasl.username and "
     "sasl.password",
     set_jaas_config},
    {"sasl.client.callback.handler.class", java, any_text, refused, a_class},
    {"sasl.login.callback.handler.class", java, any_text, refused, a_class},
    {"sasl.login.class", java, any_text, refused, a_class},

    // GSSAPI
    {"sasl.kerberos.keytab", librdkafka, any_text, refused, no_kerberos},
    {"sasl.kerberos.service.name", both, any_text, ignored, only_with_kerberos},
    {"sasl.kerberos.principal", librdkafka, any_text, ignored, only_with_kerberos},
    {"sasl.kerberos.kinit.cmd", both, any_text, ignored, only_with_kerberos},
    {"sasl.kerberos.min.time.before.relogin", both, any_text, ignored, only_with_kerberos},
    {"sasl.kerberos.ticket.renew.jitter", java, any_text, ignored, only_with_kerberos},
    {"sasl.kerberos.ticket.renew.window.factor", java, any_text, ignored, only_with_kerberos},

    // OAUTHBEARER
    {"sasl.oauthbearer.config", librdkafka, a_secret, refused, no_tokens},
    {"enable.sasl.oauthbearer.unsecure.jwt", librdkafka, any_text, refused, no_tokens},
    {"sasl.oauthbearer.client.id", librdkafka, any_text, refused, no_tokens},
    {"sasl.oauthbearer.client.secret", librdkafka, a_secret, refused, no_tokens},
    {"sasl.oauthbearer.client.credentials.client.id", java, any_text, refused, no_tokens},
    {"sasl.oauthbearer.client.credentials.client.secret", java, a_secret, refused, no_tokens},
    {"sasl.oauthbearer.token.endpoint.url", both, any_text, refused, no_tokens},
    {"sasl.oauthbearer.extensions", librdkafka, any_text, refused, no_tokens},
    {"sasl.oauthbearer.assertion.file", both, any_text, refused, no_tokens},
    {"sasl.oauthbearer.assertion.private.key.file", both, any_text, refused, no_tokens},
    {"sasl.oauthbearer.assertion.private.key.passphrase", both, a_secret, refused, no_tokens},
    {"sasl.oauthbearer.assertion.private.key.pem", librdkafka, a_secret, refused, no_tokens},
    {"sasl.oauthbearer.jwt.retriever.class", java, any_text, refused, no_tokens},
    {"sasl.oauthbearer.jwt.validator.class", java, any_text, refused, no_tokens},
    {"sasl.oauthbearer.jwks.endpoint.url", java, any_text, refused, no_tokens},
    {"sasl.login.connect.timeout.ms", java, any_text, ignored, only_with_tokens},
    {"sasl.login.read.timeout.ms", java, any_text, ignored, only_with_tokens},
    {"sasl.login.refresh.buffer.seconds", java, any_text, ignored, only_with_tokens},
    {"sasl.login.refresh.min.period.seconds", java, any_text, ignored, only_with_tokens},
    {"sasl.login.refresh.window.factor", java, any_text, ignored, only_with_tokens},
    {"sasl.login.refresh.window.jitter", java, any_text, ignored, only_with_tokens},
    {"sasl.login.retry.backoff.max.ms", java, any_text, ignored, only_with_tokens},
    {"sasl.login.retry.backoff.ms", java, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.method", librdkafka, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.grant.type", librdkafka, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.metadata.authentication.type", librdkafka, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.scope", both, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.scope.claim.name", java, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.sub.claim.name", java, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.allow.unverified.audience", java, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.allow.unverified.issuer", java, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.assertion.algorithm", both, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.assertion.claim.aud", java, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.assertion.claim.exp.seconds", java, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.assertion.claim.iss", java, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.assertion.claim.jti.include", java, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.assertion.claim.nbf.seconds", java, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.assertion.claim.sub", java, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.assertion.jwt.template.file", librdkafka, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.assertion.template.file", java, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.clock.skew.seconds", java, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.expected.audience", java, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.expected.issuer", java, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.header.urlencode", java, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.jwks.endpoint.refresh.ms", java, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", java, any_text, ignored, only_with_tokens},
    {"sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", java, any_text, ignored, only_with_tokens},
};

} // namespace

std::span<const property_row> sasl_property_rows() noexcept
{
    return rows;
}

} // namespace odradek::detail
