// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/auth/freed_memory.hpp"
#include "tests/unit/auth/talk.hpp"
#include <odradek/auth/client_mechanisms.hpp>
#include <odradek/auth/plain_server.hpp>
#include <odradek/protocol/error.hpp>

#include <gtest/gtest.h>

namespace odradek {
namespace {

using namespace std::string_literals;

const auto look_up = [](std::string_view name) -> std::optional<secret> {
    if (name == "alice") return secret{"wonderland"};
    if (name == "\xc3\xa4nne") return secret{"p\xc3\xa4ss"};
    if (name == "nobody") return secret{};
    return std::nullopt;
};

std::unique_ptr<client_mechanism> client_of(const sasl_options& options)
{
    return make_client_mechanism(options, {});
}

std::string message_of(client_mechanism& client)
{
    test::talk_result result;
    return test::client_turn(client, result).value_or("nothing");
}

test::talk_result talk_with(const plain& options)
{
    plain_server server{look_up};
    const auto client = client_of(options);
    return test::talk(*client, server);
}

auth_failure refusal_of(std::string_view message)
{
    plain_server server{look_up};
    server.on_response(message);
    auto action = server.next();
    const auto* failed = std::get_if<auth_failure>(&action);
    return failed != nullptr ? *failed : auth_failure{};
}

TEST(plain, sends_name_and_password_in_one_message)
{
    const auto client = client_of(plain{.username = "alice", .password = "wonderland"});
    EXPECT_EQ(client->name(), "PLAIN");
    EXPECT_TRUE(client->sends_reusable_secret());
    EXPECT_EQ(message_of(*client), "\0alice\0wonderland"s);
    EXPECT_EQ(message_of(*client), "\0alice\0wonderland"s); // until it is answered
    client->on_challenge("");
    EXPECT_TRUE(std::holds_alternative<client_mechanism::done>(client->next()));
}

TEST(plain, sends_an_authorization_id_and_utf_8_as_they_are)
{
    EXPECT_EQ(message_of(*client_of(plain{.username = "u", .password = "p=,\xc3\xa4", .authzid = "z"})),
              "z\0u\0p=,\xc3\xa4"s);
}

TEST(plain, is_done_whatever_the_answer_is_since_it_proves_nothing)
{
    const auto client = client_of(plain{.username = "alice", .password = "wonderland"});
    client->on_challenge("anything");
    EXPECT_TRUE(std::holds_alternative<client_mechanism::done>(client->next()));
}

TEST(plain, authenticates_the_client_at_the_server)
{
    const auto result = talk_with({.username = "alice", .password = "wonderland"});
    EXPECT_TRUE(result.client_done);
    ASSERT_TRUE(result.server_done);
    EXPECT_EQ(result.server_done->principal, "alice");
    EXPECT_TRUE(result.server_done->bytes.empty());
    EXPECT_FALSE(result.server_done->with_token);
    EXPECT_TRUE(talk_with({.username = "alice", .password = "wonderland", .authzid = "alice"}).server_done);
    EXPECT_TRUE(talk_with({.username = "\xc3\xa4nne", .password = "p\xc3\xa4ss"}).server_done);
}

TEST(plain_server, asks_the_client_to_begin)
{
    plain_server server{look_up};
    auto action = server.next();
    ASSERT_TRUE(std::holds_alternative<server_mechanism::send>(action));
    EXPECT_TRUE(std::get<server_mechanism::send>(action).bytes.empty());
}

TEST(plain_server, refuses_what_kafkas_brokers_refuse)
{
    EXPECT_EQ(refusal_of("\0alice\0wonderlanD"s).words, "PLAIN: invalid user name or password");
    EXPECT_EQ(refusal_of("\0bob\0wonderland"s).words, "PLAIN: invalid user name or password");
    EXPECT_EQ(refusal_of("\0nobody\0x"s).words, "PLAIN: invalid user name or password");
    EXPECT_EQ(refusal_of("bob\0alice\0wonderland"s).words,
              "PLAIN: the client asks for an authorization id that is not the user name");
    EXPECT_EQ(refusal_of("\0\0wonderland"s).words, "PLAIN: the user name is missing");
    EXPECT_EQ(refusal_of("\0alice\0"s).words, "PLAIN: the password is missing");
    for (const std::string& parts : {""s, "alice"s, "\0alice"s, "\0alice\0wonder\0land"s, "\0alice\0wonderland\0"s})
        EXPECT_EQ(refusal_of(parts).words, "PLAIN: the message does not have three parts");
    EXPECT_EQ(refusal_of("").ec, errc::authentication_failed);
}

TEST(plain_server, sticks_to_its_verdict)
{
    plain_server server{look_up};
    server.on_response("\0alice\0wrong"s);
    server.on_response("\0alice\0wonderland"s);
    EXPECT_TRUE(std::holds_alternative<auth_failure>(server.next()));
}

// Whatever is cut or changed, nobody is authenticated, or somebody else by chance of the look-up.
TEST(plain_server, refuses_every_message_that_was_cut_or_changed)
{
    const std::string message = "\0alice\0wonderland"s;
    for (std::size_t size = 0; size < message.size(); ++size) EXPECT_TRUE(refusal_of(message.substr(0, size))) << size;
    for (std::size_t i = 0; i < message.size(); ++i)
        for (int flip = 1; flip < 256; ++flip) {
            std::string changed = message;
            changed[i] = static_cast<char>(changed[i] ^ flip);
            EXPECT_TRUE(refusal_of(changed)) << i << ' ' << flip;
        }
}

TEST(plain, leaves_no_password_in_memory_that_it_gives_back)
{
    static constexpr std::string_view password = "correct horse battery staple";
    const test::freed_memory watch{password};
    {
        const auto client = client_of(plain{.username = "alice", .password = password});
        plain_server server{[](std::string_view) { return secret{password}; }};
        auto action = client->next();
        server.on_response(std::get<client_mechanism::send>(action).bytes.bytes());
        EXPECT_TRUE(std::holds_alternative<server_mechanism::done>(server.next()));
        client->on_challenge({});
        action = client->next();
    }
    EXPECT_GT(watch.looked(), 3);
    EXPECT_EQ(watch.found(), 0);
}

// As KafkaJS 2 does: src/protocol/sasl/awsIam.
TEST(aws, sends_its_keys_in_one_message)
{
    const auto client = client_of(aws{.authorization_identity = "AIDACKCEVSQ6C2EXAMPLE",
                                      .access_key_id = "AKIAIOSFODNN7EXAMPLE",
                                      .secret_access_key = "k/e+y",
                                      .session_token = "token"});
    EXPECT_EQ(client->name(), "AWS");
    EXPECT_TRUE(client->sends_reusable_secret());
    EXPECT_EQ(message_of(*client), "AIDACKCEVSQ6C2EXAMPLE\0AKIAIOSFODNN7EXAMPLE\0k/e+y\0token"s);
    client->on_challenge("");
    EXPECT_TRUE(std::holds_alternative<client_mechanism::done>(client->next()));
}

TEST(aws, sends_an_empty_token_when_there_is_none)
{
    EXPECT_EQ(
        message_of(*client_of(aws{.authorization_identity = "a", .access_key_id = "b", .secret_access_key = "c"})),
        "a\0b\0c\0"s);
}

} // namespace
} // namespace odradek
