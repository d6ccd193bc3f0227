// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/error.hpp>
#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <system_error>

namespace odradek {

/// What is wrong with a record batch (or a message of an old format), and where.
///
/// A plain value without memory of its own: the words are constants. The code tells the kinds apart: checksum_mismatch,
/// invalid_batch (header), invalid_record (content), unsupported_magic, unknown_codec, codec_not_available,
/// bad_compressed_data, output_limit, out_of_memory.
class batch_error {
public:
    batch_error() noexcept = default; ///< Nothing is wrong.
    /// Stands for "there is no number to show".
    static constexpr std::int64_t no_value = std::numeric_limits<std::int64_t>::min();
    /// `reason` is a constant; `place` counts bytes from the batch's first one, or of its unpacked records if `in_records`;
    /// `value` is what was found there.
    batch_error(errc code, const char* reason, std::size_t place, std::int64_t value = no_value,
                bool in_records = false) noexcept
        : reason_(reason), place_(place), value_(value), code_(code), in_records_(in_records)
    {}

    /// Is something wrong?
    [[nodiscard]] explicit operator bool() const noexcept { return code_ != errc{}; }
    /// The kind of error; no error for a default one.
    [[nodiscard]] std::error_code code() const noexcept { return code_ == errc{} ? std::error_code{} : code_; }
    /// Base offset that the batch's header claims; -1 where not even that could be read.
    [[nodiscard]] std::int64_t base_offset() const noexcept { return base_offset_; }
    /// Byte of the record set at which the batch begins.
    [[nodiscard]] std::size_t position() const noexcept { return position_; }
    /// Byte at which it shows: of the batch, or of its unpacked records if in_records().
    [[nodiscard]] std::size_t place() const noexcept { return place_; }
    /// Does place() count in the unpacked records?
    [[nodiscard]] bool in_records() const noexcept { return in_records_; }
    /// Number of the record that is wrong, counted from 0; -1 if it is not one record's fault.
    [[nodiscard]] std::int32_t record() const noexcept { return record_; }
    /// All of it in one line: "batch at offset 5 (byte 0 of the set), record 1, byte 9 of its records: bad key length: -2".
    [[nodiscard]] ODRADEK_EXPORT std::string message() const;

    /// Says which batch it was.
    void locate(std::int64_t base_offset, std::size_t position) noexcept
    {
        base_offset_ = base_offset;
        position_ = position;
    }
    /// The same error at byte `place` of the unpacked records.
    [[nodiscard]] batch_error in_records_at(std::size_t place) const noexcept
    {
        batch_error moved = *this;
        moved.place_ = place;
        moved.in_records_ = true;
        return moved;
    }
    /// Says which record it was.
    void blame(std::int32_t record) noexcept { record_ = record; }

private:
    const char* reason_ = "";
    std::size_t place_ = 0;
    std::size_t position_ = 0;
    std::int64_t value_ = no_value;
    std::int64_t base_offset_ = -1;
    std::int32_t record_ = -1;
    errc code_{};
    bool in_records_ = false;
};

} // namespace odradek
