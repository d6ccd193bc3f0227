// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/broker_scheme.hpp>
#include <odradek/client/client.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>

#include <gtest/gtest.h>

#include <string>
#include <tests/support/fake_broker.hpp>

namespace odradek {
namespace {

using detail::wrong_scheme;

TEST(broker_scheme, is_fine_where_it_is_what_the_options_say_or_is_not_there)
{
    EXPECT_EQ(detail::protocol_name(false, false), "PLAINTEXT");
    EXPECT_EQ(detail::protocol_name(true, false), "SSL");
    EXPECT_EQ(detail::protocol_name(false, true), "SASL_PLAINTEXT");
    EXPECT_EQ(detail::protocol_name(true, true), "SASL_SSL");
    for (const char* protocol : {"PLAINTEXT", "SSL", "SASL_PLAINTEXT", "SASL_SSL"}) {
        EXPECT_EQ(wrong_scheme("a:1", protocol), "");
        EXPECT_EQ(wrong_scheme(protocol + std::string{"://a:1"}, protocol), "");
    }
    EXPECT_EQ(wrong_scheme("sasl_Ssl://a:1", "SASL_SSL"), "");
}

TEST(broker_scheme, is_refused_where_it_is_another_or_none_of_kafkas)
{
    EXPECT_EQ(wrong_scheme("SASL_SSL://a:9093", "PLAINTEXT"),
              R"(client_options::brokers: "SASL_SSL://a:9093" says SASL_SSL, but client_options::security and )"
              "client_options::sasl make it PLAINTEXT");
    EXPECT_NE(wrong_scheme("PLAINTEXT://a:1", "SSL"), "");
    EXPECT_EQ(wrong_scheme("http://a:1", "PLAINTEXT"),
              R"(client_options::brokers: "http://a:1" begins with "http", which is no security protocol of Kafka's: )"
              "there are PLAINTEXT, SSL, SASL_PLAINTEXT and SASL_SSL");
    EXPECT_NE(wrong_scheme("://a:1", "PLAINTEXT"), "");
    EXPECT_EQ(wrong_scheme("http://alice:wonder@a:1", "PLAINTEXT").find("wonder"), std::string::npos);
}

// What the first operation of a client ends with.
std::string first_words(client_options options)
{
    test::fake_world in;
    client c(in.world, std::move(options));
    std::error_code ended;
    diagnostics about;
    c.async_request(about, any_broker, metadata_request{}, {},
                    [&](std::error_code ec, const response<metadata_response>&) { ended = ec; });
    in.settle();
    EXPECT_EQ(in.network->attempts.empty(), ended == errc::invalid_option);
    c.stop();
    in.settle();
    return ended == errc::invalid_option ? std::string{about.client_message()} : std::string{};
}

TEST(broker_scheme, of_a_clients_brokers_is_compared_with_its_options)
{
    const plain who{.username = "alice", .password = "wonder"};
    EXPECT_EQ(first_words({.brokers = {"a.test:7", "SASL_SSL://b.test:7"}}),
              wrong_scheme("SASL_SSL://b.test:7", "PLAINTEXT"));
    EXPECT_EQ(first_words({.brokers = {"SSL://b.test:7"}, .security = plaintext{}, .sasl = who}),
              wrong_scheme("SSL://b.test:7", "SASL_PLAINTEXT"));
    EXPECT_EQ(first_words({.brokers = {"http://b.test:7"}}), wrong_scheme("http://b.test:7", "PLAINTEXT"));
    EXPECT_EQ(first_words({.brokers = {"PLAINTEXT://b.test:7"}}), "");
    EXPECT_EQ(first_words({.brokers = {"SASL_PLAINTEXT://b.test:7"}, .security = plaintext{}, .sasl = who}), "");
}

} // namespace
} // namespace odradek
