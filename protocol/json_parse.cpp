// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/base64.hpp>
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/json_reader.hpp>

#include <charconv>
#include <cmath>
#include <limits>
#include <utility>

namespace odradek::detail {
namespace {

using json_type = json_value::type;

constexpr field_info unknown_tags_field{"tags", "_unknownTags"};

/// Sets the fields of a message from a JSON document while it is visited.
class json_load final : public visitor {
public:
    json_load(api_version version, arena& memory, codec_failure& failure)
        : visitor(version, true), memory_(memory), failure_(failure)
    {}

    void message(const erased_type& type, void* object, json_value& from) { fields(type, object, from); }

private:
    void leaf(const field_info& field, leaf_kind kind, void* value, null_state& null) override
    {
        if (json_value* const from = find(field, null)) (void)set(field, kind, value, *from);
    }

    void object(const field_info& field, const erased_type& type, void*& object, null_state& null) override
    {
        json_value* const from = find(field, null);
        if (from == nullptr) return;
        if (null.possible) object = take(field, type, 1, *from);
        if (object == nullptr) return;
        fields(type, object, *from);
        if (failed()) failure_.inside(field.json);
    }

    void items(const field_info& field, const erased_type& type, list_base& list, null_state& null) override
    {
        json_value* const from = find(field, null);
        if (from == nullptr || !is(field, *from, json_type::array, "an array")) return;
        auto* const place = static_cast<std::byte*>(take(field, type, from->items.size(), *from));
        if (place == nullptr) return;
        for (std::size_t i = 0; i < from->items.size(); ++i) {
            if (type.visit == nullptr) {
                if (!set({nullptr, nullptr}, type.kind, place + i * type.size, from->items[i]))
                    return failure_.inside(field.json, i);
                continue;
            }
            fields(type, place + i * type.size, from->items[i]);
            if (failed()) return failure_.inside(field.json, i);
        }
        list = {place, from->items.size()};
    }

    bool enter_tagged(const field_info&, bool) override { return true; }

    void unknown_tags(list<tagged_field>& unknown, std::span<const std::uint32_t>) override
    {
        null_state null;
        json_value* const from = find(unknown_tags_field, null);
        if (from == nullptr || !is(unknown_tags_field, *from, json_type::array, "an array")) return;
        auto* const place = memory_.allocate_array<tagged_field>(from->items.size());
        if (place == nullptr) return no_memory(unknown_tags_field, *from);
        for (std::size_t i = 0; i < from->items.size(); ++i) {
            tagged_field& each = *::new (static_cast<void*>(place + i)) tagged_field{};
            if (!tag(each, from->items[i])) return failure_.inside(unknown_tags_field.json, i);
        }
        unknown = {place, from->items.size()};
    }

    bool tag(tagged_field& out, json_value& from)
    {
        const field_info self{nullptr, nullptr};
        if (!is(self, from, json_type::object, "an object")) return false;
        std::size_t hint = 0;
        json_value* const number = from.find("tag", hint);
        json_value* const value = from.find("hex", hint);
        if (number == nullptr || value == nullptr) return wrong(self, from, "an object with 'tag' and 'hex'");
        const field_info tag_field{"tag", "tag"};
        return set(tag_field, leaf_kind::uint32, &out.tag, *number) && hex({"hex", "hex"}, out.value, *value) &&
               all_used(from);
    }

    void fields(const erased_type& type, void* object, json_value& from)
    {
        if (!is({nullptr, nullptr}, from, json_type::object, "an object")) return;
        json_value* const outer = std::exchange(object_, &from);
        const std::size_t outer_hint = std::exchange(hint_, 0);
        type.visit(*this, object, version());
        object_ = outer;
        hint_ = outer_hint;
        (void)all_used(from);
    }

    /// Whatever is left was not asked for.
    bool all_used(const json_value& from)
    {
        for (const json_value::member& each : from.members) {
            if (each.value.used || failed()) continue;
            failure_.set(errc::unsupported_field, each.name.c_str(), each.offset,
                         "there is no such field in this version");
        }
        return !failed();
    }

    /// The value for a field; null if there is none, or if it says null.
    json_value* find(const field_info& field, null_state& null)
    {
        if (failed()) return nullptr;
        json_value* const found = object_->find(field.json, hint_);
        if (found == nullptr) {
            if (!null.allowed) null.is_null = false; // what is left out is empty where it cannot be null
            return nullptr;
        }
        null.is_null = found->kind == json_type::null;
        if (!null.is_null) return found;
        if (!null.possible || !null.allowed) {
            failure_.set(errc::unexpected_null, field.json, found->offset, "null is not allowed in this version");
        }
        return nullptr;
    }

