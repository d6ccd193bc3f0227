// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/auth/scram_vectors.hpp"
#include <odradek/auth/digest.hpp>
#include <odradek/auth/scram_server.hpp>
#include <odradek/protocol/error.hpp>

#include <gtest/gtest.h>

namespace odradek {
namespace {

using test::bytes_of;
using test::scram_vector;
using test::scram_vectors;

scram_server server_of(const scram_vector& v, std::string principal = {})
{
    auto known = make_scram_credentials(v.hash, secret{v.password}, bytes_of(v.salt), v.iterations);
    known.principal = std::move(principal);
    return scram_server{v.hash,
                        [known, v](std::string_view name, bool is_token) -> std::optional<scram_credentials> {
                            if (name != v.username || is_token != v.token_auth) return std::nullopt;
                            return known;
                        },
                        std::string(v.server_nonce)};
}

auth_failure failure_of(scram_server& server)
{
    auto action = server.next();
    const auto* failed = std::get_if<auth_failure>(&action);
    return failed != nullptr ? *failed : auth_failure{};
}

#if ODRADEK_WITH_OPENSSL

std::string answer_of(scram_server& server)
{
    auto action = server.next();
    if (auto* sent = std::get_if<server_mechanism::send>(&action)) return std::string(sent->bytes.reveal());
    if (auto* done = std::get_if<server_mechanism::done>(&action)) return std::string(done->bytes.reveal());
    return std::get<auth_failure>(action).words;
}

TEST(scram_server, speaks_the_vectors)
{
    for (const scram_vector& v : scram_vectors) {
        scram_server server = server_of(v);
        EXPECT_EQ(server.name(), mechanism_name(v.hash));
        EXPECT_EQ(answer_of(server), ""); // begin
        server.on_response(v.messages[0]);
        EXPECT_EQ(answer_of(server), v.messages[1]) << v.what;
        server.on_response(v.messages[2]);
        EXPECT_EQ(answer_of(server), v.messages[3]) << v.what;
        auto action = server.next();
        ASSERT_TRUE(std::holds_alternative<server_mechanism::done>(action));
        EXPECT_EQ(std::get<server_mechanism::done>(action).principal, v.username);
        EXPECT_EQ(std::get<server_mechanism::done>(action).with_token, v.token_auth);
        server.on_response("again");
        EXPECT_TRUE(std::holds_alternative<server_mechanism::done>(server.next()));
    }
}

TEST(scram_server, names_the_owner_of_a_token)
{
    const scram_vector& v = scram_vectors[2];
    scram_server server = server_of(v, "owner");
    server.on_response(v.messages[0]);
    server.on_response(v.messages[2]);
    auto action = server.next();
    ASSERT_TRUE(std::holds_alternative<server_mechanism::done>(action));
    EXPECT_EQ(std::get<server_mechanism::done>(action).principal, "owner");
}

TEST(scram_server, accepts_an_authorization_id_only_if_it_is_the_user)
{
    scram_server server = server_of(scram_vectors[0]);
    server.on_response("n,a=user,n=user,r=abc");
    EXPECT_FALSE(failure_of(server));
    scram_server other = server_of(scram_vectors[0]);
    other.on_response("n,a=root,n=user,r=abc");
    EXPECT_EQ(failure_of(other).words,
              "SCRAM-SHA-256: the client asks for an authorization id that is not the user name");
}

TEST(scram_server, refuses_a_channel_binding_that_was_not_announced)
{
    scram_server server = server_of(scram_vectors[0]);
    server.on_response(scram_vectors[0].messages[0]);
    std::string changed{scram_vectors[0].messages[2]};
    changed.replace(0, 6, "c=eSws"); // "y,,"
    server.on_response(changed);
    EXPECT_EQ(failure_of(server).words, "SCRAM-SHA-256: the client's channel binding is not that of its first message");
}

TEST(scram_server, refuses_another_nonce)
{
    scram_server server = server_of(scram_vectors[0]);
    server.on_response(scram_vectors[0].messages[0]);
    server.on_response("c=biws,r=rOprNGfwEbeRWgbNEkqO,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=");
    EXPECT_EQ(failure_of(server).words, "SCRAM-SHA-256: the client's nonce is another one than before");
}

TEST(scram_server, refuses_proofs_of_another_length)
{
    for (const char* const proof :
         {"AAEC", "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQAAAA=", "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7And"}) {
        scram_server server = server_of(scram_vectors[0]);
        server.on_response(scram_vectors[0].messages[0]);
        server.on_response("c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=" + std::string(proof));
        EXPECT_EQ(failure_of(server).ec, errc::authentication_failed) << proof;
    }
}

TEST(scram_credentials, are_what_rfc_7677_has_a_server_keep)
{
    const auto made = make_scram_credentials(scram_hash::sha_256, "pencil", bytes_of("W22ZaJ0SNY7soEsUEjb6gQ=="), 4096);
    EXPECT_EQ(to_base64(made.stored_key.bytes()), "WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=");
    EXPECT_EQ(to_base64(made.server_key.bytes()), "wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=");
    EXPECT_EQ(made.iterations, 4096);
}

TEST(scram_credentials, are_the_same_from_a_salted_password)
{
    const auto salt = bytes_of("W22ZaJ0SNY7soEsUEjb6gQ==");
    for (const scram_hash hash : {scram_hash::sha_256, scram_hash::sha_512}) {
        const secret salted = detail::pbkdf2(hash, "pencil", salt, 4096);
        const auto one = scram_credentials_of(hash, salted.bytes(), salt, 4096);
        const auto other = make_scram_credentials(hash, "pencil", salt, 4096);
        EXPECT_EQ(one.stored_key, other.stored_key);
        EXPECT_EQ(one.server_key, other.server_key);
        EXPECT_EQ(one.salt, other.salt);
    }
}

TEST(digest, takes_empty_keys_passwords_and_data)
{
    // HMAC's vector for nothing at all, and the digest of nothing
    EXPECT_EQ(to_base64(detail::hmac(scram_hash::sha_256, {}, {}).bytes()),
              "thNnmggU2ex3L5XXeMNfxf8Wl8STcVZTxscSFEKSxa0=");
    EXPECT_EQ(to_base64(detail::digest(scram_hash::sha_256, {}).bytes()),
              "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=");
    EXPECT_EQ(detail::pbkdf2(scram_hash::sha_512, {}, "salt", 1).size(), 64u);
}

#else

TEST(scram_server, says_that_it_was_not_built_in)
{
    scram_server server = server_of(scram_vectors[0]);
    server.on_response(scram_vectors[0].messages[0]);
    EXPECT_EQ(failure_of(server).ec, errc::not_built_in);
}

#endif

TEST(scram_server, refuses_an_unknown_user_and_a_user_for_a_token)
{
    scram_server server = server_of(scram_vectors[0]);
    server.on_response("n,,n=bob,r=abc");
    EXPECT_EQ(failure_of(server).ec, errc::authentication_failed);
    EXPECT_EQ(failure_of(server).words, "SCRAM-SHA-256: invalid user credentials");
    scram_server other = server_of(scram_vectors[0]);
    other.on_response("n,,n=user,r=abc,tokenauth=true");
    EXPECT_EQ(failure_of(other).words, "SCRAM-SHA-256: invalid user credentials");
    other.on_response(scram_vectors[0].messages[0]);
    EXPECT_EQ(failure_of(other).words, "SCRAM-SHA-256: invalid user credentials"); // it stays that
}

TEST(scram_server, refuses_what_it_cannot_read)
{
    scram_server server = server_of(scram_vectors[0]);
    server.on_response("y,,n=user,r=abc");
    EXPECT_EQ(failure_of(server).ec, errc::authentication_failed);
}

} // namespace
} // namespace odradek
