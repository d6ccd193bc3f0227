// SPDX-License-Identifier: Apache-2.0
#include <tests/unit/broker/sasl_bed.hpp>

namespace odradek::broker {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;

class sasl_faults : public test::sasl_bed {
protected:
    void add(api key, fault_effect effect)
    {
        brokers.core.faults().add({.key = key, .effect = std::move(effect), .name = "it"});
    }
    std::uint64_t hits() { return brokers.core.faults().hits().at("it"); }
};

TEST_F(sasl_faults, refuse_a_handshake_with_any_error_and_end_the_connection)
{
    add(api::sasl_handshake, {.error = broker_errc::unsupported_sasl_mechanism});
    brokers.send(on, sasl_handshake_request{.mechanism = "PLAIN"}, api_version{1});
    const auto said = read<sasl_handshake_response>(only_late(), 1);
    EXPECT_EQ(said->error_code, broker_errc::unsupported_sasl_mechanism);
    EXPECT_FALSE(said->mechanisms.empty());
    connect();
    EXPECT_EQ(authenticate("PLAIN", "alice", "alice-secret").error, broker_errc::none);
}

TEST_F(sasl_faults, refuse_a_token_with_any_error_and_end_the_connection)
{
    add(api::sasl_authenticate, {.error = broker_errc::sasl_authentication_failed});
    EXPECT_EQ(authenticate("PLAIN", "alice", "alice-secret").error, broker_errc::sasl_authentication_failed);
    EXPECT_EQ(brokers.core.principal(on), "");
    connect();
    EXPECT_EQ(authenticate("PLAIN", "alice", "alice-secret").error, broker_errc::none);
}

TEST_F(sasl_faults, delay_an_answer_beside_what_a_failure_takes)
{
    add(api::sasl_authenticate, {.delay = 300ms});
    EXPECT_EQ(shake("PLAIN"), broker_errc::none);
    send_token("\0alice\0wrong"s);
    brokers.pass(399ms);
    EXPECT_FALSE(brokers.is_answered());
    brokers.pass(1ms);
    EXPECT_EQ(only().what, action::kind::close);
}

TEST_F(sasl_faults, cut_the_connection_or_are_silent)
{
    for (const api key : {api::sasl_handshake, api::sasl_authenticate})
        for (const cut where : {cut::before, cut::inside, cut::after}) {
            connect();
            add(key, {.where = where});
            brokers.send(on, sasl_handshake_request{.mechanism = "PLAIN"}, api_version{1});
            if (key == api::sasl_authenticate) {
                EXPECT_EQ(only().what, action::kind::reply);
                send_token("\0alice\0alice-secret"s);
            }
            const action what = only();
            EXPECT_EQ(what.what, action::kind::close);
            EXPECT_EQ(what.bytes.size() == 0, where == cut::before);
        }
    connect();
    add(api::sasl_handshake, {.drop_request = true});
    brokers.send(on, sasl_handshake_request{.mechanism = "PLAIN"}, api_version{1});
    brokers.pass(1h);
    EXPECT_FALSE(brokers.is_answered());
    EXPECT_EQ(hits(), 7u);
}

TEST_F(sasl_faults, strike_bare_tokens_as_those_of_sasl_authenticate)
{
    add(api::sasl_authenticate, {.where = cut::inside});
    EXPECT_EQ(shake("PLAIN", 0), broker_errc::none);
    brokers.hand_in(on, "\0alice\0alice-secret"s);
    EXPECT_EQ(only().bytes.size(), 2u);
    connect();
    add(api::sasl_authenticate, {.error = broker_errc::sasl_authentication_failed});
    EXPECT_EQ(shake("PLAIN", 0), broker_errc::none);
    brokers.hand_in(on, "\0alice\0alice-secret"s);
    EXPECT_EQ(only_late().bytes.size(), 0u);
    EXPECT_EQ(brokers.core.principal(on), "");
    connect();
    add(api::sasl_authenticate, {.drop_request = true});
    EXPECT_EQ(shake("PLAIN", 0), broker_errc::none);
    brokers.hand_in(on, "\0alice\0alice-secret"s);
    EXPECT_FALSE(brokers.is_answered());
}

TEST_F(sasl_faults, strike_renewals_too)
{
    test::broker_core& b = brokers;
    EXPECT_EQ(authenticate("PLAIN", "alice", "alice-secret").error, broker_errc::none);
    add(api::sasl_handshake, {.error = broker_errc::illegal_sasl_state});
    EXPECT_EQ(b.ask(on, sasl_handshake_request{.mechanism = "PLAIN"}, 1)->error_code, broker_errc::illegal_sasl_state);
    expect_served(); // who is in stays in, where sessions have no end
}

} // namespace
} // namespace odradek::broker