    bool set(const field_info& field, leaf_kind kind, void* value, json_value& from)
    {
        switch (kind) {
        case leaf_kind::boolean:
            if (!is(field, from, json_type::boolean, "true or false")) return false;
            *static_cast<bool*>(value) = from.boolean;
            return true;
        case leaf_kind::int8: return integer(field, *static_cast<std::int8_t*>(value), from);
        case leaf_kind::int16: return integer(field, *static_cast<std::int16_t*>(value), from);
        case leaf_kind::uint16: return integer(field, *static_cast<std::uint16_t*>(value), from);
        case leaf_kind::int32: return integer(field, *static_cast<std::int32_t*>(value), from);
        case leaf_kind::uint32: return integer(field, *static_cast<std::uint32_t*>(value), from);
        case leaf_kind::int64: return integer(field, *static_cast<std::int64_t*>(value), from);
        case leaf_kind::float64: return floating(field, *static_cast<double*>(value), from);
        case leaf_kind::error_code: {
            std::int16_t number = 0;
            if (!integer(field, number, from)) return false;
            *static_cast<broker_errc*>(value) = static_cast<broker_errc>(number);
            return true;
        }
        case leaf_kind::uuid: {
            const auto read = uuid::from_base64url(from.kind == json_type::text ? from.text : std::string{});
            if (!read) return wrong(field, from, "a uuid as 22 characters of url-safe base64");
            *static_cast<uuid*>(value) = *read;
            return true;
        }
        case leaf_kind::text: return text(field, *static_cast<std::string_view*>(value), from);
        case leaf_kind::bytes: return bytes(field, *static_cast<bytes_view*>(value), from);
        }
        return false;
    }

    template <class T>
    bool integer(const field_info& field, T& out, const json_value& from)
    {
        const char* const end = from.text.data() + from.text.size();
        const auto result = std::from_chars(from.text.data(), end, out);
        if (from.kind == json_type::number && result.ec == std::errc{} && result.ptr == end) return true;
        return wrong(field, from,
                     "a whole number from " + std::to_string(std::numeric_limits<T>::min()) + " to " +
                         std::to_string(std::numeric_limits<T>::max()));
    }

    bool floating(const field_info& field, double& out, const json_value& from)
    {
        if (from.kind == json_type::text &&
            (from.text == "NaN" || from.text == "Infinity" || from.text == "-Infinity")) {
            out =
                from.text == "NaN" ? std::numeric_limits<double>::quiet_NaN() : std::numeric_limits<double>::infinity();
            if (from.text.front() == '-') out = -out;
            return true;
        }
        const char* const end = from.text.data() + from.text.size();
        const auto result = std::from_chars(from.text.data(), end, out);
        if (from.kind == json_type::number && result.ec == std::errc{} && result.ptr == end) return true;
        return wrong(field, from, "a number that a double can hold");
    }

    bool text(const field_info& field, std::string_view& out, const json_value& from)
    {
        if (!is(field, from, json_type::text, "a text")) return false;
        auto* const place = memory_.allocate_array<char>(from.text.size());
        if (place == nullptr) {
            no_memory(field, from);
            return false;
        }
        std::copy(from.text.begin(), from.text.end(), place);
        out = {place, from.text.size()};
        return true;
    }

    bool bytes(const field_info& field, bytes_view& out, const json_value& from)
    {
        const auto size = base64_size(from.text, base64_alphabet::standard);
        if (from.kind != json_type::text || !size) return wrong(field, from, "bytes as base64");
        auto* const place = memory_.allocate_array<std::byte>(*size);
        if (place == nullptr) {
            no_memory(field, from);
            return false;
        }
        if (!from_base64(from.text, base64_alphabet::standard, place)) return wrong(field, from, "bytes as base64");
        out = {place, *size};
        return true;
    }

    bool hex(const field_info& field, bytes_view& out, const json_value& from)
    {
        const std::size_t size = from.text.size() / 2;
        if (from.kind != json_type::text || from.text.size() % 2 != 0) return wrong(field, from, "bytes as hex");
        auto* const place = memory_.allocate_array<std::uint8_t>(size);
        if (place == nullptr) {
            no_memory(field, from);
            return false;
        }
        for (std::size_t i = 0; i < size; ++i) {
            const char* const digits = from.text.data() + 2 * i;
            if (std::from_chars(digits, digits + 2, place[i], 16).ptr != digits + 2)
                return wrong(field, from, "bytes as hex");
        }
        out = {place, size};
        return true;
    }

    bool is(const field_info& field, const json_value& from, json_type kind, const char* wanted)
    {
        return from.kind == kind || wrong(field, from, wanted);
    }

    bool wrong(const field_info& field, const json_value& from, std::string wanted)
    {
        failure_.set(errc::unexpected_json, field.json, from.offset, "it has to be " + std::move(wanted));
        return false;
    }

    void* take(const field_info& field, const erased_type& type, std::size_t count, const json_value& from)
    {
        auto* const place = static_cast<std::byte*>(memory_.allocate(count * type.size, type.align));
        if (place == nullptr) {
            no_memory(field, from);
            return nullptr;
        }
        for (std::size_t i = 0; i < count; ++i) type.construct(place + i * type.size);
        return place;
    }

    void no_memory(const field_info& field, const json_value& from)
    {
        failure_.set(errc::arena_exhausted, field.json, from.offset,
                     "the limit is " + std::to_string(memory_.limit()) + " bytes");
    }

    [[nodiscard]] bool failed() const noexcept { return failure_.failed(); }

    arena& memory_;
    codec_failure& failure_;
    json_value* object_ = nullptr;
    std::size_t hint_ = 0;
};

} // namespace

decode_error from_json(const message_face& face, const erased_type& type, std::string_view json, arena& memory,
                       api_version version, void* message)
{
    if (!face.versions.contains(version)) return unsupported(face, version);
    codec_failure failure;
    json_value root;
    parse_json(json, root, memory.limit(), failure);
    if (!failure.failed()) json_load{version, memory, failure}.message(type, message, root);
    return failure.finish(face.name);
}

} // namespace odradek::detail
