// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/batch_view.hpp>
#include <odradek/protocol/crc32c.hpp>
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/legacy_message.hpp>

#include <limits>

namespace odradek {
namespace {

// A length and that many bytes, from `at` on; false if they are not all before `end`.
bool read_field(const std::byte* message, std::size_t end, std::size_t& at, nullable<bytes_view>& field,
                std::int32_t& length) noexcept
{
    length = 0;
    if (end - at < 4) return false;
    length = load_big<std::int32_t>(message + at);
    if (length < -1 || (length > 0 && static_cast<std::size_t>(length) > end - at - 4)) return false;
    field = nullptr;
    if (length >= 0) field = bytes_view{message + at + 4, static_cast<std::size_t>(length)};
    at += 4 + field.value_or({}).size();
    return true;
}

std::byte* write_field(const nullable<bytes_view>& field, std::byte* to) noexcept
{
    store_big(to, field ? static_cast<std::int32_t>(field->size()) : -1);
    to += 4;
    if (field && !field->empty()) std::memcpy(to, field->data(), field->size());
    return to + field.value_or({}).size();
}

std::size_t key_position(std::int8_t magic) noexcept
{
    return magic == 0 ? legacy_layout::timestamp : legacy_layout::timestamp + sizeof(std::int64_t);
}

errc write_message(const legacy_fields& fields, std::int8_t attributes, byte_buffer& output) noexcept
{
    if (fields.magic != 0 && fields.magic != 1) return errc::unsupported_magic;
    constexpr std::size_t most = std::numeric_limits<std::int32_t>::max();
    const std::size_t key_size = fields.key.value_or({}).size();
    const std::size_t value_size = fields.value.value_or({}).size();
    if (key_size > most || value_size > most) return errc::record_too_large;
    const std::size_t size = key_position(fields.magic) + 8 + key_size + value_size;
    if (size > most) return errc::record_too_large;
    std::byte* const message = output.extend(size);
    if (message == nullptr) return errc::out_of_memory;
    store_big(message + legacy_layout::offset, fields.offset);
    store_big(message + legacy_layout::length, static_cast<std::int32_t>(size - legacy_layout::crc));
    store_big(message + legacy_layout::magic, fields.magic);
    store_big(message + legacy_layout::attributes, attributes);
    if (fields.magic == 1) store_big(message + legacy_layout::timestamp, fields.timestamp);
    write_field(fields.value, write_field(fields.key, message + key_position(fields.magic)));
    store_big(message + legacy_layout::crc, crc32({message + legacy_layout::magic, size - legacy_layout::magic}));
    output.commit(size);
    return {};
}

std::int8_t time_attribute(const legacy_fields& fields) noexcept
{
    return fields.log_append_time && fields.magic == 1 ? std::int8_t{batch_attribute::log_append_time} : std::int8_t{0};
}

} // namespace

batch_error legacy_message::parse(bytes_view bytes) noexcept
{
    namespace at = legacy_layout;
    *this = legacy_message{};
    if (bytes.size() <= at::attributes) return {errc::truncated, "ends inside the message's header", bytes.size()};
    const std::byte* const message = bytes.data();
    const auto length = load_big<std::int32_t>(message + at::length);
    if (length < at::least_length)
        return {errc::invalid_batch, "length is less than any message has", at::length, length};
    if (static_cast<std::size_t>(length) > bytes.size() - at::crc) {
        return {errc::truncated, "length is beyond the end of the bytes", at::length, length};
    }
    size_ = static_cast<std::size_t>(length) + at::crc;
    offset_ = load_big<std::int64_t>(message);
    crc_ = load_big<std::uint32_t>(message + at::crc);
    magic_ = load_big<std::int8_t>(message + at::magic);
    attributes_ = load_big<std::int8_t>(message + at::attributes);
    if (magic_ != 0 && magic_ != 1)
        return {errc::unsupported_magic, "not a format of single messages", at::magic, magic_};
    std::size_t position = key_position(magic_);
    if (position + 8 > size_) return {errc::invalid_batch, "length is less than this format needs", at::length, length};
    if (magic_ == 1) timestamp_ = load_big<std::int64_t>(message + at::timestamp);
    std::int32_t found = 0;
    if (!read_field(message, size_, position, key_, found)) {
        return {errc::invalid_record, "bad key length", position, found};
    }
    if (!read_field(message, size_, position, value_, found)) {
        return {errc::invalid_record, "bad value length", position, found};
    }
    return {};
}

errc write_legacy_message(const legacy_fields& fields, byte_buffer& output) noexcept
{
    return write_message(fields, time_attribute(fields), output);
}

compression_error write_legacy_wrapper(const legacy_fields& fields, bytes_view set, compression codec, int level,
                                       const codec_set& codecs, byte_buffer& output) noexcept
{
    if (codec == compression::none || codec == compression::zstd) {
        return {errc::unknown_codec, "formats 0 and 1 wrap with gzip, snappy or lz4 only", 0};
    }
    byte_buffer packed;
    if (const compression_error failed = codecs.compress(codec, set, level, fields.magic, packed)) return failed;
    legacy_fields wrapper = fields;
    wrapper.value = packed.view();
    const auto attributes = static_cast<std::int8_t>(time_attribute(fields) | static_cast<std::int8_t>(codec));
    return {write_message(wrapper, attributes, output), "the wrapper cannot be written", 0};
}

} // namespace odradek
