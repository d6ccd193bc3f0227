// SPDX-License-Identifier: Apache-2.0
#include "tests/unit/auth/freed_memory.hpp"
#include <odradek/auth/jaas.hpp>
#include <odradek/protocol/error.hpp>

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace odradek {
namespace {

constexpr std::string_view plain_module = "org.apache.kafka.common.security.plain.PlainLoginModule";
constexpr std::string_view scram_module = "org.apache.kafka.common.security.scram.ScramLoginModule";

std::string plain_text(std::string_view options)
{
    return std::string(plain_module) + " required " + std::string(options);
}

// The password as read from `password=VALUE`, or the complaint.
std::string password_of(std::string_view value)
{
    jaas_entry entry;
    if (const jaas_error wrong = parse_jaas(plain_text("password=" + std::string(value) + ";"), entry))
        return wrong.message;
    const secret* const found = entry.find("password");
    return found == nullptr ? "none" : std::string(found->reveal());
}

TEST(jaas, reads_plain)
{
    sasl_options options;
    const jaas_error wrong = parse_sasl_jaas_config("org.apache.kafka.common.security.plain.PlainLoginModule required "
                                                    "username=\"alice\" password=\"won;der=land\";",
                                                    "PLAIN", options);
    ASSERT_FALSE(wrong) << wrong.message;
    ASSERT_TRUE(std::holds_alternative<plain>(options));
    EXPECT_EQ(std::get<plain>(options).username, "alice");
    EXPECT_EQ(std::get<plain>(options).password.reveal(), "won;der=land");
    EXPECT_EQ(std::get<plain>(options).authzid, "");
}

TEST(jaas, reads_scram_for_the_mechanism_that_is_named)
{
    const std::string text = std::string(scram_module) + " REQUIRED\n  username='alice'\n  password=wonderland;\n";
    sasl_options options;
    ASSERT_FALSE(parse_sasl_jaas_config(text, "SCRAM-SHA-256", options));
    ASSERT_TRUE(std::holds_alternative<scram_sha_256>(options));
    EXPECT_EQ(std::get<scram_sha_256>(options).username, "alice");
    EXPECT_FALSE(std::get<scram_sha_256>(options).token_auth);
    ASSERT_FALSE(parse_sasl_jaas_config(text, "SCRAM-SHA-512", options));
    ASSERT_TRUE(std::holds_alternative<scram_sha_512>(options));
    EXPECT_EQ(std::get<scram_sha_512>(options).password.reveal(), "wonderland");
}

TEST(jaas, reads_delegation_tokens)
{
    const auto read = [](std::string_view value) {
        sasl_options options;
        const std::string text =
            std::string(scram_module) + " required username=id password=hmac tokenauth=" + std::string(value) + ";";
        EXPECT_FALSE(parse_sasl_jaas_config(text, "SCRAM-SHA-256", options));
        return std::get<scram_sha_256>(options).token_auth;
    };
    EXPECT_TRUE(read("true"));
    EXPECT_TRUE(read("\"TRUE\""));
    EXPECT_FALSE(read("yes"));
    EXPECT_FALSE(read("false"));
}

TEST(jaas, ignores_options_of_others_as_java_does)
{
    sasl_options options;
    ASSERT_FALSE(parse_sasl_jaas_config(plain_text("user_bob=\"x\" username=a password=b serviceName=kafka;"), "PLAIN",
                                        options));
    EXPECT_EQ(std::get<plain>(options).username, "a");
}

TEST(jaas, takes_the_last_of_several_options_of_one_name)
{
    sasl_options options;
    ASSERT_FALSE(parse_sasl_jaas_config(plain_text("username=a username=b password=c password=d;"), "PLAIN", options));
    EXPECT_EQ(std::get<plain>(options).username, "b");
    EXPECT_EQ(std::get<plain>(options).password.reveal(), "d");
}

// Each of these was given to Kafka's JaasConfig 4.4.0 as well, which read the same.
TEST(jaas, unquotes_and_unescapes_as_java_does)
{
    const std::vector<std::pair<std::string, std::string>> cases{
        {"abc", "abc"},
        {"\"abc\"", "abc"},
        {"'abc'", "abc"},
        {"\"a'b\"", "a'b"},
        {"'a\"b'", "a\"b"},
        {"\"a\\\"b\"", "a\"b"},
        {"\"a\\\\b\"", "a\\b"},
        {"\"\\a\\b\\f\\n\\r\\t\\v\"", "\a\b\f\n\r\t\v"},
        {"\"\\q\\u0041\"", "qu0041"},
        {"\"\\101\\60\\7x\"", "A0\ax"},
        {"\"\\1019\"", "A9"},
        {"\"\\477\"", "'7"},
        {"\"\\344\"", "\xc3\xa4"},
        {"\"\\0\"", std::string("\0", 1)},
        {"\"\xc3\xa4\xe2\x82\xac\"", "\xc3\xa4\xe2\x82\xac"},
        {"\xc3\xa4\xe2\x82\xac", "\xc3\xa4\xe2\x82\xac"},
        {"a.b-c_d$e9", "a.b-c_d$e9"},
        {"_x", "_x"},
        {"$x", "$x"},
        {"\"a/b//c/*d*/\"", "a/b//c/*d*/"},
        {"\"\"", ""},
        {" \t\n \"x\"", "x"},
        {"/* c */ abc /* d */", "abc"},
        {"// c\nabc", "abc"},
        {"/ c\nabc", "abc"},
        {"/\nabc\ndef", "def"},
        {"abc/* c **/", "abc"},
        {"\"a\\\nb\"", "a\nb"},
    };
    for (const auto& [text, expected] : cases) EXPECT_EQ(password_of(text), expected) << text;
}

struct bad_text {
    std::string text;
    std::string message;
};

TEST(jaas, says_what_is_wrong_and_where)
{
    const std::string begin = plain_text("");
    const std::string column = std::to_string(begin.size() + 1);
    for (
        const bad_text& bad : std::vector<bad_text>{
            {"", "line 1, column 1: there is no login module"},
            {" // nothing", "line 1, column 1: there is no login module"},
            {"=", "line 1, column 1: the name of a login module is expected"},
            {"A", "line 1, column 2: required, requisite, sufficient or optional is expected"},
            {"A maybe;", "line 1, column 3: required, requisite, sufficient or optional is expected"},
            {begin, "line 1, column " + column + ": the entry does not end with a semicolon"},
            {begin + "username",
             "line 1, column " + std::to_string(begin.size() + 9) + ": \"=\" is expected before the value of username"},
            {begin + "\nusername", "line 2, column 9: \"=\" is expected before the value of username"},
            {begin + "\n password=", "line 2, column 11: the value of password is missing"},
            {begin + "\n password=;",
             "line 2, column 11: the value of password is missing; one that does not begin with a letter needs quotes"},
            {begin + "\n password=123;",
             "line 2, column 11: the value of password is missing; one that does not begin with a letter needs quotes"},
            {begin + "\n password=\"abc\n;",
             "line 2, column 11: the quote of the value of password is not closed on its line"},
            {begin + "\n password=\"abc\\",
             "line 2, column 11: the quote of the value of password is not closed on its line"},
            {begin + "\n password=abc@def;", "line 2, column 14: an option's name or a semicolon is expected; put a "
                                             "value with such a character in quotes"},
            {begin + "\n password=abc def;", "line 2, column 18: \"=\" is expected before the value of an option"},
            {begin + "\n password=abc/def;", "line 2, column 19: the entry does not end with a semicolon"},
            {begin + "\n password=abc", "line 2, column 14: the entry does not end with a semicolon"},
            {begin + "\n \"password=abc", "line 2, column 2: the quote is not closed on its line"},
            {begin + "\n a=\xc2\x85;",
             "line 2, column 4: the value of an option is missing; one that does not begin with a letter needs quotes"},
            {begin + "; B required;", "line 1, column " + std::to_string(begin.size() + 3) +
                                          ": something follows the login module; one is all that there may be"},
        }) {
        jaas_entry entry;
        const jaas_error wrong = parse_jaas(bad.text, entry);
        EXPECT_EQ(wrong.message, bad.message) << bad.text;
        EXPECT_EQ(wrong.ec, errc::invalid_property);
        EXPECT_GE(wrong.line, 1u);
        EXPECT_GE(wrong.column, 1u);
    }
}

TEST(jaas, says_what_is_missing)
{
    const auto complaint = [](std::string_view options) {
        sasl_options out;
        return parse_sasl_jaas_config(plain_text(options), "PLAIN", out);
    };
    EXPECT_EQ(complaint("password=x;").message, "PlainLoginModule has no username");
    EXPECT_EQ(complaint("username=x;").message, "PlainLoginModule has no password");
    EXPECT_EQ(complaint("username=x password=\"\";").message, "PlainLoginModule has no password");
    EXPECT_EQ(complaint("username=x;").ec, errc::credentials_missing);
    EXPECT_EQ(complaint("username=x;").line, 0u);
}

TEST(jaas, wants_the_login_module_that_the_mechanism_needs)
{
    sasl_options out;
    EXPECT_EQ(parse_sasl_jaas_config(plain_text("username=a password=b;"), "SCRAM-SHA-256", out).message,
              "the mechanism SCRAM-SHA-256 needs the login module " + std::string(scram_module));
    EXPECT_EQ(parse_sasl_jaas_config("com.example.Mine required username=a password=b;", "PLAIN", out).message,
              "the mechanism PLAIN needs the login module " + std::string(plain_module));
    EXPECT_EQ(parse_sasl_jaas_config(plain_text("username=a password=b;"), "GSSAPI", out).ec, errc::invalid_property);
}

// Whatever is broken in a text, the complaint repeats nothing of the password, nor of what may have been meant as a part of it.
TEST(jaas, never_repeats_a_secret)
{
    const std::string password = "XyzzyPlugh0Plover";
    for (const std::string& whole : {plain_text("username=alice password=\"" + password + "\";"),
                                     plain_text("username=alice password=" + password + ";"),
                                     plain_text("password=\"\\\"" + password + "\" username='alice';")}) {
        for (std::size_t at = 0; at < whole.size(); ++at)
            for (const std::string_view replacement : {"", " ", "\"", "=", ";", "\n", "/", "9", "'", "\\", "@"}) {
                std::string text = whole;
                text.replace(at, 1, replacement);
                for (const std::string& tried : {text, whole.substr(0, at) + std::string(replacement)}) {
                    sasl_options out;
                    const jaas_error wrong = parse_sasl_jaas_config(tried, "PLAIN", out);
                    for (std::size_t i = 0; i + 4 <= password.size(); ++i)
                        EXPECT_EQ(wrong.message.find(password.substr(i, 4)), std::string::npos) << tried;
                }
            }
    }
}

TEST(jaas, leaves_no_password_in_memory_that_it_gives_back)
{
    static constexpr std::string_view text =
        "org.apache.kafka.common.security.plain.PlainLoginModule required "
        "username=u "
        "password=\"correct horse battery staple, and so many more words that a string has to grow for them\";";
    const test::freed_memory watch{"correct horse"};
    {
        sasl_options out;
        EXPECT_FALSE(parse_sasl_jaas_config(text, "PLAIN", out));
        EXPECT_TRUE(parse_sasl_jaas_config(text.substr(0, text.size() - 2), "PLAIN", out)); // the quote is not closed
        EXPECT_TRUE(parse_sasl_jaas_config(text.substr(0, text.size() - 1), "PLAIN", out)); // no semicolon
    }
    EXPECT_GT(watch.looked(), 5);
    EXPECT_EQ(watch.found(), 0);
}

} // namespace
} // namespace odradek
