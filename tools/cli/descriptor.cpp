// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/descriptor.hpp>
#include <odradek/tools/cli/exit_code.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <fcntl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>

namespace odradek::cli {

descriptor::~descriptor()
{
    if (fd_ >= 0) ::close(fd_);
}

descriptor open_file(const std::string& path, int flags)
{
    const auto refuse = [&](int error) {
        return failure(fmt::format("cannot read {}: {}", path, std::system_category().message(error)));
    };
    descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC | flags)};
    if (file.get() < 0) throw refuse(errno);
    struct stat status{};
    if (::fstat(file.get(), &status) != 0) throw refuse(errno);
    if (S_ISDIR(status.st_mode)) throw refuse(EISDIR);
    return file;
}

} // namespace odradek::cli
