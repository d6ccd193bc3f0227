// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/archive.hpp>
#include <odradek/protocol/arena.hpp>
#include <odradek/protocol/endian.hpp>
#include <odradek/protocol/list.hpp>
#include <odradek/protocol/nullable.hpp>
#include <odradek/protocol/varint.hpp>

#include <algorithm>
#include <cstring>
#include <new>

namespace odradek {

/// Bounds on what a message may make the decoder do; a peer's claims are checked against them before they cost
/// anything.
struct decode_options {
    std::size_t max_array_length = 1'000'000; ///< Items of one array.
    std::size_t max_tagged_fields = 10'000;   ///< Tagged fields of one section.
    bool allow_trailing =
        false; ///< Whether bytes may follow the message, as Kafka tolerates in consumer protocol blobs.
    std::size_t* consumed =
        nullptr; ///< If set, trailing bytes are allowed and the message's own length is stored here.
};

/// The archive that decodes: instantiates codec() with a cursor over bytes and an arena.
///
/// Lives inside one decode(). After the first failure the input counts as empty, so all that follows falls through its
/// bounds check; the calls that are on the way then add their part of the path.
class ODRADEK_EXPORT read_archive {
public:
    static constexpr bool is_const = false;

    read_archive(bytes_view input, arena& memory, bool flexible, const decode_options& options) noexcept
        : begin_(input.data()), position_(begin_), end_(begin_ + input.size()), memory_(memory), options_(options),
          flexible_(flexible)
    {}

    template <class T>
    void number(const field_info& field, T& value)
    {
        if (remaining() < sizeof(T)) [[unlikely]]
            return truncated(field, position_, sizeof(T));
        if constexpr (std::is_same_v<T, bool>) {
            value = *position_ != std::byte{0};
        } else if constexpr (std::is_same_v<T, uuid>) {
            std::memcpy(value.bytes.data(), position_, sizeof(T));
        } else {
            value = load_big<T>(position_);
        }
        position_ += sizeof(T);
    }

    template <class Text>
    void string(const field_info& field, Text& value, bool null_allowed = false)
    {
        text(field, value, null_allowed, flexible_);
    }
    template <class Text>
    void plain_string(const field_info& field, Text& value, bool null_allowed = false)
    {
        text(field, value, null_allowed, false);
    }

    template <class Bytes>
    void bytes(const field_info& field, Bytes& value, bool null_allowed = false)
    {
        const std::byte* const start = position_;
        const std::int64_t length = this->length(field, start);
        if (length < 0) [[unlikely]]
            return null(field, start, value, null_allowed);
        if (static_cast<std::uint64_t>(length) > remaining()) [[unlikely]] {
            return truncated(field, start, static_cast<std::size_t>(length));
        }
        value = bytes_view{position_, static_cast<std::size_t>(length)};
        position_ += length;
    }
    template <class Bytes>
    void records(const field_info& field, Bytes& value, bool null_allowed = false)
    {
        bytes(field, value, null_allowed);
    }

    template <class List>
    void numbers(const field_info& field, List& value, bool null_allowed = false)
    {
        using item = item_of<List>;
        const std::byte* const start = position_;
        const std::int64_t count = array_count(field, start, sizeof(item));
        if (count <= 0) return no_items(field, start, value, count, null_allowed);
        const auto size = static_cast<std::size_t>(count);
        item* const items = allocate<item>(field, start, size);
        if (items == nullptr) return;
        if constexpr (std::is_same_v<item, uuid> || sizeof(item) == 1) {
            std::memcpy(static_cast<void*>(items), position_, size * sizeof(item));
        } else {
            for (std::size_t i = 0; i < size; ++i) items[i] = load_big<item>(position_ + i * sizeof(item));
        }
        position_ += size * sizeof(item);
        value = list<item>{items, size};
    }

    template <class List>
    void strings(const field_info& field, List& value, bool null_allowed = false)
    {
        items_of(field, value, null_allowed, flexible_ ? 1 : 2,
                 [this](const field_info& of, std::string_view& item) { string(of, item); });
    }

