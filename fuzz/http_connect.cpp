// SPDX-License-Identifier: Apache-2.0
#include "fuzz/proxy_answers.hpp"
#include <odradek/net/http_connect_handshake.hpp>

// An HTTP proxy that answers CONNECT with anything: however it is cut into pieces, the same comes of it.
// Input: a byte that chooses (0 without, 1 with user name and password), then the proxy's bytes.

using namespace odradek;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_input input{data, size};
    http_connect how{"proxy.test"};
    if (input.below(2) != 0) {
        how.username = "alice";
        how.password = "pencil/!";
    }
    const bytes_view answers = input.rest();
    const endpoint broker{"broker.test", 9092};

    http_connect_handshake whole(how, broker);
    const proxy_outcome outcome = answer_with(whole, answers, answers.size());
    if (!how.password.empty()) check_words(outcome, "pencil/!");
    if (!how.password.empty()) check_words(outcome, "YWxpY2U6cGVuY2lsLyE=");
    check_words(outcome, "\n");
    require(outcome.used <= http_connect_handshake::max_head + 1, "no more is read than a head may have");
    if (std::holds_alternative<proxy_handshake::receive>(outcome.end))
        require(outcome.used == answers.size(), "who waits has taken everything");
    if (std::holds_alternative<proxy_handshake::done>(outcome.end)) {
        const std::string_view head = answers.text().substr(0, outcome.used);
        require(head.starts_with("HTTP/1.") && (head.ends_with("\n\n") || head.ends_with("\n\r\n")),
                "a tunnel begins behind an empty line");
    }

    http_connect_handshake pieces(how, broker);
    require(answer_with(pieces, answers, 1) == outcome, "pieces change nothing");
    http_connect_handshake others(how, broker);
    require(answer_with(others, answers, 7) == outcome, "pieces change nothing");
    return 0;
}
