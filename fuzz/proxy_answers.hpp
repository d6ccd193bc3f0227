// SPDX-License-Identifier: Apache-2.0
#pragma once

#include "fuzz/fuzz_input.hpp"
#include <odradek/net/proxy_handshake.hpp>

#include <algorithm>
#include <string>
#include <string_view>

namespace odradek {

/// What came of a conversation with a proxy that says `answers`: how it ended, and how many bytes were the handshake's.
struct proxy_outcome {
    proxy_handshake::action end{};
    std::size_t used = 0;
    std::string sent{};
    friend bool operator==(const proxy_outcome&, const proxy_outcome&) = default;
};

/// Lets the client talk with a proxy that says `answers` in pieces of `piece` bytes.
inline proxy_outcome answer_with(proxy_handshake& client, bytes_view answers, std::size_t piece)
{
    proxy_outcome outcome;
    for (;;) {
        auto action = client.next();
        if (auto* out = std::get_if<proxy_handshake::send>(&action)) {
            outcome.sent += out->bytes.reveal();
            continue;
        }
        if (!std::holds_alternative<proxy_handshake::receive>(action) || outcome.used == answers.size()) {
            outcome.end = std::move(action);
            return outcome;
        }
        const bytes_view now = answers.subview(outcome.used, piece);
        const std::size_t used = client.on_bytes(now);
        require(used > 0 && used <= now.size(), "a client that waits takes something, and no more than there is");
        outcome.used += used;
    }
}

/// Words of ours are short, are one line of ASCII or UTF-8, and hold no secret.
inline void check_words(const proxy_outcome& outcome, std::string_view password)
{
    const auto* failed = std::get_if<proxy_failure>(&outcome.end);
    if (failed == nullptr) return;
    require(failed->ec && !failed->words.empty() && failed->words.size() < 2000, "a failure has a code and words");
    require(std::none_of(failed->words.begin(), failed->words.end(), [](char c) { return c >= 0 && c < ' '; }),
            "words are one line");
    require(failed->words.find(password) == std::string::npos, "no words hold the password");
}

} // namespace odradek
