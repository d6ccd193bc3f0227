// SPDX-License-Identifier: Apache-2.0
#include <odradek/tests/golden/line_source.hpp>

#include <zlib.h>

#include <cerrno>
#include <system_error>

namespace odradek::golden {

void line_source::closer::operator()(gzFile_s* file) const noexcept
{
    gzclose(file);
}

line_source::line_source(const std::string& path)
{
    errno = 0;
    file_.reset(gzopen(path.c_str(), "rb"));
    if (!file_) error_ = "cannot be opened: " + std::generic_category().message(errno);
}

bool line_source::next(std::string& line)
{
    line.clear();
    if (!file_ || !error_.empty()) return false;
    char piece[65536];
    while (gzgets(file_.get(), piece, sizeof piece) != nullptr) {
        line += piece;
        if (line.back() != '\n') continue;
        line.pop_back();
        return true;
    }
    int number = Z_OK;
    const char* const words = gzerror(file_.get(), &number);
    if (number != Z_OK && number != Z_STREAM_END) {
        error_ =
            number == Z_ERRNO ? std::generic_category().message(errno) : std::string("cannot be unpacked: ") + words;
        return false;
    }
    return !line.empty(); // a last line without an end
}

} // namespace odradek::golden
