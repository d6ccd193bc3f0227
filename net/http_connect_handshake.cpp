// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/http_connect_handshake.hpp>
#include <odradek/net/one_line.hpp>
#include <odradek/protocol/base64.hpp>
#include <odradek/protocol/error.hpp>

#include <algorithm>
#include <utility>

namespace odradek {
namespace {

constexpr std::string_view protocol_name = "HTTP/";
constexpr std::size_t longest_reason = 200;
constexpr std::size_t longest_scheme = 32;
constexpr std::size_t most_schemes = 8;

bool is_token_character(char c) noexcept
{
    constexpr std::string_view marks = "!#$%&'*+-.^_`|~";
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           marks.find(c) != std::string_view::npos;
}

bool is_token(std::string_view text) noexcept
{
    return !text.empty() && std::all_of(text.begin(), text.end(), is_token_character);
}

bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

// RFC 9110, 5.5: visible characters, spaces, tabs and whatever is above ASCII.
bool is_field_character(char c) noexcept
{
    const auto byte = static_cast<unsigned char>(c);
    return c == '\t' || (byte >= 0x20 && byte != 0x7f);
}

bool is_same_name(std::string_view left, std::string_view right) noexcept
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [&](char l, char r) { return lower(l) == lower(r); });
}

std::string_view trimmed(std::string_view text) noexcept
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
    return text;
}

bool may_pass(int status) noexcept
{
    constexpr int passing[] = {408, 429, 500, 502, 503, 504};
    return std::find(std::begin(passing), std::end(passing), status) != std::end(passing);
}

// The names of the schemes in the values of Proxy-Authenticate (RFC 9110, 11.6.1): a token that begins an element of the list and is
// not the name of a parameter.
std::vector<std::string_view> schemes_of(std::string_view challenges)
{
    std::vector<std::string_view> found;
    bool is_quoted = false;
    bool is_begin = true;
    for (std::size_t i = 0; i < challenges.size(); ++i) {
        const char c = challenges[i];
        if (is_quoted && c == '\\')
            ++i;
        else if (c == '"')
            is_quoted = !is_quoted;
        else if (c == ',' && !is_quoted)
            is_begin = true;
        else if (is_begin && is_token_character(c)) {
            is_begin = false;
            const std::size_t from = i;
            while (i < challenges.size() && is_token_character(challenges[i])) ++i;
            const std::string_view name = challenges.substr(from, i - from);
            const bool is_parameter = trimmed(challenges.substr(i)).starts_with('=');
            --i;
            if (!is_parameter && name.size() <= longest_scheme) found.push_back(name);
        } else if (c != ' ' && c != '\t')
            is_begin = false;
    }
    return found;
}

bool can_be_named(const endpoint& target) noexcept
{
    return !target.host.empty() && target.host.find('%') == std::string::npos &&
           std::all_of(target.host.begin(), target.host.end(), [](char c) {
               return is_token_character(c) || c == ':' || static_cast<unsigned char>(c) >= 0x80;
           });
}

} // namespace

http_connect_handshake::http_connect_handshake(const http_connect& how, const endpoint& target)
    : target_(one_line(to_string(target)))
{
    if (can_be_named(target))
        make_request(how, to_string(target));
    else
        fail(errc::invalid_argument,
             "a proxy cannot be asked for " + target_ + ": neither an address without a zone nor a name");
}

// Written into memory that is large enough from the start: what it grew out of would not be wiped.
void http_connect_handshake::make_request(const http_connect& how, const std::string& authority)
{
    secret credentials;
    has_credentials_ = !how.username.empty() || !how.password.empty();
    if (has_credentials_) {
        const secret both = secret::joined({how.username, ":", how.password.reveal()});
        credentials = secret(to_base64(both.bytes()));
    }

    std::vector<std::string_view> parts{"CONNECT ", authority, " HTTP/1.1\r\nHost: ", authority, "\r\n"};
    if (has_credentials_) parts.insert(parts.end(), {"Proxy-Authorization: Basic ", credentials.reveal(), "\r\n"});
    for (const http_header& each : how.headers)
        parts.insert(parts.end(), {each.name, ": ", each.value.reveal(), "\r\n"});
    parts.emplace_back("\r\n");
    std::size_t size = 0;
    for (const std::string_view part : parts) size += part.size();
    request_ = secret::of_size(size);
    auto* out = reinterpret_cast<char*>(request_.writable().data());
    for (const std::string_view part : parts) out = std::copy(part.begin(), part.end(), out);

    secrets_.emplace_back(how.username);
    secrets_.push_back(how.password);
    secrets_.push_back(std::move(credentials));
    for (const http_header& each : how.headers) secrets_.push_back(each.value);
}

proxy_handshake::action http_connect_handshake::next()
{
    switch (stage_) {
    case stage::request: stage_ = stage::answer; return send{std::move(request_)};
    case stage::answer: return receive{};
    case stage::done: return done{};
    case stage::failed: break;
    }
    return failure_;
}

std::size_t http_connect_handshake::on_bytes(bytes_view bytes)
{
    std::size_t used = 0;
    while (used < bytes.size() && stage_ == stage::answer) take(static_cast<char>(bytes[used++]));
    return used;
}

