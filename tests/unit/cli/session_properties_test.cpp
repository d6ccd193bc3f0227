// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/session.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <variant>

namespace odradek::cli {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

class session_properties : public testing::Test {
public:
    ~session_properties() override { std::filesystem::remove_all(folder_); }

protected:
    session_properties()
        : folder_(std::filesystem::path{testing::TempDir()} /
                  testing::UnitTest::GetInstance()->current_test_info()->name())
    {
        std::filesystem::create_directories(folder_);
    }
    [[nodiscard]] std::string file(const char* name, const char* text) const
    {
        const auto path = folder_ / name;
        std::ofstream{path} << text;
        return path.string();
    }

    [[nodiscard]] std::string folder() const { return folder_.string(); }

    static std::string refusal(const connection_arguments& arguments)
    {
        try {
            (void)read_properties(arguments);
        } catch (const failure& f) {
            return f.what();
        }
        ADD_FAILURE() << "nothing was refused";
        return {};
    }

private:
    std::filesystem::path folder_;
};

TEST_F(session_properties, come_from_files_then_options_then_b)
{
    connection_arguments a;
    a.property_files = {file("one", "client.id=one\nbootstrap.servers=f:1"), file("two", "client.id=two")};
    EXPECT_EQ(read_properties(a).client().client_id, "two");
    EXPECT_THAT(read_properties(a).client().brokers.addresses(), ElementsAre("f:1"));
    ::setenv("ODRADEK_TEST_ID", "environment", 1);
    a.properties_in_environment = {{"client.id", "ODRADEK_TEST_ID"}};
    EXPECT_EQ(read_properties(a).client().client_id, "environment");
    a.properties = {{"client.id", "option"}};
    a.brokers = {"b:1", "b:2"};
    EXPECT_EQ(read_properties(a).client().client_id, "option");
    EXPECT_THAT(read_properties(a).client().brokers.addresses(), ElementsAre("b:1", "b:2"));
}

TEST_F(session_properties, take_the_first_line_of_a_file_as_a_value)
{
    connection_arguments a;
    a.brokers = {"b:1"};
    a.properties_in_files = {{"client.id", file("id", "from the file\r\nsecond line\n")}};
    EXPECT_EQ(read_properties(a).client().client_id, "from the file");
}

TEST_F(session_properties, that_are_wrong_are_refused_with_their_place_and_the_nearest_name)
{
    connection_arguments a;
    a.brokers = {"b:1"};
    a.properties = {{"client.ids", "x"}};
    EXPECT_THAT(refusal(a), HasSubstr("-X: "));
    EXPECT_THAT(refusal(a), HasSubstr("\"client.id\""));
    a.properties.clear();
    a.property_files = {file("good", "client.id=a\n"), file("bad", "client.id=b\n\nfetch.min.byte=1\n")};
    EXPECT_THAT(refusal(a), HasSubstr("bad: line 3: "));
    EXPECT_THAT(refusal(a), HasSubstr("\"fetch.min.bytes\""));
}

TEST_F(session_properties, need_a_broker)
{
    EXPECT_THAT(refusal({}), HasSubstr("no broker is named"));
}

TEST_F(session_properties, that_cannot_be_read_are_refused)
{
    connection_arguments a;
    a.brokers = {"b:1"};
    a.property_files = {folder()};
    EXPECT_THAT(refusal(a), HasSubstr("Is a directory"));
    a.property_files = {folder() + "/none"};
    EXPECT_THAT(refusal(a), HasSubstr("No such file"));
    a.property_files.clear();
    ::unsetenv("ODRADEK_TEST_NONE");
    a.properties_in_environment = {{"client.id", "ODRADEK_TEST_NONE"}};
    EXPECT_THAT(refusal(a), AllOf(HasSubstr("--property-env: client.id"), Not(HasSubstr("ODRADEK_TEST_NONE"))));
}

TEST_F(session_properties, about_tls_and_sasl_reach_the_client)
{
    ::setenv("ODRADEK_TEST_PASSWORD", "wonder", 1);
    connection_arguments a;
    a.brokers = {"b:1"};
    a.property_files = {file("java", "security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.username=alice\n")};
    a.properties_in_environment = {{"sasl.password", "ODRADEK_TEST_PASSWORD"}};
    a.properties_in_files = {{"ssl.key.password", file("key", "looking-glass\n")}};
    a.properties = {{"sasl.mechanism", "SCRAM-SHA-512"}, {"ssl.certificate.location", "/me.pem"}};
    const client_options options = read_properties(a).client();
    const auto* who = options.sasl ? std::get_if<scram_sha_512>(&*options.sasl) : nullptr;
    ASSERT_NE(who, nullptr);
    EXPECT_EQ(who->username, "alice");
    EXPECT_EQ(who->password.reveal(), "wonder");
    const auto* t = std::get_if<tls>(&options.security);
    ASSERT_NE(t, nullptr);
    EXPECT_EQ(t->certificate_file, "/me.pem");
    EXPECT_EQ(std::get<secret>(t->key_password).reveal(), "looking-glass");
}

TEST_F(session_properties, that_do_not_fit_together_are_refused_before_anything_is_connected)
{
    connection_arguments a;
    a.brokers = {"b:1"};
    a.properties = {{"security.protocol", "SASL_SSL"}, {"sasl.mechanism", "PLAIN"}};
    EXPECT_THAT(refusal(a), HasSubstr(R"("sasl.username" is missing)"));
    a.properties = {{"security.protocol", "SSL"}, {"ssl.truststore.location", "/t.jks"}};
    EXPECT_THAT(refusal(a), HasSubstr("keytool"));
}

TEST_F(session_properties, that_should_secure_something_and_do_not_are_always_told_once)
{
    connection_arguments a;
    a.brokers = {"b:1"};
    a.properties = {{"key.serializer", "k"},      {"ssl.provider", "SunJSSE"}, {"ssl.provider", "Conscrypt"},
                    {"sasl.password", "wonder"},  {"ssl.ca.location", "/ca"},  {"security.providers", "x"},
                    {"ssl.ca.location", "/other"}};
    const properties settings = read_properties(a);
    EXPECT_THAT(ignored_words(settings, false),
                ElementsAre(HasSubstr("property ssl.provider has no effect: it chooses among Java's implementations"),
                            HasSubstr("property security.providers has no effect: it chooses"),
                            "property sasl.password has no effect: it counts only with "
                            R"("security.protocol" = "SASL_SSL" or "SASL_PLAINTEXT")",
                            HasSubstr("property ssl.ca.location has no effect: it counts only with")));
    EXPECT_EQ(ignored_words(settings, true).size(), 5u);
    EXPECT_THAT(ignored_words(settings, true).front(), HasSubstr("key.serializer"));
}

TEST_F(session_properties, do_not_repeat_a_password_in_an_error)
{
    connection_arguments a;
    a.brokers = {"b:1"};
    a.properties_in_files = {{"sasl.password", file("password", "hunter2")}};
    a.properties = {{"sasl.passwort", "hunter2"}};
    EXPECT_THAT(refusal(a), Not(HasSubstr("hunter2")));
}

} // namespace
} // namespace odradek::cli
