// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_input.hpp"
#include <odradek/compression/codec.hpp>

// Any bytes, compressed by any codec at any level for any format, come back.
// Input: codec, level, format, logarithm of how often the data is repeated, then the data.

using namespace odradek;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const codec_set& codecs = default_codecs();
    fuzz_input input{data, size};
    const compression codec = all_compressions[input.below(all_compressions.size())];
    if (!codecs.has(codec)) return 0;
    const auto level = static_cast<std::int8_t>(input.byte());
    const auto magic = static_cast<std::int8_t>(input.below(3));
    const std::size_t times = std::size_t{1} << input.below(9);
    const bytes_view data_once = input.rest();
    byte_buffer plain;
    for (std::size_t i = 0; i < times && plain.size() < (std::size_t{1} << 18); ++i) {
        require(plain.append(data_once), "there is memory");
    }

    byte_buffer packed;
    const int wanted = level == -128 ? default_compression_level : level;
    if (const compression_error failed = codecs.compress(codec, plain.view(), wanted, magic, packed)) {
        require(failed.code == errc::invalid_compression_level && !levels(codec).contains(wanted),
                "only a level that does not exist is refused");
        return 0;
    }
    byte_buffer back;
    require(!codecs.decompress(codec, packed.view(), magic, plain.size(), back), "what was compressed can be unpacked");
    require(back.view() == plain.view(), "the same comes back");
    return 0;
}
