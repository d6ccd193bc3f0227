// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_input.hpp"
#include <odradek/auth/jaas.hpp>
#include <odradek/protocol/error.hpp>

#include <algorithm>
#include <string>
#include <string_view>

// A text of sasl.jaas.config from anywhere: each complaint names a place in the text and repeats nothing of it.
// Input: a byte that chooses the mechanism, then the text.

using namespace odradek;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_input input{data, size};
    constexpr std::string_view mechanisms[] = {"PLAIN", "SCRAM-SHA-256", "SCRAM-SHA-512", "GSSAPI"};
    const std::string_view mechanism = mechanisms[input.below(std::size(mechanisms))];
    const std::string_view text = input.rest().text();

    jaas_entry entry;
    const jaas_error wrong = parse_jaas(text, entry);
    if (wrong) {
        const auto lines = static_cast<std::size_t>(std::count(text.begin(), text.end(), '\n')) + 1;
        require(wrong.line >= 1 && wrong.line <= lines, "an error lies in the text");
        require(wrong.column >= 1 && wrong.column <= text.size() + 1, "an error lies in its line");
        require(!wrong.message.empty() && wrong.message.size() < 200, "an error has words of ours");
        require(std::all_of(wrong.message.begin(), wrong.message.end(), [](char c) { return c >= ' ' && c <= '~'; }),
                "an error repeats nothing of the text");
    } else {
        require(!entry.control_flag.empty(), "there is a login module with a flag");
        for (const auto& option : entry.options) {
            touch(option.value.bytes());
            require(entry.find(option.name) != nullptr, "an option can be found");
        }
    }

    sasl_options options;
    const jaas_error other = parse_sasl_jaas_config(text, mechanism, options);
    if (!other) {
        require(!wrong, "only a text that can be read is accepted");
        require(mechanism_name(options) == mechanism, "the options are those of the mechanism");
        const auth_failure found = check(options);
        require(!found || found.ec == errc::not_built_in || found.ec == errc::invalid_option,
                "name and password are there");
    }
    return 0;
}
