// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/client_mechanisms.hpp>
#include <odradek/net/handshake.hpp>
#include <odradek/protocol/generated/messages/api_versions.hpp>
#include <odradek/protocol/generated/messages/sasl_authenticate.hpp>
#include <odradek/protocol/generated/messages/sasl_handshake.hpp>

#include <gtest/gtest.h>

#include <chrono>
#include <string>
#include <string_view>
#include <tests/support/conversation.hpp>
#include <tests/support/ticket_mechanism.hpp>
#include <vector>

namespace odradek {
namespace {

using namespace std::chrono_literals;
using script = test::conversation<handshake>;
using api_key_range = api_versions_response::api_version_data;

constexpr api_version v0{0};
constexpr api_version v1{1};
constexpr api_version v2{2};
constexpr api_version v5{5};
constexpr std::string_view plain_message{"\0alice\0secret", 13};

handshake::options as(sasl_options who)
{
    handshake::options me{.client_id = "t", .software_name = "odradek", .software_version = "0.1.0"};
    me.mechanism = [who = std::move(who)] {
        return make_client_mechanism(who, {.random = {}, .keys = nullptr, .host = "broker.test", .port = 9092});
    };
    return me;
}

const plain alice{.username = "alice", .password = "secret"};

api_versions_request question()
{
    api_versions_request request;
    request.client_software_name = "odradek";
    request.client_software_version = "0.1.0";
    return request;
}

const std::vector<api_key_range> modern{{3, 0, 13, {}}, {17, 0, 1, {}}, {18, 0, 5, {}}, {36, 0, 2, {}}};
const std::vector<api_key_range> of_0_11{{3, 0, 4, {}}, {17, 0, 0, {}}, {18, 0, 1, {}}};
const std::vector<api_key_range> without_sasl{{3, 0, 13, {}}, {18, 0, 5, {}}};

api_versions_response versions(const std::vector<api_key_range>& keys)
{
    api_versions_response response;
    response.api_keys = keys;
    return response;
}

// A script that has come as far as the broker's versions.
script negotiated(sasl_options who, const std::vector<api_key_range>& keys = modern)
{
    script c{as(std::move(who))};
    c.sends(question(), v5).receives(versions(keys), v5);
    return c;
}

sasl_handshake_request named(std::string_view mechanism)
{
    sasl_handshake_request request;
    request.mechanism = mechanism;
    return request;
}

sasl_handshake_response agreed(broker_errc error = broker_errc::none, list<std::string_view> mechanisms = {})
{
    sasl_handshake_response response;
    response.error_code = error;
    response.mechanisms = mechanisms;
    return response;
}

sasl_authenticate_request message(std::string_view token)
{
    sasl_authenticate_request request;
    request.auth_bytes = token;
    return request;
}

sasl_authenticate_response answer(std::string_view token, std::chrono::milliseconds lifetime = 0ms)
{
    sasl_authenticate_response response;
    response.auth_bytes = token;
    response.session_lifetime_ms = lifetime.count();
    return response;
}

sasl_authenticate_response refusal(broker_errc error, std::string_view words)
{
    sasl_authenticate_response response;
    response.error_code = error;
    response.error_message = words;
    return response;
}

TEST(handshake_sasl, sends_the_password_once_the_broker_has_agreed_and_learns_how_long_the_session_lasts)
{
    script c = negotiated(alice);
    c.sends(named("PLAIN"), v1)
        .receives(agreed(), v1)
        .sends(message(plain_message), v2)
        .receives(answer("", 5s), v2)
        .ends([](const handshake::ready& ready) {
            EXPECT_EQ(ready.session_lifetime, 5s);
            EXPECT_EQ(ready.versions.range(api::metadata), (version_range{0, 13}));
        });
    c.replay_failing_at_each_step();
}

TEST(handshake_sasl, goes_through_all_messages_of_a_mechanism_and_computes_between_them)
{
    script c = negotiated(test::ticket("alice", "t-1"));
    c.sends(named("X-TICKET"), v1)
        .receives(agreed(), v1)
        .sends(message("hello alice"), v2)
        .receives(answer("4711"), v2)
        .sends(message("proof 4711 t-1"), v2)
        .receives(answer("welcome"), v2)
        .ends([](const handshake::ready& ready) { EXPECT_EQ(ready.session_lifetime, 0ms); });
    c.replay_failing_at_each_step();
}

// KIP-43: brokers before 1.0 take the mechanism's messages as they are.
TEST(handshake_sasl, sends_bare_tokens_to_a_broker_before_1_0)
{
    script c = negotiated(test::ticket("alice", "t-1"), of_0_11);
    c.sends(named("X-TICKET"), v0)
        .receives(agreed(), v0)
        .sends_bare("hello alice")
        .receives_bare("")
        .sends_bare("proof  t-1")
        .receives_bare("welcome")
        .ends();
}

TEST(handshake_sasl, takes_the_end_of_the_stream_for_a_refusal_where_brokers_have_no_other)
{
    script c = negotiated(alice, of_0_11);
    c.sends(named("PLAIN"), v0)
        .receives(agreed(), v0)
        .sends_bare(std::string(plain_message))
        .is_cut()
        .fails(errc::authentication_failed, "PLAIN: the broker closed the connection");
}

TEST(handshake_sasl, a_modern_broker_that_goes_away_has_not_refused_anybody)
{
    script c = negotiated(alice);
    c.sends(named("PLAIN"), v1)
        .receives(agreed(), v1)
        .sends(message(plain_message), v2)
        .is_cut()
        .fails(errc::handshake_failed, "the answer to SaslAuthenticate v2 (PLAIN)");
}

TEST(handshake_sasl, a_mechanism_that_is_not_offered_is_an_error_that_lists_those_that_are)
{
    const std::vector<std::string_view> offered{"SCRAM-SHA-256", "GSSAPI"};
    script c = negotiated(alice);
    c.sends(named("PLAIN"), v1)
        .receives(agreed(broker_errc::unsupported_sasl_mechanism, offered), v1)
        .fails(errc::mechanism_not_offered, "does not offer PLAIN, but SCRAM-SHA-256, GSSAPI");
}

TEST(handshake_sasl, a_broker_that_offers_a_thousand_mechanisms_does_not_fill_the_error)
{
    const std::string longest(30'000, 'M');
    const std::vector<std::string_view> offered(1000, longest);
    script c = negotiated(alice);
    c.sends(named("PLAIN"), v1).receives(agreed(broker_errc::unsupported_sasl_mechanism, offered), v1);
    c.fails(errc::mechanism_not_offered, "MM, ..", {}, 2'000);
}

TEST(handshake_sasl, a_port_without_sasl_says_so)
{
    script c = negotiated(alice);
    c.sends(named("PLAIN"), v1)
        .receives(agreed(broker_errc::illegal_sasl_state), v1)
        .fails(broker_errc::illegal_sasl_state, "does this port have SASL?");
}

TEST(handshake_sasl, a_broker_that_knows_no_sasl_gets_no_password)
{
    negotiated(alice, without_sasl).fails(errc::mechanism_not_offered, "PLAIN: the broker has no SaslHandshake");
}

// KIP-152
TEST(handshake_sasl, a_refusal_carries_the_words_of_the_broker)
{
    script c = negotiated(alice);
    c.sends(named("PLAIN"), v1)
        .receives(agreed(), v1)
        .sends(message(plain_message), v2)
        .receives(refusal(broker_errc::sasl_authentication_failed, "Invalid username or password"), v2)
        .fails(errc::authentication_failed, "PLAIN: the broker refuses the authentication",
               "Invalid username or password");
}

TEST(handshake_sasl, another_error_stays_what_it_is)
{
    script c = negotiated(alice);
    c.sends(named("PLAIN"), v1)
        .receives(agreed(), v1)
        .sends(message(plain_message), v2)
        .receives(refusal(broker_errc::illegal_sasl_state, "not now"), v2)
        .fails(broker_errc::illegal_sasl_state, "PLAIN: the broker refuses the authentication", "not now");
}

TEST(handshake_sasl, what_the_mechanism_finds_wrong_is_the_failure)
{
    script c = negotiated(test::ticket("alice", "t-1"));
    c.sends(named("X-TICKET"), v1)
        .receives(agreed(), v1)
        .sends(message("hello alice"), v2)
        .receives(answer("4711"), v2)
        .sends(message("proof 4711 t-1"), v2)
        .receives(answer("go away"), v2)
        .fails(errc::server_not_authentic, "X-TICKET: the last word is not welcome");
}

// Says "again" for ever.
class endless final : public client_mechanism {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "X-ENDLESS"; }
    [[nodiscard]] action next() override { return send{"again"}; }
    void on_challenge(bytes_view /*challenge*/) override {}
};

class silent final : public client_mechanism {
public:
    [[nodiscard]] std::string_view name() const noexcept override { return "X-SILENT"; }
    [[nodiscard]] action next() override { return done{}; }
    void on_challenge(bytes_view /*challenge*/) override {}
};

template <class Mechanism>
sasl_options of(std::string name)
{
    return custom_mechanism{.name = std::move(name),
                            .make = [](std::string_view, std::uint16_t) { return std::make_unique<Mechanism>(); }};
}

TEST(handshake_sasl, a_mechanism_without_an_end_is_given_up_after_sixteen_messages)
{
    script c = negotiated(of<endless>("X-ENDLESS"));
    c.sends(named("X-ENDLESS"), v1).receives(agreed(), v1);
    for (int i = 0; i < client_mechanism::max_messages; ++i) c.sends(message("again"), v2).receives(answer(""), v2);
    c.fails(errc::authentication_failed, "X-ENDLESS: no end after 16 messages");
}

TEST(handshake_sasl, a_mechanism_that_says_nothing_authenticates_nobody)
{
    script c = negotiated(of<silent>("X-SILENT"));
    c.sends(named("X-SILENT"), v1).receives(agreed(), v1).fails(errc::authentication_failed, "nothing to say");
}

TEST(handshake_sasl, what_is_wrong_with_the_options_costs_no_message_of_the_mechanism)
{
    script c = negotiated(plain{.username = "alice"});
    c.sends(named("PLAIN"), v1).receives(agreed(), v1).fails(errc::credentials_missing, "PLAIN");
}

TEST(handshake_sasl, what_comes_unasked_ends_the_conversation)
{
    handshake machine{as(test::ticket("alice", "t-1"))};
    const auto answer_with = [&](const auto& response, api_version version, std::int32_t id) {
        writer out;
        ASSERT_FALSE(write_response_frame(out, response, version, id));
        machine.on_frame(bytes_view(out.flatten()).subview(4));
    };
    constexpr std::int32_t first = handshake::first_correlation_id;
    (void)machine.next();
    answer_with(versions(modern), v5, first);
    (void)machine.next();
    answer_with(agreed(), v1, first + 1);
    (void)machine.next();
    answer_with(answer("4711"), v2, first + 2);
    ASSERT_TRUE(std::holds_alternative<handshake::compute>(machine.next()));
    answer_with(answer("welcome"), v2, first + 2);
    const auto action = machine.next();
    const auto* failure = std::get_if<handshake::failed>(&action);
    ASSERT_NE(failure, nullptr);
    EXPECT_EQ(failure->ec, errc::unexpected_response);
}

} // namespace
} // namespace odradek
