// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/archive.hpp>
#include <odradek/protocol/list.hpp>
#include <odradek/protocol/nullable.hpp>

#include <new>
#include <span>

namespace odradek {

class visitor;

namespace detail {

/// The types of single values.
enum class leaf_kind : std::uint8_t {
    boolean,
    int8,
    int16,
    uint16,
    int32,
    uint32,
    int64,
    float64,
    error_code,
    uuid,
    text,
    bytes
};

template <class T>
constexpr leaf_kind leaf_kind_of() noexcept
{
    if constexpr (std::is_same_v<T, bool>)
        return leaf_kind::boolean;
    else if constexpr (std::is_same_v<T, std::int8_t>)
        return leaf_kind::int8;
    else if constexpr (std::is_same_v<T, std::int16_t>)
        return leaf_kind::int16;
    else if constexpr (std::is_same_v<T, std::uint16_t>)
        return leaf_kind::uint16;
    else if constexpr (std::is_same_v<T, std::int32_t>)
        return leaf_kind::int32;
    else if constexpr (std::is_same_v<T, std::uint32_t>)
        return leaf_kind::uint32;
    else if constexpr (std::is_same_v<T, std::int64_t>)
        return leaf_kind::int64;
    else if constexpr (std::is_same_v<T, double>)
        return leaf_kind::float64;
    else if constexpr (std::is_same_v<T, broker_errc>)
        return leaf_kind::error_code;
    else if constexpr (std::is_same_v<T, odradek::uuid>)
        return leaf_kind::uuid;
    else if constexpr (std::is_same_v<T, std::string_view>)
        return leaf_kind::text;
    else
        return leaf_kind::bytes;
}

/// What a visitor has to know of a struct or of a leaf that stands in a list.
struct erased_type {
    leaf_kind kind;    ///< Of a leaf.
    std::size_t size;  ///< sizeof.
    std::size_t align; ///< alignof.
    void (*construct)(void* place);
    void (*visit)(visitor& by, void* object, api_version version); ///< Null for a leaf.
};

template <class T>
constexpr erased_type leaf_type{leaf_kind_of<T>(), sizeof(T), alignof(T), [](void* place) { ::new (place) T{}; },
                                nullptr};

template <class T>
constexpr erased_type object_type{
    leaf_kind::bytes, sizeof(T), alignof(T), [](void* place) { ::new (place) T{}; },
    [](visitor& by, void* object, api_version version) { codec(by, *static_cast<T*>(object), version); }};

} // namespace detail

/// The archive of everything that may be slow: it visits the fields of a message in their order, with the types erased,
/// so that JSON, random filling and comparing are one small class each and add no code a message.
///
/// Lives on the stack of one to_json(), from_json(), fill_randomly() or compare(). A visitor that does not change()
/// leaves the message alone, though it is handed out as not const.
class ODRADEK_EXPORT visitor {
public:
    static constexpr bool is_const = false;

    /// How a value may be null.
    struct null_state {
        bool possible = false; ///< The field's type has a null.
        bool allowed = false;  ///< And this version of the wire allows it.
        bool is_null = false;  ///< The value is null; a visitor that changes may set it.
    };

    virtual ~visitor();

    /// A single value: `value` points to a T of leaf_kind_of<T>().
    virtual void leaf(const field_info& field, detail::leaf_kind kind, void* value, null_state& null) = 0;
    /// A struct. `object` is null if the value is; a visitor that changes may replace it.
    virtual void object(const field_info& field, const detail::erased_type& type, void*& object, null_state& null) = 0;
    /// A list of structs, or of leaves if the type has no visit.
    virtual void items(const field_info& field, const detail::erased_type& type, detail::list_base& list,
                       null_state& null) = 0;
    /// A known tagged field follows if this returns true.
    virtual bool enter_tagged(const field_info& field, bool is_default) = 0;
    /// The tags of a struct that are not known; `known` are the numbers that are.
    virtual void unknown_tags(list<tagged_field>& unknown, std::span<const std::uint32_t> known) = 0;

