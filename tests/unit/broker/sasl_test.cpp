// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/generated/messages/describe_cluster.hpp>

#include <algorithm>
#include <tests/unit/broker/sasl_bed.hpp>
#include <tuple>

namespace odradek::broker {
namespace {

using namespace std::string_literals;
using test::built_in_mechanisms;

class sasl : public test::sasl_bed {};

TEST_F(sasl, lets_in_who_knows_the_password)
{
    for (const std::string& mechanism : built_in_mechanisms())
        for (std::int16_t version = 0; version <= 2; ++version) {
            connect();
            (void)brokers.ask(on, api_versions_request{.client_software_name = "t", .client_software_version = "1"}, 3);
            EXPECT_EQ(brokers.core.principal(on), "");
            const ended how = authenticate(mechanism, "alice", "alice-secret", version);
            EXPECT_EQ(how.error, broker_errc::none) << mechanism;
            EXPECT_EQ(how.lifetime, 0);
            EXPECT_EQ(brokers.core.principal(on), "alice");
            expect_served();
        }
}

TEST_F(sasl, may_begin_without_asking_for_versions)
{
    EXPECT_EQ(authenticate("PLAIN", "bob", "bob-secret").error, broker_errc::none);
    expect_served();
}

TEST_F(sasl, carries_bare_tokens_behind_the_oldest_handshake)
{
    for (const std::string& mechanism : built_in_mechanisms()) {
        connect();
        authenticate_barely(mechanism, "alice", "alice-secret");
        EXPECT_EQ(brokers.core.principal(on), "alice");
        expect_served();
    }
    connect();
    EXPECT_EQ(shake("PLAIN", 0), broker_errc::none);
    brokers.hand_in(on, "\0alice\0alice-secret"s);
    EXPECT_EQ(only().bytes.flatten(), std::vector<std::byte>(4)) << "PLAIN has nothing to say, and says so";
}

TEST_F(sasl, lists_its_mechanisms_for_who_wants_another_one)
{
    brokers.send(on, sasl_handshake_request{.mechanism = "GSSAPI"}, api_version{1});
    const auto said = read<sasl_handshake_response>(only_late(), 1);
    EXPECT_EQ(said->error_code, broker_errc::unsupported_sasl_mechanism);
    ASSERT_EQ(said->mechanisms.size(), built_in_mechanisms().size());
    EXPECT_EQ(said->mechanisms[0], "PLAIN");
    send_token("more");
    expect_closed();
}

TEST_F(sasl, says_in_kafkas_words_what_is_wrong_with_a_plain_token)
{
    const std::pair<std::string, std::string> tokens[] = {
        {"\0alice\0bob-secret"s, "Authentication failed: Invalid username or password"},
        {"\0carol\0alice-secret"s, "Authentication failed: Invalid username or password"},
        {"bob\0alice\0alice-secret"s,
         "Authentication failed: Client requested an authorization id that is different from username"},
        {"\0\0alice-secret"s, "Authentication failed: username not specified"},
        {"\0alice\0"s, "Authentication failed: password not specified"},
        {"alice"s, "Invalid SASL/PLAIN response: expected 3 tokens, got 1"},
        {"\0alice\0alice-secret\0x\0y"s, "Invalid SASL/PLAIN response: expected 3 tokens, got 4"},
        {""s, "Invalid SASL/PLAIN response: expected 3 tokens, got 1"},
    };
    for (const auto& [token, words] : tokens) {
        connect();
        EXPECT_EQ(shake("PLAIN"), broker_errc::none);
        send_token(token);
        const auto said = read<sasl_authenticate_response>(only_late(), 2);
        EXPECT_EQ(said->error_code, broker_errc::sasl_authentication_failed);
        EXPECT_EQ(said->error_message.value_or(""), words);
        EXPECT_EQ(brokers.core.principal(on), "");
        brokers.send(on, metadata_request{}, api_version{9});
        expect_closed();
    }
}

TEST_F(sasl, takes_a_plain_token_that_acts_for_its_own_user)
{
    EXPECT_EQ(shake("PLAIN"), broker_errc::none);
    send_token("alice\0alice\0alice-secret"s);
    EXPECT_EQ(read<sasl_authenticate_response>(only(), 2)->error_code, broker_errc::none);
    expect_served();
}

#if ODRADEK_WITH_OPENSSL

TEST_F(sasl, says_nothing_of_why_scram_failed)
{
    constexpr std::string_view words =
        "Authentication failed during authentication due to invalid credentials with SASL mechanism SCRAM-SHA-256";
    for (const auto& [user, password] : {std::pair{"alice", "bob-secret"}, {"carol", "alice-secret"}}) {
        connect();
        const ended how = authenticate("SCRAM-SHA-256", user, password);
        EXPECT_EQ(how.error, broker_errc::sasl_authentication_failed);
        EXPECT_EQ(how.message, words);
    }
    for (const std::string_view token :
         {"", "n,,", "n,,n=alice,r=abc,tokenauth=true", "y,,n=alice", "p=x,,n=alice,r=1"}) {
        connect();
        EXPECT_EQ(shake("SCRAM-SHA-256"), broker_errc::none);
        send_token(token);
        EXPECT_EQ(read<sasl_authenticate_response>(only_late(), 2)->error_message.value_or(""), words) << token;
    }
    connect();
    EXPECT_EQ(shake("SCRAM-SHA-256"), broker_errc::none);
    send_token("n,a=bob,n=alice,r=abc");
    EXPECT_EQ(read<sasl_authenticate_response>(only_late(), 2)->error_message.value_or(""),
              "Authentication failed: Client requested an authorization id that is different from username");
}

TEST_F(sasl, draws_a_nonce_for_each_conversation_and_the_same_ones_from_the_same_seed)
{
    const auto first_challenge = [](broker::core::options how) {
        std::vector<std::string> all;
        test::broker_core in{std::move(how)};
        for (int i = 0; i < 2; ++i) {
            const auto at = in.connect(1, 1);
            (void)in.ask(at, sasl_handshake_request{.mechanism = "SCRAM-SHA-512"}, 1);
            all.emplace_back(
                in.ask(at, sasl_authenticate_request{.auth_bytes = "n,,n=alice,r=abc"}, 2)->auth_bytes.text());
        }
        EXPECT_NE(all[0], all[1]);
        return all;
    };
    EXPECT_EQ(first_challenge(options()), first_challenge(options()));
    EXPECT_NE(first_challenge(options()), first_challenge(options(ms{0}, 2)));
    EXPECT_TRUE(first_challenge(options())[0].ends_with(",i=4096"));
}

#endif

TEST_F(sasl, closes_at_once_on_what_may_not_come_before)
{
    const auto ask_versions = [this] {
        (void)brokers.ask(on, api_versions_request{.client_software_name = "t", .client_software_version = "1"}, 3);
    };
    brokers.send(on, metadata_request{}, api_version{9});
    expect_closed();
    connect();
    ask_versions();
    brokers.send(on, metadata_request{}, api_version{9});
    expect_closed();
    connect();
    send_token("\0alice\0alice-secret"s);
    expect_closed();
    connect();
    ask_versions();
    brokers.send(on, api_versions_request{}, api_version{0});
    expect_closed();
    connect();
    brokers.hand_in(on, "GET / HTTP/1.1\r\n\r\n");
    expect_closed();
}

TEST_F(sasl, answers_versions_again_after_an_answer_that_was_an_error)
{
    for (const bool unknown : {true, false}) {
        connect();
        if (unknown) {
            writer out;
            out.int16(static_cast<std::int16_t>(api::api_versions));
            out.int16(99);
            out.int32(1);
            out.int16(-1);
            brokers.hand_in(on, bytes_view{out.flatten()});
            EXPECT_EQ(only().what, action::kind::reply);
        } else {
            const auto said = brokers.ask(on, api_versions_request{.client_software_name = "?"}, 3);
            EXPECT_EQ(said->error_code, broker_errc::invalid_request);
        }
        EXPECT_EQ(brokers.ask(on, api_versions_request{}, 0)->error_code, broker_errc::none);
        EXPECT_EQ(authenticate("PLAIN", "alice", "alice-secret").error, broker_errc::none);
    }
}

TEST_F(sasl, refuses_other_requests_where_a_token_is_due_and_closes_behind_them)
{
    EXPECT_EQ(shake("PLAIN"), broker_errc::none);
    brokers.send(on, sasl_handshake_request{.mechanism = "PLAIN"}, api_version{1});
    const auto said = read<sasl_handshake_response>(only_late(), 1);
    EXPECT_EQ(said->error_code, broker_errc::illegal_sasl_state);
    EXPECT_TRUE(said->mechanisms.empty());
    connect();
    EXPECT_EQ(shake("PLAIN"), broker_errc::none);
    brokers.send(on, describe_cluster_request{}, api_version{0});
    EXPECT_EQ(read<describe_cluster_response>(only_late(), 0)->error_code, broker_errc::illegal_sasl_state);
    connect();
    EXPECT_EQ(shake("PLAIN"), broker_errc::none);
    brokers.hand_in(on, "\x7f\0\0\0\0\0\0\0"s); // no API that there is
    EXPECT_EQ(only_late().bytes.size(), 0u);
}

TEST_F(sasl, ends_the_connection_without_a_word_where_a_bare_token_is_wrong)
{
    EXPECT_EQ(shake("PLAIN", 0), broker_errc::none);
    brokers.hand_in(on, "\0alice\0wrong"s);
    EXPECT_EQ(only_late().bytes.size(), 0u);
    brokers.hand_in(on, "\0alice\0alice-secret"s);
    expect_closed();
}

TEST_F(sasl, tells_who_is_in_already_that_it_comes_too_late)
{
    EXPECT_EQ(authenticate("PLAIN", "alice", "alice-secret").error, broker_errc::none);
    EXPECT_EQ(shake("PLAIN"), broker_errc::illegal_sasl_state);
    const auto said = brokers.ask(on, sasl_authenticate_request{.auth_bytes = "x"}, 2);
    EXPECT_EQ(said->error_code, broker_errc::illegal_sasl_state);
    EXPECT_EQ(said->error_message.value_or(""), "SaslAuthenticate request received after successful authentication");
    expect_served();
}

TEST_F(sasl, is_not_wanted_on_a_listener_without_it)
{
    on = brokers.connect(1, 0);
    const auto said = brokers.ask(on, sasl_handshake_request{.mechanism = "PLAIN"}, 1);
    EXPECT_EQ(said->error_code, broker_errc::illegal_sasl_state);
    EXPECT_TRUE(said->mechanisms.empty());
    EXPECT_EQ(brokers.ask(on, sasl_authenticate_request{.auth_bytes = "x"}, 2)->error_code,
              broker_errc::illegal_sasl_state);
    expect_served();
    EXPECT_FALSE(brokers.core.open(1, 2)) << "there is no third listener";
}

TEST_F(sasl, takes_small_frames_only_until_somebody_has_proved_who_it_is)
{
    constexpr std::size_t most = std::size_t{100} << 20;
    const auto cut = [&](std::size_t smallest) {
        const intake how = brokers.core.intake_of(on, most);
        EXPECT_TRUE(how.in_step);
        EXPECT_EQ(how.frames.largest, 524'288u);
        EXPECT_EQ(how.frames.smallest, smallest);
    };
    cut(4);
    EXPECT_EQ(shake("PLAIN", 0), broker_errc::none);
    cut(0);
    brokers.hand_in(on, "\0alice\0alice-secret"s);
    (void)only();
    const intake how = brokers.core.intake_of(on, most);
    EXPECT_FALSE(how.in_step);
    EXPECT_EQ(how.frames.largest, most);
    EXPECT_EQ(how.frames.smallest, 4u);
    connect();
    EXPECT_EQ(brokers.core.intake_of(on, 1000).frames.largest, 1000u);
}

// Plays a conversation up to one of its messages, of which only a part comes.
class cut_conversation : public test::sasl_bed, public testing::WithParamInterface<std::tuple<std::string, bool>> {
protected:
    /// The whole size of message `step`, of which `keep` bytes came; nothing if there are fewer messages.
    std::optional<std::size_t> play(std::size_t step, std::size_t keep)
    {
        const auto& [mechanism, bare] = GetParam();
        const std::int16_t version = bare ? 0 : 1;
        connect();
        if (step == 0) {
            writer out;
            EXPECT_FALSE(
                write_request_frame(out, sasl_handshake_request{.mechanism = mechanism}, api_version{version}, 1, "t"));
            return hand_in(out, keep);
        }
        EXPECT_EQ(shake(mechanism, version), broker_errc::none);
        const auto client = test::client_of(mechanism, "alice", "alice-secret");
        for (std::size_t at = 1; const auto token = test::next_message(*client); ++at) {
            writer out;
            if (bare) {
                out.int32(0);
                out.bytes(*token);
            } else {
                const sasl_authenticate_request asked{.auth_bytes = bytes_view{*token}};
                EXPECT_FALSE(write_request_frame(out, asked, api_version{1}, 7, "t"));
            }
            if (at == step) return hand_in(out, keep);
            (void)hand_in(out, out.size());
            const action answer = only();
            if (bare) {
                client->on_challenge(bytes_view{answer.bytes.flatten()}.subview(4));
            } else {
                client->on_challenge(read<sasl_authenticate_response>(answer, 1)->auth_bytes);
            }
        }
        return std::nullopt;
    }
    void clear_away()
    {
        brokers.pass(ms{100});
        (void)brokers.take();
        brokers.core.closed(on);
        EXPECT_EQ(brokers.core.wake_at(), std::nullopt);
    }

private:
    std::size_t hand_in(const writer& frame, std::size_t keep)
    {
        const auto whole = frame.flatten();
        brokers.hand_in(on, bytes_view{whole}.subview(4, keep));
        return whole.size() - 4;
    }
};

std::vector<std::tuple<std::string, bool>> every_conversation()
{
    std::vector<std::tuple<std::string, bool>> all;
    for (const std::string& mechanism : built_in_mechanisms())
        for (const bool bare : {false, true}) all.emplace_back(mechanism, bare);
    return all;
}

INSTANTIATE_TEST_SUITE_P(mechanisms, cut_conversation, testing::ValuesIn(every_conversation()), [](const auto& one) {
    std::string name = std::get<0>(one.param) + (std::get<1>(one.param) ? "_bare" : "");
    std::ranges::replace(name, '-', '_');
    return name;
});

TEST_P(cut_conversation, lets_nobody_in_and_leaves_nothing_behind)
{
    std::size_t messages = 0;
    for (std::optional<std::size_t> size; (size = play(messages, 0)); ++messages) {
        clear_away();
        for (std::size_t keep = 1; keep < *size; ++keep) {
            (void)play(messages, keep);
            EXPECT_EQ(brokers.core.principal(on), "") << "message " << messages << " cut behind " << keep;
            clear_away();
        }
        (void)play(messages, *size); // and the client goes, instead of taking the answer
        clear_away();
    }
    EXPECT_EQ(messages, std::get<0>(GetParam()) == "PLAIN" ? 2u : 3u);
    connect();
    EXPECT_EQ(authenticate("PLAIN", "alice", "alice-secret").error, broker_errc::none);
    expect_served();
}

class sasl_of_0_11 : public test::sasl_bed {
protected:
    static core::options old()
    {
        core::options how = options();
        how.as = find_release("0.11").value();
        return how;
    }
    sasl_of_0_11() : sasl_bed(old()) {}
};

TEST_F(sasl_of_0_11, knows_bare_tokens_only)
{
    const auto said = brokers.ask(on, api_versions_request{}, 0);
    for (const auto& one : said->api_keys) {
        EXPECT_NE(one.api_key_, static_cast<std::int16_t>(api::sasl_authenticate));
        if (one.api_key_ == static_cast<std::int16_t>(api::sasl_handshake)) {
            EXPECT_EQ(one.max_version, 0);
        }
    }
    authenticate_barely("PLAIN", "alice", "alice-secret");
    EXPECT_EQ(brokers.ask(on, metadata_request{}, 4)->brokers.size(), 2u);
    connect();
    brokers.send(on, sasl_handshake_request{.mechanism = "PLAIN"}, api_version{1});
    expect_closed();
}

TEST_F(sasl, names_brokers_by_the_listener_that_a_client_came_in_by)
{
    brokers.core.cluster().set_address(1, {"127.0.0.1", 9101}, 1);
    brokers.core.cluster().set_address(2, {"outside.test", 9102}, 1);
    EXPECT_EQ(authenticate("PLAIN", "alice", "alice-secret").error, broker_errc::none);
    const auto outside = brokers.ask(on, metadata_request{}, 9);
    ASSERT_EQ(outside->brokers.size(), 2u);
    EXPECT_EQ(outside->brokers[0].port, 9101);
    EXPECT_EQ(outside->brokers[1].host, "outside.test");
    EXPECT_EQ(brokers.ask(on, describe_cluster_request{}, 0)->brokers[1].port, 9102);
    on = brokers.connect(1, 0);
    EXPECT_EQ(brokers.ask(on, metadata_request{}, 9)->brokers[1].port, 9002);
    EXPECT_EQ(brokers.ask(on, describe_cluster_request{}, 0)->brokers[1].host, "127.0.0.1");
}

} // namespace
} // namespace odradek::broker
