// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/one_line.hpp>
#include <odradek/net/proxy_bypass.hpp>
#include <odradek/net/proxy_options.hpp>
#include <odradek/protocol/error.hpp>

namespace odradek {

proxy_failure check(const proxy_chain& chain)
{
    std::size_t number = 0;
    for (const proxy_hop& hop : chain) {
        ++number;
        auto wrong = check(hop);
        if (!wrong) continue;
        if (chain.size() > 1) wrong.words = "hop " + std::to_string(number) + ": " + wrong.words;
        wrong.words.insert(0, "proxy: ");
        return wrong;
    }
    return {};
}

proxy_failure check(const proxy_options& options)
{
    if (!options.problem.empty()) return {errc::invalid_option, "proxy: " + options.problem};
    if (options.choose && !options.chain.empty())
        return {errc::invalid_option, "proxy: there are both a function that chooses and a chain"};
    if (auto wrong = check(options.chain)) return wrong;
    for (const std::string& entry : options.no_proxy) {
        if (is_bypass_entry(entry)) continue;
        return {errc::invalid_option, "proxy: no_proxy has " + shown_proxy_address(entry) +
                                          ", which is neither a host, an address, a network nor \"*\""};
    }
    return {};
}

} // namespace odradek
