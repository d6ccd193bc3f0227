// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/proxy_bypass.hpp>
#include <odradek/net/proxy_options.hpp>
#include <odradek/protocol/error.hpp>

#include <gmock/gmock.h>

#include <map>

namespace odradek::test {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

std::string wrong(const proxy_options& options)
{
    const auto found = check(options);
    if (!found) return "nothing";
    EXPECT_EQ(found.ec, errc::invalid_option);
    return found.words;
}

http_connect with_header(std::string name, const secret& value)
{
    http_connect how{"proxy.test"};
    how.headers.push_back({std::move(name), value});
    return how;
}

TEST(proxy_options, are_written_as_one_proxy_a_chain_or_a_function)
{
    struct user_options {
        proxy_options proxy{};
    };
    user_options o;
    EXPECT_TRUE(o.proxy.chain.empty());
    o.proxy = socks5{"proxy.test:1081"};
    EXPECT_EQ(describe(o.proxy.chain.at(0)), "socks5 proxy.test:1081");
    o.proxy = http_connect{.address = "proxy.test", .username = "u", .password = "p"};
    EXPECT_EQ(describe(o.proxy.chain.at(0)), "http proxy.test:80");
    o.proxy = proxy_chain{socks5{"[::1]"}, http_connect{.address = "proxy.test", .tls = tls{}}};
    EXPECT_EQ(describe(o.proxy.chain.at(0)), "socks5 [::1]:1080");
    EXPECT_EQ(describe(o.proxy.chain.at(1)), "https proxy.test:443");
    o.proxy = [](const transport_request& to) {
        return to.node_id == 1 ? proxy_chain{socks5{"one.test"}} : proxy_chain{};
    };
    EXPECT_TRUE(o.proxy.chain.empty());
    EXPECT_EQ(o.proxy.choose({.node_id = 1}).size(), 1u);
    EXPECT_TRUE(o.proxy.choose({.node_id = 2}).empty());
    const user_options named{.proxy = socks5{"proxy.test"}};
    EXPECT_EQ(wrong(named.proxy), "nothing");
}

TEST(proxy_options, a_bad_address_is_named_with_its_value)
{
    EXPECT_EQ(wrong(socks5{}),
              "proxy: socks5: address is \"\", which is not \"host:port\" with a port between 1 and 65535");
    for (const char* address :
         {"proxy.test:0", "proxy.test:65536", "proxy.test:", "a b:1", "[::1", "socks5://proxy.test:1", "proxy.test/x"})
        EXPECT_THAT(wrong(socks5{address}), HasSubstr("address is \"" + std::string(address) + "\"")) << address;
    EXPECT_THAT(wrong(http_connect{.address = "a:b:c d"}), StartsWith("proxy: http_connect: address is \"a:b:c d\""));
    EXPECT_THAT(wrong(proxy_chain{socks5{"fine"}, socks5{"not fine"}}),
                StartsWith("proxy: hop 2: socks5: address is \"not fine\""));
    for (const char* address : {"proxy.test", "proxy.test:1", "127.0.0.1:1080", "::1", "[::1]:1080"})
        EXPECT_EQ(wrong(socks5{address}), "nothing") << address;
}

TEST(proxy_options, what_stands_before_an_at_is_never_shown)
{
    for (const char* address :
         {"alice:wonderland@proxy.test:1080", "http://alice:wonder@land@proxy.test:x", "alice:wonderland@"}) {
        const proxy_hop hop = socks5{address};
        EXPECT_THAT(wrong(socks5{address}),
                    AllOf(HasSubstr("\"***@"), Not(HasSubstr("wonder")), Not(HasSubstr("alice"))))
            << address;
        EXPECT_THAT(describe(hop), Not(HasSubstr("wonder"))) << address;
    }
}

TEST(proxy_options, credentials_that_cannot_be_carried_are_refused_without_being_shown)
{
    EXPECT_EQ(wrong(socks5{"p", std::string(256, 'u')}),
              "proxy: socks5: username has 256 bytes; at most 255 can be sent");
    EXPECT_EQ(wrong(socks5{"p", "u", std::string(256, 'p')}),
              "proxy: socks5: password has 256 bytes; at most 255 can be sent");
    EXPECT_EQ(wrong(socks5{"p", "", "wonderland"}), "proxy: socks5: there is a password without a username");
    EXPECT_EQ(wrong(socks5{"p", std::string(255, 'u'), std::string(255, 'p')}), "nothing");
    EXPECT_EQ(wrong(http_connect{.address = "p", .username = "a:b"}),
              "proxy: http_connect: username has a colon, which Basic authentication cannot carry");
    EXPECT_THAT(wrong(http_connect{.address = "p", .username = "a\r\nb"}),
                EndsWith("username has a control character"));
    EXPECT_THAT(wrong(http_connect{.address = "p", .username = "a", .password = "wonder\nland"}),
                AllOf(EndsWith("password has a control character"), Not(HasSubstr("wonder"))));
    EXPECT_EQ(wrong(http_connect{.address = "p", .username = "a", .password = "b:c"}), "nothing");
}

TEST(proxy_options, headers_that_would_break_out_of_theirs_are_refused_without_being_shown)
{
    EXPECT_EQ(wrong(with_header("X-Tenant", "a \"value\" n\xc3\xa4me")), "nothing");
    for (const char* value : {"wonder\rland", "wonder\nland", "wonder\r\nHost: x"})
        EXPECT_THAT(wrong(with_header("X", value)),
                    AllOf(HasSubstr("header 1: its value has a control character"), Not(HasSubstr("wonder"))));
    for (const char* name : {"", "X Y", "X:", "wonder\r\nland", "n\xc3\xa4me"})
        EXPECT_THAT(wrong(with_header(name, "v")),
                    AllOf(HasSubstr("header 1: its name is not a token"), Not(HasSubstr("wonder"))))
            << name;
    for (const char* name : {"host", "Content-Length", "TRANSFER-ENCODING"})
        EXPECT_THAT(wrong(with_header(name, "v")), HasSubstr("written without being asked for")) << name;
    http_connect how = with_header("Proxy-Authorization", "Bearer x");
    EXPECT_EQ(wrong(how), "nothing");
    how.username = "u";
    EXPECT_THAT(wrong(how), HasSubstr("written without being asked for"));
}

TEST(proxy_options, other_things_that_cannot_be)
{
    proxy_options both = socks5{"p"};
    both.choose = [](const transport_request&) { return proxy_chain{}; };
    EXPECT_EQ(wrong(both), "proxy: there are both a function that chooses and a chain");
    proxy_options exceptions = socks5{"p"};
    exceptions.no_proxy = {"fine.test", "10.0.0.0/33"};
    EXPECT_THAT(wrong(exceptions), StartsWith("proxy: no_proxy has \"10.0.0.0/33\", which is neither"));
    proxy_options elsewhere;
    elsewhere.problem = "environment variable X: what";
    EXPECT_EQ(wrong(elsewhere), "proxy: environment variable X: what");
}

TEST(proxy_bypass, knows_hosts_domains_addresses_and_networks)
{
    struct row {
        const char* entry;
        endpoint broker;
        bool bypassed;
    };
    const row rows[] = {
        {"*", {"whoever", 1}, true},
        {"example.test", {"example.test", 1}, true},
        {"example.test", {"b1.example.test", 1}, true},
        {"example.test", {"notexample.test", 1}, false},
        {"example.test", {"example.test.org", 1}, false},
        {".example.test", {"b1.example.test", 1}, true},
        {".example.test", {"example.test", 1}, true},
        {".example.test", {"notexample.test", 1}, false},
        {"EXAMPLE.test.", {"b1.Example.Test", 1}, true},
        {"example.test", {"example.test.", 1}, true},
        {" example.test\t", {"example.test", 1}, true},
        {"example.test:9092", {"b1.example.test", 9092}, true},
        {"example.test:9092", {"b1.example.test", 9093}, false},
        {"10.0.0.1", {"10.0.0.1", 1}, true},
        {"10.0.0.1", {"10.0.0.10", 1}, false},
        {"10.0.0.1:9092", {"10.0.0.1", 9092}, true},
        {"10.0.0.1:9092", {"10.0.0.1", 9093}, false},
        {"0.0.1", {"10.0.0.1", 1}, false},
        {"10.0.0.0/8", {"10.255.0.1", 1}, true},
        {"10.0.0.0/8", {"11.0.0.1", 1}, false},
        {"10.1.2.128/25", {"10.1.2.129", 1}, true},
        {"10.1.2.128/25", {"10.1.2.127", 1}, false},
        {"10.1.2.3/32", {"10.1.2.3", 1}, true},
        {"0.0.0.0/0", {"8.8.8.8", 1}, true},
        {"0.0.0.0/0", {"2001:db8::1", 1}, false},
        {"0.0.0.0/0", {"example.test", 1}, false},
        {"10.0.0.0/8", {"10.example.test", 1}, false},
        {"10.0.0.0/8", {"::ffff:10.0.0.1", 1}, true},
        {"::1", {"::1", 1}, true},
        {"[::1]", {"0:0::1", 1}, true},
        {"[::1]:9092", {"::1", 9092}, true},
        {"[::1]:9092", {"::1", 9093}, false},
        {"fd00::/8", {"fd12::1", 1}, true},
        {"fd00::/8", {"fe00::1", 1}, false},
        {"::/0", {"10.0.0.1", 1}, true},
        {"localhost", {"localhost", 1}, true},
        {"localhost", {"127.0.0.1", 1}, false},
        {"", {"example.test", 1}, false},
        {".", {"example.test", 1}, false},
        {"10.0.0.0/33", {"10.0.0.1", 1}, false},
        {"10.0.0.0/", {"10.0.0.1", 1}, false},
        {"x/8", {"x", 1}, false},
        {"http://example.test", {"example.test", 1}, false},
    };
    for (const row& each : rows) {
        const std::vector<std::string> entries{"other.test", each.entry};
        EXPECT_EQ(is_bypassed(entries, each.broker), each.bypassed) << each.entry << ' ' << to_string(each.broker);
    }
    EXPECT_FALSE(is_bypassed({}, {"example.test", 1}));
}

TEST(proxy_bypass, knows_its_own_forms)
{
    for (const char* entry :
         {"*", "host", ".host", "host:1", "10.0.0.1", "10.0.0.1:1", "10.0.0.0/0", "::1", "[::1]:1", "fd00::/128"})
        EXPECT_TRUE(is_bypass_entry(entry)) << entry;
    for (const char* entry : {"", " ", "*.host", "a b", "host:0", "host:x", "10.0.0.0/33", "fd00::/129", "10.0.0.0/-1",
                              "10.0.0.0/8x", "host/8", "a:b:c", "http://host"})
        EXPECT_FALSE(is_bypass_entry(entry)) << entry;
}

class proxy_environment : public testing::Test {
protected:
    [[nodiscard]] proxy_options read() const
    {
        return proxy_from_environment([this](const char* name) {
            const auto found = variables.find(name);
            return found == variables.end() ? nullptr : found->second.c_str();
        });
    }
    // As "socks5h host:port username/password".
    [[nodiscard]] std::string read(const std::string& value)
    {
        variables = {{"ALL_PROXY", value}};
        const proxy_options found = read();
        if (!found.problem.empty()) return found.problem;
        if (found.chain.size() != 1) return "no proxy";
        const proxy_hop& hop = found.chain.front();
        const auto* socks = std::get_if<socks5>(&hop);
        const std::string username = socks != nullptr ? socks->username : std::get<http_connect>(hop).username;
        const secret& password = socks != nullptr ? socks->password : std::get<http_connect>(hop).password;
        std::string text = (socks != nullptr && !socks->remote_names ? "here " : "") + describe(hop);
        if (!username.empty() || !password.empty()) text += ' ' + username + '/' + std::string(password.reveal());
        return text;
    }
    std::map<std::string, std::string, std::less<>> variables;
};

TEST_F(proxy_environment, reads_every_form)
{
    EXPECT_EQ(read("socks5://proxy.test:1081"), "here socks5 proxy.test:1081");
    EXPECT_EQ(read("socks5h://proxy.test"), "socks5 proxy.test:1080");
    EXPECT_EQ(read("SOCKS5H://[::1]:1"), "socks5 [::1]:1");
    EXPECT_EQ(read("http://proxy.test:3128/"), "http proxy.test:3128");
    EXPECT_EQ(read("https://proxy.test"), "https proxy.test:443");
    EXPECT_EQ(read("proxy.test:8080"), "http proxy.test:8080");
    EXPECT_EQ(read("socks5h://alice:wonderland@proxy.test:1080"), "socks5 proxy.test:1080 alice/wonderland");
    EXPECT_EQ(read("http://al%69ce:a%3Ab%40%2f%25:c@proxy.test:1"), "http proxy.test:1 alice/a:b@/%:c");
    EXPECT_EQ(read("http://alice@proxy.test:1"), "http proxy.test:1 alice/");
    EXPECT_EQ(read("alice:p@ss/word@proxy.test:1"), "http proxy.test:1 alice/p@ss/word");
}

TEST_F(proxy_environment, names_the_variable_of_what_it_cannot_read_but_not_what_stands_before_the_host)
{
    EXPECT_EQ(read("socks4://alice:wonderland@proxy.test"),
              "environment variable ALL_PROXY: its scheme is none of http, https, socks5 and socks5h");
    EXPECT_EQ(read("http://alice:wonderland@proxy.test:99999"),
              "environment variable ALL_PROXY: \"***@proxy.test:99999\" names no host, or no port between 1 and 65535");
    for (const char* value :
         {"http://a%4:wonderland@p", "http://a:wonder%xxland@p", "http://a:wonderland%@p", "http://a:%%41wonderland@p"})
        EXPECT_EQ(read(value), "environment variable ALL_PROXY: a \"%\" before the host stands for no byte") << value;
    EXPECT_EQ(read("socks5://:wonderland@proxy.test"),
              "environment variable ALL_PROXY: socks5: there is a password without a username");
    EXPECT_EQ(read("http://a%0d:wonderland@proxy.test"),
              "environment variable ALL_PROXY: http_connect: username has a control character");
    for (const char* value :
         {"http://", "http://alice:wonderland@", "http://alice:wonderland@proxy.test/path", "wonder land"})
        EXPECT_THAT(read(value), AllOf(HasSubstr("ALL_PROXY"), Not(HasSubstr("wonderland")))) << value;
    variables = {{"HTTPS_PROXY", "ftp://x"}};
    EXPECT_THAT(wrong(read()), StartsWith("proxy: environment variable HTTPS_PROXY: "));
}

TEST_F(proxy_environment, prefers_what_is_for_everything_and_lower_case)
{
    EXPECT_TRUE(read().chain.empty());
    for (const std::string name : {"HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"}) {
        variables[name] = name + ".test:1";
        EXPECT_EQ(describe(read().chain.at(0)), "http " + name + ".test:1");
    }
    variables["all_proxy"] = "";
    EXPECT_EQ(describe(read().chain.at(0)), "http ALL_PROXY.test:1") << "an empty one counts as not set";
    variables = {{"HTTP_PROXY", "proxy.test:1"}, {"http_proxy", "proxy.test:1"}};
    EXPECT_TRUE(read().chain.empty()) << "these are for http alone";
}

TEST_F(proxy_environment, keeps_those_exceptions_that_mean_something)
{
    variables = {{"NO_PROXY", " localhost,127.0.0.0/8 ,, .example.test\t*.other.test,10.*,::1,a b:0,"}};
    const proxy_options found = read();
    EXPECT_THAT(found.no_proxy, ElementsAre("localhost", "127.0.0.0/8", ".example.test", ".other.test", "::1", "a"));
    EXPECT_EQ(wrong(found), "nothing");
    variables["no_proxy"] = "*";
    EXPECT_THAT(read().no_proxy, ElementsAre("*"));
}

TEST_F(proxy_environment, is_read_only_when_that_is_asked_for)
{
    ::setenv("all_proxy", "socks5h://proxy.test:1", 1);
    EXPECT_TRUE(proxy_options{}.chain.empty());
    EXPECT_EQ(describe(proxy_from_environment().chain.at(0)), "socks5 proxy.test:1");
    ::unsetenv("all_proxy");
}

} // namespace
} // namespace odradek::test
