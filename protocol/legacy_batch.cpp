// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/batch_view.hpp>
#include <odradek/protocol/crc32c.hpp>
#include <odradek/protocol/legacy_message.hpp>

namespace odradek {

/// What only the reader of the old formats may write into a record_view.
struct legacy_record_access {
    static void fill(record_view& record, const legacy_message& message) noexcept
    {
        record.key_ = message.key();
        record.value_ = message.value();
        record.size_ = message.size_in_bytes();
    }
};

namespace {

// Checks a message inside a wrapper. Wrappers in wrappers do not exist: no producer makes them, and they would let a few
// bytes unpack without end.
batch_error check_inner(const legacy_message& message, bytes_view bytes, std::int8_t magic, bool check_crc) noexcept
{
    if (message.magic() != magic) {
        return {errc::invalid_record, "a message of another format inside the wrapper", legacy_layout::magic,
                message.magic(), true};
    }
    if ((message.attributes() & batch_attribute::codec) != 0) {
        return {errc::invalid_record, "a compressed message inside a compressed message", legacy_layout::attributes,
                message.attributes(), true};
    }
    const bytes_view covered = bytes.subview(legacy_layout::magic, message.size_in_bytes() - legacy_layout::magic);
    if (check_crc && crc32(covered) != message.crc()) {
        return {errc::checksum_mismatch, "stored and computed checksum differ; stored", legacy_layout::crc,
                std::int64_t{message.crc()}, true};
    }
    return {};
}

batch_error shifted(const batch_error& error, std::size_t by, std::int32_t record) noexcept
{
    batch_error moved = error.in_records_at(error.place() + by);
    moved.blame(record);
    return moved;
}

} // namespace

batch_error batch_view::open_legacy(batch_memory& memory, const batch_options& options)
{
    legacy_message wrapper;
    if (batch_error error = wrapper.parse(bytes_)) return error;
    if (codec() == compression::none) {
        records_ = bytes_;
        count_ = 1;
        return {};
    }
    if (codec() > compression::lz4) { // zstd exists, but came with format 2 (KIP-110)
        const errc code = codec() == compression::zstd ? errc::invalid_record : errc::unknown_codec;
        return {code, "this format has no such codec", legacy_layout::attributes, static_cast<std::int64_t>(codec())};
    }
    if (!wrapper.value()) return {errc::invalid_record, "a wrapper without value", legacy_layout::attributes};

    byte_buffer block;
    const auto place = static_cast<std::size_t>(wrapper.value()->begin() - bytes_.begin());
    if (batch_error error = unpack(*wrapper.value(), place, memory, options, block)) return error;
    const bytes_view inner = block.view();

    std::int32_t count = 0;
    std::int64_t first = 0;
    std::int64_t last = 0;
    for (std::size_t at = 0; at < inner.size(); ++count) {
        legacy_message message;
        const bytes_view rest = inner.subview(at);
        if (batch_error error = message.parse(rest)) return shifted(error, at, count);
        if (batch_error error = check_inner(message, rest, magic_, options.check_crc)) return shifted(error, at, count);
        if (count == 0) first = message.offset();
        last = message.offset();
        at += message.size_in_bytes();
    }
    if (count == 0) return {errc::invalid_record, "a wrapper around no message", place};

    // Format 1 counts from the wrapper's offset, which is the last one's. Some producers leave it 0: then nothing is added.
    if (magic_ == 1 && last_offset_ != 0) {
        if (last_offset_ < last) {
            return {errc::invalid_record, "the wrapper's offset is below the last message's", legacy_layout::offset,
                    last};
        }
        offset_shift_ =
            static_cast<std::int64_t>(static_cast<std::uint64_t>(last_offset_) - static_cast<std::uint64_t>(last));
    }
    base_offset_ =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(first) + static_cast<std::uint64_t>(offset_shift_));
    count_ = count;
    records_ = memory.keep(std::move(block));
    return {};
}

void record_iterator::read_legacy() noexcept
{
    // Every message was parsed once when the batch was opened, so this cannot fail.
    legacy_message message;
    (void)message.parse({position_, static_cast<std::size_t>(end_ - position_)});
    legacy_record_access::fill(current_, message);
    current_.offset_ =
        static_cast<std::int64_t>(static_cast<std::uint64_t>(message.offset()) + static_cast<std::uint64_t>(offset_));
    current_.create_timestamp_ = message.timestamp();
    current_.timestamp_ = appended_ ? append_timestamp_ : message.timestamp();
    position_ += message.size_in_bytes();
}

} // namespace odradek