std::string_view http_connect_handshake::step() const noexcept
{
    return "the request CONNECT";
}

void http_connect_handshake::take(char c)
{
    if (++total_ > max_head)
        return fail(errc::proxy_refused, "its answer has a head of more than " + std::to_string(max_head) + " bytes");
    // Who speaks something else may never send the end of a line.
    const std::size_t at = line_.size();
    if (status_ == 0 && at < protocol_name.size() && c != protocol_name[at]) {
        line_ += c;
        return fail_foreign();
    }
    if (c != '\n') {
        line_ += c;
        return;
    }
    if (line_.ends_with('\r')) line_.pop_back();
    on_line();
    line_.clear();
}

void http_connect_handshake::on_line()
{
    if (!std::all_of(line_.begin(), line_.end(), is_field_character))
        return fail(errc::proxy_refused, "the head of its answer has a control character");
    if (status_ == 0) return on_status_line();
    if (line_.empty()) return on_head();
    on_header();
}

// RFC 9112, 4: the reason may be left out, and some leave out the space before it as well.
void http_connect_handshake::on_status_line()
{
    const std::string_view line = line_;
    const bool is_read = line.size() >= 12 && line.starts_with("HTTP/1.") && is_digit(line[7]) && line[8] == ' ' &&
                         line[9] >= '1' && line[9] <= '5' && is_digit(line[10]) && is_digit(line[11]) &&
                         (line.size() == 12 || line[12] == ' ');
    if (!is_read) {
        std::string words = "its answer begins with no status line of HTTP/1";
        if (!repeats_secret(line)) words += ": " + quoted_line(line.substr(0, longest_reason));
        return fail(errc::proxy_refused, std::move(words));
    }
    status_ = (line[9] - '0') * 100 + (line[10] - '0') * 10 + (line[11] - '0');
    reason_ = trimmed(line.substr(12));
    has_header_ = false;
}

void http_connect_handshake::on_header()
{
    if (line_.front() == ' ' || line_.front() == '\t') {
        if (!has_header_) return fail(errc::proxy_refused, "the head of its answer has a folded line without a header");
        if (is_challenge_) challenges_ += ' ' + std::string(trimmed(line_));
        return;
    }
    const std::string_view line = line_;
    const auto colon = line.find(':');
    if (colon == std::string_view::npos || !is_token(line.substr(0, colon)))
        return fail(errc::proxy_refused, "the head of its answer has a line that is no header");
    has_header_ = true;
    is_challenge_ = is_same_name(line.substr(0, colon), "Proxy-Authenticate");
    if (!is_challenge_) return;
    if (!challenges_.empty()) challenges_ += ", ";
    challenges_ += trimmed(line.substr(colon + 1));
}

void http_connect_handshake::on_head()
{
    if (status_ >= 100 && status_ < 200 && status_ != 101) {
        status_ = 0;
        challenges_.clear();
        return;
    }
    if (status_ >= 200 && status_ < 300) {
        stage_ = stage::done;
        secrets_.clear();
        return;
    }
    // 401 is tinyproxy's word for a wrong password.
    if (status_ == 407 || (status_ == 401 && has_credentials_)) {
        const std::string words = has_credentials_ ? "it refused username and password" : "it wants authentication";
        return fail(errc::proxy_authentication_failed,
                    words + " for " + target_ + ": " + std::to_string(status_) + quoted_reason() + offered());
    }
    fail(may_pass(status_) ? errc::proxy_failed : errc::proxy_refused,
         "no tunnel to " + target_ + ": " + std::to_string(status_) + quoted_reason());
}

void http_connect_handshake::fail(std::error_code ec, std::string words)
{
    stage_ = stage::failed;
    failure_ = {ec, std::move(words)};
}

void http_connect_handshake::fail_foreign()
{
    std::string words = "its answer is no HTTP: it begins with " + quoted_line(line_);
    if (line_.front() == 0x15 || line_.front() == 0x16) words += " (as a TLS server's would)";
    if (line_.front() == 5) words += " (as a SOCKS5 proxy's would)";
    fail(errc::proxy_refused, std::move(words));
}

std::string http_connect_handshake::quoted_reason() const
{
    if (reason_.empty()) return {};
    if (repeats_secret(reason_)) return " (its words repeat something secret)";
    return " " + quoted_line(std::string_view(reason_).substr(0, longest_reason));
}

std::string http_connect_handshake::offered() const
{
    std::string list;
    std::size_t count = 0;
    for (const std::string_view scheme : schemes_of(challenges_)) {
        if (++count > most_schemes) break;
        list += (list.empty() ? "" : ", ") + std::string(scheme);
    }
    if (list.empty() || repeats_secret(list)) return {};
    return " (it offers " + list + ")";
}

bool http_connect_handshake::repeats_secret(std::string_view text) const
{
    return std::any_of(secrets_.begin(), secrets_.end(), [text](const secret& one) {
        return !one.empty() && text.find(one.reveal()) != std::string_view::npos;
    });
}

} // namespace odradek
