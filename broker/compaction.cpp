// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/compaction.hpp>

#include <optional>
#include <vector>

namespace odradek::broker {

void key_offsets::add(const batch_view& batch, const codec_set& codecs)
{
    batch_view opened = batch;
    batch_memory memory;
    if (batch.is_control() || opened.open(memory, {.codecs = &codecs, .check_crc = false})) return;
    for (const record_view& record : opened)
        if (record.key()) last_[std::string(record.key()->text())] = record.offset();
}

sealed_batch key_offsets::keep_of(bytes_view bytes, const codec_set& codecs) const
{
    batch_view batch;
    batch_memory memory;
    sealed_batch sealed;
    if (batch.parse(bytes) || batch.is_control()) return sealed;
    if (batch.open(memory, {.codecs = &codecs, .check_crc = false})) return sealed;

    record_batch_builder kept{{.base_offset = batch.base_offset()}};
    for (const record_view& record : batch) {
        if (!record.key() || last_.find(record.key()->text())->second != record.offset()) continue;
        std::vector<record_header> headers;
        for (const record_header& header : record.headers()) headers.push_back(header);
        if (kept.append_at(record.offset(), record.create_timestamp(), record.key(), record.value(), headers) != errc{})
            return sealed;
    }
    if (kept.count() == batch.count()) return sealed;
    const bool appended = batch.timestamps() == timestamp_type::log_append;
    const auto span = static_cast<std::int32_t>(batch.last_offset() - batch.base_offset());
    const seal_options how{.codec = batch.codec(),
                           .producer_id = batch.producer_id(),
                           .producer_epoch = batch.producer_epoch(),
                           .base_sequence = batch.base_sequence(),
                           .transactional = batch.is_transactional(),
                           .partition_leader_epoch = batch.partition_leader_epoch(),
                           .log_append_time = appended ? std::optional{batch.max_timestamp()} : std::nullopt,
                           .last_offset_delta = span};
    if (kept.seal(how, codecs, sealed)) return {};
    return sealed;
}

} // namespace odradek::broker
