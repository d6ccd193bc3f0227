// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/base64.hpp>
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/json_writer.hpp>

#include <utility>

namespace odradek::detail {
namespace {

/// Writes a message as JSON while it is visited.
class json_dump final : public visitor {
public:
    explicit json_dump(api_version version) : visitor(version, false) {}

    void message(const erased_type& type, void* object) { fields(type, object); }

    [[nodiscard]] std::string take() && { return std::move(out_); }

private:
    void leaf(const field_info& field, leaf_kind kind, void* value, null_state& null) override
    {
        if (name(field, null)) append(kind, value);
    }

    void object(const field_info& field, const erased_type& type, void*& object, null_state& null) override
    {
        if (name(field, null)) fields(type, object);
    }

    void items(const field_info& field, const erased_type& type, list_base& list, null_state& null) override
    {
        if (!name(field, null)) return;
        out_ += '[';
        for (std::size_t i = 0; i < list.count; ++i) {
            if (i != 0) out_ += ',';
            void* const item = static_cast<std::byte*>(const_cast<void*>(list.items)) + i * type.size;
            if (type.visit == nullptr) {
                append(type.kind, item);
            } else {
                fields(type, item);
            }
        }
        out_ += ']';
    }

    bool enter_tagged(const field_info&, bool is_default) override { return !is_default; }

    void unknown_tags(list<tagged_field>& unknown, std::span<const std::uint32_t>) override
    {
        if (unknown.empty()) return;
        null_state null;
        (void)name({"tags", "_unknownTags"}, null);
        const char* separator = "[{\"tag\":";
        for (const tagged_field& each : unknown) {
            out_ += separator;
            separator = ",{\"tag\":";
            append_json_number(out_, std::int64_t{each.tag});
            out_ += ",\"hex\":";
            append_json_hex(out_, each.value);
            out_ += '}';
        }
        out_ += ']';
    }

    void fields(const erased_type& type, void* object)
    {
        out_ += '{';
        first_ = true;
        type.visit(*this, object, version());
        out_ += '}';
        first_ = false;
    }

    /// The field's name; false if `null` is all that there is to say.
    bool name(const field_info& field, const null_state& null)
    {
        if (!std::exchange(first_, false)) out_ += ',';
        out_ += '"';
        out_ += field.json;
        out_ += "\":";
        if (null.is_null) out_ += "null";
        return !null.is_null;
    }

    void append(leaf_kind kind, const void* value)
    {
        switch (kind) {
        case leaf_kind::boolean: out_ += *static_cast<const bool*>(value) ? "true" : "false"; return;
        case leaf_kind::int8: return append_json_number(out_, std::int64_t{*static_cast<const std::int8_t*>(value)});
        case leaf_kind::int16: return append_json_number(out_, std::int64_t{*static_cast<const std::int16_t*>(value)});
        case leaf_kind::uint16:
            return append_json_number(out_, std::int64_t{*static_cast<const std::uint16_t*>(value)});
        case leaf_kind::int32: return append_json_number(out_, std::int64_t{*static_cast<const std::int32_t*>(value)});
        case leaf_kind::uint32:
            return append_json_number(out_, std::int64_t{*static_cast<const std::uint32_t*>(value)});
        case leaf_kind::int64: return append_json_number(out_, *static_cast<const std::int64_t*>(value));
        case leaf_kind::float64: return append_json_number(out_, *static_cast<const double*>(value));
        case leaf_kind::error_code:
            return append_json_number(out_, static_cast<std::int64_t>(*static_cast<const broker_errc*>(value)));
        case leaf_kind::uuid: return append_json_text(out_, static_cast<const uuid*>(value)->to_base64url());
        case leaf_kind::text: return append_json_text(out_, *static_cast<const std::string_view*>(value));
        case leaf_kind::bytes: return append_json_text(out_, to_base64(*static_cast<const bytes_view*>(value)));
        }
    }

    std::string out_;
    bool first_ = true;
};

} // namespace

std::string to_json(const message_face& face, const erased_type& type, const void* message, api_version version)
{
    if (!face.versions.contains(version)) return "null";
    json_dump dump{version};
    dump.message(type, const_cast<void*>(message));
    return std::move(dump).take();
}

} // namespace odradek::detail
