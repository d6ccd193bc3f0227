// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/protocol/error.hpp>
#include <odradek/protocol/export.hpp>

#include <cstddef>
#include <memory>
#include <string>
#include <system_error>

namespace odradek {

/// What decoding, encoding or the JSON of a message failed with, and where: an error_code cannot carry a place.
///
/// A value of its own, cheap while nothing failed (one null pointer); copies share the text and may go to other
/// threads.
class codec_error {
public:
    codec_error() noexcept = default; ///< Nothing failed.

    /// `code` at `path`, `offset` bytes into the input (encoding: into the output), with words on what was found there.
    ODRADEK_EXPORT codec_error(std::error_code code, std::string path, std::size_t offset, std::string detail);

    /// True if something failed.
    explicit operator bool() const noexcept { return details_ != nullptr; }
    /// What failed; no error if nothing did. Mostly an errc.
    [[nodiscard]] ODRADEK_EXPORT std::error_code code() const noexcept;
    /// The field, with the names of the C++ structs: `MetadataResponse.topics[3].name`. In JSON with the names of the
    /// JSON.
    [[nodiscard]] ODRADEK_EXPORT const std::string& path() const noexcept;
    /// Bytes before the place that failed.
    [[nodiscard]] ODRADEK_EXPORT std::size_t offset() const noexcept;
    /// One line for people: path, offset, what was found and what was allowed.
    [[nodiscard]] ODRADEK_EXPORT std::string message() const;

private:
    struct details {
        std::error_code code;
        std::string path;
        std::size_t offset;
        std::string detail;
    };

    std::shared_ptr<const details> details_;
};

using decode_error = codec_error; ///< What decode() and from_json() return.
using encode_error = codec_error; ///< What encode() returns.

} // namespace odradek