    // What codec() calls.
    template <class T>
    void number(const field_info& field, T& value)
    {
        null_state null;
        leaf(field, detail::leaf_kind_of<T>(), &value, null);
    }
    void string(const field_info& field, std::string_view& value) { number(field, value); }
    void string(const field_info& field, nullable<std::string_view>& value, bool allowed)
    {
        view(field, value, allowed);
    }
    void plain_string(const field_info& field, std::string_view& value) { number(field, value); }
    void plain_string(const field_info& field, nullable<std::string_view>& value, bool allowed)
    {
        view(field, value, allowed);
    }
    void bytes(const field_info& field, bytes_view& value) { number(field, value); }
    void bytes(const field_info& field, nullable<bytes_view>& value, bool allowed) { view(field, value, allowed); }
    void records(const field_info& field, bytes_view& value) { number(field, value); }
    void records(const field_info& field, nullable<bytes_view>& value, bool allowed) { view(field, value, allowed); }

    template <class T>
    void numbers(const field_info& field, list<T>& value)
    {
        null_state null;
        items(field, detail::leaf_type<T>, list_access::base(value), null);
    }
    template <class T>
    void numbers(const field_info& field, nullable<list<T>>& value, bool allowed)
    {
        nullable_items(field, detail::leaf_type<T>, value, allowed);
    }
    template <class List, class... Allowed>
    void strings(const field_info& field, List& value, Allowed... allowed)
    {
        numbers(field, value, allowed...);
    }

    template <class T>
    void object(const field_info& field, T& value, api_version)
    {
        null_state null;
        void* place = &value;
        object(field, detail::object_type<T>, place, null);
    }
    template <class T>
    void object(const field_info& field, nullable<T>& value, api_version, bool allowed)
    {
        null_state null{true, allowed, !value.has_value()};
        void* place = value ? const_cast<T*>(&*value) : nullptr;
        object(field, detail::object_type<T>, place, null);
        if (changes()) value = null.is_null ? nullptr : static_cast<const T*>(place);
    }
    template <class T>
    void tagged_object(const field_info& field, nullable<T>& value, api_version version, bool allowed)
    {
        object(field, value, version, allowed);
    }

    template <std::size_t Smallest, class T>
    void objects(const field_info& field, list<T>& value, api_version)
    {
        null_state null;
        items(field, detail::object_type<T>, list_access::base(value), null);
    }
    template <std::size_t Smallest, class T>
    void objects(const field_info& field, nullable<list<T>>& value, api_version, bool allowed)
    {
        nullable_items(field, detail::object_type<T>, value, allowed);
    }

    void absent(const field_info&, bool) noexcept {}
    void no_tags(const list<tagged_field>&) noexcept {}

    template <class... Known>
    void tags(list<tagged_field>& unknown, const Known&... known)
    {
        const std::uint32_t numbers[] = {(known.live ? known.number : no_tag)..., no_tag};
        ((known.live && enter_tagged(known.info, known.is_default()) ? known.field() : void()), ...);
        unknown_tags(unknown, {numbers, sizeof...(known)});
    }

protected:
    /// In place of the tag of a field that is no tagged field in this version.
    static constexpr std::uint32_t no_tag = 0xffffffff;

    visitor(api_version version, bool changes) noexcept : version_(version), changes_(changes) {}
    visitor(const visitor&) = delete;
    visitor& operator=(const visitor&) = delete;

    [[nodiscard]] api_version version() const noexcept { return version_; }
    [[nodiscard]] bool changes() const noexcept { return changes_; }

private:
    template <class View>
    void view(const field_info& field, nullable<View>& value, bool allowed)
    {
        null_state null{true, allowed, !value.has_value()};
        View plain = value ? *value : View{};
        leaf(field, detail::leaf_kind_of<View>(), &plain, null);
        if (!changes()) return;
        if (null.is_null) {
            value = std::nullopt;
        } else {
            value = plain;
        }
    }
    template <class T>
    void nullable_items(const field_info& field, const detail::erased_type& type, nullable<list<T>>& value,
                        bool allowed)
    {
        null_state null{true, allowed, !value.has_value()};
        list<T> plain = value ? *value : list<T>{};
        items(field, type, list_access::base(plain), null);
        if (!changes()) return;
        if (null.is_null) {
            value = std::nullopt;
        } else {
            value = plain;
        }
    }

    api_version version_;
    bool changes_;
};

} // namespace odradek
