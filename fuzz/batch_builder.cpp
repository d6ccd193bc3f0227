// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_input.hpp"
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/record_batch.hpp>

#include <vector>

// A batch built and sealed as the input says, then read: the same records come out, and size_with() told the truth.
// Input: codec, flags, sizes, producer; then for each record: flags, offset step, timestamp, headers, key, value.

using namespace odradek;

namespace {

struct written {
    std::int64_t offset;
    std::int64_t timestamp;
    nullable<bytes_view> key;
    nullable<bytes_view> value;
    std::vector<record_header> headers;
};

nullable<bytes_view> field(fuzz_input& input)
{
    const std::size_t length = input.byte();
    if (length == 255) return nullptr;
    return input.piece(length);
}

written make_record(fuzz_input& input, std::int64_t offset)
{
    written record{offset, static_cast<std::int64_t>(input.number<std::uint64_t>()), field(input), field(input), {}};
    record.headers.resize(input.below(4));
    for (record_header& header : record.headers) {
        header.key = input.piece(input.below(20)).text();
        header.value = field(input);
    }
    return record;
}

void read_back(const sealed_batch& sealed, const std::vector<written>& made, bool append_time)
{
    batch_memory memory{std::size_t{1} << 22};
    record_set_reader reader{sealed.bytes(), memory, {.codecs = &default_codecs()}};
    batch_view batch;
    require(reader.next(batch), "a sealed batch can be read");
    require(batch.size_in_bytes() == sealed.size() && reader.trailing() == 0, "it has the size that it says");
    require(static_cast<std::size_t>(batch.count()) == made.size() && sealed.count() == batch.count(), "all records");
    std::size_t at = 0;
    for (const record_view& record : batch) {
        const written& expected = made[at++];
        require(record.offset() == expected.offset, "the same offset");
        require(record.timestamp() == (append_time ? 77 : expected.timestamp), "the same timestamp");
        require(record.key() == expected.key && record.value() == expected.value, "the same key and value");
        std::vector<record_header> headers;
        for (const record_header& header : record.headers()) headers.push_back(header);
        require(headers == expected.headers, "the same headers");
    }
    require(at == made.size(), "as many records as were counted");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_input input{data, size};
    const compression wanted = all_compressions[input.below(all_compressions.size())];
    const std::uint8_t flags = input.byte();
    record_batch_builder::options how;
    how.reserve = input.byte();
    how.max_size = std::size_t{61} + input.number<std::uint16_t>();
    how.base_offset = input.number<std::int32_t>();
    if ((flags & 1) != 0) how.base_timestamp = input.number<std::int64_t>();
    record_batch_builder builder{how};

    std::vector<written> made;
    for (std::int64_t offset = how.base_offset; !input.empty(); ++offset) {
        offset += static_cast<std::int64_t>(input.below(4));
        written record = make_record(input, offset);
        const std::size_t before = builder.size();
        const errc failed = builder.append_at(offset, record.timestamp, record.key, record.value, record.headers);
        require(builder.size() <= how.max_size, "never more than the largest size");
        if (failed != errc{}) {
            require(failed == errc::batch_full && builder.size() == before, "a full batch stays as it is");
            break;
        }
        made.push_back(std::move(record));
    }
    seal_options seal;
    seal.codec = default_codecs().has(wanted) ? wanted : compression::none;
    seal.only_if_smaller = (flags & 2) != 0;
    seal.transactional = (flags & 4) != 0;
    if ((flags & 8) != 0) seal.log_append_time = 77;
    sealed_batch sealed;
    require(!builder.seal(seal, default_codecs(), sealed), "a batch can be sealed");
    require(builder.empty(), "the builder is empty again");
    read_back(sealed, made, (flags & 8) != 0);
    sealed.set_producer(input.number<std::int64_t>(), 3, 9);
    read_back(sealed, made, (flags & 8) != 0);
    return 0;
}
