// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/read_archive.hpp>

#include <utility>

namespace odradek {

codec_error read_archive::finish(std::string_view message_name)
{
    if (!failed() && position_ != end_ && !options_.allow_trailing && options_.consumed == nullptr) {
        fail(errc::trailing_bytes, nullptr, position_, std::to_string(remaining()) + " bytes after the message");
    }
    if (!failed() && options_.consumed != nullptr) *options_.consumed = offset();
    return failure_.finish(message_name);
}

void read_archive::fail(errc code, const char* name, const std::byte* at, std::string detail)
{
    if (failed()) return;
    failure_.set(code, name, static_cast<std::size_t>(at - begin_), std::move(detail));
    end_ = position_;
}

void read_archive::truncated(const field_info& field, const std::byte* at, std::size_t needed)
{
    if (failed()) return;
    fail(errc::truncated, field.name, at,
         std::to_string(needed) + " bytes needed, " + std::to_string(remaining()) + " left");
}

void read_archive::bad_length(const field_info& field, const std::byte* at, std::int64_t length)
{
    if (failed()) return;
    if (length == -1) return fail(errc::unexpected_null, field.name, at, "null is not allowed in this version");
    fail(errc::malformed, field.name, at, counted(length, " as a length"));
}

void read_archive::bad_count(const field_info& field, const std::byte* at, std::uint64_t count, std::size_t smallest)
{
    if (count > options_.max_array_length) {
        return fail(errc::array_too_long, field.name, at,
                    std::to_string(count) + " items, at most " + std::to_string(options_.max_array_length) +
                        " allowed");
    }
    fail(errc::truncated, field.name, at,
         std::to_string(count) + " items of at least " + std::to_string(smallest) + " bytes, " +
             std::to_string(remaining()) + " bytes left");
}

void read_archive::no_memory(const field_info& field, const std::byte* at, std::size_t size)
{
    fail(errc::arena_exhausted, field.name, at,
         std::to_string(size) + " bytes needed, " + std::to_string(memory_.used()) + " of " +
             std::to_string(memory_.limit()) + " used");
}

std::string read_archive::counted(std::int64_t count, const char* what)
{
    return std::to_string(count) + what;
}

std::uint32_t read_archive::long_uvarint(const char* name, const std::byte* start)
{
    std::uint32_t value = 0;
    const std::byte* const behind = read_uvarint(position_, end_, value);
    if (behind == nullptr) {
        const bool ended = remaining() < max_varint_size;
        fail(ended ? errc::truncated : errc::malformed, name, start,
             ended ? "the input ends inside a varint" : "a varint longer than 32 bits");
        return 0;
    }
    position_ = behind;
    return value;
}

bool read_archive::begin_tags(tag_section& section)
{
    section.start = position_;
    section.left = uvarint("tags", position_);
    if (failed()) return false;
    if (section.left > options_.max_tagged_fields) {
        fail(errc::too_many_tags, "tags", section.start,
             std::to_string(section.left) + " tagged fields, at most " + std::to_string(options_.max_tagged_fields) +
                 " allowed");
        return false;
    }
    return true;
}

bool read_archive::next_tag(tag_section& section)
{
    const std::uint32_t previous = section.tag;
    section.start = position_;
    section.tag = uvarint("tags", section.start);
    const std::uint32_t size = uvarint("tags", section.start);
    if (failed()) return false;
    if (section.any_before && section.tag <= previous) {
        fail(errc::tags_out_of_order, "tags", section.start,
             "tag " + std::to_string(section.tag) + " after tag " + std::to_string(previous));
        return false;
    }
    section.any_before = true;
    if (size > remaining()) {
        fail(errc::truncated, "tags", section.start,
             "tag " + std::to_string(section.tag) + " of " + std::to_string(size) + " bytes, " +
                 std::to_string(remaining()) + " left");
        return false;
    }
    section.end = end_;
    end_ = position_ + size;
    --section.left;
    return true;
}

bool read_archive::end_tag(tag_section& section, bool is_known)
{
    if (failed()) return false;
    if (!is_known) {
        if (!keep_tag(section)) return false;
    } else if (position_ != end_) {
        fail(errc::malformed, "tags", section.start,
             "tag " + std::to_string(section.tag) + " has " + std::to_string(remaining()) +
                 " bytes more than its field");
        return false;
    }
    end_ = section.end;
    return true;
}

bool read_archive::keep_tag(tag_section& section)
{
    if (section.unknown_count == section.unknown_capacity) {
        const std::size_t capacity = std::max<std::size_t>(4, section.unknown_capacity * 2);
        auto* const more = memory_.allocate_array<tagged_field>(capacity);
        if (more == nullptr) {
            no_memory({"tags", "_unknownTags"}, section.start, capacity * sizeof(tagged_field));
            return false;
        }
        if (section.unknown_count != 0) {
            std::memcpy(static_cast<void*>(more), section.unknown, section.unknown_count * sizeof(tagged_field));
        }
        section.unknown = more;
        section.unknown_capacity = capacity;
    }
    ::new (static_cast<void*>(section.unknown + section.unknown_count++))
        tagged_field{section.tag, bytes_view{position_, remaining()}};
    position_ = end_;
    return true;
}

} // namespace odradek
