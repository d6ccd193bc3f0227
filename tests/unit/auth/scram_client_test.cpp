// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/auth/scram_vectors.hpp"
#include "tests/unit/auth/talk.hpp"
#include <odradek/auth/client_mechanisms.hpp>
#include <odradek/auth/scram_client.hpp>
#include <odradek/protocol/error.hpp>

#include <gtest/gtest.h>

#if ODRADEK_WITH_OPENSSL

namespace odradek {
namespace {

using detail::scram_mechanism;
using test::scram_vector;
using test::scram_vectors;

std::unique_ptr<scram_mechanism> client_of(const scram_vector& v, std::shared_ptr<scram_key_cache> cache = nullptr,
                                           std::string_view password = {})
{
    return std::make_unique<scram_mechanism>(scram_mechanism::settings{v.hash, std::string(v.username),
                                                                       secret{password.empty() ? v.password : password},
                                                                       16'384, v.token_auth},
                                             std::string(v.client_nonce), std::move(cache));
}

// What the client sends next; its jobs are run.
std::string sent_by(client_mechanism& client)
{
    test::talk_result result;
    return test::client_turn(client, result).value_or("nothing: " + result.client_failed.words);
}

auth_failure failure_of(client_mechanism& client)
{
    auto action = client.next();
    const auto* failed = std::get_if<auth_failure>(&action);
    return failed != nullptr ? *failed : auth_failure{};
}

// What the client says to a first message of the server, after its own.
auth_failure says_to(std::string_view server_first)
{
    const auto client = client_of(scram_vectors[0]);
    client->on_challenge(server_first);
    return failure_of(*client);
}

TEST(scram_client, speaks_the_vectors)
{
    for (const scram_vector& v : scram_vectors) {
        const auto client = client_of(v);
        EXPECT_FALSE(client->sends_reusable_secret());
        EXPECT_EQ(client->name(), mechanism_name(v.hash));
        EXPECT_EQ(sent_by(*client), v.messages[0]) << v.what;
        client->on_challenge(v.messages[1]);
        EXPECT_TRUE(std::holds_alternative<client_mechanism::compute>(client->next()));
        EXPECT_EQ(sent_by(*client), v.messages[2]) << v.what;
        EXPECT_EQ(sent_by(*client), v.messages[2]) << v.what; // until it is answered
        client->on_challenge(v.messages[3]);
        EXPECT_TRUE(std::holds_alternative<client_mechanism::done>(client->next())) << v.what;
        client->on_challenge("e=too-late");
        EXPECT_TRUE(std::holds_alternative<client_mechanism::done>(client->next())) << v.what;
    }
}

TEST(scram_client, is_made_of_options_with_a_nonce_of_its_own)
{
    const auto random = [](std::span<std::byte> out) { std::fill(out.begin(), out.end(), std::byte{0xff}); };
    const auto plain_one = make_client_mechanism(scram_sha_256{.username = "u", .password = "p"}, {.random = random});
    EXPECT_EQ(plain_one->name(), "SCRAM-SHA-256");
    EXPECT_EQ(sent_by(*plain_one), "n,,n=u,r=////////////////////////////////");
    const auto token =
        make_client_mechanism(scram_sha_512{.username = "u", .password = "p", .token_auth = true}, {.random = random});
    EXPECT_EQ(token->name(), "SCRAM-SHA-512");
    EXPECT_EQ(sent_by(*token), "n,,n=u,r=////////////////////////////////,tokenauth=true");
}

TEST(scram_client, wants_a_nonce_that_continues_its_own)
{
    for (const char* const nonce :
         {"rOprNGfwEbeRWgbNEkqO", "XrOprNGfwEbeRWgbNEkqO", "rOprNGfwEbeRWgbNEkq", "rOprNGfwEbeRWgbNEkqoX"}) {
        const auth_failure failed = says_to("r=" + std::string(nonce) + ",s=AAEC,i=4096");
        EXPECT_EQ(failed.ec, errc::server_not_authentic) << nonce;
        EXPECT_EQ(failed.words, "SCRAM-SHA-256: the server's nonce does not continue ours");
    }
}

TEST(scram_client, bounds_the_iterations_on_both_sides)
{
    const std::string begin = "r=rOprNGfwEbeRWgbNEkqOx,s=AAEC,i=";
    EXPECT_FALSE(says_to(begin + "4096"));
    EXPECT_FALSE(says_to(begin + "16384"));
    const auth_failure few = says_to(begin + "4095");
    EXPECT_EQ(few.ec, errc::invalid_response);
    EXPECT_NE(few.words.find("4095 iterations; fewer than 4096"), std::string::npos) << few.words;
    const auth_failure many = says_to(begin + "16385");
    EXPECT_EQ(many.ec, errc::limit_exceeded);
    EXPECT_NE(many.words.find("16385 iterations, and max_iterations allows 16384"), std::string::npos) << many.words;
    EXPECT_EQ(says_to(begin + "99999999999999999999").ec, errc::limit_exceeded);
}

TEST(scram_client, refuses_a_first_message_that_makes_no_sense_or_demands_an_extension)
{
    EXPECT_EQ(says_to("").ec, errc::invalid_response);
    EXPECT_EQ(says_to("m=ext,r=rOprNGfwEbeRWgbNEkqOx,s=AAEC,i=4096").words,
              "SCRAM-SHA-256: the message demands an extension (m=), and none is known");
}

TEST(scram_client, keeps_the_servers_words_apart)
{
    const auto client = client_of(scram_vectors[0]);
    client->on_challenge(scram_vectors[0].messages[1]);
    (void)sent_by(*client);
    client->on_challenge("e=invalid-proof,x=1");
    const auth_failure failed = failure_of(*client);
    EXPECT_EQ(failed.ec, errc::authentication_failed);
    EXPECT_EQ(failed.words, "SCRAM-SHA-256: the server refuses the user name or the password");
    EXPECT_EQ(failed.peer_words, "invalid-proof");
    client->on_challenge(scram_vectors[0].messages[3]);
    EXPECT_EQ(failure_of(*client), failed); // it stays that
}

TEST(scram_client, does_not_trust_a_server_that_cannot_sign)
{
    for (const std::string_view message : {"v=AAEC", "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G8=",
                                           "v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4AAAA="}) {
        const auto client = client_of(scram_vectors[0]);
        client->on_challenge(scram_vectors[0].messages[1]);
        (void)sent_by(*client);
        client->on_challenge(message);
        EXPECT_NE(failure_of(*client).ec, std::error_code{}) << message;
    }
}

TEST(scram_client, fails_when_the_server_speaks_while_the_keys_are_derived)
{
    const auto client = client_of(scram_vectors[0]);
    client->on_challenge(scram_vectors[0].messages[1]);
    auto action = client->next();
    client->on_challenge(scram_vectors[0].messages[3]);
    EXPECT_EQ(failure_of(*client).ec, errc::invalid_response);
    std::get<client_mechanism::compute>(action).job(); // it still may run, and tell
    client->on_computed();
    EXPECT_EQ(failure_of(*client).ec, errc::invalid_response);
}

TEST(scram_client, lets_a_job_run_that_outlives_it)
{
    auto client = client_of(scram_vectors[0]);
    client->on_challenge(scram_vectors[0].messages[1]);
    auto action = client->next();
    client.reset();
    std::get<client_mechanism::compute>(action).job();
}

TEST(scram_client, fails_when_the_job_has_not_run)
{
    const auto client = client_of(scram_vectors[0]);
    client->on_challenge(scram_vectors[0].messages[1]);
    client->on_computed();
    EXPECT_EQ(failure_of(*client).ec, errc::feature_not_available);
}

// One whole conversation; true if keys had to be derived.
bool derives(const scram_vector& v, const std::shared_ptr<scram_key_cache>& cache, std::string_view password = {})
{
    const auto client = client_of(v, cache, password);
    client->on_challenge(v.messages[1]);
    const bool derived = std::holds_alternative<client_mechanism::compute>(client->next());
    (void)sent_by(*client);
    client->on_challenge(v.messages[3]);
    return derived;
}

TEST(scram_key_cache, spares_the_next_connection_the_derivation)
{
    const auto cache = std::make_shared<scram_key_cache>();
    EXPECT_TRUE(derives(scram_vectors[0], cache));
    EXPECT_EQ(cache->size(), 1u);
    EXPECT_FALSE(derives(scram_vectors[0], cache));
    EXPECT_EQ(cache->size(), 1u);

    const auto client = client_of(scram_vectors[0], cache);
    client->on_challenge(scram_vectors[0].messages[1]);
    EXPECT_EQ(sent_by(*client), scram_vectors[0].messages[2]);
    client->on_challenge(scram_vectors[0].messages[3]);
    EXPECT_TRUE(std::holds_alternative<client_mechanism::done>(client->next()));

    cache->clear();
    EXPECT_TRUE(derives(scram_vectors[0], cache));
}

TEST(scram_key_cache, tells_passwords_digests_salts_and_counts_apart)
{
    const auto cache = std::make_shared<scram_key_cache>();
    EXPECT_TRUE(derives(scram_vectors[0], cache));
    EXPECT_TRUE(derives(scram_vectors[0], cache, "pencil2"));
    EXPECT_TRUE(derives(scram_vectors[1], cache));
    EXPECT_TRUE(derives(scram_vectors[2], cache));
    scram_vector other = scram_vectors[0];
    other.messages[1] = "r=rOprNGfwEbeRWgbNEkqO%x,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4097";
    EXPECT_TRUE(derives(other, cache));
    other.messages[1] = "r=rOprNGfwEbeRWgbNEkqO%x,s=W22ZaJ0SNY7soEsUEjb6gg==,i=4096";
    EXPECT_TRUE(derives(other, cache));
    EXPECT_FALSE(derives(scram_vectors[0], cache));
    EXPECT_EQ(cache->size(), 3u);
}

TEST(scram_key_cache, keeps_nothing_for_a_server_that_did_not_prove_itself)
{
    const auto cache = std::make_shared<scram_key_cache>();
    scram_vector wrong = scram_vectors[0];
    wrong.messages[3] = scram_vectors[1].messages[3];
    EXPECT_TRUE(derives(wrong, cache));
    wrong.messages[3] = "e=no";
    EXPECT_TRUE(derives(wrong, cache));
    EXPECT_EQ(cache->size(), 0u);
}

TEST(scram_key_cache, is_bounded)
{
    scram_key_cache cache;
    for (int i = 0; i < 100; ++i) cache.keep(secret{std::to_string(i)}, {secret{"c"}, secret{"s"}});
    EXPECT_EQ(cache.size(), scram_key_cache::capacity);
    EXPECT_EQ(cache.find(secret{"83"}), nullptr);
    EXPECT_NE(cache.find(secret{"84"}), nullptr);
    EXPECT_NE(cache.find(secret{"99"}), nullptr);
    cache.keep(secret{}, {});
    EXPECT_EQ(cache.find(secret{}), nullptr);
}

} // namespace
} // namespace odradek

#endif
