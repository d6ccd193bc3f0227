// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/proxy_handshake.hpp>

#include <gtest/gtest.h>

#include <algorithm>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace odradek::test {

/// Bytes by their numbers.
inline std::string bytes(std::initializer_list<int> numbers)
{
    std::string text;
    for (const int number : numbers) text += static_cast<char>(number);
    return text;
}

/// What came of a conversation with a proxy: `end` is proxy_handshake::receive{} if the client still waited.
struct proxy_talk {
    std::vector<std::string> sent{};
    std::string left{}; ///< What came and is not the handshake's.
    proxy_handshake::action end{};

    [[nodiscard]] bool is_done() const { return std::holds_alternative<proxy_handshake::done>(end); }
    [[nodiscard]] bool waits() const { return std::holds_alternative<proxy_handshake::receive>(end); }
    [[nodiscard]] proxy_failure failure() const
    {
        const auto* failed = std::get_if<proxy_failure>(&end);
        return failed != nullptr ? *failed : proxy_failure{{}, is_done() ? "(done)" : "(waits)"};
    }
};

/// A proxy that says `answers`, whatever it is asked, in pieces of so many bytes.
inline proxy_talk talk_to(proxy_handshake& client, std::string answers, std::size_t piece = ~std::size_t{0})
{
    proxy_talk talk;
    for (;;) {
        auto action = client.next();
        if (auto* out = std::get_if<proxy_handshake::send>(&action)) {
            talk.sent.emplace_back(out->bytes.reveal());
            continue;
        }
        const bool waits = std::holds_alternative<proxy_handshake::receive>(action);
        if (!waits || answers.empty()) {
            talk.end = std::move(action);
            talk.left = std::move(answers);
            return talk;
        }
        const std::string now = answers.substr(0, piece);
        const std::size_t used = client.on_bytes(bytes_view(now));
        EXPECT_GT(used, 0u) << "a client that waits takes something";
        EXPECT_LE(used, now.size());
        answers.erase(0, std::max<std::size_t>(used, 1));
    }
}

} // namespace odradek::test
