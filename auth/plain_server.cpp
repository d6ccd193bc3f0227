// SPDX-License-Identifier: Apache-2.0
#include <odradek/auth/plain_server.hpp>
#include <odradek/protocol/error.hpp>

#include <array>
#include <utility>

namespace odradek {
namespace {

auth_failure refused(std::string_view words)
{
    return {errc::authentication_failed, "PLAIN: " + std::string(words)};
}

server_mechanism::action judge(std::string_view message, const plain_look_up& look_up)
{
    std::array<std::string_view, 3> parts; // authorization id, user name, password
    for (std::size_t i = 0; i < parts.size(); ++i) {
        const std::size_t end = message.find('\0');
        const bool is_last = i + 1 == parts.size();
        if (is_last != (end == std::string_view::npos)) return refused("the message does not have three parts");
        parts[i] = message.substr(0, end);
        if (!is_last) message.remove_prefix(end + 1);
    }
    const auto [authzid, username, password] = parts;
    if (username.empty()) return refused("the user name is missing");
    if (password.empty()) return refused("the password is missing");
    const std::optional<secret> expected = look_up(username);
    if (!expected || !equal_in_constant_time(expected->bytes(), password))
        return refused("invalid user name or password");
    if (!authzid.empty() && authzid != username)
        return refused("the client asks for an authorization id that is not the user name");
    return server_mechanism::done{{}, std::string(username)};
}

} // namespace

plain_server::plain_server(plain_look_up look_up) : look_up_(std::move(look_up)) {}

void plain_server::on_response(bytes_view response)
{
    if (std::holds_alternative<send>(verdict_)) verdict_ = judge(response.text(), look_up_);
}

} // namespace odradek
