// SPDX-License-Identifier: Apache-2.0
#include "fuzz/choose_message.hpp"

#include <string>
#include <vector>

// Any text as the JSON of a message: what is accepted says the same once it was printed, encoded and read again.
// Input: kind (request, response, other), API key, version, then the text.

using namespace odradek;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_input input{data, size};
    const auto [type, version] = choose_message(input, input.below(3));
    const std::string_view text = input.rest().text();

    arena memory{std::size_t{64} << 20};
    void* const first = type->create(memory);
    void* const second = type->create(memory);
    if (const decode_error error = type->from_json(text, memory, version, first)) {
        require(static_cast<bool>(error.code()) && !error.message().empty(), "an error has a code and words");
        require(error.offset() <= text.size(), "an error lies in the text");
        return 0;
    }
    const std::string json = type->to_json(first, version);
    require(!type->from_json(json, memory, version, second), "what was printed can be read");
    require(type->to_json(second, version) == json, "the same JSON the second time");

    writer out;
    if (type->encode(first, version, out)) return 0; // JSON can hold texts that are too long for the wire
    const std::vector<std::byte> bytes = out.flatten();
    require(!type->decode(bytes, memory, version, second), "what was encoded can be decoded");
    require(type->compare(first, second, version).empty(), "the same message after encoding and decoding");
    return 0;
}
