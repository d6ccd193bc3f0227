// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <initializer_list>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace odradek {

/// Overwrites memory with zeros in a way that no compiler leaves out.
ODRADEK_EXPORT void wipe(std::span<std::byte> memory) noexcept;

/// Overwrites all that a text holds, its spare room too, and makes it empty.
ODRADEK_EXPORT void wipe(std::string& text) noexcept;

/// Whether both are the same bytes, in a time that tells nothing but the lengths.
[[nodiscard]] ODRADEK_EXPORT bool equal_in_constant_time(bytes_view left, bytes_view right) noexcept;

/// A password, key or token, or a message that holds one: bytes that are overwritten before their memory is given back.
///
/// A value with one owner; copies are independent and each wipes itself. No thread rule beyond that of any value. It always
/// has memory of its own, so moving leaves nothing behind, as a short std::string would. It converts from texts, never
/// silently to one, and cannot be written to a stream: who needs the content says reveal(). Comparing takes constant time.
class ODRADEK_EXPORT secret {
public:
    secret() noexcept = default;

    secret(std::string_view text);              ///< A copy of the text; the original is the caller's to wipe.
    secret(const std::string& text);            ///< The same.
    secret(std::string&& text);                 ///< Takes the text over: it is wiped and left empty.
    secret(const char* text);                   ///< A copy of the text; null is no text, as of getenv().
    explicit secret(bytes_view bytes);          ///< A copy of the bytes.
    secret(const secret& other);                ///< An independent copy.
    secret(secret&& other) noexcept;            ///< Leaves the other one empty.
    secret& operator=(const secret& other);     ///< Wipes what was here before.
    secret& operator=(secret&& other) noexcept; ///< Wipes what was here before; leaves the other one empty.
    ~secret();

    /// `size` zeros, to be written to with writable().
    [[nodiscard]] static secret of_size(std::size_t size);

    /// The parts, one after the other, copied once.
    [[nodiscard]] static secret joined(std::initializer_list<std::string_view> parts);

    /// The content as text. Valid until this is changed, moved from or destroyed; copies of it are not wiped.
    [[nodiscard]] std::string_view reveal() const noexcept;

    /// The content as bytes, for as long as reveal()'s.
    [[nodiscard]] bytes_view bytes() const noexcept { return {memory_.get(), size_}; }

    /// The content, to be filled in.
    [[nodiscard]] std::span<std::byte> writable() noexcept { return {memory_.get(), size_}; }

    [[nodiscard]] std::size_t size() const noexcept { return size_; } ///< In bytes.
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }  ///< No content.

    /// Wipes the content and is empty.
    void clear() noexcept;

    /// In constant time for a given length.
    [[nodiscard]] friend bool operator==(const secret& left, const secret& right) noexcept
    {
        return equal_in_constant_time(left.bytes(), right.bytes());
    }

    /// Never shown.
    template <class Stream>
    friend Stream& operator<<(Stream&, const secret&) = delete;

private:
    std::unique_ptr<std::byte[]> memory_;
    std::size_t size_ = 0;
};

} // namespace odradek
