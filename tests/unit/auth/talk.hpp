// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/auth/mechanism.hpp>

#include <functional>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace odradek::test {

/// What became of a client and a server that talked to each other.
struct talk_result {
    std::vector<std::string> messages; ///< All that was sent, in turn, the client's first.
    bool client_done = false;
    std::optional<server_mechanism::done> server_done;
    auth_failure client_failed;
    auth_failure server_failed;
    int computed = 0; ///< Jobs that were run.
};

/// Does what the client's mechanism says until it sends, is done or has failed; gives what it sends.
inline std::optional<std::string> client_turn(client_mechanism& client, talk_result& result)
{
    for (;;) {
        auto action = client.next();
        if (auto* sent = std::get_if<client_mechanism::send>(&action)) return std::string(sent->bytes.reveal());
        if (auto* job = std::get_if<client_mechanism::compute>(&action)) {
            job->job();
            client.on_computed();
            ++result.computed;
            continue;
        }
        result.client_done = std::holds_alternative<client_mechanism::done>(action);
        if (auto* failed = std::get_if<auth_failure>(&action)) result.client_failed = *failed;
        return std::nullopt;
    }
}

/// Lets both talk to the end. `change` sees each message, by its number, before the other side does.
inline talk_result talk(client_mechanism& client, server_mechanism& server,
                        const std::function<void(std::size_t, std::string&)>& change = nullptr)
{
    talk_result result;
    const auto carry = [&](std::string message) {
        if (change) change(result.messages.size(), message);
        result.messages.push_back(message);
        return message;
    };
    for (int round = 0; round < client_mechanism::max_messages; ++round) {
        const auto question = client_turn(client, result);
        if (!question) return result;
        server.on_response(carry(*question));
        auto action = server.next();
        std::string answer;
        if (auto* sent = std::get_if<server_mechanism::send>(&action)) {
            answer = sent->bytes.reveal();
        } else if (auto* done = std::get_if<server_mechanism::done>(&action)) {
            answer = done->bytes.reveal();
            result.server_done = std::move(*done);
        } else {
            result.server_failed = std::get<auth_failure>(action);
            return result; // a broker answers with an error instead, and the client's mechanism hears no more
        }
        client.on_challenge(carry(answer));
    }
    return result;
}

} // namespace odradek::test
