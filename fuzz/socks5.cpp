// SPDX-License-Identifier: Apache-2.0
#include "fuzz/proxy_answers.hpp"
#include <odradek/net/socks5_handshake.hpp>

// A SOCKS5 proxy that answers anything: however it is cut into pieces, the same comes of it.
// Input: a byte that chooses (0 without, 1 with user name and password), then the proxy's bytes.

using namespace odradek;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_input input{data, size};
    const bool has_login = input.below(2) != 0;
    const bytes_view answers = input.rest();
    const socks5 how{"proxy.test", has_login ? "alice" : "", has_login ? "pencil/!" : ""};
    const endpoint broker{"broker.test", 9092};

    socks5_handshake whole(how, broker);
    const proxy_outcome outcome = answer_with(whole, answers, answers.size());
    check_words(outcome, "pencil/!");
    require(outcome.used <= 2 + 2 + 262, "no more is read than the longest answers have");
    if (std::holds_alternative<proxy_handshake::receive>(outcome.end))
        require(outcome.used == answers.size(), "who waits has taken everything");
    require(whole.on_bytes("x") == (std::holds_alternative<proxy_handshake::receive>(outcome.end) ? 1U : 0U),
            "what has ended takes nothing");

    socks5_handshake pieces(how, broker);
    require(answer_with(pieces, answers, 1) == outcome, "pieces change nothing");
    return 0;
}
