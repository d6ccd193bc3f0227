// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

namespace odradek {

/// What a container of single bytes may hold to be seen as a bytes_view.
template <class T>
concept byte_like = std::is_same_v<std::remove_cv_t<T>, std::byte> || std::is_same_v<std::remove_cv_t<T>, char> ||
                    std::is_same_v<std::remove_cv_t<T>, unsigned char>;

/// A view of bytes: pointer and length, nothing owned. Made implicitly from string literals (without the closing NUL),
/// strings and contiguous containers of std::byte, char and std::uint8_t.
///
/// It lives as long as what it looks at; in a decoded message that is the buffer that was decoded. Copied freely, no
/// thread rule. A default view is empty with a null pointer; comparison is by content.
class bytes_view {
public:
    using value_type = std::byte;
    using const_iterator = const std::byte*;
    using iterator = const_iterator;

    constexpr bytes_view() noexcept = default;

    /// `size` bytes from `data` on.
    constexpr bytes_view(const std::byte* data, std::size_t size) noexcept : data_(data), size_(size) {}

    /// `size` bytes from `data` on, for the other byte-like types.
    template <byte_like Byte>
        requires(!std::is_same_v<std::remove_cv_t<Byte>, std::byte>)
    bytes_view(const Byte* data, std::size_t size) noexcept
        : data_(reinterpret_cast<const std::byte*>(data)), size_(size)
    {}

    /// A string literal, without its closing NUL.
    template <std::size_t Size>
    bytes_view(const char (&literal)[Size]) noexcept : bytes_view(literal, Size - 1)
    {}

    /// A buffer, of which a part may be filled: say how much of it, or give a std::string_view.
    template <std::size_t Size>
    bytes_view(char (&buffer)[Size]) = delete;

    bytes_view(std::string_view text) noexcept : bytes_view(text.data(), text.size()) {}   ///< The bytes of a text.
    bytes_view(const std::string& text) noexcept : bytes_view(text.data(), text.size()) {} ///< The bytes of a text.

    /// A span of bytes.
    template <byte_like Byte, std::size_t Extent>
    bytes_view(std::span<Byte, Extent> bytes) noexcept : bytes_view(bytes.data(), bytes.size())
    {}

    /// A vector of bytes.
    template <byte_like Byte, class Allocator>
    bytes_view(const std::vector<Byte, Allocator>& bytes) noexcept : bytes_view(bytes.data(), bytes.size())
    {}

    /// The first byte; null in a default view.
    [[nodiscard]] constexpr const std::byte* data() const noexcept { return data_; }
    /// How many bytes.
    [[nodiscard]] constexpr std::size_t size() const noexcept { return size_; }
    /// True for no bytes.
    [[nodiscard]] constexpr bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] constexpr const_iterator begin() const noexcept { return data_; }       ///< The first byte.
    [[nodiscard]] constexpr const_iterator end() const noexcept { return data_ + size_; } ///< Behind the last byte.
    /// The byte at `position`, which must be below size().
    [[nodiscard]] constexpr std::byte operator[](std::size_t position) const noexcept { return data_[position]; }

    /// At most `count` bytes from `position` on; positions behind the end give an empty view at the end.
    [[nodiscard]] constexpr bytes_view subview(std::size_t position,
                                               std::size_t count = static_cast<std::size_t>(-1)) const noexcept
    {
        const std::size_t from = std::min(position, size_);
        return {data_ + from, std::min(count, size_ - from)};
    }

    /// The same bytes as text; nothing says that it is UTF-8.
    [[nodiscard]] std::string_view text() const noexcept { return {reinterpret_cast<const char*>(data_), size_}; }

    /// The same length and the same bytes.
    [[nodiscard]] friend bool operator==(bytes_view left, bytes_view right) noexcept
    {
        return left.text() == right.text();
    }

private:
    const std::byte* data_ = nullptr;
    std::size_t size_ = 0;
};

} // namespace odradek
