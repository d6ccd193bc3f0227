// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/write_archive.hpp>

#include <utility>

namespace odradek {

void write_archive::strings(const field_info& field, const list<std::string_view>& value)
{
    if (!length(field, value.size())) return;
    for (std::size_t i = 0; i < value.size(); ++i) {
        const bool before = failed();
        string(field, value[i]);
        if (failed()) {
            if (!before) failure_.index(i);
            return;
        }
    }
}

void write_archive::null(const field_info& field, bool allowed, int width)
{
    if (!allowed) return fail(errc::unexpected_null, field.name, "null is not allowed in this version");
    switch (width) {
    case 0: return out_.uvarint(0);
    case 1: return out_.int8(-1);
    case 2: return out_.int16(-1);
    default: return out_.int32(-1);
    }
}

void write_archive::unknown_below(const list<tagged_field>& unknown, std::size_t& done, std::uint64_t below)
{
    for (; done < unknown.size() && unknown[done].tag < below; ++done) {
        const tagged_field& each = unknown[done];
        if (done > 0 && each.tag <= unknown[done - 1].tag) {
            return fail(errc::tags_out_of_order, "tags",
                        "tag " + std::to_string(each.tag) + " after tag " + std::to_string(unknown[done - 1].tag));
        }
        out_.uvarint(each.tag);
        out_.uvarint(each.value.size());
        out_.bytes(each.value);
    }
}

void write_archive::tag_twice(std::uint32_t number)
{
    fail(errc::tags_out_of_order, "tags", "unknown tag " + std::to_string(number) + " is the tag of a known field");
}

void write_archive::unsupported(const char* name)
{
    fail(errc::unsupported_field, name, "a value is set, but this version has no such field");
}

void write_archive::too_long(const field_info& field, errc code, std::size_t size, std::size_t allowed)
{
    fail(code, field.name, std::to_string(size) + " long, at most " + std::to_string(allowed) + " allowed");
}

void write_archive::fail(errc code, const char* name, std::string detail)
{
    failure_.set(code, name, out_.size() - start_, std::move(detail));
}

} // namespace odradek
