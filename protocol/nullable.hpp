// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/list.hpp>

#include <cstddef>
#include <optional>
#include <string_view>
#include <type_traits>

namespace odradek {

/// A value that the wire allows to be null: here a struct, held as a pointer.
///
/// Decoding places the struct in the arena. For encoding, point it at a struct that outlives the encoding; nothing is
/// copied or owned. Copied freely, no thread rule. Two are equal if both are null or both hold equal values.
///
/// For texts, bytes and lists see the specialisations below: they hold the view itself, null being a null pointer.
/// There an empty value is not null, and neither is one made from an empty view.
template <class T>
class nullable {
public:
    constexpr nullable() noexcept = default;                        ///< Null.
    constexpr nullable(std::nullopt_t) noexcept {}                  ///< Null.
    constexpr nullable(std::nullptr_t) noexcept {}                  ///< Null.
    constexpr nullable(const T& value) noexcept : value_(&value) {} ///< Refers to `value`.
    nullable(const T&&) = delete;                                   ///< A temporary would be gone too soon.
    constexpr nullable(const T* value) noexcept : value_(value) {}  ///< Refers to `*value`, or null.

    /// Whether there is a value.
    [[nodiscard]] constexpr bool has_value() const noexcept { return value_ != nullptr; }
    /// Whether there is a value.
    constexpr explicit operator bool() const noexcept { return has_value(); }
    /// The value; there must be one.
    [[nodiscard]] constexpr const T& operator*() const noexcept { return *value_; }
    /// The value; there must be one.
    [[nodiscard]] constexpr const T* operator->() const noexcept { return value_; }

    /// Both null, or equal values.
    [[nodiscard]] friend constexpr bool operator==(const nullable& left, const nullable& right)
    {
        return left.has_value() && right.has_value() ? *left == *right : left.has_value() == right.has_value();
    }

private:
    const T* value_ = nullptr;
};

namespace detail {

/// Where empty views point to that are not null. Aligned for every T, never read.
alignas(std::max_align_t) inline constexpr std::byte empty_place{};

/// What nullable texts, bytes and lists have in common.
template <class View>
class nullable_view {
public:
    constexpr nullable_view() noexcept = default;
    constexpr nullable_view(std::nullopt_t) noexcept {}
    constexpr nullable_view(std::nullptr_t) noexcept {}
    nullable_view(View value) noexcept : value_(value.data() == nullptr ? not_null() : value) {}

    [[nodiscard]] constexpr bool has_value() const noexcept { return value_.data() != nullptr; }
    constexpr explicit operator bool() const noexcept { return has_value(); }
    [[nodiscard]] constexpr const View& operator*() const noexcept { return value_; }
    [[nodiscard]] constexpr const View* operator->() const noexcept { return &value_; }
    [[nodiscard]] constexpr View value_or(View other) const noexcept { return has_value() ? value_ : other; }

    [[nodiscard]] friend bool operator==(const nullable_view& left, const nullable_view& right)
    {
        return left.has_value() == right.has_value() && left.value_ == right.value_;
    }

private:
    static View not_null() noexcept
    {
        const void* place = &empty_place;
        if constexpr (std::is_same_v<View, std::string_view>) {
            return {static_cast<const char*>(place), 0};
        } else {
            return {static_cast<const typename View::value_type*>(place), 0};
        }
    }

    View value_{};
};

} // namespace detail

/// Text or null.
template <>
class nullable<std::string_view> : public detail::nullable_view<std::string_view> {
public:
    using nullable_view::nullable_view;
    constexpr nullable() noexcept = default;                                              ///< Null.
    nullable(const char* text) noexcept : nullable_view(std::string_view{text}) {}        ///< A text, closed by NUL.
    nullable(const std::string& text) noexcept : nullable_view(std::string_view{text}) {} ///< A text.
};

/// Bytes or null.
template <>
class nullable<bytes_view> : public detail::nullable_view<bytes_view> {
public:
    using nullable_view::nullable_view;
    constexpr nullable() noexcept = default; ///< Null.

    /// Whatever a bytes_view can be made from.
    template <class T>
        requires(std::is_convertible_v<const T&, bytes_view> && !std::is_same_v<T, bytes_view> &&
                 !std::is_base_of_v<nullable_view, T>)
    nullable(const T& bytes) noexcept : nullable_view(bytes_view(bytes))
    {}
};

/// A list or null.
template <class T>
class nullable<list<T>> : public detail::nullable_view<list<T>> {
public:
    using detail::nullable_view<list<T>>::nullable_view;
    constexpr nullable() noexcept = default; ///< Null.

    /// Whatever a list can be made from.
    template <class Items>
        requires(std::is_convertible_v<const Items&, list<T>> && !std::is_same_v<Items, list<T>> &&
                 !std::is_base_of_v<detail::nullable_view<list<T>>, Items>)
    nullable(const Items& items) noexcept : detail::nullable_view<list<T>>(list<T>(items))
    {}

    /// Items in braces; they live until the end of the full expression.
    nullable(std::initializer_list<T> items) noexcept : detail::nullable_view<list<T>>(list<T>(items)) {}
};

} // namespace odradek
