// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/client_mechanisms.hpp>
#include <odradek/auth/scram_keys.hpp>
#include <odradek/broker/core.hpp>
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/generated/messages/api_versions.hpp>
#include <odradek/protocol/generated/messages/metadata.hpp>
#include <odradek/protocol/generated/messages/sasl_authenticate.hpp>
#include <odradek/protocol/generated/messages/sasl_handshake.hpp>

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <tests/support/broker_core.hpp>
#include <utility>
#include <variant>
#include <vector>

namespace odradek::test {

/// The mechanisms that this build has.
inline std::vector<std::string> built_in_mechanisms()
{
#if ODRADEK_WITH_OPENSSL
    return {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512"};
#else
    return {"PLAIN"};
#endif
}

/// The client's side of a mechanism.
inline std::unique_ptr<client_mechanism> client_of(std::string_view mechanism, const std::string& user,
                                                   const std::string& password)
{
    sasl_options how = plain{.username = user, .password = password};
    if (mechanism == "SCRAM-SHA-256") how = scram_sha_256{.username = user, .password = password};
    if (mechanism == "SCRAM-SHA-512") how = scram_sha_512{.username = user, .password = password};
    static const auto keys = std::make_shared<scram_key_cache>(); // or deriving them would be most of what a test does
    const auto random = [](std::span<std::byte> out) {
        for (std::byte& one : out) one = std::byte{42};
    };
    return make_client_mechanism(how, {.random = random, .keys = keys});
}

/// The client's next message; nothing once it is satisfied.
inline std::optional<std::string> next_message(client_mechanism& client)
{
    for (;;) {
        auto next = client.next();
        if (auto* const sent = std::get_if<client_mechanism::send>(&next)) return std::string(sent->bytes.reveal());
        if (auto* const job = std::get_if<client_mechanism::compute>(&next)) {
            job->job();
            client.on_computed();
            continue;
        }
        if (const auto* const failed = std::get_if<auth_failure>(&next)) ADD_FAILURE() << failed->words;
        return std::nullopt;
    }
}

/// Two brokers with a listener in clear, 0, and one with SASL, 1, where alice and bob may come in.
class sasl_bed : public testing::Test {
protected:
    using ms = std::chrono::milliseconds;

    static broker::core::options options(ms lifetime = ms{0}, std::uint64_t seed = 1)
    {
        auto how = broker_core::options(2);
        how.cluster.seed = seed;
        how.listeners = {{}, {.name = "SASL_PLAINTEXT", .mechanisms = built_in_mechanisms()}};
        how.authentication.users = {{"alice", "alice-secret"}, {"bob", "bob-secret"}};
        how.authentication.session_lifetime = lifetime;
        return how;
    }
    explicit sasl_bed(broker::core::options how = options()) : brokers(std::move(how)) { connect(); }

    void connect() { on = brokers.connect(1, 1); }

    /// What the core wants done now, which must be one thing.
    [[nodiscard]] broker::action only()
    {
        auto actions = brokers.take();
        EXPECT_EQ(actions.size(), 1u);
        if (actions.empty()) return {.what = broker::action::kind::reply, .to = 0, .bytes = writer{}};
        return std::move(actions[0]);
    }
    /// The same, but as late as a failure is told.
    [[nodiscard]] broker::action only_late()
    {
        EXPECT_FALSE(brokers.is_answered());
        brokers.pass(ms{99});
        EXPECT_FALSE(brokers.is_answered()) << "a failure is told after 100 ms";
        brokers.pass(ms{1});
        broker::action what = only();
        EXPECT_EQ(what.what, broker::action::kind::close);
        return what;
    }
    template <class Response>
    [[nodiscard]] static answered<Response> read(const broker::action& from, std::int16_t version)
    {
        answered<Response> answer;
        answer.bytes = from.bytes.flatten();
        response_header header;
        bytes_view body;
        const auto frame = bytes_view{answer.bytes}.subview(4);
        const api_version v{version};
        if (answer.bytes.size() <= 4) {
            ADD_FAILURE() << "there is no answer";
            return answer;
        }
        EXPECT_FALSE(read_response_header(frame, Response::api_key, v, answer.memory, header, body));
        EXPECT_FALSE(decode(body, answer.memory, v, answer.value));
        return answer;
    }

    void expect_closed()
    {
        const broker::action what = only();
        EXPECT_EQ(what.what, broker::action::kind::close);
        EXPECT_EQ(what.bytes.size(), 0u);
    }
    void expect_served() { EXPECT_EQ(brokers.ask(on, metadata_request{}, 9)->brokers.size(), 2u); }

    [[nodiscard]] broker_errc shake(std::string_view mechanism, std::int16_t version = 1)
    {
        return brokers.ask(on, sasl_handshake_request{.mechanism = mechanism}, version)->error_code;
    }
    void send_token(std::string_view token, std::int16_t version = 2)
    {
        brokers.send(on, sasl_authenticate_request{.auth_bytes = bytes_view{token}}, api_version{version});
    }

    /// How an authentication ended.
    struct ended {
        broker_errc error{};
        std::string message{};
        std::int64_t lifetime = 0;
    };
    /// Goes through the whole of it, with tokens in SaslAuthenticate of this version.
    ended authenticate(std::string_view mechanism, const std::string& user, const std::string& password,
                       std::int16_t version = 2)
    {
        const auto client = client_of(mechanism, user, password);
        EXPECT_EQ(shake(mechanism), broker_errc::none);
        ended how;
        while (const auto token = next_message(*client)) {
            send_token(*token, version);
            if (!brokers.is_answered()) {
                const auto failed = read<sasl_authenticate_response>(only_late(), version);
                return {failed->error_code, std::string(failed->error_message.value_or("")), 0};
            }
            const auto said = read<sasl_authenticate_response>(only(), version);
            EXPECT_EQ(said->error_code, broker_errc::none);
            EXPECT_FALSE(said->error_message);
            how.lifetime = said->session_lifetime_ms;
            client->on_challenge(said->auth_bytes);
        }
        return how;
    }
    /// The same with bare tokens, behind SaslHandshake 0.
    void authenticate_barely(std::string_view mechanism, const std::string& user, const std::string& password)
    {
        const auto client = client_of(mechanism, user, password);
        EXPECT_EQ(shake(mechanism, 0), broker_errc::none);
        while (const auto token = next_message(*client)) {
            brokers.hand_in(on, *token);
            const broker::action said = only();
            EXPECT_EQ(said.what, broker::action::kind::reply);
            const auto bytes = said.bytes.flatten();
            ASSERT_GE(bytes.size(), 4u);
            EXPECT_EQ(static_cast<std::size_t>(load_big<std::int32_t>(bytes.data())), bytes.size() - 4);
            client->on_challenge(bytes_view{bytes}.subview(4));
        }
    }

    broker_core brokers;
    broker::connection_id on = 0;
};

} // namespace odradek::test
