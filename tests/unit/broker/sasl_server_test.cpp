// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/api_versions.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>
#include <odradek/protocol/generated/messages/sasl_authenticate.hpp>
#include <odradek/protocol/generated/messages/sasl_handshake.hpp>

#include <gtest/gtest.h>

#include <tests/unit/broker/raw_client.hpp>

namespace odradek::broker {
namespace {

using namespace test;
using std::chrono_literals::operator""ms;
using std::chrono_literals::operator""s;
using std::string_literals::operator""s;
using ids = std::vector<std::int32_t>;

cluster_options guarded()
{
    return {.users = {{"alice", "alice-secret"}},
            .sasl_mechanisms = {"PLAIN"},
            .properties = {{"sasl.server.max.receive.size", "100"}, {"socket.request.max.bytes", "10000"}}};
}

// Requests that leave together.
class burst {
public:
    template <class Request>
    burst& ask(const Request& request, std::int16_t version, std::int32_t id)
    {
        return add(raw_client::frame_of(request, version, id));
    }
    burst& shake(std::int16_t version) { return ask(sasl_handshake_request{.mechanism = "PLAIN"}, version, 1); }
    burst& bare(const std::string& token)
    {
        writer out;
        out.int32(static_cast<std::int32_t>(token.size()));
        out.bytes(token);
        return add(out.flatten());
    }
    burst& token(const std::string& token)
    {
        return ask(sasl_authenticate_request{.auth_bytes = bytes_view{token}}, 2, 2);
    }
    // A request of 1000 bytes and more.
    burst& large(std::int32_t id)
    {
        const std::string name(100, 'x');
        const std::vector<metadata_request::metadata_request_topic> topics(10, {.name = name});
        return ask(metadata_request{.topics = topics}, 9, id);
    }
    [[nodiscard]] const std::vector<std::byte>& bytes() const { return bytes_; }

private:
    burst& add(const std::vector<std::byte>& more)
    {
        bytes_.insert(bytes_.end(), more.begin(), more.end());
        return *this;
    }
    std::vector<std::byte> bytes_;
};

const std::string right = "\0alice\0alice-secret"s;

TEST(broker_server_with_sasl, takes_larger_requests_once_somebody_has_authenticated)
{
    served in{guarded()};
    ASSERT_FALSE(in.cluster.error()) << in.cluster.error_text();
    raw_client early{in};
    early.send(burst{}.shake(1).bytes());
    EXPECT_EQ(early.answers(), ids{1});
    early.send(burst{}.large(3).bytes());
    EXPECT_TRUE(early.is_closed());
    raw_client later{in};
    later.send(burst{}.shake(1).token(right).bytes());
    later.send(burst{}.large(3).bytes());
    EXPECT_EQ(later.answers(), (ids{1, 2, 3}));
}

TEST(broker_server_with_sasl, cuts_what_comes_together_by_what_it_may_be_when_its_turn_comes)
{
    served in{guarded()};
    raw_client client{in};
    client.send(burst{}.shake(1).token(right).large(3).large(4).bytes());
    EXPECT_EQ(client.answers(), (ids{1, 2, 3, 4}));

    raw_client bare{in};
    bare.send(burst{}.shake(0).bare(right).large(3).bytes());
    const auto size = bare.received().size();
    raw_client usual{in};
    usual.send(burst{}.shake(0).bytes());
    const auto shaken = usual.received().size();
    usual.send(burst{}.bare(right).bytes());
    EXPECT_EQ(usual.received().size(), shaken + 4) << "an empty token";
    usual.send(burst{}.large(3).bytes());
    EXPECT_EQ(usual.received().size(), size);
}

TEST(broker_server_with_sasl, takes_bytes_one_by_one)
{
    served in{guarded()};
    raw_client client{in};
    burst all;
    for (const std::byte one : all.shake(1).token(right).large(3).bytes()) client.send({one});
    EXPECT_EQ(client.answers(), (ids{1, 2, 3}));
}

TEST(broker_server_with_sasl, closes_at_an_empty_bare_token_like_at_any_wrong_one)
{
    served in{guarded()};
    raw_client client{in};
    client.send(burst{}.shake(0).bare({}).bytes());
    EXPECT_EQ(client.answers(), ids{1});
    EXPECT_FALSE(client.is_closed());
    in.pass(100ms);
    EXPECT_TRUE(client.is_closed());
}

TEST(broker_server_with_sasl, tells_a_failure_late_and_closes)
{
    served in{guarded()};
    raw_client client{in};
    raw_client other{in};
    client.send(burst{}.shake(1).token("\0alice\0wrong"s).bytes());
    in.pass(99ms);
    EXPECT_EQ(client.answers(), ids{1});
    other.send(burst{}.shake(1).token(right).bytes());
    EXPECT_EQ(other.answers(), (ids{1, 2})) << "nobody else waits";
    in.pass(1ms);
    EXPECT_EQ(client.answers(), ids{2});
    EXPECT_TRUE(client.is_closed());
    EXPECT_FALSE(other.is_closed());
}

TEST(broker_server_with_sasl, gives_up_a_connection_that_only_begins)
{
    auto how = guarded();
    how.properties["connections.max.idle.ms"] = "5000";
    served in{std::move(how)};
    raw_client client{in};
    client.send(burst{}.shake(1).bytes());
    in.pass(4s);
    EXPECT_FALSE(client.is_closed());
    in.pass(1s);
    EXPECT_TRUE(client.is_closed());
}

TEST(broker_server_with_sasl, has_more_listeners_with_addresses_of_their_own)
{
    auto how = guarded();
    how.brokers = 2;
    how.more_listeners = {{}, {.name = "INSIDE", .advertised_host = "inside.test"}};
    served in{std::move(how)};
    ASSERT_FALSE(in.cluster.error()) << in.cluster.error_text();
    EXPECT_EQ(in.cluster.bootstrap("SASL_PLAINTEXT"), in.cluster.bootstrap());
    EXPECT_TRUE(in.cluster.bootstrap("OUTSIDE").empty());
    for (const char* const name : {"PLAINTEXT", "INSIDE"}) {
        ASSERT_EQ(in.cluster.bootstrap(name).size(), 2u);
        EXPECT_NE(in.cluster.bootstrap(name), in.cluster.bootstrap());
        raw_client open{in, 1, name};
        open.ask(metadata_request{}, 9, 1);
        const auto said = open.received();
        arena memory;
        metadata_response answer;
        ASSERT_GT(said.size(), 9u);
        ASSERT_FALSE(decode(bytes_view{said}.subview(9), memory, api_version{9}, answer));
        ASSERT_EQ(answer.brokers.size(), 2u);
        const auto at = parse_endpoint(in.cluster.bootstrap(name)[0]).value();
        EXPECT_EQ(answer.brokers[0].port, at.port);
        EXPECT_EQ(answer.brokers[0].host, std::string_view(name) == "INSIDE" ? "inside.test" : "127.0.0.1");
    }
    raw_client closed{in, 1};
    closed.ask(metadata_request{}, 9, 1);
    EXPECT_TRUE(closed.is_closed());
}

std::string problem(cluster_options options)
{
    asio::io_context io;
    const cluster made{io, std::move(options)};
    EXPECT_TRUE(made.error());
    EXPECT_TRUE(made.bootstrap("PLAINTEXT").empty());
    return made.error_text();
}

TEST(broker_listeners, are_refused_with_the_name_of_what_cannot_be)
{
    EXPECT_EQ(problem({.users = {{"a", "b"}}}),
              "users: no listener has a SASL mechanism, so nobody would be asked for a password");
    EXPECT_EQ(problem({.sasl_mechanisms = {"PLAIN"}}), "users: there are none, so nobody could authenticate by SASL");
    EXPECT_EQ(problem({.users = {{"a", ""}}, .sasl_mechanisms = {"PLAIN"}}), "users: \"a\" has no password");
    EXPECT_EQ(problem({.users = {{"", "b"}}, .sasl_mechanisms = {"PLAIN"}}), "users: a name is empty");
    EXPECT_EQ(problem({.users = {{"a", std::string("b\0c", 3)}}, .sasl_mechanisms = {"PLAIN"}}),
              "users: a name or password has a NUL in it, which no mechanism can carry");
    EXPECT_EQ(problem({.users = {{"a", "b"}}, .sasl_mechanisms = {"GSSAPI"}}),
              "sasl_mechanisms: \"GSSAPI\" is not PLAIN, SCRAM-SHA-256 or SCRAM-SHA-512");
    EXPECT_EQ(problem({.users = {{"a", "b"}}, .sasl_mechanisms = {"PLAIN", "PLAIN"}}),
              "sasl_mechanisms: PLAIN is there twice");
    EXPECT_EQ(problem({.users = {{"a", "b"}}, .sasl_mechanisms = {"PLAIN"}, .scram_iterations = 4095}),
              "scram_iterations: 4095 is not from 4096 to 1000000");
    EXPECT_EQ(problem({.session_lifetime = -1ms}), "session_lifetime: it is negative");
    EXPECT_EQ(problem({.more_listeners = {{}}}),
              "more_listeners: \"PLAINTEXT\": there is another listener of that name");
    EXPECT_EQ(problem({.more_listeners = {{.name = "a b"}}}),
              "more_listeners: \"a b\": a name consists of letters and digits, '.', '_' and '-'");
    EXPECT_EQ(problem({.more_listeners = {{.name = "A", .listen = "nowhere"}}}),
              "more_listeners: \"A\": listen: \"nowhere\" is not HOST:PORT with a numeric address or localhost");
    EXPECT_EQ(problem({.properties = {{"connections.max.reauth.ms", "-1"}}}),
              "properties: connections.max.reauth.ms: \"-1\" is not a number from 0 to 9223372036854775807");
}

TEST(broker_listeners, may_be_where_others_reach_them_if_clients_have_to_prove_who_they_are)
{
    const std::string open = "other machines reach 0.0.0.0, and nobody has to show a password or a certificate; "
                             "only with insecure";
    EXPECT_EQ(problem({.listen = "0.0.0.0:0"}), "listen: " + open);
    EXPECT_EQ(problem({.more_listeners = {{.name = "A", .listen = "0.0.0.0:0"}}}),
              "more_listeners: \"A\": listen: " + open);
    EXPECT_EQ(problem({.listen = "0.0.0.0:0", .tls = tls_server{}}), "listen: " + open) << "TLS alone guards nothing";
    asio::io_context io;
    EXPECT_FALSE((cluster{io, {.listen = "0.0.0.0:0", .insecure = true}}.error()));
    auto how = guarded();
    how.listen = "0.0.0.0:0";
    EXPECT_FALSE((cluster{io, how}.error()));
}

} // namespace
} // namespace odradek::broker
