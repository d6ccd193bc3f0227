// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/archive.hpp>
#include <odradek/protocol/list.hpp>
#include <odradek/protocol/nullable.hpp>
#include <odradek/protocol/writer.hpp>

namespace odradek {

/// The archive that encodes: instantiates codec() with a writer.
///
/// Lives inside one encode(). It refuses what the wire or the version cannot say: a value in a field that the version
/// lacks (unless the field is ignorable), a null where none is allowed, a string above 32767 bytes, tags out of order.
class ODRADEK_EXPORT write_archive {
public:
    static constexpr bool is_const = true;

    write_archive(writer& out, bool flexible) noexcept : out_(out), start_(out.size()), flexible_(flexible) {}

    template <class T>
    void number(const field_info&, const T& value)
    {
        if constexpr (std::is_same_v<T, bool>) {
            out_.int8(value ? 1 : 0);
        } else if constexpr (std::is_same_v<T, uuid>) {
            out_.bytes({value.bytes.data(), value.bytes.size()});
        } else {
            out_.number(value);
        }
    }

    void string(const field_info& field, std::string_view value) { text(field, value, flexible_); }
    void string(const field_info& field, const nullable<std::string_view>& value, bool null_allowed)
    {
        if (!value) return null(field, null_allowed, flexible_ ? 0 : 2);
        text(field, *value, flexible_);
    }
    void plain_string(const field_info& field, std::string_view value) { text(field, value, false); }
    void plain_string(const field_info& field, const nullable<std::string_view>& value, bool null_allowed)
    {
        if (!value) return null(field, null_allowed, 2);
        text(field, *value, false);
    }

    void bytes(const field_info& field, bytes_view value)
    {
        if (length(field, value.size())) out_.bytes(value);
    }
    void bytes(const field_info& field, const nullable<bytes_view>& value, bool null_allowed)
    {
        if (!value) return null(field, null_allowed, flexible_ ? 0 : 4);
        bytes(field, *value);
    }
    void records(const field_info& field, bytes_view value)
    {
        if (length(field, value.size())) out_.external(value);
    }
    void records(const field_info& field, const nullable<bytes_view>& value, bool null_allowed)
    {
        if (!value) return null(field, null_allowed, flexible_ ? 0 : 4);
        records(field, *value);
    }

    template <class T>
    void numbers(const field_info& field, const list<T>& value)
    {
        if (!length(field, value.size())) return;
        for (const T& each : value) number(field, each);
    }
    template <class T>
    void numbers(const field_info& field, const nullable<list<T>>& value, bool null_allowed)
    {
        if (!value) return null(field, null_allowed, flexible_ ? 0 : 4);
        numbers(field, *value);
    }

    void strings(const field_info& field, const list<std::string_view>& value);
    void strings(const field_info& field, const nullable<list<std::string_view>>& value, bool null_allowed)
    {
        if (!value) return null(field, null_allowed, flexible_ ? 0 : 4);
        strings(field, *value);
    }

    template <class T>
    void object(const field_info& field, const T& value, api_version version)
    {
        if (failed()) [[unlikely]]
            return; // or the struct would put its name before the path of the failure
        codec(*this, value, version);
        if (failed()) [[unlikely]]
            failure_.inside(field.name);
    }
    template <class T>
    void object(const field_info& field, const nullable<T>& value, api_version version, bool null_allowed)
    {
        if (!value) return null(field, null_allowed, 1);
        out_.int8(1);
        object(field, *value, version);
    }
    template <class T>
    void tagged_object(const field_info& field, const nullable<T>& value, api_version version, bool null_allowed)
    {
        if (!value) return null(field, null_allowed, 0);
        out_.uvarint(1);
        object(field, *value, version);
    }

    template <std::size_t Smallest, class T>
    void objects(const field_info& field, const list<T>& value, api_version version)
    {
        if (failed() || !length(field, value.size())) return;
        for (std::size_t i = 0; i < value.size(); ++i) {
            codec(*this, value[i], version);
            if (failed()) [[unlikely]]
                return failure_.inside(field.name, i);
        }
    }
    template <std::size_t Smallest, class T>
    void objects(const field_info& field, const nullable<list<T>>& value, api_version version, bool null_allowed)
    {
        if (!value) return null(field, null_allowed, flexible_ ? 0 : 4);
        objects<Smallest>(field, *value, version);
    }

    /// The version lacks the field and may not ignore it.
    void absent(const field_info& field, bool is_default)
    {
        if (!is_default) [[unlikely]]
            unsupported(field.name);
    }
    /// The version has no tagged fields.
    void no_tags(const list<tagged_field>& unknown)
    {
        if (!unknown.empty()) [[unlikely]]
            unsupported("tags");
    }

    template <class... Known>
    void tags(const list<tagged_field>& unknown, const Known&... known)
    {
        const bool present[] = {(known.live && !known.is_default())..., false};
        std::size_t count = unknown.size();
        for (const bool each : present) count += each ? 1 : 0;
        out_.uvarint(count);
        if (count == 0) return;
        std::size_t done = 0;     // of the unknown ones
        std::size_t position = 0; // in the pack
        (write_tag(unknown, done, present[position++], known), ...);
        unknown_below(unknown, done, std::uint64_t{1} << 32);
    }

    [[nodiscard]] bool failed() const noexcept { return failure_.failed(); }
    [[nodiscard]] codec_error finish(std::string_view message_name) const { return failure_.finish(message_name); }

private:
    void text(const field_info& field, std::string_view value, bool compact)
    {
        if (value.size() > 32767) [[unlikely]]
            return too_long(field, errc::string_too_long, value.size(), 32767);
        if (compact) {
            out_.uvarint(value.size() + 1);
        } else {
            out_.int16(static_cast<std::int16_t>(value.size()));
        }
        out_.bytes({value.data(), value.size()});
    }

    [[nodiscard]] bool length(const field_info& field, std::size_t size)
    {
        if (size > 0x7fffffff) [[unlikely]] {
            too_long(field, errc::limit_exceeded, size, 0x7fffffff);
            return false;
        }
        if (flexible_) {
            out_.uvarint(size + 1);
        } else {
            out_.int32(static_cast<std::int32_t>(size));
        }
        return true;
    }

    template <class Known>
    void write_tag(const list<tagged_field>& unknown, std::size_t& done, bool present, const Known& known)
    {
        unknown_below(unknown, done, known.number);
        if (known.live && done < unknown.size() && unknown[done].tag == known.number) return tag_twice(known.number);
        if (!present) return;
        out_.uvarint(known.number);
        const writer::mark mark = out_.begin_sized();
        known.field();
        out_.end_sized(mark);
    }

    /// Null in `width` bytes: an integer -1, or a varint 0 when `width` is 0.
    void null(const field_info& field, bool allowed, int width);
    void unknown_below(const list<tagged_field>& unknown, std::size_t& done, std::uint64_t below);
    void tag_twice(std::uint32_t number);
    void unsupported(const char* name);
    void too_long(const field_info& field, errc code, std::size_t size, std::size_t allowed);
    void fail(errc code, const char* name, std::string detail);

    writer& out_;
    std::size_t start_;
    bool flexible_;
    detail::codec_failure failure_;
};

} // namespace odradek
