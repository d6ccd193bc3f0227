// SPDX-License-Identifier: Apache-2.0
#include "proxy_talk.hpp"
#include <odradek/net/socks5_handshake.hpp>
#include <odradek/protocol/error.hpp>

#include <gmock/gmock.h>

namespace odradek::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

const endpoint broker{"broker.test", 9093};
const socks5 nobody{"proxy.test:1080"};
const socks5 alice{"proxy.test:1080", "alice", "wonder"};
const std::string no_method_needed = bytes({5, 0});
const std::string login_wanted = bytes({5, 2});
const std::string login_accepted = bytes({1, 0});
const std::string connected = bytes({5, 0, 0, 1, 10, 0, 0, 7, 0x1f, 0x90});

proxy_talk talk(const socks5& how, const std::string& answers, std::size_t piece = ~std::size_t{0})
{
    socks5_handshake client(how, broker);
    return talk_to(client, answers, piece);
}

proxy_failure failure(const socks5& how, const std::string& answers)
{
    return talk(how, answers).failure();
}

TEST(socks5_handshake, offers_no_authentication_and_asks_for_the_name)
{
    const auto talked = talk(nobody, no_method_needed + connected);
    EXPECT_THAT(talked.sent,
                ElementsAre(bytes({5, 1, 0}), bytes({5, 1, 0, 3, 11}) + "broker.test" + bytes({0x23, 0x85})));
    EXPECT_TRUE(talked.is_done());
    EXPECT_EQ(talked.left, "");
}

TEST(socks5_handshake, logs_in_when_the_proxy_chooses_that)
{
    const auto talked = talk(alice, login_wanted + login_accepted + connected);
    ASSERT_EQ(talked.sent.size(), 3u);
    EXPECT_EQ(talked.sent[0], bytes({5, 2, 0, 2}));
    EXPECT_EQ(talked.sent[1], bytes({1, 5}) + "alice" + bytes({6}) + "wonder");
    EXPECT_TRUE(talked.is_done());
}

TEST(socks5_handshake, sends_no_password_to_a_proxy_that_wants_none)
{
    const auto talked = talk(alice, no_method_needed + connected);
    EXPECT_TRUE(talked.is_done());
    ASSERT_EQ(talked.sent.size(), 2u);
    EXPECT_THAT(talked.sent, Not(testing::Contains(HasSubstr("wonder"))));
}

TEST(socks5_handshake, carries_the_longest_names_and_passwords)
{
    const socks5 longest{"proxy.test", std::string(255, 'u'), std::string(255, 'p')};
    const endpoint far{std::string(255, 'n'), 1};
    socks5_handshake client(longest, far);
    const auto talked = talk_to(client, login_wanted + login_accepted + connected);
    EXPECT_THAT(talked.sent, ElementsAre(bytes({5, 2, 0, 2}),
                                         bytes({1, 255}) + std::string(255, 'u') + bytes({255}) + std::string(255, 'p'),
                                         bytes({5, 1, 0, 3, 255}) + std::string(255, 'n') + bytes({0, 1})));
    EXPECT_TRUE(talked.is_done());
}

TEST(socks5_handshake, asks_for_addresses_as_addresses)
{
    socks5_handshake v4(nobody, {"192.0.2.1", 80});
    EXPECT_EQ(talk_to(v4, no_method_needed + connected).sent.back(), bytes({5, 1, 0, 1, 192, 0, 2, 1, 0, 80}));
    socks5_handshake v6(nobody, {"2001:db8::1", 65535});
    EXPECT_EQ(talk_to(v6, no_method_needed + connected).sent.back(),
              bytes({5, 1, 0, 4, 0x20, 1, 0xd, 0xb8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 255, 255}));
}

TEST(socks5_handshake, refuses_what_cannot_be_asked_for_before_it_says_anything)
{
    for (const std::string& host : {std::string(256, 'n'), std::string(), std::string("fe80::1%eth0")}) {
        socks5_handshake client(nobody, {host, 9092});
        const auto talked = talk_to(client, no_method_needed + connected);
        EXPECT_TRUE(talked.sent.empty()) << host;
        EXPECT_EQ(talked.failure().ec, errc::invalid_argument) << host;
        EXPECT_THAT(talked.failure().words, HasSubstr("a proxy cannot be asked for")) << host;
    }
}

TEST(socks5_handshake, takes_replies_with_every_kind_of_address_and_leaves_what_is_behind)
{
    const std::string v6 = bytes({5, 0, 0, 4}) + std::string(16, 'a') + bytes({0, 1});
    const std::string empty_name = bytes({5, 0, 0, 3, 0, 0, 1});
    const std::string longest_name = bytes({5, 0, 0, 3, 255}) + std::string(255, 'n') + bytes({0, 1});
    for (const std::string& reply : {connected, v6, empty_name, longest_name}) {
        for (std::size_t piece = 1; piece < 300; piece += 1 + piece / 16) {
            const auto talked = talk(nobody, no_method_needed + reply + "the broker's", piece);
            EXPECT_TRUE(talked.is_done()) << reply.size() << ' ' << piece;
            EXPECT_EQ(talked.left, "the broker's") << reply.size() << ' ' << piece;
        }
    }
}

TEST(socks5_handshake, waits_for_the_last_byte_wherever_the_answers_are_cut)
{
    const std::string name = bytes({5, 0, 0, 3, 4}) + "name" + bytes({0, 1});
    const std::string all = login_wanted + login_accepted + name;
    for (std::size_t size = 0; size < all.size(); ++size) {
        const auto talked = talk(alice, all.substr(0, size), 1);
        EXPECT_TRUE(talked.waits()) << size;
        EXPECT_EQ(talked.sent.size(), size < 2 ? 1u : size < 4 ? 2u : 3u) << size;
    }
}

