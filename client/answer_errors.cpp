// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/answer_errors.hpp>

#include <cstddef>

namespace odradek::detail {
namespace {

class error_collector final : public visitor {
public:
    explicit error_collector(api_version version) : visitor(version, false) {}

    std::set<broker_errc> found;

private:
    void leaf(const field_info&, leaf_kind kind, void* value, null_state& null) override
    {
        if (kind != leaf_kind::error_code || null.is_null) return;
        const broker_errc code = *static_cast<const broker_errc*>(value);
        if (code != broker_errc::none) found.insert(code);
    }
    void object(const field_info&, const erased_type& type, void*& object, null_state&) override
    {
        if (object != nullptr && type.visit != nullptr) type.visit(*this, object, version());
    }
    void items(const field_info&, const erased_type& type, list_base& list, null_state&) override
    {
        if (type.visit == nullptr) return;
        auto* const first = static_cast<std::byte*>(const_cast<void*>(list.items));
        for (std::size_t i = 0; i < list.count; ++i) type.visit(*this, first + i * type.size, version());
    }
    bool enter_tagged(const field_info&, bool is_default) override { return !is_default; }
    void unknown_tags(list<tagged_field>&, std::span<const std::uint32_t>) override {}
};

} // namespace

std::set<broker_errc> errors_in(const erased_type& type, const void* message, api_version version)
{
    error_collector by{version};
    type.visit(by, const_cast<void*>(message), version); // the visitor changes nothing
    return std::move(by.found);
}

} // namespace odradek::detail
