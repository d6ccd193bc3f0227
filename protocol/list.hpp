// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <initializer_list>
#include <iterator>
#include <span>
#include <type_traits>
#include <vector>

namespace odradek {

namespace detail {

/// What every list<T> is underneath, so that type-erased code (JSON, random filling) can handle any of them.
struct list_base {
    const void* items = nullptr;
    std::size_t count = 0;
};

} // namespace detail

/// A read-only view of an array of T: pointer and count, nothing owned. Every array of a message is one.
///
/// After decoding, the items lie in the arena (strings and bytes among them point into the buffer that was decoded).
/// For encoding, it is made from a vector, span, array or braces, which must outlive the encoding: with braces that is
/// the end of the full expression. Copied freely, no thread rule. Comparison is item by item.
template <class T>
class list : private detail::list_base {
public:
    using value_type = T;
    using const_iterator = const T*;
    using iterator = const_iterator;

    constexpr list() noexcept = default;

    /// `size` items from `data` on.
    constexpr list(const T* data, std::size_t size) noexcept : list_base{data, size} {}

    /// The items of a span.
    template <class Item, std::size_t Extent>
        requires std::is_same_v<std::remove_const_t<Item>, T>
    constexpr list(std::span<Item, Extent> items_of) noexcept : list(items_of.data(), items_of.size())
    {}

    /// The items of a vector.
    template <class Allocator>
    list(const std::vector<T, Allocator>& items_of) noexcept : list(items_of.data(), items_of.size())
    {}

    /// The items of an array.
    template <std::size_t Size>
    constexpr list(const std::array<T, Size>& items_of) noexcept : list(items_of.data(), Size)
    {}

    /// The items of an array.
    template <std::size_t Size>
    constexpr list(const T (&items_of)[Size]) noexcept : list(items_of, Size)
    {}

    /// Items in braces; they live until the end of the full expression.
    constexpr list(std::initializer_list<T> items_of) noexcept : list(std::data(items_of), items_of.size()) {}

    /// The first item; null in a default list.
    [[nodiscard]] const T* data() const noexcept { return static_cast<const T*>(items); }
    /// How many items.
    [[nodiscard]] constexpr std::size_t size() const noexcept { return count; }
    /// True for no items.
    [[nodiscard]] constexpr bool empty() const noexcept { return count == 0; }
    [[nodiscard]] const_iterator begin() const noexcept { return data(); }       ///< The first item.
    [[nodiscard]] const_iterator end() const noexcept { return data() + count; } ///< Behind the last item.
    /// The item at `position`, which must be below size().
    [[nodiscard]] const T& operator[](std::size_t position) const noexcept { return data()[position]; }
    /// The first item; there must be one.
    [[nodiscard]] const T& front() const noexcept { return data()[0]; }
    /// The last item; there must be one.
    [[nodiscard]] const T& back() const noexcept { return data()[count - 1]; }

    /// Equal items in the same order.
    [[nodiscard]] friend bool operator==(const list& left, const list& right)
    {
        return std::equal(left.begin(), left.end(), right.begin(), right.end());
    }

private:
    friend struct list_access;
};

/// Gives the codec's own files the type-erased face of a list.
struct list_access {
    template <class T>
    [[nodiscard]] static constexpr detail::list_base& base(list<T>& of) noexcept
    {
        return of;
    }
    template <class T>
    [[nodiscard]] static constexpr const detail::list_base& base(const list<T>& of) noexcept
    {
        return of;
    }
};

} // namespace odradek
