// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/client_mechanisms.hpp>
#include <odradek/broker/cluster.hpp>
#include <odradek/net/blocking.hpp>
#include <odradek/net/resolver.hpp>
#include <odradek/net/tcp.hpp>
#include <odradek/net/tls.hpp>
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/error.hpp>
#include <odradek/protocol/frame.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>
#include <odradek/protocol/generated/messages/sasl_authenticate.hpp>
#include <odradek/protocol/generated/messages/sasl_handshake.hpp>
#include <odradek/protocol/header.hpp>

#include <asio/buffer.hpp>
#include <asio/io_context.hpp>
#include <asio/ip/tcp.hpp>
#include <asio/write.hpp>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tests/support/certificates.hpp>
#include <utility>
#include <variant>
#include <vector>

namespace odradek::broker {
namespace {

using std::chrono_literals::operator""s;
using odradek::test::certificate;

/// A cluster on sockets, and a client of TLS that asks one thing after the other.
class tls_listener_test : public testing::Test {
protected:
    static const certificate& authority()
    {
        static const certificate one = certificate::authority();
        return one;
    }
    /// Of the same name, so that clients show what it has issued.
    static const certificate& impostor()
    {
        static const certificate one = certificate::authority();
        return one;
    }
    static tls_server serving(client_authentication how = client_authentication::none)
    {
        static const certificate one = authority().issue({.names = "IP:127.0.0.1"});
        tls_server all;
        all.identity = {.certificate_pem = one.pem(), .key_pem = one.key_pem()};
        all.client_auth = how;
        if (how != client_authentication::none) all.client_ca_pem = authority().pem();
        return all;
    }

    void start(cluster_options how)
    {
        brokers.emplace(io, std::move(how));
        ASSERT_FALSE(brokers->error()) << brokers->error_text();
    }
    void show(const certificate& one)
    {
        client.certificate_pem = one.pem();
        client.key_pem = one.key_pem();
    }

    void run_until(const auto& is_there)
    {
        io.restart();
        while (!is_there()) io.run_one();
    }

    /// Connects; why that failed.
    std::error_code connect(std::string_view listener, std::size_t broker = 0)
    {
        client.ca_pem = trusted.pem();
        auto sockets = make_tls_factory(make_tcp_factory(make_system_resolver(blocking), time), client,
                                        {time, blocking, std::make_shared<logger>()});
        const endpoint at = parse_endpoint(brokers->bootstrap(listener).at(broker)).value();
        std::optional<std::error_code> ended;
        sockets->async_connect({at, 1, {}, time->now() + 30s, io.get_executor()}, nullptr,
                               [&](std::error_code ec, std::unique_ptr<transport> made) {
                                   ended = ec;
                                   stream = std::move(made);
                               });
        run_until([&] { return ended.has_value(); });
        return *ended;
    }

    /// Writes a request and reads its answer, or why there is none.
    template <class Request>
    std::error_code ask(const Request& request, std::int16_t version, typename Request::response_type& answer)
    {
        writer out;
        EXPECT_FALSE(write_request_frame(out, request, api_version{version}, 7, "t"));
        const std::vector<bytes_view> parts = out.segments();
        std::optional<std::error_code> ended;
        stream->async_write(io.get_executor(), parts, [&](std::error_code ec) { ended = ec; });
        run_until([&] { return ended.has_value(); });
        if (*ended) return *ended;
        frame got;
        while (!splitter.next(got)) {
            if (splitter.error()) return splitter.error().code();
            std::optional<std::error_code> read;
            stream->async_read_some(io.get_executor(), splitter.buffer(), [&](std::error_code ec, std::size_t size) {
                read = ec;
                if (!ec) splitter.commit(size);
            });
            run_until([&] { return read.has_value(); });
            if (*read) return *read;
        }
        last = std::move(got);
        response_header header;
        bytes_view body;
        EXPECT_FALSE(read_response_header(last.bytes(), Request::api_key, api_version{version}, memory, header, body));
        EXPECT_FALSE(decode(body, memory, api_version{version}, answer));
        return {};
    }

    std::error_code metadata(std::size_t wanted_brokers)
    {
        metadata_response answer;
        const std::error_code ec = ask(metadata_request{}, 9, answer);
        if (!ec) {
            EXPECT_EQ(answer.brokers.size(), wanted_brokers);
        }
        return ec;
    }

