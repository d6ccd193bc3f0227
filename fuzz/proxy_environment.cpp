// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_input.hpp"
#include <odradek/net/proxy_bypass.hpp>
#include <odradek/net/proxy_options.hpp>

#include <algorithm>
#include <string>
#include <string_view>

// The variables of an environment that name a proxy and its exceptions: what can be read can be used, and what cannot is complained
// about without the password.
// Input: the length of ALL_PROXY, a byte that chooses (0 as it is, 1 behind a scheme and a login), ALL_PROXY, then NO_PROXY.

using namespace odradek;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_input input{data, size};
    const std::size_t length = input.byte();
    const bool has_login = input.below(2) != 0;
    const std::string rest{input.piece(length).text()};
    const std::string url = (has_login ? "socks5h://alice:pencil%2f!pencil@" : "") + rest;
    const std::string exceptions{input.rest().text()};
    const proxy_options options = proxy_from_environment([&](const char* name) {
        const std::string_view wanted = name;
        return wanted == "ALL_PROXY" ? url.c_str() : wanted == "NO_PROXY" ? exceptions.c_str() : nullptr;
    });

    const proxy_failure wrong = check(options);
    require(static_cast<bool>(wrong) == !options.problem.empty(), "what can be read can be used");
    require(options.chain.size() <= 1 && (options.problem.empty() || options.chain.empty()),
            "one variable is one proxy");
    require(std::none_of(wrong.words.begin(), wrong.words.end(), [](char c) { return c >= 0 && c < ' '; }),
            "words are one line");
    if (has_login && rest.find("pencil") == std::string::npos)
        require(wrong.words.find("pencil") == std::string::npos, "no words hold the password");
    for (const proxy_hop& hop : options.chain) touch(describe(hop));
    for (const char* host : {"broker.test", "10.0.0.1", "::1", "::ffff:10.0.0.1"})
        (void)is_bypassed(options.no_proxy, {host, 9092});
    return 0;
}
