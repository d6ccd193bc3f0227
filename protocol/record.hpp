// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/nullable.hpp>
#include <odradek/protocol/varint.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace odradek {

/// A header of a record: a name, which may occur several times, and a value, which may be null.
///
/// A view: when writing into whatever the caller gave, when reading into the batch. Source: KIP-82.
struct record_header {
    std::string_view key{};       ///< The name; never null, may be empty.
    nullable<bytes_view> value{}; ///< The value; null and empty are different.

    /// The same name and the same value.
    [[nodiscard]] friend bool operator==(const record_header&, const record_header&) = default;
};

namespace detail {

/// Reads a varint in memory that was checked before; moves `from` behind it.
[[nodiscard]] inline std::uint64_t checked_varint(const std::byte*& from) noexcept
{
    auto result = static_cast<std::uint64_t>(*from++);
    if (result < 0x80) [[likely]]
        return result;
    result &= 0x7f;
    for (unsigned shift = 7; shift < 64; shift += 7) {
        const auto part = static_cast<std::uint64_t>(*from++);
        result |= (part & 0x7f) << shift;
        if (part < 0x80) break;
    }
    return result;
}

/// A signed length, count or delta of 32 bits.
[[nodiscard]] inline std::int32_t checked_int(const std::byte*& from) noexcept
{
    return unzigzag(static_cast<std::uint32_t>(checked_varint(from)));
}

/// A length and that many bytes; null for a negative length.
[[nodiscard]] inline nullable<bytes_view> checked_bytes(const std::byte*& from) noexcept
{
    const std::int32_t length = checked_int(from);
    if (length < 0) return nullptr;
    const bytes_view bytes{from, static_cast<std::size_t>(length)};
    from += length;
    return bytes;
}

} // namespace detail

/// The headers of one record, in their order, duplicates included, decoded while they are iterated.
///
/// A view into a batch whose records were checked when it was opened, so iterating cannot fail; valid as long as the
/// batch's bytes. Copied freely.
class record_headers {
public:
    class iterator;

    record_headers() noexcept = default; ///< No headers.
    /// `count` headers, encoded and already checked, from `data` on.
    record_headers(const std::byte* data, std::int32_t count) noexcept : data_(data), count_(count) {}

    [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(count_); } ///< How many.
    [[nodiscard]] bool empty() const noexcept { return count_ == 0; }                            ///< None?
    [[nodiscard]] inline iterator begin() const noexcept;                                        ///< The first header.
    [[nodiscard]] std::default_sentinel_t end() const noexcept { return {}; }                    ///< Behind the last.

private:
    const std::byte* data_ = nullptr;
    std::int32_t count_ = 0;
};

/// Walks the headers of a record once, forward.
class record_headers::iterator {
public:
    using value_type = record_header;
    using difference_type = std::ptrdiff_t;

    iterator() noexcept = default; ///< At no header.
    /// At the first of `count` headers.
    iterator(const std::byte* data, std::int32_t count) noexcept : position_(data), left_(count) { read(); }

    [[nodiscard]] const record_header& operator*() const noexcept { return current_; }   ///< The header here.
    [[nodiscard]] const record_header* operator->() const noexcept { return &current_; } ///< The header here.
    /// To the next one.
    iterator& operator++() noexcept
    {
        --left_;
        read();
        return *this;
    }
    void operator++(int) noexcept { ++*this; } ///< To the next one.
    /// Behind the last one?
    [[nodiscard]] friend bool operator==(const iterator& at, std::default_sentinel_t) noexcept { return at.left_ == 0; }

private:
    void read() noexcept
    {
        if (left_ == 0) return;
        current_.key = detail::checked_bytes(position_)->text();
        current_.value = detail::checked_bytes(position_);
    }

    const std::byte* position_ = nullptr;
    std::int32_t left_ = 0;
    record_header current_;
};

record_headers::iterator record_headers::begin() const noexcept
{
    return {data_, count_};
}

/// A fetched record, as views into the batch that it lies in.
///
/// Made by iterating a batch_view; valid as long as the batch's bytes (the fetch response, or the memory that the batch was
/// unpacked into). Copied freely.
class record_view {
public:
    record_view() noexcept = default; ///< No record.

    [[nodiscard]] std::int64_t offset() const noexcept { return offset_; } ///< Where it lies in its partition.
    /// Milliseconds since 1970: when it was made, or when the broker appended it if the batch's timestamp type says so; -1
    /// if it has none.
    [[nodiscard]] std::int64_t timestamp() const noexcept { return timestamp_; }
    /// The producer's own time, which differs from timestamp() where the broker's counts.
    [[nodiscard]] std::int64_t create_timestamp() const noexcept { return create_timestamp_; }
    [[nodiscard]] nullable<bytes_view> key() const noexcept { return key_; } ///< Key; null and empty are different.
    [[nodiscard]] nullable<bytes_view> value() const noexcept
    {
        return value_;
    } ///< Value; null deletes when compacted.
    [[nodiscard]] record_headers headers() const noexcept { return headers_; } ///< Headers, in their order.
    [[nodiscard]] std::size_t size_in_bytes() const noexcept
    {
        return size_;
    } ///< Bytes it takes in the unpacked batch.

private:
    friend class record_iterator;
    friend struct legacy_record_access;

    std::int64_t offset_ = -1;
    std::int64_t timestamp_ = -1;
    std::int64_t create_timestamp_ = -1;
    nullable<bytes_view> key_;
    nullable<bytes_view> value_;
    record_headers headers_;
    std::size_t size_ = 0;
};

} // namespace odradek
