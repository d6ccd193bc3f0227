// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_input.hpp"
#include <odradek/protocol/consumer_protocol.hpp>

#include <vector>

// The bytes that members of a group exchange: what can be read says the same once it was written and read again.
// Input: a byte (bit 0: an assignment, else a subscription), then the bytes.

using namespace odradek;

namespace {

template <class Message, auto Read, auto Write>
void check(bytes_view bytes)
{
    arena memory{std::size_t{1} << 20};
    Message message;
    api_version named;
    const decode_error error = Read(bytes, memory, message, &named);
    require(memory.used() <= memory.limit(), "no more memory than the arena's limit");
    if (error) {
        require(error.path().starts_with(Message::message_name), "an error's path begins with the message");
        require(error.offset() <= bytes.size(), "an error lies in the input");
        return;
    }
    const api_version version = std::min(named, api_version{Message::versions.last});
    writer out;
    require(!Write(out, message, version), "what was read can be written");
    const std::vector<std::byte> written = out.flatten();
    require(bytes.empty() || written.size() <= bytes.size(), "what is written is no longer than what was read");
    Message again;
    arena more{std::size_t{1} << 20};
    require(!Read(written, more, again, &named), "what was written can be read");
    require(named == version && again == message, "the same comes back");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_input input{data, size};
    if (input.below(2) == 1) {
        check<consumer_protocol_assignment, read_assignment, write_assignment>(input.rest());
    } else {
        check<consumer_protocol_subscription, read_subscription, write_subscription>(input.rest());
    }
    return 0;
}
