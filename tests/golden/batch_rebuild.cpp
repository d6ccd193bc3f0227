// SPDX-License-Identifier: Apache-2.0
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/legacy_message.hpp>
#include <odradek/protocol/reader.hpp>
#include <odradek/protocol/record_batch.hpp>
#include <odradek/tests/golden/batch_rebuild.hpp>
#include <odradek/tests/golden/line.hpp>

namespace odradek::golden {

std::int32_t last_offset_delta(const batch_view& batch)
{
    // Broken batches have any offsets, so the difference may run over.
    return static_cast<std::int32_t>(static_cast<std::uint64_t>(batch.last_offset()) -
                                     static_cast<std::uint64_t>(batch.base_offset()));
}

namespace {

void expect(errc failure, const char* step)
{
    if (failure != errc{}) throw line_error(std::string("encode: ") + step + ": " + std::string(text(failure)));
}

void expect(const compression_error& failure, const char* step)
{
    if (failure)
        throw line_error(std::string("encode: ") + step + ": " + std::string(text(failure.code)) + " " +
                         failure.reason);
}

// Where the broker's append time covers them, the records' own timestamps are only in the bytes.
std::vector<std::int64_t> stored_timestamps(const batch_view& batch)
{
    std::vector<std::int64_t> found;
    reader from{batch.records()};
    while (from.remaining() != 0) {
        const std::int32_t length = from.varint();
        const std::size_t left = from.remaining();
        from.skip(1); // attributes
        const auto delta = static_cast<std::uint64_t>(from.varlong());
        found.push_back(static_cast<std::int64_t>(static_cast<std::uint64_t>(batch.base_timestamp()) + delta));
        from.skip(static_cast<std::size_t>(length) - (left - from.remaining()));
    }
    if (from.failed()) throw line_error("encode: the records cannot be walked");
    return found;
}

void rebuild_batch(const batch_view& batch, byte_buffer& out)
{
    record_batch_builder builder{{.base_offset = batch.base_offset(), .base_timestamp = batch.base_timestamp()}};
    const std::vector<std::int64_t> timestamps = stored_timestamps(batch);
    auto timestamp = timestamps.begin();
    for (const record_view& record : batch) {
        std::vector<record_header> headers;
        for (const record_header& header : record.headers()) headers.push_back(header);
        expect(builder.append_at(record.offset(), *timestamp++, record.key(), record.value(), headers), "append");
    }
    const bool appended = batch.timestamps() == timestamp_type::log_append;
    seal_options how;
    how.codec = batch.codec();
    how.producer_id = batch.producer_id();
    how.producer_epoch = batch.producer_epoch();
    how.base_sequence = batch.base_sequence();
    how.transactional = batch.is_transactional();
    how.control = batch.is_control();
    how.partition_leader_epoch = batch.partition_leader_epoch();
    if (appended) how.log_append_time = batch.max_timestamp();
    how.max_timestamp = batch.max_timestamp();
    how.last_offset_delta = last_offset_delta(batch);
    how.base_is_delete_horizon = batch.delete_horizon().has_value();
    sealed_batch sealed;
    expect(builder.seal(how, default_codecs(), sealed), "seal");
    if (!out.append(sealed.bytes())) throw line_error("encode: out of memory");
}

legacy_fields fields_of(const batch_view& batch, const record_view& record)
{
    return {.magic = batch.magic(),
            .offset = record.offset(),
            .timestamp = record.timestamp(),
            .log_append_time = batch.timestamps() == timestamp_type::log_append,
            .key = record.key(),
            .value = record.value()};
}

void rebuild_legacy(const batch_view& batch, byte_buffer& out)
{
    byte_buffer set;
    legacy_fields last;
    for (const record_view& record : batch) {
        last = fields_of(batch, record);
        if (batch.codec() == compression::none) return expect(write_legacy_message(last, out), "write");
        legacy_fields inner = last;
        if (batch.magic() == 1) inner.offset -= batch.base_offset(); // relative to the first one
        inner.log_append_time = false;
        expect(write_legacy_message(inner, set), "write");
    }
    legacy_fields wrapper = last;
    wrapper.offset = batch.last_offset();
    wrapper.timestamp = batch.max_timestamp();
    wrapper.key = nullptr;
    expect(write_legacy_wrapper(wrapper, set.view(), batch.codec(), default_compression_level, default_codecs(), out),
           "wrap");
}

} // namespace

std::vector<std::byte> rebuild(bytes_view set)
{
    batch_memory memory;
    record_set_reader reader{set, memory, {.codecs = &default_codecs(), .check_crc = true}};
    byte_buffer out;
    for (batch_view batch; reader.next(batch);) {
        if (batch.magic() >= 2) {
            rebuild_batch(batch, out);
        } else {
            rebuild_legacy(batch, out);
        }
    }
    if (reader.error()) throw line_error("encode: " + reader.error().message());
    return {out.view().begin(), out.view().end()};
}

} // namespace odradek::golden
