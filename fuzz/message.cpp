// SPDX-License-Identifier: Apache-2.0
#include "fuzz/choose_message.hpp"

// Any request, or any response (the build says which): decoding ends well or in an error that names its place, and takes no more
// memory than it may.
// Input: API key, version, limits (bit 0: small arena, bit 1: trailing bytes allowed, bit 2: short arrays), then the message.

using namespace odradek;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_input input{data, size};
    const auto [type, version] = choose_message(input, ODRADEK_FUZZ_KIND);
    const std::uint8_t limits = input.byte();
    const bytes_view bytes = input.rest();

    arena own;
    void* const message = type->create(own);
    require(message != nullptr, "there is memory for an empty message");
    arena memory{(limits & 1) != 0 ? std::size_t{16} << 10 : std::size_t{8} << 20};
    std::size_t consumed = 0;
    decode_options options;
    if ((limits & 2) != 0) options.consumed = &consumed;
    if ((limits & 4) != 0) options.max_array_length = options.max_tagged_fields = 3;

    const decode_error error = type->decode(bytes, memory, version, message, options);
    require(memory.used() <= memory.limit(), "no more memory than the arena's limit");
    if (error) {
        require(static_cast<bool>(error.code()), "an error has a code");
        require(error.path().starts_with(type->name), "an error's path begins with the message");
        require(error.offset() <= bytes.size(), "an error lies in the input");
        require(error.message().find(error.path()) != std::string::npos, "an error's words name its place");
        return 0;
    }
    require(consumed <= bytes.size(), "no more is read than there is");
    require(type->to_json(message, version).starts_with('{'), "what was decoded can be shown");
    if ((limits & 2) == 0) return 0;

    // What was read is a whole message, and nothing shorter is.
    arena again{std::size_t{16} << 20}; // the first one may be full by now
    require(!type->decode(bytes.subview(0, consumed), again, version, message), "the message alone decodes too");
    if (consumed == 0) return 0;
    require(static_cast<bool>(type->decode(bytes.subview(0, consumed - 1), again, version, message)),
            "a message without its last byte does not decode");
    return 0;
}
