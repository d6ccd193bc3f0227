// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/cluster.hpp>
#include <odradek/client/client.hpp>
#include <odradek/net/blocking.hpp>

#include <asio/io_context.hpp>
#include <gtest/gtest.h>

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <tests/support/certificates.hpp>
#include <utility>
#include <vector>

namespace odradek {
namespace {

using namespace std::chrono_literals;

// What an operation ended with.
struct outcome {
    std::error_code ec;
    diagnostics about;
    std::vector<std::string> topics;
};

// A client and a broker in one thread, on sockets. The password is long, so that it can be looked for in all that is said.
class secured_client : public testing::Test {
protected:
    static constexpr std::string_view password = "correct-horse-battery";

    broker::cluster_options with_users()
    {
        broker::cluster_options how;
        how.topics = {{.name = "letters"}};
        how.users.emplace("alice", password);
        how.sasl_mechanisms = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};
        how.failed_authentication_delay = 0ms;
        return how;
    }
    tls_server broker_certificate() const
    {
        const auto made = authority.issue({.name = "localhost", .names = "DNS:localhost,IP:127.0.0.1"});
        tls_server server;
        server.identity.certificate_pem = made.pem();
        server.identity.key_pem = made.key_pem();
        return server;
    }
    tls trusting() const
    {
        tls options;
        options.ca_pem = authority.pem();
        return options;
    }

    void start(broker::cluster_options how)
    {
        serving.emplace(io, std::move(how));
        ASSERT_FALSE(serving->error()) << serving->error_text();
    }
    client_options options(security_options security = {}, std::optional<sasl_options> sasl = {})
    {
        client_options o;
        o.brokers = {serving->bootstrap().front()};
        o.security = std::move(security);
        o.sasl = std::move(sasl);
        o.default_api_timeout = 10s;
        o.blocking_executor =
            make_blocking_executor(io.get_executor()); // no thread outlives a test in the middle of a job
        return o;
    }
    client make(client_options o)
    {
        client made{io, std::move(o)};
        made.on_log([this](log_level, std::string_view, std::string_view text) { said.emplace_back(text); },
                    log_level::debug);
        return made;
    }

    outcome ask(client& by)
    {
        outcome found;
        bool ended = false;
        const std::vector<std::string> topics{"letters"};
        by.async_metadata(found.about, topics, {}, [&](std::error_code ec, const cluster_snapshot& cluster) {
            found.ec = ec;
            if (!ec)
                for (const topic_info* one : cluster->topics()) found.topics.push_back(one->name);
            ended = true;
        });
        while (!ended) io.run_one();
        said.push_back(found.about.to_string());
        return found;
    }
    outcome ask(client_options o)
    {
        client by = make(std::move(o));
        return ask(by);
    }

    void TearDown() override
    {
        for (const std::string& line : said) EXPECT_EQ(line.find(password), std::string::npos) << line;
    }

