// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/net/diagnostics.hpp>
#include <odradek/net/endpoint.hpp>
#include <odradek/net/one_line.hpp>

#include <map>
#include <string>
#include <system_error>
#include <utility>

namespace odradek {

/// Why a search for any broker found nobody at one address. A value, private to broker_pool.
struct search_failure {
    std::error_code ec;
    std::string words;
    std::string broker_words{}; ///< What that broker itself gave as its reason.

    /// What an attempt ended with.
    [[nodiscard]] static search_failure of(std::error_code ec, const diagnostics& about)
    {
        const std::string said(about.client_message());
        return {ec, said.empty() ? clause(ec.message()) : said, std::string(about.broker_message())};
    }
};

/// What a search tells that found nobody: every address that it tried, and why. A place without a port is named alone.
[[nodiscard]] inline diagnostics describe(const std::map<endpoint, search_failure>& tried)
{
    std::string words = tried.empty() ? "no server to try is known" : "tried";
    std::string broker_words;
    const char* separator = " ";
    for (const auto& [where, failure] : tried) {
        words += separator + (where.port == 0 ? where.host : to_string(where)) + ": " + failure.words;
        separator = "; ";
        if (broker_words.empty()) broker_words = failure.broker_words;
    }
    diagnostics about(std::move(words));
    about.set_broker_message(broker_words);
    return about;
}

} // namespace odradek
