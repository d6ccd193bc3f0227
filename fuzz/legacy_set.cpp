// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_input.hpp"
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/legacy_message.hpp>
#include <odradek/protocol/record_batch.hpp>

#include <array>
#include <optional>
#include <vector>

// Message sets of formats 0 and 1, plain and wrapped, made from the input and read back: the same records come out.
// Before that, the input is itself taken for such a message.
// Input: format, codec, offset of the last, then for each message: flags, lengths, timestamp, key, value.

using namespace odradek;

namespace {

nullable<bytes_view> field(fuzz_input& input)
{
    const std::size_t length = input.byte();
    if (length == 255) return nullptr;
    return input.piece(length);
}

bool same(const nullable<bytes_view>& left, const nullable<bytes_view>& right)
{
    return left.has_value() == right.has_value() && left.value_or({}) == right.value_or({});
}

void read_back(bytes_view set, const std::vector<legacy_fields>& made, std::int64_t first)
{
    batch_memory memory{std::size_t{1} << 20};
    record_set_reader reader{set, memory, {.codecs = &default_codecs()}};
    std::size_t at = 0;
    for (batch_view batch; reader.next(batch);) {
        for (const record_view& record : batch) {
            require(at < made.size(), "no more records than were written");
            require(same(record.key(), made[at].key) && same(record.value(), made[at].value), "the same key and value");
            require(record.offset() == first + static_cast<std::int64_t>(at), "offsets count on");
            require(record.timestamp() == (batch.magic() == 0 ? -1 : made[at].timestamp), "the same timestamp");
            ++at;
        }
    }
    require(!reader.error() && reader.trailing() == 0, "what was written can be read");
    require(at == made.size(), "as many records as were written");
}

void read_raw(bytes_view bytes)
{
    legacy_message message;
    if (const batch_error error = message.parse(bytes)) {
        require(!error.message().empty(), "an error has words");
    } else {
        require(message.size_in_bytes() <= bytes.size(), "a message lies in the bytes");
        touch(message.key().value_or({}));
        touch(message.value().value_or({}));
    }
    batch_memory memory{std::size_t{1} << 20};
    batch_view batch;
    if (batch.parse(bytes) || batch.open(memory, {.codecs = &default_codecs(), .check_crc = false})) return;
    for (const record_view& record : batch) touch(record.value().value_or({}));
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static constexpr std::array codecs{compression::none, compression::gzip, compression::snappy, compression::lz4};
    read_raw({data, size});
    fuzz_input input{data, size};
    const auto magic = static_cast<std::int8_t>(input.below(2));
    const compression wanted = codecs[input.below(codecs.size())];
    const compression codec = default_codecs().has(wanted) ? wanted : compression::none;
    const std::int64_t first = input.number<std::uint32_t>();

    std::vector<legacy_fields> made;
    byte_buffer set;
    while (!input.empty() && made.size() < 1000) {
        // Inside a wrapper of format 1 offsets are relative, else absolute.
        const bool relative = magic == 1 && codec != compression::none;
        legacy_fields fields;
        fields.magic = magic;
        fields.offset = static_cast<std::int64_t>(made.size()) + (relative ? 0 : first);
        fields.timestamp = input.number<std::int16_t>();
        fields.key = field(input);
        fields.value = field(input);
        require(write_legacy_message(fields, set) == errc{}, "a message can be written");
        made.push_back(fields);
    }
    if (codec == compression::none || made.empty()) {
        read_back(set.view(), made, first);
        return 0;
    }
    legacy_fields wrapper;
    wrapper.magic = magic;
    wrapper.offset = first + static_cast<std::int64_t>(made.size()) - 1;
    wrapper.timestamp = made.back().timestamp;
    byte_buffer packed;
    require(!write_legacy_wrapper(wrapper, set.view(), codec, default_compression_level, default_codecs(), packed),
            "a wrapper can be written");
    read_back(packed.view(), made, first);
    return 0;
}