    template <class T>
    void object(const field_info& field, T& value, api_version version)
    {
        if (failed()) [[unlikely]]
            return; // or the struct would put its name before the path of the failure
        codec(*this, value, version);
        if (failed()) [[unlikely]]
            failure_.inside(field.name);
    }
    template <class T>
    void object(const field_info& field, nullable<T>& value, api_version version, bool null_allowed)
    {
        const std::byte* const start = position_;
        std::int8_t present = 0;
        number(field, present);
        if (failed()) return;
        if (present < 0) return null(field, start, value, null_allowed);
        place(field, start, value, version);
    }
    template <class T>
    void tagged_object(const field_info& field, nullable<T>& value, api_version version, bool null_allowed)
    {
        const std::byte* const start = position_;
        const std::uint32_t present = uvarint(field.name, start);
        if (failed()) return;
        if (present == 0) return null(field, start, value, null_allowed);
        place(field, start, value, version);
    }

    template <std::size_t Smallest, class List>
    void objects(const field_info& field, List& value, api_version version, bool null_allowed = false)
    {
        items_of(field, value, null_allowed, Smallest,
                 [this, version](const field_info&, auto& item) { codec(*this, item, version); });
    }

    void absent(const field_info&, bool) noexcept {}
    void no_tags(const list<tagged_field>&) noexcept {}

    template <class... Known>
    void tags(list<tagged_field>& unknown, const Known&... known)
    {
        if (position_ != end_ && *position_ == std::byte{0}) [[likely]] {
            ++position_;
            return;
        }
        tag_section section{};
        if (!begin_tags(section)) return;
        while (section.left != 0 && next_tag(section)) {
            const bool is_known = ((known.live && known.number == section.tag ? (known.field(), true) : false) || ...);
            if (!end_tag(section, is_known)) return;
        }
        if (!failed()) unknown = {section.unknown, section.unknown_count};
    }

    [[nodiscard]] bool failed() const noexcept { return failure_.failed(); }
    /// Bytes that were read.
    [[nodiscard]] std::size_t offset() const noexcept { return static_cast<std::size_t>(position_ - begin_); }
    /// Checks that the message ended where the input does, if it has to.
    codec_error finish(std::string_view message_name);

private:
    /// At most this many items are reserved before any was seen.
    static constexpr std::size_t first_reserve = 1000;

    template <class List>
    struct item_type {
        using type = typename List::value_type;
    };
    template <class List>
    struct item_type<nullable<List>> {
        using type = typename List::value_type;
    };
    template <class List>
    using item_of = typename item_type<List>::type;

    /// A tag section that is being read.
    struct tag_section {
        std::uint32_t left;
        std::uint32_t tag;
        bool any_before;
        const std::byte* start; // of the tag
        const std::byte* end;   // of the whole input
        tagged_field* unknown;
        std::size_t unknown_count;
        std::size_t unknown_capacity;
    };

    [[nodiscard]] std::size_t remaining() const noexcept { return static_cast<std::size_t>(end_ - position_); }

    template <class Text>
    void text(const field_info& field, Text& value, bool null_allowed, bool compact)
    {
        const std::byte* const start = position_;
        std::int64_t length;
        if (compact) {
            length = compact_length(field, start);
            if (length > 32767) [[unlikely]]
                return fail(errc::string_too_long, field.name, start, counted(length, " bytes, at most 32767 allowed"));
        } else {
            std::int16_t plain = 0;
            number(field, plain);
            length = plain;
        }
        if (length < 0) [[unlikely]]
            return null(field, start, value, null_allowed, length);
        if (static_cast<std::uint64_t>(length) > remaining()) [[unlikely]] {
            return truncated(field, start, static_cast<std::size_t>(length));
        }
        value = std::string_view{reinterpret_cast<const char*>(position_), static_cast<std::size_t>(length)};
        position_ += length;
    }

    /// The length of bytes or an array: -1 for null, 0 after a failure.
    [[nodiscard]] std::int64_t length(const field_info& field, const std::byte* start)
    {
        if (flexible_) return compact_length(field, start);
        std::int32_t plain = 0;
        number(field, plain);
        if (plain < -1) [[unlikely]]
            bad_length(field, start, plain);
        return plain;
    }
    [[nodiscard]] std::int64_t compact_length(const field_info& field, const std::byte* start)
    {
        if (position_ != end_ && *position_ < std::byte{0x80}) [[likely]]
            return static_cast<std::int64_t>(*position_++) - 1;
        const std::int64_t length = long_uvarint(field.name, start);
        return failed() ? 0 : length - 1;
    }
    [[nodiscard]] std::uint32_t uvarint(const char* name, const std::byte* start)
    {
        if (position_ != end_ && *position_ < std::byte{0x80}) [[likely]]
            return static_cast<std::uint32_t>(*position_++);
        return long_uvarint(name, start);
    }
    std::uint32_t long_uvarint(const char* name, const std::byte* start);

