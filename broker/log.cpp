// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/compaction.hpp>
#include <odradek/broker/log.hpp>
#include <odradek/protocol/crc32c.hpp>
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/record_batch_builder.hpp>

#include <algorithm>
#include <cstring>
#include <utility>

namespace odradek::broker {
namespace {

constexpr std::size_t chunk_size = std::size_t{1} << 20;

/// Writes into a batch of `size` bytes what is known of its times: the broker's own (message.timestamp.type=LogAppendTime, KIP-32),
/// or the greatest of the producer's.
void stamp(std::byte* batch, std::size_t size, log::times known)
{
    const unsigned before = load_big<std::uint16_t>(batch + batch_layout::attributes);
    constexpr unsigned bit = batch_attribute::log_append_time;
    const unsigned after = known.type == timestamp_type::log_append ? before | bit : before & ~bit;
    store_big(batch + batch_layout::attributes, static_cast<std::uint16_t>(after));
    store_big(batch + batch_layout::max_timestamp, known.max_timestamp);
    store_big(batch + batch_layout::crc,
              crc32c(bytes_view{batch + batch_layout::attributes, size - batch_layout::attributes}));
}

} // namespace

log::placed log::append(const batch_view& batch, times known, const settings& how, std::shared_ptr<chunk> lies_in)
{
    const std::size_t size = batch.size_in_bytes();
    const std::int64_t timestamp = known.max_timestamp;
    roll_if_needed(size, timestamp, how);

    std::byte* data = nullptr;
    if (lies_in) {
        data = lies_in->writable(batch.bytes());
    } else {
        lies_in = chunk_for(size);
        data = lies_in->take(size);
        std::memcpy(data, batch.bytes().data(), size);
    }
    store_big(data + batch_layout::base_offset, end_offset_);
    store_big(data + batch_layout::partition_leader_epoch, epochs_.latest());
    if (batch.max_timestamp() != timestamp || batch.timestamps() != known.type) stamp(data, size, known);

    const placed at{end_offset_, end_offset_ + (batch.last_offset() - batch.base_offset())};
    segment& into = segments_.back();
    if (into.batches.empty()) into.first_timestamp = timestamp;
    into.batches.push_back({at.base_offset, at.last_offset, timestamp, data, size, std::move(lies_in)});
    resize(into, 0, size);
    held_.add(sizeof(stored));
    into.max_timestamp = std::max(into.max_timestamp, timestamp);
    end_offset_ = at.last_offset + 1;
    return at;
}

void log::resize(segment& of, std::size_t from, std::size_t to) noexcept
{
    of.size = of.size - from + to;
    size_ = size_ - from + to;
    held_.set(held_.bytes() - from + to);
}

void log::drop_last_batch(segment& of) noexcept
{
    resize(of, of.batches.back().size, 0);
    held_.remove(sizeof(stored));
    of.batches.pop_back();
}

std::shared_ptr<chunk> log::chunk_for(std::size_t size)
{
    if (size >= large_batch) return std::make_shared<chunk>(size);
    if (!open_ || open_->left() < size) open_ = std::make_shared<chunk>(chunk_size);
    return open_;
}

void log::roll_if_needed(std::size_t size, std::int64_t timestamp, const settings& how)
{
    if (segments_.empty()) {
        segments_.emplace_back();
        return;
    }
    const segment& last = segments_.back();
    if (last.batches.empty()) return;
    const bool full = last.size + size > how.segment_bytes;
    const bool old = last.first_timestamp >= 0 && timestamp > last.first_timestamp &&
                     timestamp - last.first_timestamp > how.segment_ms;
    if (full || old) segments_.emplace_back();
}

log_slice log::read(std::int64_t offset, std::int64_t below, std::size_t max_bytes, bool whole_first) const
{
    // Only the last segment may be empty, and then it is the only one.
    const auto last_offset = [](const segment& s) { return s.batches.empty() ? -1 : s.batches.back().last_offset; };
    const auto in = std::ranges::lower_bound(segments_, offset, {}, last_offset);
    if (in == segments_.end() || in->batches.empty()) return {};
    const auto& batches = in->batches;
    const auto first = std::ranges::lower_bound(batches, offset, {}, &stored::last_offset);
    std::size_t size = 0;
    for (auto one = first; one != batches.end(); ++one) {
        // One piece: what lies in another block of memory is for the next read.
        const bool adjacent = one->memory == first->memory && one->data == first->data + size;
        if (!adjacent || one->last_offset >= below || (size != 0 && size >= max_bytes)) break;
        size += one->size;
    }
    if (size == 0) return {};
    if (first->size > max_bytes && !whole_first) return {};
    size = std::min(size, std::max(first->size, max_bytes));
    return {bytes_view{first->data, size}, first->memory};
}

std::size_t log::size_from(std::int64_t offset, std::size_t enough) const
{
    std::size_t size = 0;
    for (auto in = segments_.rbegin(); in != segments_.rend() && size < enough; ++in) {
        if (in->batches.empty() || in->batches.back().last_offset < offset) break;
        if (in->batches.front().base_offset >= offset) {
            size += in->size;
            continue;
        }
        for (auto one = std::ranges::lower_bound(in->batches, offset, {}, &stored::last_offset);
             one != in->batches.end() && size < enough; ++one)
            size += one->size;
    }
    return std::min(size, enough);
}

log::found log::record_at_time(const stored& batch, std::int64_t timestamp, std::int64_t from) const
{
    batch_view view;
    batch_memory memory;
    if (!view.parse(batch.bytes()) && !view.open(memory, {.codecs = codecs_, .check_crc = false})) {
        for (const record_view& record : view) {
            if (record.timestamp() >= timestamp && record.offset() >= from)
                return {record.offset(), record.timestamp(), view.partition_leader_epoch()};
        }
    }
    return {};
}

std::optional<log::found> log::find_by_time(std::int64_t timestamp) const
{
    const auto in = std::ranges::find_if(segments_, [=](const segment& s) { return s.max_timestamp >= timestamp; });
    if (in == segments_.end()) return {};
    for (const stored& batch : in->batches) {
        if (batch.max_timestamp < timestamp || batch.last_offset < start_offset_) continue;
        if (const found at = record_at_time(batch, timestamp, start_offset_); at.offset >= 0) return at;
    }
    return {};
}

std::optional<log::found> log::find_greatest_time() const
{
    const stored* greatest = nullptr;
    for (const segment& one : segments_) {
        for (const stored& batch : one.batches) {
            if (!greatest || batch.max_timestamp > greatest->max_timestamp) greatest = &batch;
        }
    }
    if (!greatest) return {};
    const found at = record_at_time(*greatest, greatest->max_timestamp, 0);
    return at.offset >= 0 ? std::optional{at} : std::nullopt;
}

void log::truncate_to(std::int64_t offset)
{
    if (offset >= end_offset_) return;
    std::int64_t end = offset;
    while (!segments_.empty()) {
        segment& last = segments_.back();
        while (!last.batches.empty() && last.batches.back().last_offset >= offset) {
            end = std::min(end, last.batches.back().base_offset);
            drop_last_batch(last);
        }
        if (!last.batches.empty()) {
            last.max_timestamp = std::ranges::max(last.batches, {}, &stored::max_timestamp).max_timestamp;
            break;
        }
        segments_.pop_back();
    }
    // A batch is cut off as a whole, so the end may lie below what was asked for.
    end_offset_ = segments_.empty() ? end : segments_.back().batches.back().last_offset + 1;
    start_offset_ = std::min(start_offset_, end_offset_);
    epochs_.truncate_to(end_offset_);
    open_.reset(); // others may still read what lay behind the cut
}

void log::delete_before(std::int64_t offset)
{
    start_offset_ = std::max(start_offset_, std::min(offset, end_offset_));
    forget_passed_segments();
    epochs_.delete_before(start_offset_);
}

bool log::has_passed_segments() const noexcept
{
    return segments_.size() > 1 && segments_.front().batches.back().last_offset < start_offset_;
}

void log::forget_passed_segments()
{
    while (has_passed_segments()) forget_first_segment();
}

void log::forget_first_segment()
{
    held_.remove(segments_.front().batches.size() * sizeof(stored));
    resize(segments_.front(), segments_.front().size, 0);
    segments_.pop_front();
}

std::optional<std::int64_t> log::oldest_timestamp() const noexcept
{
    if (size_ == 0) return {};
    return segments_.front().max_timestamp;
}

bool log::apply_retention(const retention& how, std::int64_t now_ms)
{
    const std::int64_t before = start_offset_;
    while (!segments_.empty() && !segments_.front().batches.empty()) {
        const segment& first = segments_.front();
        const bool large = how.bytes >= 0 && size_ - first.size >= static_cast<std::size_t>(how.bytes);
        const bool old = how.ms >= 0 && now_ms - std::max<std::int64_t>(first.max_timestamp, 0) > how.ms;
        if (!large && !old) break;
        // By size, the segment that is written to stays; by age it goes too, once it is old as a whole.
        if (segments_.size() == 1 && !old) break;
        start_offset_ = std::max(start_offset_, first.batches.back().last_offset + 1);
        forget_first_segment();
    }
    epochs_.delete_before(start_offset_);
    return start_offset_ != before;
}

bool log::compact()
{
    if (segments_.size() < 2) return false;
    key_offsets last;
    for_each_batch([&](const batch_view& batch) { last.add(batch, *codecs_); });

    bool changed = false;
    for (std::size_t i = 0; i + 1 < segments_.size(); ++i) {
        for (stored& batch : segments_[i].batches) {
            const sealed_batch kept = last.keep_of(batch.bytes(), *codecs_);
            if (kept.empty()) continue;
            resize(segments_[i], batch.size, kept.size());
            batch.memory = std::make_shared<chunk>(kept.size());
            batch.data =
                static_cast<std::byte*>(std::memcpy(batch.memory->take(kept.size()), kept.bytes().data(), kept.size()));
            batch.size = kept.size();
            // The record with the greatest time may be gone, but the time of the batch is what its header says.
            batch_view left;
            if (!left.parse(batch.bytes())) batch.max_timestamp = left.max_timestamp();
            changed = true;
        }
        segment& of = segments_[i];
        of.max_timestamp = std::ranges::max(of.batches, {}, &stored::max_timestamp).max_timestamp;
    }
    return changed;
}

void log::for_each_batch(const std::function<void(const batch_view&)>& use) const
{
    for (const segment& one : segments_) {
        for (const stored& batch : one.batches) {
            batch_view view;
            if (!view.parse(batch.bytes())) use(view);
        }
    }
}

} // namespace odradek::broker
