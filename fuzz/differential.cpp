// SPDX-License-Identifier: Apache-2.0
#include "fuzz/choose_message.hpp"

#include <string>
#include <vector>

// Two ways to the same message must meet: decode, encode, decode; and decode, JSON, decode.
// Input: kind (request, response, other), API key, version, then the message.

using namespace odradek;

namespace {

// The first encoding may differ from the input: lengths need not have been written as short as they can be, and tagged fields at
// their default need not have been written at all. From then on nothing changes.
std::vector<std::byte> encoded(const chosen_message& chosen, const void* message)
{
    writer out{8};
    require(!chosen.type->encode(message, chosen.version, out), "what was decoded can be encoded");
    std::vector<std::byte> bytes = out.flatten();
    require(bytes.size() == out.size(), "the writer's size is that of its bytes");
    return bytes;
}

bool is_same(const chosen_message& chosen, const void* left, const void* right)
{
    return chosen.type->compare(left, right, chosen.version).empty();
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_input input{data, size};
    const chosen_message chosen = choose_message(input, input.below(3));
    const auto& [type, version] = chosen;
    arena memory{std::size_t{64} << 20};
    void* const first = type->create(memory);
    void* const second = type->create(memory);
    void* const third = type->create(memory);
    if (type->decode(input.rest(), memory, version, first)) return 0;

    const std::vector<std::byte> once = encoded(chosen, first);
    require(!type->decode(once, memory, version, second), "what was encoded can be decoded");
    require(is_same(chosen, first, second), "the same message after encoding and decoding");
    require(encoded(chosen, second) == once, "the same bytes the second time");

    const std::string json = type->to_json(first, version);
    require(type->to_json(second, version) == json, "the same JSON of the same message");
    require(!type->from_json(json, memory, version, third), "the JSON of a message can be read");
    require(type->to_json(third, version) == json, "the same JSON the second time");
    // Text that is not UTF-8 has no JSON; such bytes come back as U+FFFD. Neither have the other bits of a NaN.
    if (json.find("\xEF\xBF\xBD") != std::string::npos || json.find("\"NaN\"") != std::string::npos) return 0;
    require(is_same(chosen, first, third), "the same message after JSON");
    require(encoded(chosen, third) == once, "the same bytes after JSON");
    return 0;
}