    /// The number of items: -1 for null, 0 after a failure. No more than the bytes that are left can hold.
    [[nodiscard]] std::int64_t array_count(const field_info& field, const std::byte* start, std::size_t smallest)
    {
        const std::int64_t count = length(field, start);
        if (count <= 0) return count;
        const auto size = static_cast<std::uint64_t>(count);
        if (size > options_.max_array_length || size * smallest > remaining()) [[unlikely]] {
            bad_count(field, start, size, smallest);
            return 0;
        }
        return count;
    }

    template <class T>
    [[nodiscard]] T* allocate(const field_info& field, const std::byte* start, std::size_t count)
    {
        T* const items = memory_.template allocate_array<T>(count);
        if (items == nullptr) [[unlikely]]
            no_memory(field, start, count * sizeof(T));
        return items;
    }

    template <class List>
    void no_items(const field_info& field, const std::byte* start, List& value, std::int64_t count, bool null_allowed)
    {
        if (count < 0) return null(field, start, value, null_allowed);
        value = list<item_of<List>>{};
    }

    template <class List, class Read>
    void items_of(const field_info& field, List& value, bool null_allowed, std::size_t smallest, Read read)
    {
        using item = item_of<List>;
        const std::byte* const start = position_;
        const std::int64_t count = array_count(field, start, smallest);
        if (count <= 0) return no_items(field, start, value, count, null_allowed);
        const auto size = static_cast<std::size_t>(count);
        std::size_t capacity = std::min(size, first_reserve);
        item* items = allocate<item>(field, start, capacity);
        if (items == nullptr) return;
        for (std::size_t i = 0; i < size; ++i) {
            if (i == capacity) [[unlikely]] {
                capacity = std::min(size, capacity * 2);
                item* const more = allocate<item>(field, start, capacity);
                if (more == nullptr) return;
                std::memcpy(static_cast<void*>(more), items, i * sizeof(item));
                items = more;
            }
            item& each = *::new (static_cast<void*>(items + i)) item{};
            read(field, each);
            if (failed()) [[unlikely]]
                return inside_item<item>(field, i);
        }
        value = list<item>{items, size};
    }
    template <class Item>
    void inside_item(const field_info& field, std::size_t index)
    {
        if constexpr (std::is_same_v<Item, std::string_view>) {
            failure_.index(index);
        } else {
            failure_.inside(field.name, index);
        }
    }

    template <class T>
    void place(const field_info& field, const std::byte* start, nullable<T>& value, api_version version)
    {
        T* const target = allocate<T>(field, start, 1);
        if (target == nullptr) return;
        ::new (static_cast<void*>(target)) T{};
        object(field, *target, version);
        value = target;
    }

    template <class Value>
    void null(const field_info& field, const std::byte* start, Value& value, bool allowed, std::int64_t length = -1)
    {
        if constexpr (std::is_constructible_v<Value, std::nullopt_t>) {
            if (allowed && length == -1) {
                value = std::nullopt;
                return;
            }
        }
        bad_length(field, start, length);
    }

    bool begin_tags(tag_section& section);
    bool next_tag(tag_section& section);
    bool end_tag(tag_section& section, bool is_known);
    bool keep_tag(tag_section& section);

    void fail(errc code, const char* name, const std::byte* at, std::string detail);
    void truncated(const field_info& field, const std::byte* at, std::size_t needed);
    void bad_length(const field_info& field, const std::byte* at, std::int64_t length);
    void bad_count(const field_info& field, const std::byte* at, std::uint64_t count, std::size_t smallest);
    void no_memory(const field_info& field, const std::byte* at, std::size_t size);
    [[nodiscard]] static std::string counted(std::int64_t count, const char* what);

    const std::byte* begin_;
    const std::byte* position_;
    const std::byte* end_;
    arena& memory_;
    decode_options options_;
    bool flexible_;
    detail::codec_failure failure_;
};

} // namespace odradek
