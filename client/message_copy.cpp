// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/message_copy.hpp>
#include <odradek/protocol/error.hpp>

#include <cstring>
#include <string_view>
#include <unordered_set>

namespace odradek::detail {
namespace {

// Replaces every view by a copy. A message is visited once for each of its versions, since no single one has all fields; what
// was copied by an earlier visit is recognised by its address.
class view_owner final : public visitor {
public:
    view_owner(api_version version, arena& memory, std::unordered_set<const void*>& owned)
        : visitor(version, true), memory_(memory), owned_(owned)
    {}

    using visitor::object;

    void leaf(const field_info&, leaf_kind kind, void* value, null_state& null) override
    {
        if (null.is_null) return;
        if (kind == leaf_kind::text)
            own_text(*static_cast<std::string_view*>(value));
        else if (kind == leaf_kind::bytes)
            own_bytes(*static_cast<bytes_view*>(value));
    }

    void object(const field_info&, const erased_type& type, void*& object, null_state& null) override
    {
        if (object == nullptr || null.is_null) return;
        if (null.possible) object = own(object, type.size, type.align);
        if (object != nullptr) type.visit(*this, object, version());
    }

    void items(const field_info&, const erased_type& type, list_base& list, null_state& null) override
    {
        if (null.is_null || list.count == 0) return;
        void* const items = own(list.items, list.count * type.size, type.align);
        if (items == nullptr) return;
        list.items = items;
        auto* place = static_cast<std::byte*>(items);
        for (std::size_t i = 0; i < list.count; ++i, place += type.size) {
            if (type.visit != nullptr)
                type.visit(*this, place, version());
            else if (type.kind == leaf_kind::text)
                own_text(*reinterpret_cast<std::string_view*>(place));
            else if (type.kind == leaf_kind::bytes)
                own_bytes(*reinterpret_cast<bytes_view*>(place));
        }
    }

    bool enter_tagged(const field_info&, bool) override { return true; }

    void unknown_tags(list<tagged_field>& unknown, std::span<const std::uint32_t>) override
    {
        if (unknown.empty()) return;
        auto* const copies = static_cast<tagged_field*>(
            own(unknown.data(), unknown.size() * sizeof(tagged_field), alignof(tagged_field)));
        if (copies == nullptr) return;
        for (std::size_t i = 0; i < unknown.size(); ++i) own_bytes(copies[i].value);
        unknown = list<tagged_field>{copies, unknown.size()};
    }

    [[nodiscard]] bool failed() const noexcept { return failed_; }

private:
    void* own(const void* from, std::size_t size, std::size_t align)
    {
        if (owned_.contains(from)) return const_cast<void*>(from); // it is ours, so it may be written to
        void* const copy = memory_.allocate(size, align);
        if (copy == nullptr) {
            failed_ = true;
            return nullptr;
        }
        std::memcpy(copy, from, size);
        owned_.insert(copy);
        return copy;
    }

    void own_text(std::string_view& text)
    {
        if (text.empty()) return; // nothing of it is ever read
        text = {static_cast<const char*>(own(text.data(), text.size(), 1)), failed_ ? 0 : text.size()};
    }

    void own_bytes(bytes_view& bytes)
    {
        if (bytes.empty()) return;
        bytes = {static_cast<const std::byte*>(own(bytes.data(), bytes.size(), 1)), failed_ ? 0 : bytes.size()};
    }

    arena& memory_;
    std::unordered_set<const void*>& owned_; // only asked, never iterated
    bool failed_ = false;
};

} // namespace

std::error_code own_views(const erased_type& type, void* message, version_range versions, arena& memory)
{
    std::unordered_set<const void*> owned;
    for (std::int16_t v = versions.first; v <= versions.last; ++v) {
        view_owner owner{api_version{v}, memory, owned};
        type.visit(owner, message, api_version{v});
        if (owner.failed()) return errc::arena_exhausted;
    }
    return {};
}

} // namespace odradek::detail
