// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/tls_context.hpp>
#include <odradek/protocol/error.hpp>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>
#include <tests/support/certificates.hpp>

namespace odradek::test {
namespace {

namespace fs = std::filesystem;
using std::chrono_literals::operator""s;
using std::chrono_literals::operator""ms;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class tls_context_test : public testing::Test {
protected:
    tls_context_test()
    {
        std::string pattern = (fs::temp_directory_path() / "odradek_tls_XXXXXX").string();
        folder = ::mkdtemp(pattern.data());
    }
    ~tls_context_test() override { fs::remove_all(folder); }
    tls_context_test(const tls_context_test&) = delete;
    tls_context_test& operator=(const tls_context_test&) = delete;

    std::string file(const std::string& name, const std::string& text)
    {
        const fs::path path = folder / name;
        std::ofstream(path, std::ios::binary) << text;
        // Two writes within one tick of the file system's clock would look alike.
        fs::last_write_time(path, fs::file_time_type::clock::now() + std::chrono::seconds(++writes));
        return path.string();
    }
    template <class Options>
    static std::string failure(const Options& options, errc expected)
    {
        tls_context context(options);
        const auto made = context.refresh(steady_time{});
        EXPECT_EQ(made.ec, expected);
        EXPECT_EQ(context.current().context, nullptr);
        return describe(made.ec, made.about);
    }
    template <class Options>
    static std::string success(const Options& options)
    {
        tls_context context(options);
        const auto made = context.refresh(steady_time{});
        EXPECT_TRUE(made.ec || context.current().context);
        return made.ec ? describe(made.ec, made.about) : "well";
    }

    const certificate authority = certificate::authority();
    const certificate own = authority.issue({.name = "client"});
    fs::path folder;
    int writes = 0;
};

TEST_F(tls_context_test, takes_certificates_and_keys_from_everywhere)
{
    tls options;
    options.ca_file = file("ca.pem", authority.pem());
    EXPECT_EQ(success(options), "well");
    options.certificate_file = file("own.pem", own.pem());
    options.key_file = file("own.key", own.key_pem());
    EXPECT_EQ(success(options), "well");
    options.key_file = file("own.key", own.key_pem("secret"));
    options.key_password = "secret";
    EXPECT_EQ(success(options), "well");
    options.key_password = [] { return std::string("secret"); };
    EXPECT_EQ(success(options), "well");
    options.key_file.clear();
    options.certificate_file = file("both.pem", own.pem() + own.key_pem());
    EXPECT_EQ(success(options), "well");
    options.certificate_file.clear();
    options.pkcs12_file = file("own.p12", own.pkcs12("secret"));
    EXPECT_EQ(success(options), "well");
    options.pkcs12_file.clear();
    options.certificate_pem = own.pem() + authority.pem();
    options.key_pem = own.key_pem();
    EXPECT_EQ(success(options), "well");
}

TEST_F(tls_context_test, trusts_whatever_certificates_lie_in_a_folder)
{
    tls options;
    options.ca_directory = folder.string();
    EXPECT_THAT(failure(options, errc::tls_material_invalid), HasSubstr("there is no certificate in this folder"));
    file("readme.txt", "nothing");
    fs::create_directory(folder / "more");
    file("one", authority.pem());
    EXPECT_EQ(success(options), "well");
    options.ca_directory = (folder / "missing").string();
    EXPECT_THAT(failure(options, errc::file_not_readable), HasSubstr("missing: No such file or directory"));
}

TEST_F(tls_context_test, trusts_the_systems_authorities_by_default)
{
    const std::string bundle = file("bundle.pem", authority.pem());
    ::setenv("SSL_CERT_FILE", bundle.c_str(), 1);
    EXPECT_EQ(success(tls{}), "well");
    ::setenv("SSL_CERT_FILE", "/missing/bundle.pem", 1);
    EXPECT_THAT(failure(tls{}, errc::file_not_readable), HasSubstr("SSL_CERT_FILE: /missing/bundle.pem: No such file"));
    ::setenv("SSL_CERT_FILE", "", 1); // is not set
    const std::string some = (folder / "some").string();
    fs::create_directory(some);
    file("some/one.pem", authority.pem());
    ::setenv("SSL_CERT_DIR", ("/missing/certs:" + some).c_str(), 1); // OpenSSL takes folders with colons between
    EXPECT_EQ(success(tls{}), "well");
    ::setenv("SSL_CERT_DIR", "/missing/certs::/missing/too", 1);
    EXPECT_THAT(failure(tls{}, errc::file_not_readable), HasSubstr("SSL_CERT_DIR: /missing/too: No such file"));
    ::unsetenv("SSL_CERT_DIR");
    ::setenv("SSL_CERT_FILE", "/missing/bundle.pem", 1);
    tls options;
    options.verify = false;
    EXPECT_EQ(success(options), "well");
    options = {};
    options.ca_pem = authority.pem();
    EXPECT_EQ(success(options), "well");
    options.system_store = true;
    (void)failure(options, errc::file_not_readable);
    ::unsetenv("SSL_CERT_FILE");
}

TEST_F(tls_context_test, names_the_file_and_the_step_that_fails)
{
    tls options;
    options.ca_file = (folder / "none.pem").string();
    EXPECT_THAT(failure(options, errc::file_not_readable), HasSubstr("none.pem: No such file or directory"));
    options.ca_file = folder.string();
    EXPECT_THAT(failure(options, errc::file_not_readable), HasSubstr(folder.string() + ": "));
    options.ca_file = file("empty.pem", "");
    EXPECT_THAT(failure(options, errc::tls_material_invalid), HasSubstr("empty.pem: there is no certificate in it"));
    options.ca_file = file("cut.pem", authority.pem().substr(0, 300));
    EXPECT_THAT(failure(options, errc::tls_material_invalid), HasSubstr("cut.pem: a certificate cannot be read: "));
    options.ca_file.clear();
    options.ca_pem = "hello";
    EXPECT_THAT(failure(options, errc::tls_material_invalid), HasSubstr("ca_pem: there is no certificate in it"));
    options.ca_pem = authority.pem();

    options.key_pem = own.key_pem();
    EXPECT_THAT(failure(options, errc::tls_material_invalid), HasSubstr("a private key, but no certificate for it"));
    options.certificate_pem = own.pem();
    options.key_pem = authority.key_pem();
    EXPECT_THAT(failure(options, errc::tls_material_invalid),
                HasSubstr("key_pem: the private key does not belong to the certificate: "));
    options.key_pem = "hello";
    EXPECT_THAT(failure(options, errc::tls_material_invalid), HasSubstr("key_pem: there is no private key in it"));
    options.key_pem.clear();
    EXPECT_THAT(failure(options, errc::tls_material_invalid),
                HasSubstr("certificate_pem: there is no private key in it, and no other file is named for one"));
    options.key_pem = "-----BEGIN PRIVATE KEY-----\nhello\n-----END PRIVATE KEY-----\n";
    EXPECT_THAT(failure(options, errc::tls_material_invalid), HasSubstr("key_pem: the private key cannot be read: "));
    options.key_pem.clear();
    options.certificate_pem = "hello";
    EXPECT_THAT(failure(options, errc::tls_material_invalid),
                HasSubstr("certificate_pem: there is no certificate in it"));
    options.pkcs12_file = "own.p12";
    EXPECT_THAT(failure(options, errc::invalid_option), HasSubstr("pkcs12_file excludes certificate and key"));
}

TEST_F(tls_context_test, says_what_is_wrong_with_a_password_but_not_the_password)
{
    tls options;
    options.ca_pem = authority.pem();
    options.certificate_pem = own.pem();
    options.key_file = file("own.key", own.key_pem("secret"));
    EXPECT_THAT(failure(options, errc::tls_material_invalid),
                HasSubstr("own.key: the private key is encrypted, and there is no key_password"));
    options.key_password = "hunter2";
    EXPECT_THAT(failure(options, errc::tls_material_invalid),
                AllOf(HasSubstr("own.key: the private key cannot be decrypted with the key_password"),
                      Not(HasSubstr("hunter2"))));
    options.certificate_pem.clear();
    options.key_file.clear();
    options.pkcs12_file = file("own.p12", own.pkcs12("secret"));
    EXPECT_THAT(failure(options, errc::tls_material_invalid),
                HasSubstr("own.p12: the PKCS#12 file cannot be opened with the key_password: "));
    options.pkcs12_file = file("own.p12", "hello");
    EXPECT_THAT(failure(options, errc::tls_material_invalid), HasSubstr("own.p12: this is not a PKCS#12 file"));
}

TEST_F(tls_context_test, refuses_lists_that_openssl_does_not_know)
{
    tls options;
    options.ca_pem = authority.pem();
    options.ciphers = "NONSENSE";
    EXPECT_THAT(failure(options, errc::invalid_option), HasSubstr(R"(tls: ciphers: "NONSENSE": )"));
    options.ciphers.clear();
    options.cipher_suites = "NONSENSE";
    EXPECT_THAT(failure(options, errc::invalid_option), HasSubstr("tls: cipher_suites: "));
    options.cipher_suites.clear();
    options.groups = "NONSENSE";
    EXPECT_THAT(failure(options, errc::invalid_option), HasSubstr(R"(tls: groups: "NONSENSE": )"));
    options.groups.clear();
    options.minimum_version = tls_version::v1_3;
    options.maximum_version = tls_version::v1_2;
    EXPECT_THAT(failure(options, errc::invalid_option), HasSubstr("maximum_version is below minimum_version"));
}

TEST_F(tls_context_test, wants_a_servers_certificate_and_the_authorities_of_its_clients)
{
    tls_server options;
    EXPECT_THAT(failure(options, errc::tls_material_invalid), HasSubstr("a TLS server needs a certificate"));
    options.identity.certificate_pem = own.pem();
    options.identity.key_pem = own.key_pem();
    EXPECT_EQ(success(options), "well");
    options.client_auth = client_authentication::requested;
    EXPECT_THAT(failure(options, errc::tls_material_invalid), HasSubstr("client_ca_file"));
    options.client_ca_file = file("ca.pem", authority.pem());
    EXPECT_EQ(success(options), "well");
}

TEST_F(tls_context_test, reads_files_again_when_they_have_changed_and_at_most_once_a_second)
{
    tls options;
    options.ca_file = file("ca.pem", authority.pem());
    options.certificate_file = file("own.pem", own.pem());
    options.key_file = file("own.key", own.key_pem());
    tls_context context(options);
    steady_time now{};
    EXPECT_TRUE(context.is_due(now));
    EXPECT_FALSE(context.refresh(now).ec);
    const auto first = context.current();
    EXPECT_FALSE(context.is_due(now + 999ms));
    EXPECT_TRUE(context.is_due(now += 1s));
    EXPECT_FALSE(context.refresh(now).ec);
    EXPECT_EQ(context.current().context, first.context) << "nothing has changed";

    const certificate next = authority.issue({.name = "next"});
    file("own.pem", next.pem());
    file("own.key", next.key_pem());
    EXPECT_FALSE(context.refresh(now + 500ms).ec);
    EXPECT_EQ(context.current().context, first.context) << "too early to look";
    const auto made = context.refresh(now += 1s);
    EXPECT_EQ(made.warning, "");
    EXPECT_NE(context.current().context, first.context);
    EXPECT_NE(context.current().sessions, first.sessions);
    // Who was connected before still has the old one.
    EXPECT_NE(first.context, nullptr);
}

TEST_F(tls_context_test, keeps_the_old_ones_while_the_new_files_do_not_fit_and_warns_once)
{
    tls options;
    options.ca_pem = authority.pem();
    options.certificate_file = file("own.pem", own.pem());
    options.key_file = file("own.key", own.key_pem());
    tls_context context(options);
    steady_time now{};
    EXPECT_FALSE(context.refresh(now).ec);
    const auto first = context.current().context;

    const certificate next = authority.issue({.name = "next"});
    file("own.pem", next.pem()); // the key comes a little later
    auto made = context.refresh(now += 1s);
    EXPECT_FALSE(made.ec);
    EXPECT_THAT(made.warning, AllOf(HasSubstr("the old ones stay in force"), HasSubstr("own.key: the private key")));
    EXPECT_EQ(context.current().context, first);
    made = context.refresh(now += 1s);
    EXPECT_EQ(made.warning, "");
    fs::remove(folder / "own.key");
    EXPECT_THAT(context.refresh(now += 1s).warning, HasSubstr("own.key: No such file"));
    file("own.key", next.key_pem());
    made = context.refresh(now += 1s);
    EXPECT_EQ(made.warning, "");
    EXPECT_NE(context.current().context, first);
}

TEST_F(tls_context_test, tries_again_at_once_while_there_is_nothing_in_force)
{
    tls options;
    options.ca_file = (folder / "ca.pem").string();
    tls_context context(options);
    EXPECT_EQ(context.refresh(steady_time{}).ec, errc::file_not_readable);
    EXPECT_TRUE(context.is_due(steady_time{}));
    file("ca.pem", authority.pem());
    EXPECT_FALSE(context.refresh(steady_time{}).ec);
    EXPECT_FALSE(context.is_due(steady_time{}));
}

TEST_F(tls_context_test, sees_a_change_of_a_file_in_the_folder)
{
    tls options;
    options.ca_directory = folder.string();
    file("one.pem", authority.pem());
    tls_context context(options);
    EXPECT_FALSE(context.refresh(steady_time{}).ec);
    const auto first = context.current().context;
    file("one.pem", certificate::authority("Another").pem());
    EXPECT_FALSE(context.refresh(steady_time{} + 1s).ec);
    EXPECT_NE(context.current().context, first);
}

} // namespace
} // namespace odradek::test
