// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/client/record.hpp>
#include <odradek/tools/cli/line_record.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace odradek::cli {

/// The lines that go into one batch: their text, copied once, and their numbers.
///
/// A value; produce has two a partition, one that fills and one that is on its way, and swaps them. records() is valid until the
/// next change.
class line_batch {
public:
    /// How much a batch holds unless one record alone is larger: what a broker takes in one piece unless it was set otherwise.
    static constexpr std::size_t largest = 1'000'000;
    static constexpr std::size_t most_records = 50'000; ///< Bounds the memory for very short lines.

    /// Whether there is room for this record beside those that are there; an empty batch takes any. `headers_size` is that of
    /// the headers of each record.
    [[nodiscard]] bool has_room(const line_record& record, std::size_t headers_size) const noexcept;

    /// Adds a record, which was line `number`.
    void add(std::uint64_t number, const line_record& record, std::size_t headers_size);

    /// The records, each with these headers. Not empty.
    [[nodiscard]] std::span<const record> records(std::span<const record_header> headers);

    [[nodiscard]] std::span<const std::uint64_t> lines() const noexcept
    {
        return lines_;
    } ///< Their line numbers, ascending.
    [[nodiscard]] bool empty() const noexcept { return lines_.empty(); }      ///< No record?
    [[nodiscard]] std::size_t bytes() const noexcept { return text_.size(); } ///< Bytes of keys and values.

    /// Forgets the records; a usual amount of memory is kept.
    void clear();

private:
    struct sizes {
        std::int64_t key;   // -1: null
        std::int64_t value; // -1: null
    };

    std::string text_;
    std::size_t encoded_ = 0; // what they take in a batch, at most
    std::vector<sizes> sizes_;
    std::vector<std::uint64_t> lines_;
    std::vector<record> records_;
};

/// What the headers take in each record of a batch, at most.
[[nodiscard]] std::size_t encoded_size(std::span<const record_header> headers) noexcept;

} // namespace odradek::cli
