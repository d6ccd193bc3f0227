// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/diagnostics.hpp>
#include <odradek/net/error.hpp>

#include <gtest/gtest.h>

#include <string>

namespace odradek {
namespace {

using std::string_literals::operator""s;

TEST(diagnostics, say_what_happened_where_and_how_far_it_got)
{
    diagnostics about("the answer did not come in time");
    about.set_peer({"broker.test", 9092}, 3).set_request(api::produce, api_version{9}, 12);
    about.set_how_far(delivery::possibly_delivered);
    EXPECT_EQ(about.to_string(),
              "the answer did not come in time (broker.test:9092, node 3, Produce v9, correlation id 12, "
              "possibly delivered)");
}

TEST(diagnostics, keep_the_brokers_words_apart_quoted_and_on_one_line)
{
    diagnostics about("refused");
    about.set_broker_message("no\nsuch \"topic\"");
    EXPECT_EQ(about.broker_message(), "no\nsuch \"topic\"");
    EXPECT_EQ(about.client_message(), "refused");
    EXPECT_EQ(about.to_string(), "refused; the broker says \"no\\x0asuch \\\"topic\\\"\"");
}

TEST(diagnostics, stay_on_one_line_whatever_is_named_in_them)
{
    diagnostics about("topic \"evil\nname\x1b[31m\"");
    about.add_context("send\r").set_peer({"host\x1b", 9092});
    EXPECT_EQ(about.client_message(), "send\\x0d: topic \"evil\\x0aname\\x1b[31m\"");
    EXPECT_EQ(about.to_string(), "send\\x0d: topic \"evil\\x0aname\\x1b[31m\" (host\\x1b:9092)");
    about.set_client_message("a\nb").set_broker_message("\x1b[2J");
    EXPECT_EQ(error(errc::closed, about).what(),
              "The client, producer or consumer is closed: a\\x0ab (host\\x1b:9092); the broker says \"\\x1b[2J\""s);
}

TEST(diagnostics, cut_a_peer_that_talks_without_end)
{
    diagnostics about;
    about.set_broker_message(std::string(100'000, 'x'));
    EXPECT_EQ(about.broker_message().size(), diagnostics::max_broker_message);
}

TEST(diagnostics, have_no_full_stop_in_mid_sentence)
{
    diagnostics about("the peer closed the connection.");
    about.add_context("the last attempt failed: " + make_error_code(errc::connection_closed).message());
    EXPECT_EQ(about.client_message(),
              "the last attempt failed: The other side closed the connection: the peer closed the connection");
}

TEST(diagnostics, put_the_outer_context_first)
{
    diagnostics about("connection refused");
    about.add_context("cannot fetch metadata");
    EXPECT_EQ(about.client_message(), "cannot fetch metadata: connection refused");
    EXPECT_EQ(diagnostics().to_string(), "");
}

TEST(error, is_a_system_error_that_shares_its_diagnostics_with_its_copies)
{
    diagnostics about("words");
    const error one(errc::closed, about);
    const error two(one); // NOLINT(performance-unnecessary-copy-initialization): copying is what is tested
    EXPECT_EQ(two.code(), errc::closed);
    EXPECT_EQ(&one.diagnostics(), &two.diagnostics());
    const std::system_error& plain = two;
    EXPECT_STREQ(plain.what(), "The client, producer or consumer is closed: words");
}

TEST(error, says_nothing_twice)
{
    diagnostics about("the answer did not come in time");
    EXPECT_EQ(describe(errc::request_timed_out, about), "the answer did not come in time");
    about.set_peer({"broker.test", 9092});
    EXPECT_EQ(describe(errc::request_timed_out, about), "the answer did not come in time (broker.test:9092)");
    about.set_client_message("");
    EXPECT_EQ(describe(errc::request_timed_out, about), "The answer did not come in time (broker.test:9092)");
    EXPECT_EQ(describe(errc::request_timed_out, {}), "The answer did not come in time");
}

} // namespace
} // namespace odradek
