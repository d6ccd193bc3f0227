// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/property_words.hpp>

#include <cstddef>

namespace odradek::cli {
namespace {

struct named_option {
    std::string_view member;
    std::string_view property;
};

// What producer::explain() may name.
constexpr named_option options[] = {
    {"producer_options::max_request_size", "max.request.size"},
    {"producer_options::memory", "buffer.memory"},
};

} // namespace

std::string property_words(std::string text, std::string_view before)
{
    for (const named_option& one : options) {
        std::size_t at = 0;
        while ((at = text.find(one.member, at)) != std::string::npos) {
            text.replace(at, one.member.size(), std::string{before}.append(one.property));
            at += before.size() + one.property.size();
        }
    }
    return text;
}

} // namespace odradek::cli
