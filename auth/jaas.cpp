// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/jaas.hpp>
#include <odradek/auth/jaas_tokens.hpp>
#include <odradek/auth/scram_keys.hpp>
#include <odradek/protocol/error.hpp>

#include <algorithm>
#include <array>
#include <utility>

namespace odradek {
namespace {

using tokens = detail::jaas_tokens;
using kind = detail::jaas_tokens::kind;

constexpr std::string_view plain_module = "org.apache.kafka.common.security.plain.PlainLoginModule";
constexpr std::string_view scram_module = "org.apache.kafka.common.security.scram.ScramLoginModule";

bool same_ignoring_case(std::string_view left, std::string_view right) noexcept
{
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; };
    return std::equal(left.begin(), left.end(), right.begin(), right.end(),
                      [&](char a, char b) { return lower(a) == lower(b); });
}

bool is_control_flag(std::string_view word) noexcept
{
    constexpr std::array<std::string_view, 4> flags{"required", "requisite", "sufficient", "optional"};
    return std::any_of(flags.begin(), flags.end(),
                       [&](std::string_view flag) { return same_ignoring_case(word, flag); });
}

// A name that may be repeated in an error; any other could be a part of a secret that was meant to be in quotes.
std::string shown(std::string_view option)
{
    for (const std::string_view known : {"username", "password", "tokenauth"})
        if (option == known) return "the value of " + std::string(known);
    return "the value of an option";
}

jaas_error error_at(std::string_view text, std::size_t at, std::string_view words)
{
    const std::string_view before = text.substr(0, at);
    const auto line = static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1;
    const std::size_t begin = before.rfind('\n') + 1; // npos + 1 is 0
    const std::size_t column = at - begin + 1;
    return {errc::invalid_property,
            "line " + std::to_string(line) + ", column " + std::to_string(column) + ": " + std::string(words), line,
            column};
}

// One `name = value` from its name on.
jaas_error parse_option(std::string_view text, tokens& from, tokens::token name, jaas_entry& out)
{
    if (name.what == kind::unclosed) return error_at(text, name.at, "the quote is not closed on its line");
    if (name.what == kind::end) return error_at(text, name.at, "the entry does not end with a semicolon");
    if (name.what != kind::text)
        return error_at(text, name.at,
                        "an option's name or a semicolon is expected; put a value with such a character in quotes");
    const std::string what = shown(name.content.reveal());
    const tokens::token equals = from.next();
    if (equals.what != kind::symbol || equals.symbol != '=')
        return error_at(text, equals.at, "\"=\" is expected before " + what);
    tokens::token value = from.next();
    if (value.what == kind::unclosed)
        return error_at(text, value.at, "the quote of " + what + " is not closed on its line");
    if (value.what == kind::end) return error_at(text, value.at, what + " is missing");
    if (value.what != kind::text)
        return error_at(text, value.at, what + " is missing; one that does not begin with a letter needs quotes");
    out.options.push_back({std::string(name.content.reveal()), std::move(value.content)});
    return {};
}

jaas_error missing(std::string_view module, std::string_view what)
{
    return {errc::credentials_missing,
            std::string(module.substr(module.rfind('.') + 1)) + " has no " + std::string(what)};
}

// What both login modules have.
template <class Options>
jaas_error fill(const jaas_entry& entry, Options& out)
{
    const secret* const username = entry.find("username");
    if (username == nullptr || username->empty()) return missing(entry.login_module, "username");
    const secret* const password = entry.find("password");
    if (password == nullptr || password->empty()) return missing(entry.login_module, "password");
    out.username = username->reveal();
    out.password = *password;
    return {};
}

template <class Scram>
jaas_error fill_scram(const jaas_entry& entry, sasl_options& out)
{
    Scram options;
    if (jaas_error wrong = fill(entry, options)) return wrong;
    const secret* const token = entry.find("tokenauth");
    options.token_auth = token != nullptr && same_ignoring_case(token->reveal(), "true");
    out = std::move(options);
    return {};
}

} // namespace

const secret* jaas_entry::find(std::string_view name) const noexcept
{
    const auto found = std::find_if(options.rbegin(), options.rend(), [&](const option& o) { return o.name == name; });
    return found == options.rend() ? nullptr : &found->value;
}

jaas_error parse_jaas(std::string_view text, jaas_entry& out)
{
    out = {};
    tokens from{text};
    const tokens::token module = from.next();
    if (module.what == kind::end) return error_at(text, 0, "there is no login module");
    if (module.what != kind::text) return error_at(text, module.at, "the name of a login module is expected");
    const tokens::token flag = from.next();
    if (flag.what != kind::text || !is_control_flag(flag.content.reveal()))
        return error_at(text, flag.at, "required, requisite, sufficient or optional is expected");
    out.login_module = module.content.reveal();
    out.control_flag = flag.content.reveal();
    for (;;) {
        tokens::token next = from.next();
        if (next.what == kind::symbol && next.symbol == ';') break;
        if (jaas_error wrong = parse_option(text, from, std::move(next), out)) return wrong;
    }
    const tokens::token rest = from.next();
    if (rest.what != kind::end)
        return error_at(text, rest.at, "something follows the login module; one is all that there may be");
    return {};
}

jaas_error parse_sasl_jaas_config(std::string_view text, std::string_view mechanism, sasl_options& out)
{
    jaas_entry entry;
    if (jaas_error wrong = parse_jaas(text, entry)) return wrong;
    const bool is_plain = mechanism == "PLAIN";
    const bool is_scram_256 = mechanism == mechanism_name(scram_hash::sha_256);
    if (!is_plain && !is_scram_256 && mechanism != mechanism_name(scram_hash::sha_512))
        return {errc::invalid_property, "sasl.jaas.config is read for PLAIN, SCRAM-SHA-256 and SCRAM-SHA-512 only"};
    const std::string_view wanted = is_plain ? plain_module : scram_module;
    if (entry.login_module != wanted)
        return {errc::invalid_property,
                "the mechanism " + std::string(mechanism) + " needs the login module " + std::string(wanted)};
    if (is_scram_256) return fill_scram<scram_sha_256>(entry, out);
    if (!is_plain) return fill_scram<scram_sha_512>(entry, out);
    plain options;
    if (jaas_error wrong = fill(entry, options)) return wrong;
    out = std::move(options);
    return {};
}

} // namespace odradek
