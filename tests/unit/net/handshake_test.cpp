// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/handshake.hpp>
#include <odradek/protocol/generated/messages/api_versions.hpp>

#include <gtest/gtest.h>

#include <tests/support/conversation.hpp>
#include <vector>

namespace odradek {
namespace {

using script = test::conversation<handshake>;
using api_key_range = api_versions_response::api_version_data;

const handshake::options me{.client_id = "t", .software_name = "odradek", .software_version = "0.1.0"};

api_versions_request question(api_version version)
{
    api_versions_request request;
    if (version.value >= 3) {
        request.client_software_name = "odradek";
        request.client_software_version = "0.1.0";
    }
    return request;
}

constexpr api_version v0{0};
constexpr api_version v2{2};
constexpr api_version v4{4};
constexpr api_version v5{5};

const std::vector<api_key_range> modern{{0, 0, 13, {}}, {3, 0, 13, {}}, {18, 0, 5, {}}, {9'999, 0, 1, {}}};
const std::vector<api_key_range> old{{0, 0, 3, {}}, {18, 0, 2, {}}};
const std::vector<api_key_range> only_itself{{18, 0, 2, {}}};

api_versions_response answer(const std::vector<api_key_range>& keys, broker_errc error = broker_errc::none)
{
    api_versions_response response;
    response.error_code = error;
    response.api_keys = keys;
    return response;
}

TEST(handshake, asks_with_the_highest_version_and_is_ready)
{
    auto response = answer(modern);
    const std::vector<api_versions_response::finalized_feature_key> finalized{{"transaction.version", 2, 1, {}}};
    const std::vector<api_versions_response::supported_feature_key> supported{{"group.version", 0, 1, {}}};
    response.finalized_features = finalized;
    response.finalized_features_epoch = 7;
    response.supported_features = supported;
    script c{me};
    c.sends(question(v5), v5).receives(response, v5).ends([](const handshake::ready& ready) {
        const broker_versions& found = ready.versions;
        EXPECT_EQ(found.range(api::metadata), (version_range{0, 13}));
        EXPECT_EQ(found.choose(api::produce), api_version{13});
        EXPECT_EQ(found.choose(api::produce, api_version{9}), api_version{9});
        EXPECT_EQ(found.choose(api::fetch), std::nullopt);
        EXPECT_EQ(found.finalized_feature("transaction.version"), 2);
        EXPECT_EQ(found.finalized_feature("group.version"), 0);
        EXPECT_EQ(found.supported_feature("group.version"), (broker_versions::feature_range{0, 1}));
        EXPECT_EQ(found.supported_feature("share.version"), std::nullopt);
        EXPECT_EQ(found.features_epoch(), 7);
        EXPECT_EQ(found.ranges().size(), 4u); // also the key that we do not know
    });
    c.replay_failing_at_each_step();
}

TEST(handshake, asks_first_with_a_correlation_id_that_ends_a_line_and_an_http_request)
{
    handshake machine{me};
    const auto action = machine.next();
    ASSERT_TRUE(std::holds_alternative<handshake::send>(action));
    const bytes_view bytes = std::get<handshake::send>(action).bytes.bytes();
    EXPECT_EQ(bytes.subview(8, 4).text(), "\r\n\r\n");
}

// R22, B28: the refusal comes in the format of version 0 and names what to ask.
TEST(handshake, falls_back_to_the_version_that_an_old_broker_names)
{
    script c{me};
    c.sends(question(v5), v5)
        .receives(answer(only_itself, broker_errc::unsupported_version), v0)
        .sends(question(v2), v2)
        .receives(answer(old), v2)
        .ends([](const handshake::ready& ready) { EXPECT_EQ(ready.versions.choose(api::produce), api_version{3}); });
    c.replay_failing_at_each_step();
}

// R22: brokers before 2.4 name nothing.
TEST(handshake, falls_back_to_version_0_when_the_refusal_names_nothing)
{
    script c{me};
    c.sends(question(v5), v5)
        .receives(answer({}, broker_errc::unsupported_version), v0)
        .sends(question(v0), v0)
        .receives(answer(old), v0)
        .ends();
    c.replay_failing_at_each_step();
}

TEST(handshake, asks_with_version_0_when_the_version_that_was_named_is_refused_as_well)
{
    script c{me};
    c.sends(question(v5), v5)
        .receives(answer(only_itself, broker_errc::unsupported_version), v0)
        .sends(question(v2), v2)
        .receives(answer(only_itself, broker_errc::unsupported_version), v0)
        .sends(question(v0), v0)
        .receives(answer(old), v0)
        .ends();
}

TEST(handshake, fails_when_even_version_0_is_refused)
{
    script c{me};
    c.sends(question(v5), v5)
        .receives(answer({}, broker_errc::unsupported_version), v0)
        .sends(question(v0), v0)
        .receives(answer({}, broker_errc::unsupported_version), v0)
        .fails(errc::no_common_version, "refuses every version");
}

// R22, B28: services that know no error 35 reset the connection.
TEST(handshake, asks_with_version_0_on_a_new_connection_when_it_is_cut_off_and_then_with_what_is_named)
{
    script c{me};
    c.sends(question(v5), v5)
        .is_cut(asio::error::connection_reset)
        .reconnects()
        .sends(question(v0), v0)
        .receives(answer(old), v0)
        .sends(question(v2), v2)
        .receives(answer(old), v2)
        .ends();
    c.replay_failing_at_each_step();
}

TEST(handshake, is_content_with_version_0_when_raising_it_gets_it_cut_off_again)
{
    script c{me};
    c.sends(question(v5), v5)
        .is_cut()
        .reconnects()
        .sends(question(v0), v0)
        .receives(answer(modern), v0)
        .sends(question(v5), v5)
        .is_cut()
        .reconnects()
        .sends(question(v0), v0)
        .receives(answer(modern), v0)
        .ends([](const handshake::ready& ready) { EXPECT_EQ(ready.versions.choose(api::produce), api_version{13}); });
}

TEST(handshake, tries_the_named_version_on_a_new_connection_when_the_broker_closes_after_its_refusal)
{
    script c{me};
    c.sends(question(v5), v5)
        .receives(answer(only_itself, broker_errc::unsupported_version), v0)
        .sends(question(v2), v2)
        .is_cut()
        .reconnects()
        .sends(question(v2), v2)
        .receives(answer(old), v2)
        .ends();
}

// B29: silence and then the end of the stream is what a TLS or SASL listener does.
TEST(handshake, names_the_likely_mismatch_when_the_peer_never_answers)
{
    script c{me};
    c.sends(question(v5), v5)
        .is_cut()
        .reconnects()
        .sends(question(v0), v0)
        .is_cut()
        .fails(errc::handshake_failed, "may expect TLS or authentication");
}

TEST(handshake, says_which_error_the_broker_answered)
{
    script c{me};
    c.sends(question(v5), v5)
        .receives(answer({}, broker_errc::rebootstrap_required), v5)
        .fails(broker_errc::rebootstrap_required, "ApiVersions v5");
}

TEST(handshake, asks_no_higher_than_it_is_told)
{
    auto careful = me;
    careful.highest = v4;
    script c{careful};
    c.sends(question(v4), v4).receives(answer(modern), v4).ends();
}

// KIP-1242
TEST(handshake, tells_version_5_whom_it_expects_to_meet_only_when_asked_to)
{
    auto expecting = me;
    expecting.expected_cluster_id = "cluster";
    expecting.expected_node_id = 4;
    auto request = question(v5);
    request.cluster_id = std::string_view("cluster");
    request.node_id = 4;
    script c{expecting};
    c.sends(request, v5)
        .receives(answer(old, broker_errc::unsupported_version), v0)
        .sends(question(v2), v2)
        .receives(answer(old), v2)
        .ends();
}

TEST(handshake, refuses_an_answer_to_another_question)
{
    handshake h{me};
    (void)h.next();
    writer out;
    ASSERT_FALSE(write_response_frame(out, answer(modern), v5, 17));
    h.on_frame(bytes_view(out.flatten()).subview(4));
    const auto action = h.next();
    const auto* failure = std::get_if<handshake::failed>(&action);
    ASSERT_NE(failure, nullptr);
    EXPECT_EQ(failure->ec, errc::unexpected_response);
    EXPECT_NE(failure->about.client_message().find("17"), std::string_view::npos);
}

// KIP-511
TEST(handshake, knows_which_words_may_name_a_program)
{
    for (const std::string_view good : {"a", "odradek", "0.1.0", "my-app.2", "A9"})
        EXPECT_TRUE(is_software_word(good)) << good;
    for (const std::string_view bad : {"", "-a", "a-", ".1", "my app", "a_b", "\xc3\xa4"})
        EXPECT_FALSE(is_software_word(bad)) << bad;
}

TEST(handshake, sends_no_name_that_brokers_would_refuse)
{
    auto nameless = me;
    nameless.software_name = "no spaces please";
    auto request = question(v5);
    request.client_software_name = {};
    script c{nameless};
    c.sends(request, v5).receives(answer(modern), v5).ends();
}

TEST(broker_versions, leaves_out_ranges_that_are_upside_down)
{
    const std::vector<api_key_range> odd{{3, 5, 2, {}}, {1, -4, -1, {}}, {18, 0, 3, {}}};
    const broker_versions found{answer(odd)};
    EXPECT_EQ(found.ranges().size(), 1u);
    EXPECT_EQ(found.range(api::metadata), std::nullopt);
}

} // namespace
} // namespace odradek
