// SPDX-License-Identifier: Apache-2.0
#include <charconv>
#include <tests/simulation/arguments.hpp>
#include <tests/simulation/scenario.hpp>

namespace odradek::test {
namespace {

template <class Number>
bool read(std::string_view text, Number& into)
{
    const auto [at, ec] = std::from_chars(text.data(), text.data() + text.size(), into);
    return ec == std::errc{} && at == text.data() + text.size();
}

bool read_range(std::string_view text, std::uint64_t& first, std::uint64_t& last)
{
    const std::size_t dots = text.find("..");
    if (dots == std::string_view::npos) return read(text, first) && read(text, last);
    return read(text.substr(0, dots), first) && read(text.substr(dots + 2), last) && first <= last;
}

bool read_steps(std::string_view text, std::set<std::uint32_t>& into)
{
    while (!text.empty()) {
        const std::size_t comma = text.find(',');
        std::uint32_t number = 0;
        if (!read(text.substr(0, comma), number)) return false;
        into.insert(number);
        text.remove_prefix(comma == std::string_view::npos ? text.size() : comma + 1);
    }
    return true;
}

} // namespace

std::string arguments::parse(std::span<char* const> words)
{
    program = words.empty() ? "odradek_simulate" : words[0];
    bool has_seeds = false;
    for (std::size_t i = 1; i < words.size(); ++i) {
        const std::string word = words[i];
        if (word == "--verbose") {
            verbose = true;
        } else if (word == "--shrink") {
            shrink = true;
        } else if (word == "--hashes") {
            hashes = true;
        } else if (word == "--until-failure") {
            until_failure = true;
        } else if (word == "--help") {
            help = true;
        } else if (word == "--scenario" || word == "--seeds" || word == "--steps") {
            if (++i == words.size()) return word + " needs a value";
            const std::string_view value = words[i];
            if (word == "--scenario") {
                if (!find_scenario(value)) return "--scenario: there is no \"" + std::string(value) + '"';
                scenario = value;
            } else if (word == "--seeds") {
                if (!read_range(value, first, last)) return "--seeds: \"" + std::string(value) + "\" is not A..B";
                has_seeds = true;
            } else if (!read_steps(value, steps.emplace())) {
                return "--steps: \"" + std::string(value) + "\" is not N,N,..";
            }
        } else {
            return "unknown option " + word;
        }
    }
    if (!has_seeds && !help) return "--seeds is needed";
    return {};
}

} // namespace odradek::test
