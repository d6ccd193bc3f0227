// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_input.hpp"
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/record_batch.hpp>

#include <algorithm>

// A fetched record set of any formats, compressed or not: what was checked once can be iterated without end or harm.
// Input: a byte of choices (bit 0: compare checksums, bit 1: without codecs, bit 2: little memory), then the set.

using namespace odradek;

namespace {

void look_at(const batch_view& batch)
{
    std::int32_t seen = 0;
    for (const record_view& record : batch) {
        const bytes_view key = record.key().value_or({});
        const bytes_view value = record.value().value_or({});
        require(lies_in(key, batch.records()) && lies_in(value, batch.records()), "key and value lie in the records");
        touch(key);
        touch(value);
        std::size_t headers = 0;
        for (const record_header& header : record.headers()) {
            touch(header.key);
            touch(header.value.value_or({}));
            ++headers;
        }
        require(headers == record.headers().size(), "as many headers as were announced");
        control_record control;
        if (batch.is_control()) (void)read_control_record(record, control);
        (void)batch.sequence_of(record);
        ++seen;
    }
    require(seen == batch.count(), "as many records as were counted");
    (void)batch.last_sequence();
    (void)batch.delete_horizon();
    (void)batch.next_offset();
}

// The same without the reader before it, which looks at the front of the header first.
void open_alone(bytes_view set, const batch_options& options)
{
    batch_memory memory{std::size_t{1} << 20};
    batch_view batch;
    if (batch.parse(set)) return;
    if (!batch.open(memory, options)) {
        look_at(batch);
    } else {
        require(memory.used() == 0, "a batch that is refused keeps no memory");
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_input input{data, size};
    const std::uint8_t choices = input.byte();
    batch_options options;
    options.check_crc = (choices & 1) != 0;
    options.codecs = (choices & 2) != 0 ? nullptr : &default_codecs();
    batch_memory memory{(choices & 4) != 0 ? std::size_t{1000} : std::size_t{1} << 20};

    const bytes_view set = input.rest();
    open_alone(set, options);
    record_set_reader reader{set, memory, options};
    batch_view batch;
    do {
        std::size_t before = reader.position();
        while (reader.next(batch)) {
            require(reader.position() - before == batch.size_in_bytes(), "a batch takes as many bytes as it has");
            before = reader.position();
            look_at(batch);
        }
        require(memory.used() <= memory.limit(), "no more memory than the limit");
        require(reader.position() + reader.trailing() == set.size(), "every byte is behind or ahead");
        if (reader.error()) require(!reader.error().message().empty(), "an error has words");
    } while (reader.skip_bad_batch());
    return 0;
}
