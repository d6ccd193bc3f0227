// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/aborted_filter.hpp>
#include <odradek/client/fetched.hpp>
#include <odradek/compression/codec.hpp>
#include <odradek/protocol/record_set_reader.hpp>

namespace odradek {

bool fetched::is_at_end() const noexcept
{
    const bool committed = isolation_ == isolation_level::read_committed && last_stable_offset_ >= 0;
    return next_offset_ >= (committed ? last_stable_offset_ : high_watermark_);
}

batch_error fetched::take(std::string topic, std::int64_t offset, const fetch_options& options,
                          const partition_answer& answer, response_frame frame, arena memory)
{
    topic_ = std::move(topic);
    partition_ = answer.partition_index;
    offset_ = offset;
    next_offset_ = offset;
    high_watermark_ = answer.high_watermark;
    last_stable_offset_ = answer.last_stable_offset;
    log_start_offset_ = answer.log_start_offset;
    isolation_ = options.isolation;
    frame_ = std::move(frame);
    memory_ = std::move(memory);

    const bool committed = isolation_ == isolation_level::read_committed;
    aborted_filter filter{committed && answer.aborted_transactions ? *answer.aborted_transactions
                                                                   : list<aborted_filter::transaction>{}};
    const bytes_view set = answer.records.value_or({});
    record_set_reader reader{set, unpacked_, {.codecs = &default_codecs(), .check_crc = options.check_crc}};
    for (batch_view batch; reader.next(batch);) {
        const bool aborted = committed && filter.is_aborted(batch);
        if (batch.next_offset() <= next_offset_) continue; // wholly before what was asked for, or not in order
        const std::int64_t from = next_offset_;
        next_offset_ = batch.next_offset();
        if (batch.is_control())
            ++control_batches_;
        else if (aborted)
            ++aborted_batches_;
        else if (fetched_batch seen{batch, from}; seen.begin() != seen.end())
            batches_.push_back(seen);
    }
    cut_off_bytes_ = reader.trailing();
    problem_ = reader.error();

    if (next_offset_ > offset || set.empty()) return {};
    batch_error why =
        problem_ ? problem_ : batch_error{errc::invalid_batch, "no batch reaches the offset that was asked for", 0};
    if (!problem_ && reader.position() == 0) // not even one batch fits into the bytes that were allowed
        why =
            batch_error{errc::batch_too_large, "the first batch is cut off", 0, static_cast<std::int64_t>(set.size())};
    return why;
}

} // namespace odradek
