// SPDX-License-Identifier: Apache-2.0
#include "fuzz/choose_message.hpp"

#include <vector>

// A message filled at random: it survives encoding and decoding, no part of its bytes decodes, and no flipped bit does harm.
// Input: kind (request, response, other), API key, version, 8 bytes of seed, 2 bytes that name a place.

using namespace odradek;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_input input{data, size};
    const auto [type, version] = choose_message(input, input.below(3));
    const auto seed = input.number<std::uint64_t>();
    const std::size_t place = input.number<std::uint16_t>();

    arena memory{std::size_t{64} << 20};
    void* const made = type->create(memory);
    void* const read = type->create(memory);
    require(!type->fill_randomly(made, memory, version, seed), "any message can be filled");
    writer out;
    require(!type->encode(made, version, out), "a filled message can be encoded");
    std::vector<std::byte> bytes = out.flatten();
    require(!type->decode(bytes, memory, version, read), "what was encoded can be decoded");
    require(type->compare(made, read, version).empty(), "the same message comes back");
    if (bytes.empty()) return 0;

    const bytes_view whole{bytes};
    const std::vector<std::byte> part(whole.begin(), whole.begin() + place % whole.size());
    require(static_cast<bool>(type->decode(part, memory, version, read)), "a part of a message does not decode");
    bytes[place % bytes.size()] ^= std::byte{1} << (place % 8);
    arena other{std::size_t{8} << 20};
    if (const decode_error error = type->decode(bytes, other, version, read)) {
        require(error.offset() <= bytes.size(), "an error lies in the input");
    }
    return 0;
}
