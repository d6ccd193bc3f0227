// SPDX-License-Identifier: Apache-2.0
#include "proxy_talk.hpp"
#include <odradek/net/http_connect_handshake.hpp>
#include <odradek/protocol/error.hpp>

#include <gmock/gmock.h>

namespace odradek::test {
namespace {

using testing::AllOf;
using testing::AnyOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const endpoint broker{"broker.test", 9093};
const std::string ok = "HTTP/1.1 200 Connection established\r\n\r\n";

http_connect alice()
{
    http_connect how{"proxy.test:3128"};
    how.username = "alice";
    how.password = "wonderland";
    how.headers = {{"X-Tenant", "tenant-secret"}};
    return how;
}

proxy_talk talk(const http_connect& how, const std::string& answers, std::size_t piece = ~std::size_t{0})
{
    http_connect_handshake client(how, broker);
    return talk_to(client, answers, piece);
}

proxy_failure failure(const std::string& answers, const http_connect& how = {"proxy.test:3128"})
{
    return talk(how, answers).failure();
}

TEST(http_connect_handshake, asks_for_a_tunnel_and_says_no_more_than_it_must)
{
    const auto talked = talk({"proxy.test:3128"}, ok);
    EXPECT_THAT(talked.sent, ElementsAre("CONNECT broker.test:9093 HTTP/1.1\r\nHost: broker.test:9093\r\n\r\n"));
    EXPECT_TRUE(talked.is_done());
    EXPECT_EQ(talked.left, "");
}

TEST(http_connect_handshake, sends_credentials_and_headers_where_there_are_some)
{
    EXPECT_THAT(talk(alice(), ok).sent,
                ElementsAre("CONNECT broker.test:9093 HTTP/1.1\r\nHost: broker.test:9093\r\n"
                            "Proxy-Authorization: Basic YWxpY2U6d29uZGVybGFuZA==\r\nX-Tenant: tenant-secret\r\n\r\n"));
    http_connect only_password{"proxy.test:3128"};
    only_password.password = "x";
    EXPECT_THAT(talk(only_password, ok).sent, ElementsAre(HasSubstr("Proxy-Authorization: Basic Ong=\r\n")));
}

TEST(http_connect_handshake, writes_ipv6_addresses_in_brackets)
{
    http_connect_handshake client({"proxy.test:3128"}, {"2001:db8::1", 9092});
    EXPECT_THAT(talk_to(client, ok).sent,
                ElementsAre("CONNECT [2001:db8::1]:9092 HTTP/1.1\r\nHost: [2001:db8::1]:9092\r\n\r\n"));
}

TEST(http_connect_handshake, refuses_hosts_that_would_be_something_else_in_a_request)
{
    for (const char* host : {"", "a b", "a\r\nX: y", "a/b", "a@b", "fe80::1%eth0"}) {
        http_connect_handshake client({"proxy.test:3128"}, {host, 9092});
        const auto talked = talk_to(client, ok);
        EXPECT_TRUE(talked.sent.empty()) << host;
        EXPECT_EQ(talked.failure().ec, errc::invalid_argument) << host;
        EXPECT_THAT(talked.failure().words, Not(HasSubstr("\n"))) << host;
    }
}

TEST(http_connect_handshake, leaves_what_is_behind_the_empty_line_whatever_lengths_the_head_claims)
{
    const std::string heads[] = {
        ok,
        "HTTP/1.0 200\r\n\r\n",
        "HTTP/1.1 200 \r\n\r\n",
        "HTTP/1.1 299 Fine\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\nVia: old\n\n",
        "HTTP/1.1 200 OK\r\nX-Empty:\r\nX-Folded: one\r\n two\r\n\tthree\r\nX-Name: n\xc3\xa4me\r\n\r\n",
        "HTTP/1.1 100 Continue\r\nX: y\r\n\r\nHTTP/1.1 103 Early Hints\r\n\r\n" + ok,
    };
    for (const std::string& head : heads) {
        for (std::size_t piece = 1; piece <= head.size() + 20; ++piece) {
            const auto talked = talk({"proxy.test:3128"}, head + "\r\nthe broker's", piece);
            EXPECT_TRUE(talked.is_done()) << head << talked.failure().words;
            EXPECT_EQ(talked.left, "\r\nthe broker's") << head << piece;
        }
    }
}

TEST(http_connect_handshake, waits_for_the_last_byte_wherever_the_answer_is_cut)
{
    const std::string all = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nVia: somebody\r\n\r\n";
    for (std::size_t size = 0; size < all.size(); ++size)
        EXPECT_TRUE(talk(alice(), all.substr(0, size), 1).waits()) << size;
    EXPECT_TRUE(talk(alice(), all, 1).is_done());
}

TEST(http_connect_handshake, tells_what_may_pass_from_what_does_not)
{
    for (int status = 300; status < 600; ++status) {
        if (status == 407) continue;
        const auto plain = failure("HTTP/1.1 " + std::to_string(status) + " Some \"reason\"\r\n\r\n");
        const bool passes = status == 408 || status == 429 || status == 500 || (status >= 502 && status <= 504);
        EXPECT_EQ(plain.ec, passes ? errc::proxy_failed : errc::proxy_refused) << status;
        EXPECT_EQ(plain.words, "no tunnel to broker.test:9093: " + std::to_string(status) + " \"Some \\\"reason\\\"\"");
    }
    EXPECT_THAT(failure("HTTP/1.1 403 \xc2\x9b"
                        "1m\r\n\r\n")
                    .words,
                EndsWith(R"(403 "\xc2\x9b1m")"));
    EXPECT_EQ(failure("HTTP/1.1 403\r\n\r\n").words, "no tunnel to broker.test:9093: 403");
    EXPECT_EQ(failure("HTTP/1.1 101 Switching\r\n\r\n").ec, errc::proxy_refused);
    EXPECT_LT(failure("HTTP/1.1 403 " + std::string(5000, 'x') + "\r\n\r\n").words.size(), 300u);
}

TEST(http_connect_handshake, names_the_schemes_that_a_proxy_offers)
{
    auto found =
        failure("HTTP/1.1 407 Who?\r\nProxy-Authenticate: Negotiate, Basic realm=\"a, Digest x\", charset=\"UTF-8\"\r\n"
                "proxy-authenticate:\r\n Digest realm=\"b\",\r\n\tnonce = \"c\"\r\nX: Bearer\r\n\r\n");
    EXPECT_EQ(found.ec, errc::proxy_authentication_failed);
    EXPECT_EQ(found.words,
              "it wants authentication for broker.test:9093: 407 \"Who?\" (it offers Negotiate, Basic, Digest)");
    found = failure("HTTP/1.1 407 No\r\n\r\n", alice());
    EXPECT_EQ(found.ec, errc::proxy_authentication_failed);
    EXPECT_EQ(found.words, "it refused username and password for broker.test:9093: 407 \"No\"");
    found = failure("HTTP/1.0 401 Unauthorized\r\n\r\n", alice());
    EXPECT_EQ(found.ec, errc::proxy_authentication_failed);
    EXPECT_EQ(found.words, "it refused username and password for broker.test:9093: 401 \"Unauthorized\"");
    std::string many;
    for (int i = 0; i < 500; ++i) many += "Proxy-Authenticate: Scheme" + std::to_string(i) + "\r\n";
    EXPECT_THAT(failure("HTTP/1.1 407\r\n" + many.substr(0, many.rfind('\n', 15000) + 1) + "\r\n").words,
                EndsWith("(it offers Scheme0, Scheme1, Scheme2, Scheme3, Scheme4, Scheme5, Scheme6, Scheme7)"));
}

TEST(http_connect_handshake, refuses_what_is_no_answer_of_http)
{
    const std::string answers[] = {
        "\r\n",
        "HTTP/2 200 OK\r\n",
        "HTTP/1.1  200 OK\r\n",
        "HTTP/1.1 20 OK\r\n",
        "HTTP/1.1 2000 OK\r\n",
        "HTTP/1.1 600 OK\r\n",
        "HTTP/1.1 099 OK\r\n",
        "HTTP/1.x 200 OK\r\n",
        "HTTP/1.1\t200 OK\r\n",
        "HTTP/1.1 200 O\rK\r\n",
        "HTTP/1.1 200 OK\r\nno header\r\n",
        "HTTP/1.1 200 OK\r\n: empty\r\n",
        "HTTP/1.1 200 OK\r\nName : value\r\n",
        "HTTP/1.1 200 OK\r\n folded\r\n",
        std::string("HTTP/1.1 200 OK\r\nName: va\0lue\r\n", 31),
        "HTTP/1.1 200 OK\r\nName: va\x7flue\r\n",
    };
    for (const std::string& answer : answers) {
        for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}}) {
            const auto talked = talk({"proxy.test:3128"}, answer + "\r\n", piece);
            EXPECT_EQ(talked.failure().ec, errc::proxy_refused) << answer << talked.failure().words;
            EXPECT_THAT(talked.failure().words, AnyOf(StartsWith("its answer"), StartsWith("the head of its answer")));
        }
    }
}