    const test::certificate authority = test::certificate::authority();
    asio::io_context io;
    std::optional<broker::cluster> serving;
    std::vector<std::string> said; ///< Everything that was logged, at the highest level, or told with a failure.
};

TEST_F(secured_client, authenticates_with_every_mechanism_over_tls)
{
    auto how = with_users();
    how.tls = broker_certificate();
    start(std::move(how));
    const std::string user = "alice";
    for (const sasl_options& who : {sasl_options{plain{.username = user, .password = password}},
                                    sasl_options{scram_sha_256{.username = user, .password = password}},
                                    sasl_options{scram_sha_512{.username = user, .password = password}}}) {
        const outcome found = ask(options(trusting(), who));
        EXPECT_FALSE(found.ec) << mechanism_name(who) << ": " << found.about.to_string();
        EXPECT_EQ(found.topics.size(), 1u);
    }
}

TEST_F(secured_client, sends_no_password_over_a_connection_in_clear_unless_told)
{
    start(with_users());
    const plain who{.username = "alice", .password = password};
    const outcome refused = ask(options({}, who));
    EXPECT_EQ(refused.ec, errc::clear_text_password);
    EXPECT_NE(refused.about.client_message().find("client_options::security"), std::string_view::npos)
        << refused.about.to_string();
    const outcome told = ask(options(plaintext{}, who));
    EXPECT_FALSE(told.ec) << told.about.to_string();
    const outcome proved = ask(options({}, scram_sha_256{.username = "alice", .password = password}));
    EXPECT_FALSE(proved.ec) << proved.about.to_string();
}

TEST_F(secured_client, says_what_is_wrong_with_the_credentials_before_it_connects)
{
    start(with_users());
    const outcome nobody = ask(options(plaintext{}, plain{.username = "", .password = password}));
    EXPECT_EQ(nobody.ec, errc::credentials_missing);
    const outcome many =
        ask(options({}, scram_sha_256{.username = "alice", .password = password, .max_iterations = 2'000'000}));
    EXPECT_EQ(many.ec, errc::invalid_option);
    EXPECT_NE(many.about.client_message().find("2000000"), std::string_view::npos) << many.about.to_string();
}

// KIP-152
TEST_F(secured_client, a_wrong_password_is_an_error_at_once_with_the_words_of_the_broker)
{
    start(with_users());
    for (const sasl_options& who : {sasl_options{plain{.username = "alice", .password = "wrong"}},
                                    sasl_options{scram_sha_512{.username = "alice", .password = "wrong"}},
                                    sasl_options{scram_sha_256{.username = "nobody", .password = password}}}) {
        const outcome found = ask(options(plaintext{}, who));
        EXPECT_EQ(found.ec, errc::authentication_failed) << mechanism_name(who) << ": " << found.about.to_string();
        EXPECT_NE(found.about.to_string().find("Authentication failed"), std::string::npos) << found.about.to_string();
    }
}

TEST_F(secured_client, a_mechanism_that_the_broker_does_not_have_is_an_error_that_lists_what_it_has)
{
    auto how = with_users();
    how.sasl_mechanisms = {"SCRAM-SHA-512", "PLAIN"};
    start(std::move(how));
    const outcome found = ask(options({}, scram_sha_256{.username = "alice", .password = password}));
    EXPECT_EQ(found.ec, errc::mechanism_not_offered);
    EXPECT_NE(found.about.to_string().find("SCRAM-SHA-512, PLAIN"), std::string::npos) << found.about.to_string();
}

TEST_F(secured_client, a_client_without_credentials_hears_that_the_broker_may_want_some)
{
    start(with_users());
    auto o = options();
    o.default_api_timeout = 300ms;
    const outcome found = ask(std::move(o));
    EXPECT_TRUE(found.ec);
    EXPECT_NE(found.about.to_string().find("want authentication"), std::string::npos) << found.about.to_string();
}

TEST_F(secured_client, a_port_without_sasl_is_an_error_for_a_client_with_credentials)
{
    start({});
    const outcome found = ask(options({}, scram_sha_256{.username = "alice", .password = password}));
    EXPECT_EQ(found.ec, broker_errc::illegal_sasl_state);
    EXPECT_NE(found.about.to_string().find("does this port have SASL?"), std::string::npos) << found.about.to_string();
}

TEST_F(secured_client, credentials_that_are_replaced_are_used_by_the_next_connection)
{
    start(with_users());
    client by = make(options({}, scram_sha_256{.username = "alice", .password = "wrong"}));
    EXPECT_EQ(ask(by).ec, errc::authentication_failed);
    EXPECT_EQ(by.set_credentials(plain{.username = "alice", .password = password}), errc::clear_text_password);
    EXPECT_EQ(by.set_credentials(scram_sha_256{.username = "", .password = password}), errc::credentials_missing);
    EXPECT_EQ(ask(by).ec, errc::authentication_failed);
    EXPECT_EQ(by.set_credentials(scram_sha_512{.username = "alice", .password = password}), std::error_code());
    const outcome found = ask(by);
    EXPECT_FALSE(found.ec) << found.about.to_string();
}

TEST_F(secured_client, shows_a_certificate_where_the_broker_wants_one)
{
    broker::cluster_options how;
    how.topics = {{.name = "letters"}};
    how.tls = broker_certificate();
    how.tls->client_ca_pem = authority.pem();
    how.tls->client_auth = client_authentication::required;
    start(std::move(how));

    tls known = trusting();
    const auto mine = authority.issue({.name = "alice", .names = {}});
    known.certificate_pem = mine.pem();
    known.key_pem = mine.key_pem();
    const outcome found = ask(options(known));
    EXPECT_FALSE(found.ec) << found.about.to_string();

    const outcome unknown = ask(options(trusting()));
    EXPECT_EQ(unknown.ec, errc::tls_handshake_failed) << unknown.about.to_string();
}

TEST_F(secured_client, names_what_is_wrong_when_one_side_speaks_tls_and_the_other_does_not)
{
    auto how = with_users();
    how.tls = broker_certificate();
    start(std::move(how));
    auto o = options();
    o.default_api_timeout = 300ms;
    const outcome plain_to_tls = ask(std::move(o));
    EXPECT_TRUE(plain_to_tls.ec);
    EXPECT_NE(plain_to_tls.about.to_string().find("TLS"), std::string::npos) << plain_to_tls.about.to_string();

    start({});
    auto secured = options(trusting());
    secured.default_api_timeout = 300ms;
    const outcome tls_to_plain = ask(std::move(secured));
    EXPECT_TRUE(tls_to_plain.ec);
    EXPECT_NE(tls_to_plain.about.to_string().find("TLS"), std::string::npos) << tls_to_plain.about.to_string();
}

} // namespace
} // namespace odradek
