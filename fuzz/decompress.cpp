// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_input.hpp"
#include <odradek/compression/codec.hpp>

// Compressed data from nowhere, for the codec that the build names: never more output than the limit, and what decompresses
// does so again within exactly its size, but not within one byte less.
// Input: format of the records around, logarithm of the limit, then the data.

using namespace odradek;

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    constexpr compression codec = compression::ODRADEK_FUZZ_CODEC;
    const bytes_view before = "abc";
    const codec_set& codecs = default_codecs();
    fuzz_input input{data, size};
    const auto magic = static_cast<std::int8_t>(input.below(3));
    const std::size_t limit = std::size_t{1} << input.below(21);
    const bytes_view packed = input.rest();

    byte_buffer output;
    require(output.append(before), "there is memory for three bytes");
    const compression_error failed = codecs.decompress(codec, packed, magic, limit, output);
    require(output.view().subview(0, before.size()) == before, "what was in the buffer stays");
    const std::size_t unpacked = output.size() - before.size();
    require(unpacked <= limit, "no more than the limit comes out");
    require(output.capacity() <= before.size() + 2 * limit + 65536, "no more than the limit is reserved");
    touch(output.view());
    if (failed) {
        require(failed.reason != nullptr && failed.reason[0] != 0, "an error has words");
        require(failed.position <= packed.size(), "an error lies in the data");
        return 0;
    }
    // libzstd has two ways to read a frame, chosen by the room for its output, and they disagree about some damaged ones.
    const auto is_damaged = [](const compression_error& error) {
        return codec == compression::zstd && error.code == errc::bad_compressed_data;
    };
    byte_buffer exact;
    const compression_error refused = codecs.decompress(codec, packed, magic, unpacked, exact);
    require(!refused || is_damaged(refused), "it fits into its own size");
    if (!refused) require(exact.view() == output.view().subview(before.size()), "the same comes out again");
    if (unpacked == 0) return 0;
    byte_buffer less;
    const compression_error full = codecs.decompress(codec, packed, magic, unpacked - 1, less);
    require(full.code == errc::output_limit || is_damaged(full), "it does not fit into one byte less");
    require(less.size() < unpacked, "no more than the limit comes out");
    return 0;
}
