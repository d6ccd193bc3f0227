// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <memory>
#include <string>

struct gzFile_s; // NOLINT(readability-identifier-naming): the name is zlib's

namespace odradek::golden {

/// The lines of a file, packed by gzip or not.
class line_source {
public:
    /// Opens `path`; what fails is told by error().
    explicit line_source(const std::string& path);

    /// Gives the next line without its end. False at the end, or after error().
    [[nodiscard]] bool next(std::string& line);

    /// Why reading ended early; empty if it did not.
    [[nodiscard]] const std::string& error() const noexcept { return error_; }

private:
    struct closer {
        void operator()(gzFile_s* file) const noexcept;
    };

    std::unique_ptr<gzFile_s, closer> file_;
    std::string error_;
};

} // namespace odradek::golden