TEST(http_connect_handshake, knows_other_protocols_by_their_first_bytes)
{
    EXPECT_EQ(failure("SSH-2.0").words, "its answer is no HTTP: it begins with \"S\"");
    EXPECT_THAT(failure("\x15\x03\x01").words, EndsWith("\"\\x15\" (as a TLS server's would)"));
    EXPECT_THAT(failure(bytes({5, 255})).words, EndsWith("(as a SOCKS5 proxy's would)"));
    EXPECT_THAT(failure("HTTX").words, EndsWith("begins with \"HTTX\""));
}

TEST(http_connect_handshake, reads_no_more_of_a_head_than_it_may)
{
    const std::string begin = "HTTP/1.1 200 OK\r\n";
    const std::string end = "\r\n\r\n";
    const std::size_t room = http_connect_handshake::max_head - begin.size() - end.size() - 3;
    EXPECT_TRUE(talk(alice(), begin + "X: " + std::string(room, 'x') + end).is_done());
    auto talked = talk(alice(), begin + "X: " + std::string(room + 1, 'x') + end);
    EXPECT_EQ(talked.failure().ec, errc::proxy_refused);
    EXPECT_EQ(talked.failure().words, "its answer has a head of more than 16384 bytes");
    std::string endless;
    while (endless.size() <= http_connect_handshake::max_head) endless += "HTTP/1.1 100 Continue\r\n\r\n";
    talked = talk(alice(), endless);
    EXPECT_THAT(talked.failure().words, HasSubstr("more than 16384 bytes"));
}

TEST(http_connect_handshake, repeats_no_secret_that_a_proxy_repeats)
{
    for (const char* echoed : {"wonderland", "YWxpY2U6d29uZGVybGFuZA==", "tenant-secret"}) {
        const std::string word = echoed;
        for (const std::string& answer :
             {"HTTP/1.1 403 You said " + word + "\r\n\r\n", "HTTP/1.1 407 You said " + word + "\r\n\r\n",
              "HTTP/1.1 407 No\r\nProxy-Authenticate: " + word + "\r\n\r\n", "HTTP/9 " + word + "\r\n"}) {
            const auto found = failure(answer, alice());
            EXPECT_TRUE(found) << answer;
            EXPECT_THAT(found.words, Not(HasSubstr(word.substr(0, word.find('=')))));
        }
    }
    EXPECT_THAT(failure("HTTP/1.1 403 " + std::string(195, 'x') + "wonderland\r\n\r\n", alice()).words,
                Not(HasSubstr("wond")));
    EXPECT_THAT(failure("HTTP/1.1 403 You said wonderland\r\n\r\n", alice()).words,
                AllOf(HasSubstr("403"), HasSubstr("repeat something secret")));
}

} // namespace
} // namespace odradek::test
