// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/property_table.hpp>

namespace odradek::detail {
namespace {

using s = property_settings;
using v = property_value;
using enum property_use;

std::string only_plaintext(s&, const v& value)
{
    if (value.text == "plaintext") return {};
    return "this build has no TLS and no SASL: only PLAINTEXT works";
}

// What TLS and SASL need means nothing on a plain connection, and leaving it out would not be what the user asked for.
constexpr std::string_view no_tls = "this build has no TLS";
constexpr std::string_view no_sasl = "this build has no SASL";
constexpr std::string_view says_nothing = "it only says how an encrypted connection would be made";
constexpr std::string_view only_with_sasl = "it only says how an authentication would be done";

constexpr property_row rows[] = {
    {"security.protocol", both, one_of("plaintext|ssl|sasl_plaintext|sasl_ssl"), ignored,
     "PLAINTEXT is what every connection uses", only_plaintext},
    {"security.providers", java, any_text, ignored, says_nothing},

    // TLS
    {"ssl.key.location", librdkafka, any_text, refused, no_tls},
    {"ssl.keystore.location", both, any_text, refused, no_tls},
    {"ssl.truststore.location", java, any_text, refused, no_tls},
    {"ssl.certificate.location", librdkafka, any_text, refused, no_tls},
    {"ssl.ca.location", librdkafka, any_text, refused, no_tls},
    {"ssl.crl.location", librdkafka, any_text, refused, no_tls},
    {"ssl.ca.certificate.stores", librdkafka, any_text, refused, no_tls},
    {"ssl.engine.location", librdkafka, any_text, refused, no_tls},
    {"ssl.engine.factory.class", java, any_text, refused, no_tls},
    {"ssl.providers", librdkafka, any_text, refused, no_tls},
    {"ssl.key.password", both, a_secret, refused, no_tls},
    {"ssl.key.pem", librdkafka, a_secret, refused, no_tls},
    {"ssl.certificate.pem", librdkafka, a_secret, refused, no_tls},
    {"ssl.ca.pem", librdkafka, a_secret, refused, no_tls},
    {"ssl.keystore.password", both, a_secret, refused, no_tls},
    {"ssl.keystore.key", java, a_secret, refused, no_tls},
    {"ssl.keystore.certificate.chain", java, a_secret, refused, no_tls},
    {"ssl.truststore.certificates", java, a_secret, refused, no_tls},
    {"ssl.truststore.password", java, a_secret, refused, no_tls},
    {"ssl.cipher.suites", both, any_text, ignored, says_nothing},
    {"ssl.curves.list", librdkafka, any_text, ignored, says_nothing},
    {"ssl.sigalgs.list", librdkafka, any_text, ignored, says_nothing},
    {"ssl.engine.id", librdkafka, any_text, ignored, says_nothing},
    {"ssl.enabled.protocols", java, any_text, ignored, says_nothing},
    {"ssl.endpoint.identification.algorithm", both, any_text, ignored, says_nothing},
    {"ssl.keymanager.algorithm", java, any_text, ignored, says_nothing},
    {"ssl.keystore.type", java, any_text, ignored, says_nothing},
    {"ssl.protocol", java, any_text, ignored, says_nothing},
    {"ssl.provider", java, any_text, ignored, says_nothing},
    {"ssl.secure.random.implementation", java, any_text, ignored, says_nothing},
    {"ssl.trustmanager.algorithm", java, any_text, ignored, says_nothing},
    {"ssl.truststore.type", java, any_text, ignored, says_nothing},
    {"enable.ssl.certificate.verification", librdkafka, any_text, ignored, says_nothing},

    // SASL
    {"sasl.username", librdkafka, any_text, refused, no_sasl},
    {"sasl.password", librdkafka, a_secret, refused, no_sasl},
    {"sasl.jaas.config", java, a_secret, refused, no_sasl},
    {"sasl.client.callback.handler.class", java, any_text, refused, no_sasl},
    {"sasl.login.callback.handler.class", java, any_text, refused, no_sasl},
    {"sasl.login.class", java, any_text, refused, no_sasl},
    {"sasl.kerberos.keytab", librdkafka, any_text, refused, no_sasl},
    {"sasl.oauthbearer.config", librdkafka, a_secret, refused, no_sasl},
    {"enable.sasl.oauthbearer.unsecure.jwt", librdkafka, any_text, refused, no_sasl},
    {"sasl.oauthbearer.client.id", librdkafka, any_text, refused, no_sasl},
    {"sasl.oauthbearer.client.secret", librdkafka, a_secret, refused, no_sasl},
    {"sasl.oauthbearer.client.credentials.client.id", java, any_text, refused, no_sasl},
    {"sasl.oauthbearer.client.credentials.client.secret", java, a_secret, refused, no_sasl},
    {"sasl.oauthbearer.token.endpoint.url", both, any_text, refused, no_sasl},
    {"sasl.oauthbearer.extensions", librdkafka, any_text, refused, no_sasl},
    {"sasl.oauthbearer.assertion.file", both, any_text, refused, no_sasl},
    {"sasl.oauthbearer.assertion.private.key.file", both, any_text, refused, no_sasl},
    {"sasl.oauthbearer.assertion.private.key.passphrase", both, a_secret, refused, no_sasl},
    {"sasl.oauthbearer.assertion.private.key.pem", librdkafka, a_secret, refused, no_sasl},
    {"sasl.oauthbearer.jwt.retriever.class", java, any_text, refused, no_sasl},
    {"sasl.oauthbearer.jwt.validator.class", java, any_text, refused, no_sasl},
    {"sasl.oauthbearer.jwks.endpoint.url", java, any_text, refused, no_sasl},
    {"sasl.mechanism", both, any_text, ignored, only_with_sasl},
    {"sasl.mechanisms", librdkafka, any_text, ignored, only_with_sasl},
    {"sasl.kerberos.service.name", both, any_text, ignored, only_with_sasl},
    {"sasl.kerberos.principal", librdkafka, any_text, ignored, only_with_sasl},
    {"sasl.kerberos.kinit.cmd", both, any_text, ignored, only_with_sasl},
    {"sasl.kerberos.min.time.before.relogin", both, any_text, ignored, only_with_sasl},
    {"sasl.kerberos.ticket.renew.jitter", java, any_text, ignored, only_with_sasl},
    {"sasl.kerberos.ticket.renew.window.factor", java, any_text, ignored, only_with_sasl},
    {"sasl.login.connect.timeout.ms", java, any_text, ignored, only_with_sasl},
    {"sasl.login.read.timeout.ms", java, any_text, ignored, only_with_sasl},
    {"sasl.login.refresh.buffer.seconds", java, any_text, ignored, only_with_sasl},
    {"sasl.login.refresh.min.period.seconds", java, any_text, ignored, only_with_sasl},
    {"sasl.login.refresh.window.factor", java, any_text, ignored, only_with_sasl},
    {"sasl.login.refresh.window.jitter", java, any_text, ignored, only_with_sasl},
    {"sasl.login.retry.backoff.max.ms", java, any_text, ignored, only_with_sasl},
    {"sasl.login.retry.backoff.ms", java, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.method", librdkafka, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.grant.type", librdkafka, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.metadata.authentication.type", librdkafka, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.scope", both, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.scope.claim.name", java, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.sub.claim.name", java, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.allow.unverified.audience", java, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.allow.unverified.issuer", java, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.assertion.algorithm", both, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.assertion.claim.aud", java, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.assertion.claim.exp.seconds", java, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.assertion.claim.iss", java, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.assertion.claim.jti.include", java, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.assertion.claim.nbf.seconds", java, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.assertion.claim.sub", java, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.assertion.jwt.template.file", librdkafka, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.assertion.template.file", java, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.clock.skew.seconds", java, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.expected.audience", java, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.expected.issuer", java, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.header.urlencode", java, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.jwks.endpoint.refresh.ms", java, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms", java, any_text, ignored, only_with_sasl},
    {"sasl.oauthbearer.jwks.endpoint.retry.backoff.ms", java, any_text, ignored, only_with_sasl},
};

} // namespace

std::span<const property_row> security_property_rows() noexcept
{
    return rows;
}

} // namespace odradek::detail
