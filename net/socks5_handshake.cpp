// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/one_line.hpp>
#include <odradek/net/socks5_handshake.hpp>
#include <odradek/protocol/error.hpp>

#include <algorithm>
#include <arpa/inet.h>
#include <span>
#include <utility>

namespace odradek {
namespace {

constexpr std::uint8_t version = 5;
constexpr std::uint8_t login_version = 1;
constexpr std::uint8_t no_authentication = 0;
constexpr std::uint8_t username_and_password = 2;
constexpr std::uint8_t no_acceptable_method = 0xff;
constexpr std::uint8_t connect_command = 1;
constexpr std::uint8_t ipv4 = 1;
constexpr std::uint8_t domain_name = 3;
constexpr std::uint8_t ipv6 = 4;
constexpr std::size_t longest_name = 255;

// RFC 1928, 6: what the proxy says, and whether that may pass.
struct reply {
    std::uint8_t code;
    errc ec;
    std::string_view words;
};
constexpr reply replies[] = {
    {1, errc::proxy_failed, "general failure of the proxy"},
    {2, errc::proxy_refused, "not allowed by its rules"},
    {3, errc::proxy_failed, "network unreachable"},
    {4, errc::proxy_failed, "host unreachable"},
    {5, errc::proxy_failed, "connection refused"},
    {6, errc::proxy_failed, "time to live expired"},
    {7, errc::proxy_refused, "it does not know the command CONNECT"},
    {8, errc::proxy_refused, "it does not know this type of address"},
};

secret bytes_of(std::string& text)
{
    return secret(std::move(text));
}

void append(std::string& out, std::uint8_t byte)
{
    out += static_cast<char>(byte);
}

secret make_greeting(bool has_login)
{
    std::string text;
    append(text, version);
    append(text, has_login ? 2 : 1);
    append(text, no_authentication);
    if (has_login) append(text, username_and_password);
    return bytes_of(text);
}

secret make_login(const socks5& how)
{
    if (how.username.empty()) return {};
    const char head[] = {static_cast<char>(login_version), static_cast<char>(how.username.size())};
    const char length = static_cast<char>(how.password.size());
    return secret::joined({{head, sizeof head}, how.username, {&length, 1}, how.password.reveal()});
}

// Empty if SOCKS cannot carry the host.
secret make_request(const endpoint& target)
{
    std::string text;
    append(text, version);
    append(text, connect_command);
    append(text, 0);
    in_addr v4{};
    in6_addr v6{};
    if (::inet_pton(AF_INET, target.host.c_str(), &v4) == 1) {
        append(text, ipv4);
        text.append(reinterpret_cast<const char*>(&v4), sizeof v4);
    } else if (::inet_pton(AF_INET6, target.host.c_str(), &v6) == 1) {
        append(text, ipv6);
        text.append(reinterpret_cast<const char*>(&v6), sizeof v6);
    } else {
        const bool has_zone = target.host.find('%') != std::string::npos;
        if (target.host.empty() || target.host.size() > longest_name || has_zone) return {};
        append(text, domain_name);
        append(text, static_cast<std::uint8_t>(target.host.size()));
        text += target.host;
    }
    append(text, static_cast<std::uint8_t>(target.port >> 8U));
    append(text, static_cast<std::uint8_t>(target.port & 0xffU));
    return bytes_of(text);
}

} // namespace

socks5_handshake::socks5_handshake(const socks5& how, const endpoint& target)
    : greeting_(make_greeting(!how.username.empty())), login_(make_login(how)), request_(make_request(target)),
      target_(one_line(to_string(target)))
{
    if (request_.empty())
        fail(errc::invalid_argument, "a proxy cannot be asked for " + target_ +
                                         ": neither an address without a zone nor a name of 1 to 255 bytes");
}

proxy_handshake::action socks5_handshake::next()
{
    switch (stage_) {
    case stage::greet: go_on(stage::method); return send{std::move(greeting_)};
    case stage::log_in: go_on(stage::status); return send{std::move(login_)};
    case stage::request: go_on(stage::reply); return send{std::move(request_)};
    case stage::method:
    case stage::status:
    case stage::reply: return receive{};
    case stage::done: return done{};
    case stage::failed: break;
    }
    return failure_;
}

std::size_t socks5_handshake::on_bytes(bytes_view bytes)
{
    std::size_t used = 0;
    while (used < bytes.size() && is_waiting()) {
        answer_[size_++] = std::to_integer<std::uint8_t>(bytes[used++]);
        judge();
    }
    return used;
}

std::string_view socks5_handshake::step() const noexcept
{
    switch (stage_) {
    case stage::greet:
    case stage::method: return "the choice of a method";
    case stage::log_in:
    case stage::status: return "the login";
    default: return "the request";
    }
}

bool socks5_handshake::is_waiting() const noexcept
{
    return stage_ == stage::method || stage_ == stage::status || stage_ == stage::reply;
}

void socks5_handshake::judge()
{
    if (stage_ == stage::method) return judge_method();
    if (stage_ == stage::status) return judge_status();
    judge_reply();
}

void socks5_handshake::judge_method()
{
    if (answer_[0] != version) return fail(errc::proxy_refused, foreign_version(version));
    if (size_ < 2) return;
    const unsigned method = answer_[1];
    if (method == no_acceptable_method) {
        return fail(errc::proxy_authentication_failed, login_.empty()
                                                           ? "it wants authentication, and there is no username"
                                                           : "it accepts neither username and password nor none");
    }
    if (method == no_authentication) return go_on(stage::request);
    if (method == username_and_password && !login_.empty()) return go_on(stage::log_in);
    fail(errc::proxy_refused, "it chose method " + std::to_string(method) + ", which was not offered");
}

void socks5_handshake::judge_status()
{
    // RFC 1929 has a version of its own, which some proxies do not know and repeat that of SOCKS.
    if (answer_[0] != login_version && answer_[0] != version)
        return fail(errc::proxy_refused, foreign_version(login_version));
    if (size_ < 2) return;
    if (answer_[1] == 0) return go_on(stage::request);
    fail(errc::proxy_authentication_failed,
         "it refused username and password (status " + std::to_string(answer_[1]) + ")");
}

void socks5_handshake::judge_reply()
{
    if (answer_[0] != version) return fail(errc::proxy_refused, foreign_version(version));
    if (size_ < 2) return;
    // What would follow a refusal tells nothing, and not every proxy sends all of it.
    if (const std::uint8_t code = answer_[1]; code != 0) {
        const auto* known =
            std::find_if(std::begin(replies), std::end(replies), [code](const reply& one) { return one.code == code; });
        const std::string number = " (reply " + std::to_string(code) + ")";
        if (known == std::end(replies))
            return fail(errc::proxy_failed, "no way to " + target_ + ": for a reason that has no name" + number);
        return fail(known->ec, "no way to " + target_ + ": " + std::string(known->words) + number);
    }
    if (size_ < 5) return;
    std::size_t length = 0;
    switch (answer_[3]) {
    case ipv4: length = 4; break;
    case ipv6: length = 16; break;
    case domain_name: length = std::size_t{1} + answer_[4]; break;
    default:
        return fail(errc::proxy_refused,
                    "its reply has an address of type " + std::to_string(answer_[3]) + ", which SOCKS5 does not know");
    }
    if (size_ == 4 + length + 2) go_on(stage::done);
}

void socks5_handshake::go_on(stage to)
{
    size_ = 0;
    stage_ = to;
}

void socks5_handshake::fail(std::error_code ec, std::string words)
{
    stage_ = stage::failed;
    failure_ = {ec, std::move(words)};
}

std::string socks5_handshake::foreign_version(unsigned wanted) const
{
    std::string words = "it answered with version " + std::to_string(answer_[0]) + ", not " + std::to_string(wanted);
    if (stage_ == stage::method && answer_[0] == 'H') words += " (as an HTTP server would)";
    if (stage_ == stage::method && answer_[0] == 0x15) words += " (as a TLS server would)";
    return words;
}

} // namespace odradek
