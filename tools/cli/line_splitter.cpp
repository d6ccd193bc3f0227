// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/line_splitter.hpp>

#include <fmt/format.h>

namespace odradek::cli {

void line_splitter::keep(std::string_view piece)
{
    if (piece.size() > limit_ - partial_.size())
        throw failure(fmt::format("line {} is longer than {} bytes", number_ + 1, limit_));
    partial_ += piece;
}

bool line_splitter::next(std::string_view& line)
{
    if (given_) {
        partial_.clear();
        given_ = false;
    }
    const std::size_t end = size_ ? *size_ - partial_.size() : rest_.find('\n');
    if (end == std::string_view::npos || (size_ && end > rest_.size())) {
        keep(rest_);
        rest_ = {};
        return false;
    }
    give(rest_.substr(0, end), size_ ? end : end + 1, line);
    return true;
}

void line_splitter::give(std::string_view piece, std::size_t used, std::string_view& line)
{
    if (partial_.empty() && piece.size() <= limit_) {
        line = piece;
    } else {
        keep(piece);
        line = partial_;
        given_ = true;
    }
    rest_.remove_prefix(used);
    ++number_;
}

bool line_splitter::finish(std::string_view& line)
{
    if (given_ || partial_.empty()) return false;
    line = partial_;
    given_ = true;
    ++number_;
    return true;
}

} // namespace odradek::cli