    /// The error that the broker's last answer to SASL said.
    broker_errc authenticate(const sasl_options& how)
    {
        const auto mechanism = make_client_mechanism(how, {.random = [](std::span<std::byte> out) {
                                                         for (std::byte& one : out) one = std::byte{7};
                                                     }});
        sasl_handshake_response shaken;
        EXPECT_FALSE(ask(sasl_handshake_request{.mechanism = mechanism->name()}, 1, shaken));
        if (shaken.error_code != broker_errc::none) return shaken.error_code;
        for (;;) {
            auto next = mechanism->next();
            if (auto* const job = std::get_if<client_mechanism::compute>(&next)) {
                job->job();
                mechanism->on_computed();
            } else if (auto* const sent = std::get_if<client_mechanism::send>(&next)) {
                sasl_authenticate_response said;
                EXPECT_FALSE(ask(sasl_authenticate_request{.auth_bytes = sent->bytes.bytes()}, 2, said));
                if (said.error_code != broker_errc::none) return said.error_code;
                mechanism->on_challenge(said.auth_bytes);
            } else {
                EXPECT_TRUE(std::holds_alternative<client_mechanism::done>(next));
                return broker_errc::none;
            }
        }
    }

    asio::io_context io;
    std::shared_ptr<class clock> time = make_system_clock();
    std::shared_ptr<blocking_executor> blocking = make_lazy_blocking_thread();
    std::optional<cluster> brokers;
    tls client;
    certificate trusted = authority(); ///< By the client.
    std::unique_ptr<transport> stream;
    frame_splitter splitter;
    frame last;
    arena memory;
};

TEST_F(tls_listener_test, serves_over_tls_and_beside_it_in_clear)
{
    start({.brokers = 2, .tls = serving(), .more_listeners = {{}}});
    for (const std::size_t broker : {std::size_t{0}, std::size_t{1}}) {
        ASSERT_FALSE(connect("SSL", broker));
        EXPECT_FALSE(metadata(2));
    }
    EXPECT_TRUE(connect("PLAINTEXT"));
}

TEST_F(tls_listener_test, asks_for_passwords_inside)
{
    start({.users = {{"alice", "alice-secret"}},
           .sasl_mechanisms = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"},
           .tls = serving(),
           .failed_authentication_delay = std::chrono::milliseconds{0}});
    for (const sasl_options& how : {sasl_options{plain{.username = "alice", .password = "alice-secret"}},
                                    sasl_options{scram_sha_256{.username = "alice", .password = "alice-secret"}},
                                    sasl_options{scram_sha_512{.username = "alice", .password = "alice-secret"}}}) {
        splitter = frame_splitter{};
        ASSERT_FALSE(connect("SASL_SSL"));
        EXPECT_EQ(authenticate(how), broker_errc::none);
        EXPECT_FALSE(metadata(1));
    }
    splitter = frame_splitter{};
    ASSERT_FALSE(connect("SASL_SSL"));
    EXPECT_EQ(authenticate(scram_sha_512{.username = "alice", .password = "wrong"}),
              broker_errc::sasl_authentication_failed);
    EXPECT_TRUE(metadata(1)) << "closed";
    splitter = frame_splitter{};
    ASSERT_FALSE(connect("SASL_SSL"));
    EXPECT_TRUE(metadata(1)) << "without a password";
}

TEST_F(tls_listener_test, lets_in_only_who_shows_a_certificate_of_the_authority)
{
    start({.tls = serving(client_authentication::required)});
    const auto refused = [this] { // which a client of TLS 1.3 learns only later
        splitter = frame_splitter{};
        return connect("SSL") || metadata(1);
    };
    EXPECT_TRUE(refused());
    show(impostor().issue({.name = "mallory"}));
    EXPECT_TRUE(refused());
    show(authority().issue({.name = "alice"}));
    EXPECT_FALSE(refused());
}

TEST_F(tls_listener_test, lets_in_who_shows_none_where_one_is_only_requested)
{
    start({.tls = serving(client_authentication::requested)});
    ASSERT_FALSE(connect("SSL"));
    EXPECT_FALSE(metadata(1));
    // A wrong one is refused all the same.
    show(impostor().issue({.name = "mallory"}));
    splitter = frame_splitter{};
    EXPECT_TRUE(connect("SSL") || metadata(1));
}

TEST_F(tls_listener_test, may_be_where_others_reach_it_if_certificates_are_required)
{
    start({.listen = "0.0.0.0:0", .tls = serving(client_authentication::required)});
    cluster open{io, {.listen = "0.0.0.0:0", .tls = serving(client_authentication::requested)}};
    EXPECT_TRUE(open.error());
}

TEST_F(tls_listener_test, says_which_file_it_cannot_read)
{
    tls_server how;
    how.identity.certificate_file = "no-such-certificate.pem";
    cluster made{io, {.tls = how}};
    EXPECT_EQ(made.error(), errc::file_not_readable);
    EXPECT_TRUE(made.error_text().starts_with("tls: ")) << made.error_text();
    EXPECT_TRUE(made.error_text().ends_with("no-such-certificate.pem: No such file or directory")) << made.error_text();
    EXPECT_TRUE(made.bootstrap().empty());
    cluster other{io, {.more_listeners = {{.name = "INSIDE", .tls = how}}}};
    EXPECT_TRUE(other.error_text().starts_with("more_listeners: \"INSIDE\": tls: ")) << other.error_text();
    EXPECT_TRUE(other.bootstrap().empty());
    EXPECT_TRUE(other.bootstrap("PLAINTEXT").empty());
}

TEST_F(tls_listener_test, tells_its_log_why_a_client_could_not_come_in)
{
    using testing::AllOf;
    using testing::HasSubstr;
    using testing::Not;
    std::string logged;
    start({.tls = serving(client_authentication::required),
           .log = [&](std::string_view line) { logged.append(line).append("\n"); }});
    const auto log = [&] {
        run_until([&] { return !logged.empty(); });
        return std::exchange(logged, {});
    };
    EXPECT_TRUE(connect("SSL") || metadata(1));
    EXPECT_THAT(log(), AllOf(HasSubstr("closing 127.0.0.1:"), HasSubstr("peer did not return a certificate")));

    splitter = frame_splitter{};
    show(impostor().issue({.name = "mallory"}));
    EXPECT_TRUE(connect("SSL") || metadata(1));
    EXPECT_THAT(log(), AllOf(HasSubstr("closing 127.0.0.1:"), HasSubstr("the certificate of the client is refused")));

    trusted = certificate::authority("Another authority");
    EXPECT_TRUE(connect("SSL"));
    EXPECT_THAT(log(),
                AllOf(HasSubstr("closing 127.0.0.1:"), HasSubstr("the client refuses our certificate (alert 48")));

    const endpoint at = parse_endpoint(brokers->bootstrap("SSL").at(0)).value();
    asio::ip::tcp::socket plain{io};
    plain.connect({asio::ip::address_v4::loopback(), at.port});
    asio::write(plain, asio::buffer(std::string_view{"GET /?password=wonder HTTP/1.1\r\n\r\n"}));
    EXPECT_THAT(log(), AllOf(HasSubstr("closing 127.0.0.1:"),
                             HasSubstr("the client does not speak TLS: this is an HTTP"), Not(HasSubstr("wonder"))));
}

TEST_F(tls_listener_test, does_not_fill_its_log_with_those_who_cannot_come_in)
{
    std::vector<std::string> logged;
    start({.tls = serving(), .log = [&](std::string_view line) { logged.emplace_back(line); }});
    const endpoint at = parse_endpoint(brokers->bootstrap("SSL").at(0)).value();
    constexpr int strangers = 100; // in much less than two seconds, in which 60 lines may be written
    for (int i = 0; i < strangers; ++i) {
        asio::ip::tcp::socket plain{io};
        plain.connect({asio::ip::address_v4::loopback(), at.port});
        asio::write(plain, asio::buffer(std::string_view{"hello, hello"}));
        char end{};
        bool is_over = false;
        plain.async_read_some(asio::buffer(&end, 1), [&](std::error_code, std::size_t) { is_over = true; });
        run_until([&] { return is_over; });
    }
    EXPECT_GE(logged.size(), 20u);
    EXPECT_LE(logged.size(), 60u);
}

} // namespace
} // namespace odradek::broker
