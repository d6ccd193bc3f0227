// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_input.hpp"
#include <odradek/protocol/frame.hpp>

#include <cstring>
#include <vector>

// A stream cut into frames: the chunks in which it comes make no difference, and memory follows what came, not what was said.
// Input: limits (bit 0: small frames only, bit 1: empty frames allowed, bit 2: a long stream, bit 3: an authenticated peer), 8 sizes of chunks, then the stream.

using namespace odradek;

namespace {

void take(frame_splitter& splitter, std::vector<frame>& frames)
{
    for (frame next; splitter.next(next);) frames.push_back(std::move(next));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_input input{data, size};
    const std::uint8_t choices = input.byte();
    frame_limits limits;
    if ((choices & 1) != 0) limits.largest = 40;
    if ((choices & 2) != 0) limits.smallest = 0;
    if ((choices & 8) != 0) limits.largest = frame_limits::after_authentication;
    const bytes_view chunks = input.piece(8);
    const bytes_view given = input.rest();
    // So that frames that are read into their own memory are met, too; not of small ones only, which take long.
    std::vector<std::byte> long_stream;
    while ((choices & 4) != 0 && given.size() >= 128 && long_stream.size() < 300'000) {
        long_stream.insert(long_stream.end(), given.begin(), given.end());
    }
    const bytes_view stream = long_stream.empty() ? given : bytes_view{long_stream};

    std::vector<frame> at_once;
    frame_splitter whole{limits};
    whole.append(stream);
    take(whole, at_once);

    std::vector<frame> piecemeal;
    frame_splitter pieces{limits};
    std::size_t came = 0;
    for (std::size_t i = 0; came < stream.size() && !pieces.error(); ++i) {
        const std::span<std::byte> room = pieces.buffer();
        require(!room.empty(), "there is always room for more");
        const std::size_t least = long_stream.empty() ? 1 : 64; // a long stream in single bytes would take seconds
        const std::size_t step = least + (chunks.empty() ? 0 : std::to_integer<std::size_t>(chunks[i % chunks.size()]));
        const std::size_t count = std::min({room.size(), step * step, stream.size() - came});
        std::memcpy(room.data(), stream.data() + came, count);
        pieces.commit(count);
        came += count;
        take(pieces, piecemeal);
        require(pieces.reserved() <= 4 * came + (std::size_t{512} << 10), "memory follows what came");
    }
    require(at_once.size() == piecemeal.size(), "as many frames, whatever the chunks");
    std::size_t place = 0;
    for (std::size_t i = 0; i < at_once.size(); ++i) {
        require(at_once[i].bytes() == piecemeal[i].bytes(), "the same frames, whatever the chunks");
        require(at_once[i].bytes() == stream.subview(place + 4, at_once[i].size()), "a frame is what came");
        require(at_once[i].size() >= limits.smallest && at_once[i].size() <= limits.largest, "limits hold");
        place += 4 + at_once[i].size();
    }
    require(static_cast<bool>(whole.error()) == static_cast<bool>(pieces.error()), "the same end, whatever the chunks");
    require(whole.error().offset() == pieces.error().offset(), "at the same place");
    if (whole.error()) {
        require(whole.error().offset() == place, "an error is behind the last frame");
    } else {
        require(whole.buffered() <= stream.size() - place, "what is left is buffered");
        require(whole.is_inside_frame() == (place != stream.size()), "a frame that has begun is known");
    }
    (void)recognise_foreign_protocol(stream);
    return 0;
}
