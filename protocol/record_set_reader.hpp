// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/batch_error.hpp>
#include <odradek/protocol/batch_memory.hpp>
#include <odradek/protocol/batch_view.hpp>
#include <odradek/protocol/bytes.hpp>
#include <odradek/protocol/export.hpp>

#include <cstddef>

namespace odradek {

/// Walks the `records` of a fetched partition: batches of any format, mixed, in their order, each opened and checked.
///
/// Owned by whoever hands the records on, used by one thread. A batch that is cut off at the end is normal (brokers cut by
/// bytes): it ends the walk without an error and is counted as trailing(). Anything bad ends it with error(); the batches
/// before are good. The batches given are views into the set and into `memory`.
///
///     record_set_reader reader{set, memory, {.codecs = &default_codecs()}};
///     for (batch_view batch; reader.next(batch);) use(batch);
///     if (reader.error()) ...
class record_set_reader {
public:
    /// Reads `set`; compressed batches are unpacked into `memory`.
    record_set_reader(bytes_view set, batch_memory& memory, const batch_options& options = {}) noexcept
        : set_(set), memory_(&memory), options_(options)
    {}

    /// Gives the next batch, opened. False: there is no whole one any more, or error().
    [[nodiscard]] ODRADEK_EXPORT bool next(batch_view& batch);

    /// What is wrong with the batch that `next` ended at.
    [[nodiscard]] const batch_error& error() const noexcept { return error_; }

    /// After an error, goes behind the bad batch so that `next` may go on. False if its length cannot be trusted.
    [[nodiscard]] ODRADEK_EXPORT bool skip_bad_batch() noexcept;

    [[nodiscard]] std::size_t position() const noexcept { return position_; }               ///< Bytes behind us.
    [[nodiscard]] std::size_t trailing() const noexcept { return set_.size() - position_; } ///< Bytes not consumed.

private:
    bytes_view set_;
    batch_memory* memory_;
    batch_options options_;
    batch_error error_;
    std::size_t position_ = 0;
    std::size_t bad_size_ = 0; // of the batch that error_ is about; 0 if its length is part of the problem
};

} // namespace odradek
