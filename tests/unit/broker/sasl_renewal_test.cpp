// SPDX-License-Identifier: Apache-2.0
#include <tests/unit/broker/sasl_bed.hpp>

namespace odradek::broker {
namespace {

using namespace std::chrono_literals;
using namespace std::string_literals;
using test::built_in_mechanisms;

// KIP-368: sessions of 10 s.
class sasl_renewal : public test::sasl_bed {
protected:
    sasl_renewal() : sasl_bed(options(10s)) {}

    void begin(std::string_view mechanism = "PLAIN")
    {
        const ended how = authenticate(mechanism, "alice", "alice-secret");
        EXPECT_EQ(how.error, broker_errc::none);
        EXPECT_EQ(how.lifetime, 10'000);
    }
};

TEST_F(sasl_renewal, tells_how_long_a_session_lasts_and_serves_until_then)
{
    begin();
    brokers.pass(10s);
    expect_served();
    brokers.pass(1ms);
    brokers.send(on, metadata_request{}, api_version{9});
    expect_closed();
}

TEST_F(sasl_renewal, counts_for_clients_too_that_are_not_told)
{
    const ended how = authenticate("PLAIN", "alice", "alice-secret", 0); // of a version without the lifetime
    EXPECT_EQ(how.lifetime, 0);
    brokers.pass(10001ms);
    brokers.send(on, metadata_request{}, api_version{9});
    expect_closed();
    connect();
    authenticate_barely("PLAIN", "alice", "alice-secret");
    brokers.pass(10001ms);
    brokers.send(on, metadata_request{}, api_version{9});
    expect_closed();
}

TEST_F(sasl_renewal, lasts_again_as_long_on_the_same_connection)
{
    for (const std::string& mechanism : built_in_mechanisms()) {
        connect();
        begin(mechanism);
        for (int i = 0; i < 3; ++i) {
            brokers.pass(9s);
            expect_served();
            begin(mechanism);
            EXPECT_EQ(brokers.core.principal(on), "alice");
        }
        brokers.pass(10001ms);
        brokers.send(on, metadata_request{}, api_version{9});
        expect_closed();
    }
}

TEST_F(sasl_renewal, may_go_from_tokens_in_requests_to_bare_ones)
{
    begin();
    brokers.pass(9s);
    authenticate_barely("PLAIN", "alice", "alice-secret");
    brokers.pass(9s);
    expect_served();
}

TEST_F(sasl_renewal, may_come_after_the_end_if_it_is_the_first_thing)
{
    begin();
    brokers.pass(1h);
    begin();
    expect_served();
}

TEST_F(sasl_renewal, serves_nothing_else_before_it_is_complete)
{
    begin();
    brokers.pass(5s);
    EXPECT_EQ(shake("PLAIN"), broker_errc::none);
    EXPECT_TRUE(brokers.core.intake_of(on, 1 << 30).in_step);
    brokers.send(on, metadata_request{}, api_version{9});
    EXPECT_NE(only_late().bytes.size(), 0u) << "ILLEGAL_SASL_STATE in the words of Metadata";
}

TEST_F(sasl_renewal, is_refused_within_a_second_of_the_last_one)
{
    begin();
    begin(); // at once is fine, the first time
    brokers.pass(999ms);
    EXPECT_EQ(shake("PLAIN"), broker_errc::illegal_sasl_state);
    expect_served();
    brokers.pass(1ms);
    begin();
}

TEST_F(sasl_renewal, cannot_change_who_somebody_is)
{
    begin();
    brokers.pass(5s);
    const ended how = authenticate("PLAIN", "bob", "bob-secret");
    EXPECT_EQ(how.error, broker_errc::sasl_authentication_failed);
    EXPECT_EQ(how.message, "Cannot change principals during re-authentication from User.alice: User.bob");
}

TEST_F(sasl_renewal, fails_like_any_authentication)
{
    begin();
    brokers.pass(5s);
    EXPECT_EQ(authenticate("PLAIN", "alice", "wrong").message, "Authentication failed: Invalid username or password");
#if ODRADEK_WITH_OPENSSL
    connect();
    begin("SCRAM-SHA-512");
    brokers.pass(5s);
    EXPECT_EQ(
        authenticate("SCRAM-SHA-512", "alice", "wrong").message,
        "Authentication failed during re-authentication due to invalid credentials with SASL mechanism SCRAM-SHA-512");
#endif
}

#if ODRADEK_WITH_OPENSSL
TEST_F(sasl_renewal, cannot_change_the_mechanism)
{
    begin();
    brokers.pass(5s);
    EXPECT_EQ(shake("SCRAM-SHA-256"), broker_errc::none) << "as Kafka's brokers, which refuse what comes next";
    send_token("n,,n=alice,r=abc");
    EXPECT_EQ(only_late().bytes.size(), 0u);
}
#endif

} // namespace
} // namespace odradek::broker
