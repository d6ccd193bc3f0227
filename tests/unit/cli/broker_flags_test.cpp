// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/error.hpp>
#include <odradek/tools/cli/arguments.hpp>
#include <odradek/tools/cli/broker.hpp>
#include <odradek/tools/cli/broker_security.hpp>
#include <odradek/tools/cli/exit_code.hpp>

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <unistd.h>

namespace odradek::cli {
namespace {

using namespace std::chrono_literals;

template <class Parse>
std::string refusal(Parse parse)
{
    try {
        parse();
    } catch (const failure& f) {
        EXPECT_EQ(f.code(), exit_code::usage);
        return f.what();
    }
    ADD_FAILURE() << "nothing was refused";
    return {};
}

TEST(broker_flags, take_a_topic_with_or_without_replicas)
{
    EXPECT_EQ(parse_topic("letters:6").partitions, 6);
    EXPECT_EQ(parse_topic("letters:6").replicas, -1);
    EXPECT_EQ(parse_topic("letters:6:2").replicas, 2);
    for (const char* const bad : {"", "letters", ":1", "letters:0", "letters:x", "letters:1:0", "letters:1:1:1"})
        EXPECT_NE(refusal([bad] { (void)parse_topic(bad); }).find("--topic: \"" + std::string(bad)), std::string::npos);
}

TEST(broker_flags, take_a_fault_in_kafkas_words)
{
    const broker::fault one = parse_fault("api=Produce,error=NOT_LEADER_OR_FOLLOWER,times=3,broker=2,client=c");
    EXPECT_EQ(one.key, api::produce);
    EXPECT_EQ(one.effect.error, broker_errc::not_leader_or_follower);
    EXPECT_EQ(one.times, 3u);
    EXPECT_EQ(one.broker, 2);
    EXPECT_EQ(one.client_id, "c");
    EXPECT_EQ(parse_fault("api=list_offsets,error=6").key, api::list_offsets);
    EXPECT_EQ(parse_fault("delay=250,throttle=10").effect.delay, 250ms);
    EXPECT_EQ(parse_fault("cut=inside,probability=0.5,times=0").effect.where, broker::cut::inside);
    EXPECT_TRUE(parse_fault("drop=response").effect.drop_response);
    EXPECT_TRUE(parse_fault("garbage").effect.garbage);
    for (const char* const bad : {"", "api=nothing", "error=no_such_error", "error=999", "times=-1", "probability=2",
                                  "cut=off", "delay=x", "x=1"})
        EXPECT_EQ(refusal([bad] { (void)parse_fault(bad); }).find("--fault: \"" + std::string(bad) + '"'), 0u);
}

TEST(broker_flags, name_the_nearest_api_and_error_that_a_fault_may_mean)
{
    EXPECT_EQ(refusal([] { (void)parse_fault("api=prodce,garbage"); }),
              R"(--fault: "api=prodce": there is no API of that name; did you mean produce?)");
    EXPECT_EQ(
        refusal([] { (void)parse_fault("error=not_leader_or_folower"); }),
        R"(--fault: "error=not_leader_or_folower": Kafka has no error of that name or number; did you mean not_leader_or_follower?)");
}

TEST(broker_flags, refuse_a_fault_that_does_nothing)
{
    for (const char* const bad : {"api=produce", "times=3", "error=none", "delay=0"})
        EXPECT_NE(refusal([bad] { (void)parse_fault(bad); }).find("does not say what goes wrong"), std::string::npos);
}

TEST(broker_flags, take_settings_of_the_broker_and_refuse_names_that_change_nothing)
{
    broker::cluster_options options;
    add_broker_properties(options, "num.partitions=4\nlog.retention.ms = 5\n", "f");
    EXPECT_EQ(options.properties["num.partitions"], "4");
    EXPECT_EQ(options.properties["log.retention.ms"], "5");
    EXPECT_EQ(
        refusal([&] { add_broker_properties(options, "# few\nnum.partition=4\n", "f"); }),
        R"(--properties: f, line 2: the embedded broker has no setting "num.partition"; did you mean num.partitions?)");
}

TEST(broker_flags, are_named_in_the_errors_of_the_cluster)
{
    EXPECT_EQ(in_words_of_flags("listen: other machines reach 0.0.0.0; only with insecure"),
              "--listen: other machines reach 0.0.0.0; only with --insecure");
    EXPECT_EQ(in_words_of_flags("as_version: there is no \"9\""), "--as-version: there is no \"9\"");
    EXPECT_EQ(in_words_of_flags("sasl_mechanisms: \"X\" is not"), "--sasl: \"X\" is not");
    EXPECT_EQ(in_words_of_flags("users: there are none"), "--user: there are none");
    EXPECT_EQ(in_words_of_flags("listening"), "listening");
}

TEST(broker_flags, are_blamed_for_the_files_of_tls_that_they_name)
{
    broker::cluster_options options;
    options.tls.emplace();
    options.tls->identity.certificate_file = "/c.pem";
    options.tls->identity.key_file = "/c.pem.key";
    options.tls->client_ca_file = "/ca.pem";
    const auto words = [&](const std::string& about) { return in_words_of_flags("tls: " + about, options); };
    EXPECT_EQ(words("/c.pem: No such file"), "--tls-cert: /c.pem: No such file");
    EXPECT_EQ(words("/c.pem.key: No such file"), "--tls-key: /c.pem.key: No such file");
    EXPECT_EQ(words("/ca.pem: No such file"), "--tls-client-ca: /ca.pem: No such file");
    EXPECT_EQ(words("whatever"), "--tls-cert: whatever");
    EXPECT_TRUE(is_wrong_usage(errc::file_not_readable));
    EXPECT_TRUE(is_wrong_usage(errc::tls_material_invalid));
    EXPECT_TRUE(is_wrong_usage(errc::invalid_option));
    EXPECT_FALSE(is_wrong_usage(std::make_error_code(std::errc::address_in_use)));
}

#if ODRADEK_WITH_OPENSSL
TEST(broker_flags, of_tls_that_cannot_be_end_with_the_exit_code_of_a_wrong_command_line)
{
    broker_arguments a = std::get<broker_arguments>(
        parse_arguments({"broker", "--listen", "127.0.0.1:0", "--tls-cert", "/no/such/certificate.pem"}));
    const std::string said = refusal([&] { run_broker(a); });
    EXPECT_EQ(said.find("--tls-cert: "), 0u) << said;
    EXPECT_NE(said.find("/no/such/certificate.pem: No such file or directory"), std::string::npos) << said;
}
#endif

TEST(broker_flags, are_gathered_from_the_command_line)
{
    const auto parsed =
        parse_arguments({"broker", "--listen", "127.0.0.1:0", "--brokers", "3", "--topic", "letters:6", "--topic",
                         "diaries:1:3", "--as-version", "2.8", "--auto-create", "off", "--fault", "delay=5", "-v"});
    const auto& a = std::get<broker_arguments>(parsed);
    EXPECT_EQ(a.cluster.listen, "127.0.0.1:0");
    EXPECT_EQ(a.cluster.brokers, 3);
    ASSERT_EQ(a.cluster.topics.size(), 2u);
    EXPECT_EQ(a.cluster.topics[1].name, "diaries");
    EXPECT_EQ(a.cluster.as_version, "2.8");
    EXPECT_FALSE(a.cluster.auto_create_topics);
    EXPECT_EQ(a.faults.size(), 1u);
    EXPECT_EQ(a.verbosity, 1);
    EXPECT_EQ(std::get<broker_arguments>(parse_arguments({"broker"})).cluster.listen, "127.0.0.1:9092");
    EXPECT_NE(refusal([] { (void)parse_arguments({"broker", "--as-version", ""}); }).find("--as-version"),
              std::string::npos);
    EXPECT_NE(refusal([] { (void)parse_arguments({"broker", "--auto-create", "maybe"}); }).find("--auto-create"),
              std::string::npos);
}

broker_arguments of(std::vector<std::string> flags)
{
    flags.insert(flags.begin(), "broker");
    return std::get<broker_arguments>(parse_arguments(flags));
}

TEST(broker_security, is_none_without_flags)
{
    const auto a = of({});
    EXPECT_FALSE(a.cluster.tls);
    EXPECT_TRUE(a.cluster.users.empty());
    EXPECT_TRUE(a.cluster.sasl_mechanisms.empty());
    EXPECT_EQ(a.cluster.session_lifetime, 0ms);
}

TEST(broker_security, takes_files_of_tls)
{
    auto a = of({"--tls-cert", "c.pem", "--tls-key", "k.pem"});
    ASSERT_TRUE(a.cluster.tls);
    EXPECT_EQ(a.cluster.tls->identity.certificate_file, "c.pem");
    EXPECT_EQ(a.cluster.tls->identity.key_file, "k.pem");
    EXPECT_EQ(a.cluster.tls->client_auth, client_authentication::none);
    a = of({"--tls-cert", "c.pem", "--tls-client-ca", "ca.pem"});
    EXPECT_EQ(a.cluster.tls->client_ca_file, "ca.pem");
    EXPECT_EQ(a.cluster.tls->client_auth, client_authentication::required);
    a = of({"--tls-cert", "c.pem", "--tls-client-ca", "ca.pem", "--tls-client-auth", "requested"});
    EXPECT_EQ(a.cluster.tls->client_auth, client_authentication::requested);
}

TEST(broker_security, refuses_flags_of_tls_that_go_with_others_which_are_missing)
{
    EXPECT_EQ(refusal([] { (void)of({"--tls-key", "k.pem"}); }),
              "--tls-key: there is no certificate that it belongs to: add --tls-cert");
    EXPECT_EQ(refusal([] { (void)of({"--tls-client-ca", "ca.pem"}); }),
              "--tls-client-ca: clients show certificates over TLS only: add --tls-cert");
    EXPECT_EQ(refusal([] { (void)of({"--tls-cert", "c.pem", "--tls-client-auth", "required"}); }),
              "--tls-client-auth: nobody says whose certificates are good: add --tls-client-ca");
    EXPECT_NE(refusal([] { (void)of({"--tls-client-auth", "perhaps"}); }).find("--tls-client-auth"), std::string::npos);
}

TEST(broker_security, takes_mechanisms_users_and_how_long_they_may_stay)
{
    const auto a = of({"--sasl", "PLAIN,SCRAM-SHA-512", "--user", "alice:alice:secret", "--user", "bob:b",
                       "--session-lifetime", "2000"});
    EXPECT_EQ(a.cluster.sasl_mechanisms, (std::vector<std::string>{"PLAIN", "SCRAM-SHA-512"}));
    ASSERT_EQ(a.cluster.users.size(), 2u);
    EXPECT_EQ(a.cluster.users.at("alice").reveal(), "alice:secret");
    EXPECT_EQ(a.cluster.session_lifetime, 2s);
    EXPECT_EQ(refusal([] { (void)of({"--session-lifetime", "-1"}); }),
              "--session-lifetime: \"-1\" is not a whole number of milliseconds, 0 to 315360000000");
}

TEST(broker_flags, count_where_the_file_of_properties_says_something_else)
{
    std::string path = (std::filesystem::temp_directory_path() / "odradek_properties_XXXXXX").string();
    ::close(::mkstemp(path.data()));
    std::ofstream{path} << "connections.max.reauth.ms=1\nauto.create.topics.enable=true\nnum.partitions=4\n";
    broker_arguments a =
        of({"--properties", path, "--sasl", "PLAIN", "--session-lifetime", "2000", "--auto-create", "off"});
    read_broker_properties(a);
    EXPECT_EQ(a.cluster.properties["connections.max.reauth.ms"], "2000");
    EXPECT_EQ(a.cluster.properties["auto.create.topics.enable"], "false");
    EXPECT_EQ(a.cluster.properties["num.partitions"], "4");
    broker_arguments silent = of({"--properties", path});
    read_broker_properties(silent);
    std::filesystem::remove(path);
    EXPECT_EQ(silent.cluster.properties["connections.max.reauth.ms"], "1");
    EXPECT_EQ(silent.cluster.properties["auto.create.topics.enable"], "true");
}

// A variable of a script that is not set must not open the broker to everybody.
TEST(broker_security, takes_nothing_that_is_empty)
{
    EXPECT_EQ(refusal([] { (void)of({"--sasl", ""}); }), "--sasl: it is empty");
    EXPECT_EQ(refusal([] { (void)of({"--sasl", "PLAIN,,SCRAM-SHA-256"}); }), "--sasl: there is nothing before a comma");
    EXPECT_EQ(refusal([] { (void)of({"--tls-cert", ""}); }), "--tls-cert: it is empty");
    EXPECT_EQ(refusal([] { (void)of({"--tls-cert", "c.pem", "--tls-client-ca", ""}); }),
              "--tls-client-ca: it is empty");
    EXPECT_EQ(refusal([] { (void)of({"--session-lifetime", "5"}); }),
              "--session-lifetime: only an authentication has one: add --sasl");
}

TEST(broker_security, repeats_no_password_that_was_given_in_a_wrong_way)
{
    for (const std::vector<std::string>& flags : {std::vector<std::string>{"--user", "hush"}, {"--user", ":hush"}})
        EXPECT_EQ(refusal([&] { (void)of(flags); }), "--user: it takes NAME:PASSWORD");
    EXPECT_EQ(refusal([] { (void)of({"--user", "alice:hush", "--user", "alice:hush2"}); }),
              "--user: \"alice\" is there twice");
    broker::cluster_options options;
    EXPECT_EQ(refusal([&] { add_users(options, "# some\nhush\n", "--user-file: f"); }),
              "--user-file: f, line 2: it takes NAME:PASSWORD");
}

TEST(broker_security, takes_users_from_a_file_or_the_environment)
{
    std::string path = (std::filesystem::temp_directory_path() / "odradek_users_XXXXXX").string();
    ::close(::mkstemp(path.data()));
    std::ofstream{path} << "# who may come in\n\nalice:alice-secret\r\nbob: b # c\n";
    ::setenv("ODRADEK_TEST_USERS", "carol:carol-secret", 1);
    auto a = of({"--user-file", path, "--user-env", "ODRADEK_TEST_USERS", "--user", "dave:d"});
    add_users_from_elsewhere(a);
    std::filesystem::remove(path);
    ASSERT_EQ(a.cluster.users.size(), 4u);
    EXPECT_EQ(a.cluster.users.at("alice").reveal(), "alice-secret");
    EXPECT_EQ(a.cluster.users.at("bob").reveal(), " b # c");
    EXPECT_EQ(a.cluster.users.at("carol").reveal(), "carol-secret");
    auto none = of({"--user-env", "ODRADEK_TEST_NO_SUCH_VARIABLE"});
    EXPECT_EQ(refusal([&] { add_users_from_elsewhere(none); }),
              "--user-env: the environment has no variable of that name");
}

} // namespace
} // namespace odradek::cli