TEST(socks5_handshake, says_in_words_why_the_proxy_refuses)
{
    struct row {
        int code;
        errc ec;
        const char* words;
    };
    const row rows[] = {
        {1, errc::proxy_failed, "general failure of the proxy (reply 1)"},
        {2, errc::proxy_refused, "not allowed by its rules (reply 2)"},
        {3, errc::proxy_failed, "network unreachable (reply 3)"},
        {4, errc::proxy_failed, "host unreachable (reply 4)"},
        {5, errc::proxy_failed, "connection refused (reply 5)"},
        {6, errc::proxy_failed, "time to live expired (reply 6)"},
        {7, errc::proxy_refused, "it does not know the command CONNECT (reply 7)"},
        {8, errc::proxy_refused, "it does not know this type of address (reply 8)"},
    };
    for (const row& each : rows) {
        const auto found = failure(nobody, no_method_needed + bytes({5, each.code}));
        EXPECT_EQ(found.ec, each.ec) << each.code;
        EXPECT_EQ(found.words, std::string("no way to broker.test:9093: ") + each.words);
    }
    for (int code = 9; code < 256; ++code) {
        const auto found = failure(nobody, no_method_needed + bytes({5, code}));
        EXPECT_EQ(found.ec, errc::proxy_failed) << code;
        EXPECT_THAT(found.words, HasSubstr("no name (reply " + std::to_string(code) + ")"));
    }
}

// Some proxies put the version of SOCKS where that of the login belongs.
TEST(socks5_handshake, takes_either_version_for_the_login)
{
    const auto talked = talk(alice, login_wanted + bytes({5, 0}) + connected);
    EXPECT_TRUE(talked.is_done()) << talked.failure().words;
    const auto found = failure(alice, login_wanted + bytes({5, 1}));
    EXPECT_EQ(found.ec, errc::proxy_authentication_failed);
    EXPECT_EQ(found.words, "it refused username and password (status 1)");
}

TEST(socks5_handshake, tells_a_refused_login_from_one_that_is_missing)
{
    auto found = failure(alice, login_wanted + bytes({1, 1}));
    EXPECT_EQ(found.ec, errc::proxy_authentication_failed);
    EXPECT_EQ(found.words, "it refused username and password (status 1)");
    found = failure(nobody, bytes({5, 255}));
    EXPECT_EQ(found.ec, errc::proxy_authentication_failed);
    EXPECT_EQ(found.words, "it wants authentication, and there is no username");
    found = failure(alice, bytes({5, 255}));
    EXPECT_EQ(found.ec, errc::proxy_authentication_failed);
    EXPECT_EQ(found.words, "it accepts neither username and password nor none");
}

TEST(socks5_handshake, refuses_a_method_that_was_not_offered)
{
    for (const int method : {1, 2, 3, 128, 254}) {
        const auto found = failure(nobody, bytes({5, method}));
        EXPECT_EQ(found.ec, errc::proxy_refused) << method;
        EXPECT_EQ(found.words, "it chose method " + std::to_string(method) + ", which was not offered");
    }
    EXPECT_EQ(failure(alice, bytes({5, 1})).ec, errc::proxy_refused);
}

TEST(socks5_handshake, refuses_other_versions_at_their_first_byte)
{
    EXPECT_EQ(failure(nobody, bytes({4})).words, "it answered with version 4, not 5");
    EXPECT_EQ(failure(nobody, "H").words, "it answered with version 72, not 5 (as an HTTP server would)");
    EXPECT_EQ(failure(nobody, bytes({21})).words, "it answered with version 21, not 5 (as a TLS server would)");
    EXPECT_EQ(failure(alice, login_wanted + bytes({0})).words, "it answered with version 0, not 1");
    EXPECT_EQ(failure(nobody, no_method_needed + bytes({0})).words, "it answered with version 0, not 5");
    EXPECT_EQ(failure(nobody, bytes({4})).ec, errc::proxy_refused);
}

TEST(socks5_handshake, refuses_an_address_of_no_known_type)
{
    for (const int type : {0, 2, 5, 255}) {
        const auto found = failure(nobody, no_method_needed + bytes({5, 0, 0, type}) + std::string(300, 'x'));
        EXPECT_EQ(found.ec, errc::proxy_refused) << type;
        EXPECT_THAT(found.words, HasSubstr("an address of type " + std::to_string(type))) << type;
    }
}

TEST(socks5_handshake, takes_nothing_more_once_it_has_ended)
{
    socks5_handshake client(nobody, broker);
    EXPECT_TRUE(talk_to(client, no_method_needed + connected).is_done());
    EXPECT_EQ(client.on_bytes("more"), 0u);
    socks5_handshake other(nobody, broker);
    EXPECT_FALSE(talk_to(other, bytes({9, 9})).is_done());
    EXPECT_EQ(other.on_bytes("more"), 0u);
    EXPECT_EQ(std::get<proxy_failure>(other.next()).ec, errc::proxy_refused);
}

TEST(socks5_handshake, no_words_hold_the_login)
{
    for (const std::string& answers :
         {login_wanted + bytes({1, 7}), bytes({5, 255}), login_wanted + login_accepted + bytes({5, 1})})
        EXPECT_THAT(failure(alice, answers).words, AllOf(Not(HasSubstr("wonder")), Not(HasSubstr("alice"))));
}

} // namespace
} // namespace odradek::test
