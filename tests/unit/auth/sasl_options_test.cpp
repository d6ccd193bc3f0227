// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/client_mechanisms.hpp>
#include <odradek/auth/sasl_options.hpp>
#include <odradek/protocol/error.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <optional>
#include <stdexcept>

namespace odradek {
namespace {

void zeros(std::span<std::byte> out)
{
    std::fill(out.begin(), out.end(), std::byte{0});
}

auth_failure first_failure(const sasl_options& options)
{
    const auto made = make_client_mechanism(options, {.random = zeros, .host = "b1.example", .port = 9093});
    auto action = made->next();
    const auto* failed = std::get_if<auth_failure>(&action);
    return failed != nullptr ? *failed : auth_failure{};
}

const plain a_plain{.username = "alice", .password = "wonderland"};

TEST(sasl_options, are_assigned_by_the_plain_names)
{
    std::optional<sasl_options> sasl;
    sasl = scram_sha_512{.username = "alice", .password = "wonderland"};
    EXPECT_EQ(mechanism_name(*sasl), "SCRAM-SHA-512");
    sasl = scram_sha_256{.username = "alice", .password = std::string("wonderland")};
    EXPECT_EQ(mechanism_name(*sasl), "SCRAM-SHA-256");
    sasl = a_plain;
    EXPECT_EQ(mechanism_name(*sasl), "PLAIN");
    sasl = aws{.authorization_identity = "AIDA", .access_key_id = "AKIA", .secret_access_key = "k"};
    EXPECT_EQ(mechanism_name(*sasl), "AWS");
    EXPECT_EQ(std::get<aws>(*sasl).session_token.size(), 0u);
}

TEST(sasl_options, say_which_mechanisms_send_a_secret_that_can_be_used_again)
{
    EXPECT_TRUE(sends_reusable_secret(a_plain));
    EXPECT_TRUE(sends_reusable_secret(aws{}));
    EXPECT_FALSE(sends_reusable_secret(scram_sha_256{}));
    EXPECT_FALSE(sends_reusable_secret(scram_sha_512{}));
    EXPECT_TRUE(sends_reusable_secret(custom_mechanism{}));
    EXPECT_FALSE(sends_reusable_secret(custom_mechanism{.sends_reusable_secret = false}));
}

TEST(sasl_options, name_what_is_missing)
{
    EXPECT_FALSE(check(a_plain));
    const auth_failure no_user = check(plain{.password = "p"});
    EXPECT_EQ(no_user.ec, errc::credentials_missing);
    EXPECT_EQ(no_user.words, "PLAIN: username is missing");
    EXPECT_EQ(check(plain{.username = "u"}).words, "PLAIN: password is missing");
    EXPECT_EQ(check(aws{}).words, "AWS: authorization_identity is missing");
    EXPECT_EQ(check(aws{.authorization_identity = "a"}).words, "AWS: access_key_id is missing");
    EXPECT_EQ(check(aws{.authorization_identity = "a", .access_key_id = "b"}).words,
              "AWS: secret_access_key is missing");
    EXPECT_FALSE(check(aws{.authorization_identity = "a", .access_key_id = "b", .secret_access_key = "c"}));
    EXPECT_EQ(first_failure(plain{.password = "p"}), no_user);
}

TEST(sasl_options, refuse_a_nul_that_would_move_the_borders_between_fields)
{
    const std::string nul{"a\0b", 3};
    for (const sasl_options& options :
         {sasl_options{plain{.username = nul, .password = "p"}}, sasl_options{plain{.username = "u", .password = nul}},
          sasl_options{plain{.username = "u", .password = "p", .authzid = nul}},
          sasl_options{aws{
              .authorization_identity = "a", .access_key_id = "b", .secret_access_key = "c", .session_token = nul}}}) {
        EXPECT_EQ(check(options).ec, errc::invalid_option);
        EXPECT_EQ(first_failure(options).ec, errc::invalid_option);
    }
}

#if ODRADEK_WITH_OPENSSL

TEST(sasl_options, bound_the_iterations_that_a_server_may_ask_for)
{
    EXPECT_FALSE(check(scram_sha_256{.username = "u", .password = "p"}));
    EXPECT_FALSE(check(scram_sha_256{.username = "u", .password = "p", .max_iterations = 4'096}));
    EXPECT_FALSE(check(scram_sha_512{.username = "u", .password = "p", .max_iterations = 1'000'000}));
    for (const int wrong : {-1, 0, 4'095, 1'000'001}) {
        const auth_failure found = check(scram_sha_512{.username = "u", .password = "p", .max_iterations = wrong});
        EXPECT_EQ(found.ec, errc::invalid_option) << wrong;
        EXPECT_NE(found.words.find("max_iterations is " + std::to_string(wrong)), std::string::npos) << found.words;
    }
    EXPECT_EQ(check(scram_sha_256{.password = "p"}).words, "SCRAM-SHA-256: username is missing");
    EXPECT_EQ(check(scram_sha_512{.username = "u"}).words, "SCRAM-SHA-512: password is missing");
    EXPECT_EQ(check(scram_sha_512{.username = std::string("u\0", 2), .password = "p"}).ec, errc::invalid_option);
}

TEST(sasl_options, need_a_source_of_nonces_for_scram)
{
    const auto made = make_client_mechanism(scram_sha_256{.username = "u", .password = "p"}, {});
    auto action = made->next();
    ASSERT_TRUE(std::holds_alternative<auth_failure>(action));
    EXPECT_EQ(std::get<auth_failure>(action).ec, errc::invalid_argument);
}

#else

TEST(sasl_options, say_which_option_of_the_build_scram_needs)
{
    const auth_failure found = first_failure(scram_sha_256{.username = "u", .password = "p"});
    EXPECT_EQ(found.ec, errc::not_built_in);
    EXPECT_NE(found.words.find("ODRADEK_WITH_OPENSSL"), std::string::npos);
}

#endif

// A user's own: one message with a ticket, no more.
class ticket_mechanism final : public client_mechanism {
public:
    explicit ticket_mechanism(std::string message) : message_(std::move(message)) {}
    [[nodiscard]] std::string_view name() const noexcept override { return "X-TICKET"; }
    [[nodiscard]] action next() override
    {
        if (answered_) return done{};
        return send{message_};
    }
    void on_challenge(bytes_view /*challenge*/) override { answered_ = true; }

private:
    std::string message_;
    bool answered_ = false;
};

TEST(sasl_options, take_a_mechanism_of_the_users_own)
{
    custom_mechanism own{.name = "X-TICKET", .make = [](std::string_view host, std::uint16_t port) {
                             return std::make_unique<ticket_mechanism>(std::string(host) + ":" + std::to_string(port));
                         }};
    const auto made = make_client_mechanism(own, {.random = zeros, .host = "b1.example", .port = 9093});
    EXPECT_EQ(made->name(), "X-TICKET");
    EXPECT_TRUE(made->sends_reusable_secret()); // unless it says otherwise
    auto action = made->next();
    ASSERT_TRUE(std::holds_alternative<client_mechanism::send>(action));
    EXPECT_EQ(std::get<client_mechanism::send>(action).bytes.reveal(), "b1.example:9093");
    made->on_challenge("");
    EXPECT_TRUE(std::holds_alternative<client_mechanism::done>(made->next()));

    own.sends_reusable_secret = false; // which the mechanism itself does not say
    EXPECT_EQ(first_failure(own).ec, errc::callback_failed);
}

TEST(sasl_options, survive_what_a_users_own_function_does_wrong)
{
    EXPECT_EQ(first_failure(custom_mechanism{.name = "X"}).ec, errc::invalid_option);
    const custom_mechanism gives_none{.name = "X", .make = [](std::string_view, std::uint16_t) { return nullptr; }};
    EXPECT_EQ(first_failure(gives_none).ec, errc::callback_failed);
    EXPECT_EQ(first_failure(custom_mechanism{.name = "", .make = gives_none.make}).ec, errc::credentials_missing);
    const custom_mechanism throws{.name = "X",
                                  .make = [](std::string_view, std::uint16_t) -> std::unique_ptr<client_mechanism> {
                                      throw std::runtime_error("the ticket is 4711");
                                  }};
    const auth_failure thrown = first_failure(throws);
    EXPECT_EQ(thrown.ec, errc::callback_failed);
    EXPECT_EQ(thrown.words.find("4711"), std::string::npos);
}

// Throws where it is told to.
class throwing_mechanism final : public client_mechanism {
public:
    enum class place { next, on_challenge, job, on_computed };

    explicit throwing_mechanism(place where) : where_(where) {}
    [[nodiscard]] std::string_view name() const noexcept override { return "not asked"; }
    [[nodiscard]] action next() override
    {
        throw_at(place::next);
        if (step_ == 0) return send{"hello"};
        if (step_ == 2) return done{};
        return compute{[where = where_] {
            if (where == place::job) throw std::runtime_error("the ticket is 4711");
        }};
    }
    void on_challenge(bytes_view /*challenge*/) override
    {
        throw_at(place::on_challenge);
        ++step_;
    }
    void on_computed() override
    {
        throw_at(place::on_computed);
        ++step_;
    }

private:
    void throw_at(place here) const
    {
        if (where_ == here) throw std::runtime_error("the ticket is 4711");
    }

    place where_;
    int step_ = 0;
};

TEST(sasl_options, survive_what_a_users_own_mechanism_throws_wherever_it_does)
{
    using place = throwing_mechanism::place;
    for (const place where : {place::next, place::on_challenge, place::job, place::on_computed, place{-1}}) {
        const auto made = make_client_mechanism(
            custom_mechanism{
                .name = "X",
                .make = [&](std::string_view, std::uint16_t) { return std::make_unique<throwing_mechanism>(where); }},
            {});
        EXPECT_EQ(made->name(), "X");
        EXPECT_TRUE(made->sends_reusable_secret());
        (void)made->next();
        made->on_challenge("hi");
        auto action = made->next();
        if (auto* job = std::get_if<client_mechanism::compute>(&action)) {
            job->job();
            made->on_computed();
        }
        action = made->next();
        EXPECT_EQ(std::holds_alternative<client_mechanism::done>(action), where == place{-1});
        if (where == place{-1}) continue;
        const auto* failed = std::get_if<auth_failure>(&action);
        ASSERT_NE(failed, nullptr) << static_cast<int>(where);
        EXPECT_EQ(failed->ec, errc::callback_failed);
        EXPECT_EQ(failed->words, "X: the user's own mechanism threw an exception");
        made->on_challenge("more"); // it stays that
        made->on_computed();
        EXPECT_TRUE(std::holds_alternative<auth_failure>(made->next()));
    }
}

TEST(make_nonce, has_192_bits_in_characters_that_scram_allows)
{
    std::size_t asked = 0;
    const std::string nonce = make_nonce([&](std::span<std::byte> out) {
        asked = out.size();
        for (std::size_t i = 0; i < out.size(); ++i) out[i] = static_cast<std::byte>(i * 11);
    });
    EXPECT_EQ(asked, 24u);
    EXPECT_EQ(nonce, "AAsWISw3Qk1YY255hI+apbC7xtHc5/L9");
}

} // namespace
} // namespace odradek
