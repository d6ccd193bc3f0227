// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/auth/freed_memory.hpp"
#include "tests/unit/auth/scram_vectors.hpp"
#include "tests/unit/auth/talk.hpp"
#include <odradek/auth/client_mechanisms.hpp>
#include <odradek/auth/scram_server.hpp>
#include <odradek/protocol/error.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

// Our client and our server talk to each other, and somebody in between cuts or changes what they say.

#if ODRADEK_WITH_OPENSSL

namespace odradek {
namespace {

using change = std::function<void(std::size_t, std::string&)>;

constexpr std::string_view password = "correct horse battery staple";

void fixed_bytes(std::span<std::byte> out)
{
    for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(i * 37 + 5);
}

// Both sides, with keys in the cache so that many conversations cost little.
class scram_pair : public testing::TestWithParam<scram_hash> {
protected:
    scram_pair()
        : known(make_scram_credentials(GetParam(), secret{password}, "some salt of a user", min_scram_iterations))
    {}

    test::talk_result run(const change& changed = nullptr, const secret& with = secret{password}, bool token = false)
    {
        sasl_options options = scram_sha_256{.username = "al,ice", .password = with, .token_auth = token};
        if (GetParam() == scram_hash::sha_512)
            options = scram_sha_512{.username = "al,ice", .password = with, .token_auth = token};
        const auto client = make_client_mechanism(options, {.random = fixed_bytes, .keys = cache});
        scram_server server{GetParam(),
                            [&](std::string_view name, bool is_token) -> std::optional<scram_credentials> {
                                if (name != "al,ice" || is_token != token) return std::nullopt;
                                return known;
                            },
                            "servers+nonce"};
        return test::talk(*client, server, changed);
    }

    scram_credentials known;
    std::shared_ptr<scram_key_cache> cache = std::make_shared<scram_key_cache>();
};

INSTANTIATE_TEST_SUITE_P(digests, scram_pair, testing::Values(scram_hash::sha_256, scram_hash::sha_512),
                         [](const auto& one) { return one.param == scram_hash::sha_256 ? "sha_256" : "sha_512"; });

TEST_P(scram_pair, authenticate_each_other)
{
    const auto first = run();
    EXPECT_TRUE(first.client_done) << first.client_failed.words;
    ASSERT_TRUE(first.server_done) << first.server_failed.words;
    EXPECT_EQ(first.server_done->principal, "al,ice");
    EXPECT_EQ(first.messages.size(), 4u);
    EXPECT_EQ(first.computed, 1);
    const auto second = run();
    EXPECT_TRUE(second.client_done && second.server_done);
    EXPECT_EQ(second.computed, 0); // the keys were kept
}

TEST_P(scram_pair, authenticate_each_other_with_a_token)
{
    const auto result = run(nullptr, secret{password}, true);
    EXPECT_TRUE(result.client_done);
    ASSERT_TRUE(result.server_done);
    EXPECT_TRUE(result.server_done->with_token);
}

TEST_P(scram_pair, do_not_with_a_wrong_password)
{
    const auto result = run(nullptr, secret{"correct horse battery stapl"});
    EXPECT_FALSE(result.client_done);
    EXPECT_FALSE(result.server_done);
    EXPECT_EQ(result.server_failed.words, std::string(mechanism_name(GetParam())) + ": invalid user credentials");
    EXPECT_EQ(cache->size(), 0u);
}

// The client is never content once a message was changed, and the server only if it was its own last one.
void expect_nobody_is_taken_in(const test::talk_result& result, std::size_t message, std::size_t at)
{
    EXPECT_FALSE(result.client_done) << "message " << message << ", byte " << at;
    EXPECT_EQ(result.server_done.has_value(), message == 3) << "message " << message << ", byte " << at;
    const auth_failure& failed = result.server_failed ? result.server_failed : result.client_failed;
    EXPECT_TRUE(failed) << "message " << message << ", byte " << at;
    EXPECT_FALSE(failed.words.empty());
    EXPECT_EQ(failed.words.find(password), std::string::npos);
}

TEST_P(scram_pair, notice_every_byte_that_was_changed)
{
    const auto intact = run();
    for (std::size_t message = 0; message < 4; ++message)
        for (std::size_t at = 0; at < intact.messages[message].size(); ++at)
            for (const int flip : {0x01, 0x02, 0x10, 0x20, 0x80, 0xff}) {
                const auto result = run([&](std::size_t number, std::string& text) {
                    if (number == message) text[at] = static_cast<char>(text[at] ^ flip);
                });
                expect_nobody_is_taken_in(result, message, at);
            }
}

TEST_P(scram_pair, notice_every_cut_and_every_byte_that_was_added_or_left_out)
{
    const auto intact = run();
    for (std::size_t message = 0; message < 4; ++message)
        for (std::size_t at = 0; at < intact.messages[message].size(); ++at) {
            expect_nobody_is_taken_in(run([&](std::size_t number, std::string& text) {
                                          if (number == message) text.resize(at);
                                      }),
                                      message, at);
            // One of two equal neighbours may go, and nobody can tell which; the message is another one all the same.
            expect_nobody_is_taken_in(run([&](std::size_t number, std::string& text) {
                                          if (number == message) text.erase(at, 1);
                                      }),
                                      message, at);
            expect_nobody_is_taken_in(run([&](std::size_t number, std::string& text) {
                                          if (number == message) text.insert(at, 1, 'A');
                                      }),
                                      message, at);
        }
}

TEST_P(scram_pair, notice_a_message_of_another_conversation)
{
    const auto before = run();
    for (std::size_t message = 1; message < 4; ++message) {
        // The same server with another nonce of its own: what it said before does not fit any more.
        const auto client =
            make_client_mechanism(GetParam() == scram_hash::sha_256
                                      ? sasl_options{scram_sha_256{.username = "al,ice", .password = secret{password}}}
                                      : sasl_options{scram_sha_512{.username = "al,ice", .password = secret{password}}},
                                  {.random = fixed_bytes, .keys = cache});
        scram_server server{GetParam(), [&](std::string_view, bool) { return known; }, "another"};
        const auto result = test::talk(*client, server, [&](std::size_t number, std::string& text) {
            if (number == message) text = before.messages[message];
        });
        EXPECT_FALSE(result.client_done) << message;
        EXPECT_EQ(result.server_done.has_value(), message == 3) << message;
    }
}

// The whole life of a password: options, mechanism, job, cache, server.
TEST_P(scram_pair, leave_no_password_in_memory_that_they_give_back)
{
    const test::freed_memory watch{password};
    {
        const auto result = run();
        EXPECT_TRUE(result.client_done);
        EXPECT_TRUE(run().client_done);
        EXPECT_FALSE(run([](std::size_t number, std::string& text) {
                         if (number == 1) text = "e=no";
                     }).client_done);
    }
    EXPECT_GT(watch.looked(), 50);
    EXPECT_EQ(watch.found(), 0);
}

TEST_P(scram_pair, leave_no_key_in_memory_that_they_give_back)
{
    const auto keys =
        detail::derive_scram_keys(GetParam(), secret{password}.bytes(), "some salt of a user", min_scram_iterations);
    const test::freed_memory watch{keys.client_key.reveal().substr(0, 12)};
    EXPECT_TRUE(run().client_done);
    EXPECT_TRUE(run().client_done);
    cache->clear();
    EXPECT_GT(watch.looked(), 50);
    EXPECT_EQ(watch.found(), 0);
}

} // namespace
} // namespace odradek

#endif
