// SPDX-License-Identifier: Apache-2.0
#include <odradek/protocol/base64.hpp>
#include <odradek/protocol/codec.hpp>
#include <odradek/protocol/json_writer.hpp>

#include <bit>
#include <utility>
#include <vector>

namespace odradek::detail {
namespace {

/// What one step of a visit found: enough to see whether another message's step finds the same.
struct step {
    enum class what : std::uint8_t { null, number, bytes, object, items, end };

    what kind;
    std::uint64_t number = 0; // or how many
    bytes_view bytes{};

    friend bool operator==(const step&, const step&) = default;
};

std::string describe(const step& of)
{
    switch (of.kind) {
    case step::what::null: return "null";
    case step::what::number: return std::to_string(static_cast<std::int64_t>(of.number));
    case step::what::bytes: {
        std::string text;
        append_json_text(text, of.bytes.text());
        return text;
    }
    case step::what::object: return "a struct";
    case step::what::items: return std::to_string(of.number) + " items";
    case step::what::end: break;
    }
    return "nothing";
}

/// Visits one message and notes its steps; then visits the other and looks for the first step that differs. Both visits
/// go the same way for as long as they find the same.
class comparison final : public visitor {
public:
    comparison(api_version version, std::string_view name) : visitor(version, false), path_(name) {}

    void note(const erased_type& type, void* message) { type.visit(*this, message, version()); }

    [[nodiscard]] std::string compare(const erased_type& type, void* message)
    {
        comparing_ = true;
        type.visit(*this, message, version());
        return std::move(difference_);
    }

private:
    void leaf(const field_info& field, leaf_kind kind, void* value, null_state& null) override
    {
        inside(field.name, [&] { take(null.is_null ? step{step::what::null} : step_of(kind, value)); });
    }

    void object(const field_info& field, const erased_type& type, void*& object, null_state& null) override
    {
        inside(field.name, [&] {
            take({null.is_null ? step::what::null : step::what::object});
            if (!null.is_null && !done()) type.visit(*this, object, version());
        });
    }

    void items(const field_info& field, const erased_type& type, list_base& list, null_state& null) override
    {
        inside(field.name, [&] {
            if (null.is_null) return take({step::what::null});
            take({step::what::items, list.count});
            for (std::size_t i = 0; i < list.count && !done(); ++i) {
                void* const item = static_cast<std::byte*>(const_cast<void*>(list.items)) + i * type.size;
                inside_item(i, [&] {
                    if (type.visit == nullptr) {
                        take(step_of(type.kind, item));
                    } else {
                        type.visit(*this, item, version());
                    }
                });
            }
        });
    }

    bool enter_tagged(const field_info&, bool) override { return true; }

    void unknown_tags(list<tagged_field>& unknown, std::span<const std::uint32_t>) override
    {
        inside("tags", [&] {
            take({step::what::items, unknown.size()});
            for (std::size_t i = 0; i < unknown.size() && !done(); ++i) {
                inside_item(i, [&] {
                    take({step::what::number, unknown[i].tag});
                    take({step::what::bytes, 0, unknown[i].value});
                });
            }
        });
    }

    template <class Visit>
    void inside(std::string_view name, Visit visit)
    {
        if (done()) return;
        const std::size_t before = path_.size();
        path_.append(".").append(name);
        visit();
        path_.resize(before);
    }
    template <class Visit>
    void inside_item(std::size_t index, Visit visit)
    {
        const std::size_t before = path_.size();
        path_.append("[").append(std::to_string(index)).append("]");
        visit();
        path_.resize(before);
    }

    void take(const step& found)
    {
        if (done()) return;
        if (!comparing_) return steps_.push_back(found);
        const step expected = next_ < steps_.size() ? steps_[next_] : step{step::what::end};
        ++next_;
        if (found == expected) return;
        difference_ =
            path_ + ": " + odradek::detail::describe(expected) + " is not " + odradek::detail::describe(found);
    }

    [[nodiscard]] bool done() const noexcept { return !difference_.empty(); }

    static step step_of(leaf_kind kind, const void* value)
    {
        const auto number = [](auto plain) { return step{step::what::number, static_cast<std::uint64_t>(plain)}; };
        switch (kind) {
        case leaf_kind::boolean: return number(*static_cast<const bool*>(value));
        case leaf_kind::int8: return number(*static_cast<const std::int8_t*>(value));
        case leaf_kind::int16: return number(*static_cast<const std::int16_t*>(value));
        case leaf_kind::uint16: return number(*static_cast<const std::uint16_t*>(value));
        case leaf_kind::int32: return number(*static_cast<const std::int32_t*>(value));
        case leaf_kind::uint32: return number(*static_cast<const std::uint32_t*>(value));
        case leaf_kind::int64: return number(*static_cast<const std::int64_t*>(value));
        case leaf_kind::float64: return number(std::bit_cast<std::uint64_t>(*static_cast<const double*>(value)));
        case leaf_kind::error_code: return number(static_cast<std::int16_t>(*static_cast<const broker_errc*>(value)));
        case leaf_kind::uuid: {
            const auto& bytes = static_cast<const uuid*>(value)->bytes;
            return {step::what::bytes, 0, {bytes.data(), bytes.size()}};
        }
        case leaf_kind::text: {
            const std::string_view text = *static_cast<const std::string_view*>(value);
            return {step::what::bytes, 0, text};
        }
        case leaf_kind::bytes: return {step::what::bytes, 0, *static_cast<const bytes_view*>(value)};
        }
        return {step::what::end};
    }

    std::string path_;
    std::vector<step> steps_;
    std::size_t next_ = 0;
    bool comparing_ = false;
    std::string difference_;
};

} // namespace

std::string compare(const message_face& face, const erased_type& type, const void* left, const void* right,
                    api_version version)
{
    if (!face.versions.contains(version))
        return std::string{face.name} + ": there is no version " + std::to_string(version.value);
    comparison both{version, face.name};
    both.note(type, const_cast<void*>(left));
    return both.compare(type, const_cast<void*>(right));
}

} // namespace odradek::detail
