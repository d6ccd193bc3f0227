// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <set>
#include <sstream>
#include <string>

namespace odradek {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

// A category as Asio's are: this layer tells them by their names.
class named_category : public std::error_category {
public:
    explicit named_category(const char* name) : name_(name) {}
    const char* name() const noexcept override { return name_; }
    std::string message(int) const override { return "?"; }

private:
    const char* name_;
};

bool is(const std::error_code& code, condition what)
{
    return code == what;
}

int conditions_of(const std::error_code& code)
{
    return is(code, condition::retriable) + is(code, condition::abortable) + is(code, condition::fatal) +
           is(code, condition::outcome_unknown);
}

// The table is what Kafka's own class of errors says; tests/golden/maker prints it again for a newer Kafka.
TEST(broker_errc, agrees_with_kafka_on_every_code_name_and_retry)
{
    std::ifstream table(ODRADEK_SOURCE_DIR "/tests/golden/errors.txt");
    ASSERT_TRUE(table);
    int rows = 0;
    for (std::string line; std::getline(table, line);) {
        if (line.starts_with('#')) continue;
        std::istringstream words(line);
        int number = 0;
        std::string kafka_name;
        bool retriable = false;
        bool refreshes = false;
        ASSERT_TRUE(words >> number >> kafka_name >> std::boolalpha >> retriable >> refreshes) << line;
        const auto code = static_cast<broker_errc>(number);
        EXPECT_EQ(name(code), kafka_name) << line;
        EXPECT_EQ(is_retriable(code), retriable) << line;
        EXPECT_EQ(refreshes_metadata(code), refreshes) << line;
        ++rows;
    }
    EXPECT_EQ(rows, 138);
}

TEST(broker_errc, has_the_numbers_of_the_wire)
{
    EXPECT_EQ(static_cast<int>(broker_errc::unknown_server_error), -1);
    EXPECT_EQ(static_cast<int>(broker_errc::none), 0);
    EXPECT_EQ(static_cast<int>(broker_errc::not_leader_or_follower), 6);
    EXPECT_EQ(static_cast<int>(broker_errc::rebootstrap_required), 129);
    EXPECT_EQ(static_cast<int>(broker_errc::controller_id_not_registered), 136);
}

TEST(broker_errc, an_unknown_code_keeps_its_number_and_is_not_retriable)
{
    for (const int number : {137, 32767, -2, -32768}) {
        const auto code = static_cast<broker_errc>(number);
        EXPECT_EQ(name(code), "");
        EXPECT_FALSE(is_retriable(code));
        EXPECT_FALSE(refreshes_metadata(code));
        EXPECT_EQ(make_error_code(code).value(), number);
        EXPECT_THAT(make_error_code(code).message(), StartsWith("unknown error (" + std::to_string(number) + ")"));
        EXPECT_EQ(make_error_code(code), condition::fatal);
    }
}

TEST(broker_errc, makes_error_codes_that_say_name_number_and_meaning)
{
    const std::error_code code = broker_errc::not_leader_or_follower;
    EXPECT_STREQ(code.category().name(), "kafka");
    EXPECT_THAT(code.message(), StartsWith("NOT_LEADER_OR_FOLLOWER (6): This broker "));
    EXPECT_FALSE(std::error_code{broker_errc::none});
    EXPECT_TRUE(std::error_code{broker_errc::unknown_server_error});
}

TEST(broker_errc, every_text_is_a_sentence_of_its_own)
{
    std::set<std::string_view> texts;
    for (int number = -1; number <= 136; ++number) {
        const std::string_view sentence = text(static_cast<broker_errc>(number));
        EXPECT_TRUE(sentence.ends_with('.')) << number;
        EXPECT_TRUE(texts.insert(sentence).second) << sentence;
    }
}

TEST(errc, every_code_has_a_name_a_sentence_and_one_condition)
{
    std::set<std::string_view> names;
    std::set<std::string_view> texts;
    int number = 1;
    for (; !name(static_cast<errc>(number)).empty(); ++number) {
        const auto code = static_cast<errc>(number);
        EXPECT_TRUE(names.insert(name(code)).second) << name(code);
        EXPECT_TRUE(texts.insert(text(code)).second) << name(code);
        EXPECT_TRUE(text(code).ends_with('.')) << name(code);
        EXPECT_EQ(conditions_of(code), 1) << name(code);
    }
    EXPECT_GT(number, 50);
    EXPECT_EQ(text(static_cast<errc>(number)), text(errc{}));
    EXPECT_EQ(name(errc::queue_full), "queue_full");
    EXPECT_STREQ(make_error_code(errc::queue_full).category().name(), "odradek");
    EXPECT_EQ(make_error_code(errc::queue_full).message(), text(errc::queue_full));
}

TEST(condition, success_and_cancellation_have_none)
{
    EXPECT_EQ(conditions_of({}), 0);
    EXPECT_EQ(conditions_of(broker_errc::none), 0);
    EXPECT_EQ(conditions_of(std::make_error_code(std::errc::operation_canceled)), 0);
    EXPECT_EQ(conditions_of({ECANCELED, std::system_category()}), 0);
}

TEST(condition, sorts_codes_of_brokers)
{
    EXPECT_EQ(make_error_code(broker_errc::leader_not_available), condition::retriable);
    EXPECT_EQ(make_error_code(broker_errc::transaction_abortable), condition::abortable); // B6
    EXPECT_EQ(make_error_code(broker_errc::unknown_member_id), condition::abortable);
    EXPECT_EQ(make_error_code(broker_errc::fenced_instance_id), condition::fatal); // B23
    EXPECT_EQ(make_error_code(broker_errc::topic_authorization_failed), condition::fatal);
    for (int number = -1; number <= 136; ++number) {
        EXPECT_EQ(conditions_of(static_cast<broker_errc>(number)), number == 0 ? 0 : 1) << number;
    }
    EXPECT_EQ(std::error_code(65536 + 6, kafka_category()), condition::fatal);
}

TEST(condition, sorts_codes_of_ours)
{
    EXPECT_EQ(make_error_code(errc::request_timed_out), condition::retriable);
    EXPECT_EQ(make_error_code(errc::outcome_unknown), condition::outcome_unknown);
    EXPECT_EQ(make_error_code(errc::commit_unknown), condition::outcome_unknown); // B7
    EXPECT_EQ(make_error_code(errc::transaction_failed), condition::abortable);
    EXPECT_EQ(make_error_code(errc::invalid_option), condition::fatal);
    EXPECT_EQ(std::error_code(9999, odradek_category()), condition::fatal);
}

// B29: a refused connection may be accepted later; a forbidden one and a name that does not exist may not.
TEST(condition, sorts_errors_of_the_system)
{
    for (const std::errc code : {std::errc::connection_refused, std::errc::connection_reset, std::errc::timed_out,
                                 std::errc::broken_pipe, std::errc::host_unreachable, std::errc::network_unreachable}) {
        EXPECT_EQ(std::make_error_code(code), condition::retriable) << std::make_error_code(code).message();
        EXPECT_EQ(std::error_code(static_cast<int>(code), std::system_category()), condition::retriable);
    }
    for (const std::errc code : {std::errc::permission_denied, std::errc::invalid_argument, std::errc::not_supported})
        EXPECT_EQ(std::make_error_code(code), condition::fatal) << std::make_error_code(code).message();
}

// B29
TEST(condition, sorts_errors_of_asio_by_the_names_of_its_categories)
{
    const named_category netdb("asio.netdb");
    const named_category misc("asio.misc");
    const named_category stream("asio.ssl.stream");
    EXPECT_EQ(std::error_code(1, netdb), condition::fatal);     // host not found
    EXPECT_EQ(std::error_code(2, netdb), condition::retriable); // the name server asks for patience
    EXPECT_EQ(std::error_code(2, misc), condition::retriable);  // end of stream
    EXPECT_EQ(std::error_code(1, misc), condition::fatal);
    EXPECT_EQ(std::error_code(1, stream), condition::retriable); // cut off without a farewell
    const named_category foreign("somebody.else");
    EXPECT_EQ(std::error_code(2, foreign), condition::fatal);
}

TEST(condition, has_words)
{
    EXPECT_STREQ(condition_category().name(), "odradek.condition");
    EXPECT_THAT(make_error_condition(condition::outcome_unknown).message(), HasSubstr("may have taken effect"));
}

} // namespace
} // namespace odradek
