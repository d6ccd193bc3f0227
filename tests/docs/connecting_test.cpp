// SPDX-License-Identifier: Apache-2.0
#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <cstdlib>
#include <functional>
#include <optional>
#include <string>
#include <tests/docs/snippets.hpp>
#include <variant>

namespace odradek {
namespace {

template <class... Functions>
struct overloaded : Functions... {
    using Functions::operator()...;
};

std::string password_of(const tls_password& password)
{
    return std::visit(overloaded{[](const secret& text) { return std::string(text.reveal()); },
                                 [](const std::function<std::string()>& ask) { return ask ? ask() : std::string{}; }},
                      password);
}

std::string picture(const tls& t)
{
    const auto version = [](std::optional<tls_version> v) {
        return v ? std::to_string(static_cast<int>(*v)) : "newest";
    };
    return "tls, ca " + t.ca_file + ", certificate " + t.certificate_file + ", key " + t.key_file + ", pkcs12 " +
           t.pkcs12_file + ", password " + password_of(t.key_password) + ", verify " + std::to_string(t.verify) +
           std::to_string(t.verify_host) + ", from " + version(t.minimum_version) + " to " +
           version(t.maximum_version == tls_version::v1_3 ? std::nullopt : t.maximum_version);
}

template <class Scram>
std::string picture_of_scram(const Scram& s)
{
    return s.username + ":" + std::string(s.password.reveal()) + (s.token_auth ? ", a token" : "");
}

std::string picture(const sasl_options& s)
{
    const std::string who = std::visit(
        overloaded{[](const plain& p) { return p.username + ":" + std::string(p.password.reveal()) + p.authzid; },
                   [](const scram_sha_256& p) { return picture_of_scram(p); },
                   [](const scram_sha_512& p) { return picture_of_scram(p); },
                   [](const auto&) { return std::string("another"); }},
        s);
    return std::string(mechanism_name(s)) + " " + who;
}

/// What matters here of options, as a text to compare.
std::string picture(const client_options& o)
{
    std::string text;
    for (const std::string& address : o.brokers.addresses()) text += address + " ";
    // Where nothing sends a password in clear, saying "in clear" is the same as saying nothing.
    const bool clear_is_said = o.sasl && sends_reusable_secret(*o.sasl);
    text += std::visit(overloaded{[](std::monostate) { return std::string("nothing said"); },
                                  [&](plaintext) { return std::string(clear_is_said ? "in clear" : "nothing said"); },
                                  [](const tls& t) { return picture(t); }},
                       o.security);
    return text + (o.sasl ? ", " + picture(*o.sasl) : ", no SASL");
}

std::string value_of(const std::string& text)
{
    if (!text.starts_with('$')) return text;
    const char* content = std::getenv(text.c_str() + 1);
    return content != nullptr ? content : "";
}

properties properties_of(const snippet& s)
{
    properties result;
    for (const auto& [name, value] : s.properties) result.set(name, value_of(value));
    return result;
}

class connecting : public testing::Test {
protected:
    void SetUp() override
    {
        ::setenv("KAFKA_PASSWORD", "alice-secret", 1);
        ::setenv("KAFKA_TOKEN_HMAC", "c2VjcmV0", 1);
        ::setenv("KAFKA_KEY_PASSWORD", "client-secret", 1);
    }
};

TEST_F(connecting, says_the_same_in_code_and_on_the_command_line)
{
    int compared = 0;
    for (const snippet& s : snippets()) {
        if (s.properties.empty()) continue;
        SCOPED_TRACE("docs/connecting.md, line " + std::to_string(s.line));
        const properties p = properties_of(s);
        ASSERT_TRUE(p.ok()) << p.error().message;
        EXPECT_EQ(picture(s.make()), picture(p.client()));
        ++compared;
    }
    EXPECT_GE(compared, 8);
}

TEST_F(connecting, shows_options_that_are_accepted)
{
    for (const snippet& s : snippets()) {
        SCOPED_TRACE("docs/connecting.md, line " + std::to_string(s.line));
        const client_options options = s.make();
        asio::io_context context;
        const client made{context, options};
        const auth_failure failure = options.sasl ? check(*options.sasl) : auth_failure{};
        EXPECT_FALSE(failure) << failure.words;
        EXPECT_FALSE(options.brokers.empty());
    }
}

} // namespace
} // namespace odradek
