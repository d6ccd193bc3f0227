// SPDX-License-Identifier: Apache-2.0
#include "tls_fixture.hpp"
#include <odradek/protocol/error.hpp>

#include <gmock/gmock.h>

#include <algorithm>

namespace odradek::test {
namespace {

using testing::HasSubstr;
using testing::Not;

class tls_handshake_test : public tls_fixture {
protected:
    // What the client says when it refuses the server's certificate.
    std::string refusal()
    {
        EXPECT_FALSE(shake());
        EXPECT_EQ(client.shaken, errc::tls_certificate_refused) << words(client);
        EXPECT_TRUE(server.shaken && *server.shaken) << words(server);
        return words(client);
    }
};

TEST_F(tls_handshake_test, speaks_version_1_3_by_default)
{
    ASSERT_TRUE(shake()) << words(client) << " / " << words(server);
    EXPECT_THAT(client.stream->describe(), HasSubstr("memory, TLSv1.3, TLS_"));
    EXPECT_EQ(pass(*client.stream, *server.stream, "question"), "question");
    EXPECT_EQ(pass(*server.stream, *client.stream, "answer"), "answer");
}

TEST_F(tls_handshake_test, speaks_version_1_2_where_the_other_side_knows_no_newer_one)
{
    server_options.maximum_version = tls_version::v1_2;
    client_options.ciphers = "ECDHE-ECDSA-AES128-GCM-SHA256";
    ASSERT_TRUE(shake()) << words(client);
    EXPECT_THAT(client.stream->describe(), HasSubstr("TLSv1.2, ECDHE-ECDSA-AES128-GCM-SHA256"));
    EXPECT_EQ(pass(*client.stream, *server.stream, "question"), "question");
    EXPECT_EQ(pass(*server.stream, *client.stream, "answer"), "answer");
}

TEST_F(tls_handshake_test, uses_the_suites_and_groups_that_it_is_told_to)
{
    client_options.cipher_suites = "TLS_CHACHA20_POLY1305_SHA256";
    client_options.groups = "P-384";
    ASSERT_TRUE(shake()) << words(client);
    EXPECT_THAT(client.stream->describe(), HasSubstr("TLS_CHACHA20_POLY1305_SHA256"));
}

TEST_F(tls_handshake_test, fails_with_words_when_there_is_no_common_version)
{
    client_options.minimum_version = tls_version::v1_3;
    server_options.maximum_version = tls_version::v1_2;
    EXPECT_FALSE(shake());
    EXPECT_EQ(client.shaken, errc::tls_handshake_failed);
    EXPECT_THAT(words(client), HasSubstr("speaks none of our versions of TLS (alert 70"));
}

TEST_F(tls_handshake_test, fails_with_words_when_there_is_no_common_cipher)
{
    client_options.cipher_suites = "TLS_AES_128_GCM_SHA256";
    server_options.cipher_suites = "TLS_AES_256_GCM_SHA384";
    client_options.minimum_version = tls_version::v1_3;
    EXPECT_FALSE(shake());
    EXPECT_THAT(words(client), HasSubstr("accepts none of our ciphers, groups and signatures (alert 40"));
}

TEST_F(tls_handshake_test, refuses_a_certificate_of_an_authority_that_it_does_not_know)
{
    serve(certificate::authority("Another authority").issue({}));
    EXPECT_THAT(refusal(), HasSubstr("the certificate of broker.test is refused: its authority is not known (CN = "
                                     "Another authority)"));
}

TEST_F(tls_handshake_test, refuses_a_certificate_that_signed_itself)
{
    serve(certificate::self_signed({}));
    EXPECT_THAT(refusal(), HasSubstr("it is self-signed and not among the trusted ones (CN = broker.test)"));
}

TEST_F(tls_handshake_test, accepts_a_certificate_that_signed_itself_and_is_trusted)
{
    const certificate own = certificate::self_signed({});
    serve(own);
    trust(own);
    EXPECT_TRUE(shake()) << words(client);
}

TEST_F(tls_handshake_test, refuses_a_certificate_that_has_expired_and_says_when)
{
    serve(authority().issue({.from = -200, .to = -100}));
    EXPECT_THAT(refusal(), HasSubstr("CN = broker.test has expired on "));
}

TEST_F(tls_handshake_test, refuses_a_certificate_that_is_not_valid_yet)
{
    serve(authority().issue({.from = 1000, .to = 2000}));
    EXPECT_THAT(refusal(), HasSubstr("is valid only from "));
}

TEST_F(tls_handshake_test, refuses_a_certificate_for_another_name_and_says_for_which_it_is)
{
    serve(authority().issue({.names = "DNS:other.test,DNS:third.test,IP:10.1.2.3,IP:fe80::1"}));
    EXPECT_THAT(refusal(), HasSubstr("the certificate of broker.test is refused: it is not for this name but for "
                                     "other.test, third.test, 10.1.2.3, fe80::1"));
}

TEST_F(tls_handshake_test, shows_nothing_of_a_hostile_name_that_does_not_print)
{
    serve(authority().issue({.names = "DNS:a\x1b[31mb"}));
    const std::string said = refusal();
    EXPECT_THAT(said, HasSubstr("a.[31mb"));
    EXPECT_THAT(said, Not(HasSubstr("\x1b")));
}

TEST_F(tls_handshake_test, verifies_numeric_addresses)
{
    serve(authority().issue({.names = "IP:127.0.0.1,IP:::1"}));
    for (const char* address : {"127.0.0.1", "::1", "::1%lo"}) {
        host = address;
        EXPECT_TRUE(shake()) << address << ": " << words(client);
    }
    host = "127.0.0.2";
    EXPECT_THAT(refusal(),
                HasSubstr("the certificate of 127.0.0.2 is refused: it is not for this name but for 127.0.0.1"));
}

TEST_F(tls_handshake_test, does_not_take_an_address_for_a_name)
{
    serve(authority().issue({.name = "127.0.0.1", .names = "DNS:127.0.0.1"}));
    host = "127.0.0.1";
    (void)refusal();
}

// R36
TEST_F(tls_handshake_test, takes_a_name_with_the_dot_of_the_root_for_the_same_name)
{
    host = "broker.test.";
    EXPECT_TRUE(shake()) << words(client);
}

TEST_F(tls_handshake_test, accepts_a_wildcard_for_one_label_only)
{
    serve(authority().issue({.names = "DNS:*.cluster.test"}));
    host = "b1.cluster.test";
    EXPECT_TRUE(shake()) << words(client);
    host = "a.b1.cluster.test";
    (void)refusal();
}

TEST_F(tls_handshake_test, verifies_no_name_when_told_so_but_still_the_authority)
{
    client_options.verify_host = false;
    host = "elsewhere.test";
    EXPECT_TRUE(shake()) << words(client);
    serve(certificate::self_signed({}));
    client.context.reset();
    (void)refusal();
}

TEST_F(tls_handshake_test, verifies_nothing_when_told_so)
{
    client_options.verify = false;
    serve(certificate::self_signed({.names = "DNS:other.test", .from = -200, .to = -100}));
    EXPECT_TRUE(shake()) << words(client);
}

TEST_F(tls_handshake_test, refuses_to_verify_the_name_of_nobody)
{
    host = "";
    EXPECT_FALSE(shake());
    EXPECT_EQ(client.shaken, errc::invalid_option);
}

TEST_F(tls_handshake_test, shows_its_certificate_when_asked)
{
    for (const auto version : {tls_version::v1_2, tls_version::v1_3}) {
        server_options.maximum_version = version;
        demand(client_authentication::required, authority());
        show(authority().issue({.name = "client"}));
        client.context.reset();
        ASSERT_TRUE(shake()) << words(client) << " / " << words(server);
        EXPECT_EQ(pass(*client.stream, *server.stream, "question"), "question");
    }
}

TEST_F(tls_handshake_test, says_that_a_client_certificate_is_missing)
{
    demand(client_authentication::required, authority());
    server_options.maximum_version = tls_version::v1_2;
    EXPECT_FALSE(shake());
    EXPECT_EQ(client.shaken, errc::tls_handshake_failed);
    EXPECT_THAT(words(client), HasSubstr("the broker asks for a client certificate, and none is configured (alert "));
}

// With verification off OpenSSL looks at the broker's certificate all the same, and finds fault with it.
TEST_F(tls_handshake_test, blames_no_certificate_that_it_was_told_not_to_verify)
{
    client_options.verify = false;
    serve(certificate::self_signed({.names = "DNS:other.test", .from = -200, .to = -100}));
    demand(client_authentication::required, authority());
    server_options.maximum_version = tls_version::v1_2;
    EXPECT_FALSE(shake());
    EXPECT_EQ(client.shaken, errc::tls_handshake_failed);
    EXPECT_THAT(words(client), HasSubstr("the broker asks for a client certificate, and none is configured (alert "));
}

// With TLS 1.3 the client hears of it when for itself the handshake is long over.
TEST_F(tls_handshake_test, says_at_the_first_read_that_a_client_certificate_is_missing)
{
    demand(client_authentication::required, authority());
    EXPECT_FALSE(shake());
    EXPECT_EQ(client.shaken, std::error_code{});
    transfer got;
    start_read(*client.stream, got);
    run();
    EXPECT_EQ(got.ec, errc::tls_handshake_failed);
    EXPECT_THAT(got.about.to_string(),
                HasSubstr("the broker asks for a client certificate, and none is configured (alert 116"));
    EXPECT_EQ(client.stream->probe(), transport::state::closed);
}

TEST_F(tls_handshake_test, says_that_the_client_certificate_is_refused)
{
    demand(client_authentication::required, authority());
    show(authority().issue({.name = "client", .from = -200, .to = -100}));
    server_options.maximum_version = tls_version::v1_2;
    EXPECT_FALSE(shake());
    EXPECT_THAT(words(client), HasSubstr("the broker refuses the client's certificate (alert "));
    EXPECT_EQ(server.shaken, errc::tls_certificate_refused);
    EXPECT_THAT(words(server), HasSubstr("the certificate of the client is refused: CN = client has expired"));
}

TEST_F(tls_handshake_test, keeps_back_a_certificate_that_the_broker_cannot_know)
{
    demand(client_authentication::requested, authority());
    show(certificate::authority("Another authority").issue({.name = "client"}));
    ASSERT_TRUE(shake()) << words(client) << " / " << words(server);
    EXPECT_EQ(pass(*client.stream, *server.stream, "question"), "question");

    demand(client_authentication::required, authority());
    server_options.maximum_version = tls_version::v1_2;
    client.context.reset();
    EXPECT_FALSE(shake());
    EXPECT_THAT(words(client), HasSubstr("of other authorities than that of the configured one"));
}

TEST_F(tls_handshake_test, recognises_what_is_not_tls)
{
    const std::pair<std::string, std::string> strangers[] = {
        {"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n",
         "the other side does not speak TLS: this is an HTTP server"},
        {std::string("\0\0\0\x12", 4) + "0123456789", "this looks like Kafka without TLS"},
        {"SSH-2.0-OpenSSH_9.2\r\n", "this is SSH"},
        {"\x15", "still shaking"},
        {"hello", "the other side does not speak TLS"},
    };
    make_contexts();
    for (const auto& [bytes, expected] : strangers) {
        wire = {};
        client.stream = client_over(wire.client());
        begin(client);
        run();
        const bytes_view part(bytes);
        wire.server()->write({&part, 1}, {[](std::error_code) {}, io.get_executor()});
        wire.to_client->is_ended = false; // the server's end was only for this write
        run();
        if (expected == "still shaking") {
            EXPECT_FALSE(client.shaken);
            client.stream->close();
            run();
            continue;
        }
        EXPECT_EQ(client.shaken, errc::tls_handshake_failed) << bytes;
        EXPECT_THAT(words(client), HasSubstr(expected));
    }
}

TEST_F(tls_handshake_test, tells_a_client_without_tls_from_one_with_it)
{
    make_contexts();
    server.stream = server_over(wire.server());
    begin(server);
    const std::string request = "GET / HTTP/1.1\r\n\r\n";
    const bytes_view part(request);
    auto plain = wire.client();
    plain->write({&part, 1}, {[](std::error_code) {}, io.get_executor()});
    run();
    EXPECT_EQ(server.shaken, errc::tls_handshake_failed);
    EXPECT_THAT(words(server), HasSubstr("the client does not speak TLS: this is an HTTP request"));
}

TEST_F(tls_handshake_test, hints_at_a_plain_listener_when_the_stream_ends_before_an_answer)
{
    make_contexts();
    client.stream = client_over(wire.client());
    begin(client);
    wire.server()->close();
    run();
    EXPECT_EQ(client.shaken, errc::connection_closed);
    EXPECT_THAT(words(client), HasSubstr("it may not expect TLS, as a plain listener of Kafka"));
}

// A handshake that is cut after any of its bytes ends on both sides, in either version.
TEST_F(tls_handshake_test, ends_wherever_it_is_cut)
{
    demand(client_authentication::required, authority());
    show(authority().issue({.name = "client"}));
    for (const auto version : {tls_version::v1_2, tls_version::v1_3}) {
        server_options.maximum_version = version;
        client.context.reset();
        wire = {};
        ASSERT_TRUE(shake());
        const std::size_t sizes[] = {wire.to_server->total, wire.to_client->total};
        EXPECT_GT(std::min(sizes[0], sizes[1]), 300u);
        for (const bool cuts_client : {false, true}) {
            for (std::size_t at = 0; at < sizes[cuts_client ? 1 : 0]; ++at) {
                wire = {};
                wire.to_server->read_at_most = 1 + at % 700;
                (cuts_client ? wire.to_client : wire.to_server)->cut_at = at;
                (void)shake();
                // In TLS 1.3 the client may be through before the last bytes, which are then a lost read or write.
                if (client.shaken == std::error_code{}) client.stream->close();
                if (server.shaken == std::error_code{}) server.stream->close();
                run();
                ASSERT_TRUE(client.shaken) << "cut at " << at;
                ASSERT_TRUE(server.shaken) << "cut at " << at;
                for (const side* one : {&client, &server}) {
                    if (!*one->shaken) continue;
                    ASSERT_FALSE(one->about.client_message().empty()) << "cut at " << at;
                }
            }
        }
    }
}

TEST_F(tls_handshake_test, survives_a_change_of_any_byte)
{
    make_contexts();
    ASSERT_TRUE(shake());
    const std::size_t sizes[] = {wire.to_server->total, wire.to_client->total};
    for (const bool changes_client : {false, true}) {
        int succeeded = 0;
        for (std::size_t at = 0; at < sizes[changes_client ? 1 : 0]; ++at) {
            wire = {};
            (changes_client ? wire.to_client : wire.to_server)->flip_at = at;
            succeeded += shake() ? 1 : 0;
            if (!client.shaken || !*client.shaken) client.stream->close();
            if (!server.shaken || !*server.shaken) server.stream->close();
            run();
            ASSERT_TRUE(client.shaken) << "changed at " << at;
            ASSERT_TRUE(server.shaken) << "changed at " << at;
        }
        // What is not protected are the versions in front of records, and tickets, which nobody has read yet.
        EXPECT_LT(succeeded, 600);
    }
}

TEST_F(tls_handshake_test, goes_on_with_one_byte_at_a_time)
{
    wire.to_client->read_at_most = 1;
    wire.to_server->read_at_most = 1;
    wire.to_client->room = 1;
    wire.to_server->room = 1;
    EXPECT_FALSE(shake()) << "nobody reads the tickets yet";
    transfer got;
    start_read(*client.stream, got);
    run();
    ASSERT_EQ(client.shaken, std::error_code{}) << words(client);
    ASSERT_EQ(server.shaken, std::error_code{}) << words(server);
    transfer written;
    start_write(*server.stream, written, {"answer"});
    run();
    EXPECT_EQ(got.bytes, "answer");
}

TEST_F(tls_handshake_test, resumes_a_session_in_both_versions)
{
    for (const auto version : {tls_version::v1_2, tls_version::v1_3}) {
        server_options.maximum_version = version;
        client.context.reset();
        ASSERT_TRUE(shake()) << words(client);
        EXPECT_FALSE(client.stream->was_resumed());
        EXPECT_EQ(pass(*server.stream, *client.stream, "answer"), "answer"); // behind the tickets
        client.stream->close();
        run();
        const std::size_t kept = client.context->current().sessions->size();
        EXPECT_GE(kept, 1u);
        wire = {};
        ASSERT_TRUE(shake()) << words(client);
        EXPECT_TRUE(client.stream->was_resumed());
        EXPECT_EQ(pass(*server.stream, *client.stream, "answer"), "answer");
        host = "127.0.0.1"; // a session is that broker's only, since it stands for a verified name
        wire = {};
        EXPECT_FALSE(shake());
        host = "broker.test";
    }
}

// R36
TEST_F(tls_handshake_test, resumes_a_session_whose_connection_broke_without_a_farewell)
{
    ASSERT_TRUE(shake());
    EXPECT_EQ(pass(*server.stream, *client.stream, "answer"), "answer");
    server.stream.reset();
    transfer got;
    start_read(*client.stream, got);
    run();
    EXPECT_EQ(got.ec, asio::error::eof);
    client.stream.reset();
    wire = {};
    ASSERT_TRUE(shake()) << words(client);
    EXPECT_TRUE(client.stream->was_resumed());
}

TEST_F(tls_handshake_test, resumes_nothing_when_told_so)
{
    client_options.session_resumption = false;
    ASSERT_TRUE(shake());
    EXPECT_EQ(pass(*server.stream, *client.stream, "answer"), "answer");
    wire = {};
    ASSERT_TRUE(shake());
    EXPECT_FALSE(client.stream->was_resumed());
}

TEST_F(tls_handshake_test, bounds_the_sessions_that_it_keeps)
{
    ASSERT_TRUE(shake());
    auto& sessions = *client.context->current().sessions;
    const tls_sessions::session one{SSL_SESSION_new(), SSL_SESSION_free};
    for (int broker = 0; broker < 600; ++broker)
        for (int i = 0; i < 6; ++i) sessions.put({"b" + std::to_string(broker), 9093}, one);
    EXPECT_EQ(sessions.size(), tls_sessions::largest_size);
    for (int i = 0; i < 6; ++i) sessions.put({"new", 9093}, one);
    sessions.forget({"new", 9093});
    EXPECT_EQ(sessions.size(), tls_sessions::largest_size - tls_sessions::largest_per_broker);
    EXPECT_EQ(sessions.take({"new", 9093}), nullptr);
}

TEST_F(tls_handshake_test, takes_a_context_of_the_users_own_and_still_verifies)
{
    make_contexts();
    client_options.context = client.context->current().context;
    client_options.ca_pem.clear();
    client.context.reset();
    ASSERT_TRUE(shake()) << words(client);
    EXPECT_EQ(pass(*client.stream, *server.stream, "question"), "question");
    host = "other.test";
    EXPECT_THAT(refusal(), HasSubstr("it is not for this name but for broker.test"));
}

} // namespace
} // namespace odradek::test
