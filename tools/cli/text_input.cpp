// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/descriptor.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/text_input.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <unistd.h>

namespace odradek::cli {
namespace {

constexpr std::size_t most_of_a_message = std::size_t{512} << 20; // as hex, with white space

std::string read_all(int fd, const std::string& what, std::size_t most)
{
    std::string text;
    for (;;) {
        constexpr std::size_t step = std::size_t{64} * 1024;
        const std::size_t size = text.size();
        text.resize(size + step);
        const ssize_t got = ::read(fd, text.data() + size, step);
        const int error = errno;
        text.resize(size + (got > 0 ? static_cast<std::size_t>(got) : 0));
        if (got == 0) return text;
        if (got < 0 && error != EINTR)
            throw failure(fmt::format("cannot read {}: {}", what, std::system_category().message(error)));
        if (text.size() > most) throw failure(fmt::format("{} is larger than {} bytes", what, most));
    }
}

} // namespace

std::string read_file(const std::string& path, std::size_t most)
{
    const descriptor file = open_file(path);
    return read_all(file.get(), path, most);
}

std::string argument_or_input(const std::optional<std::string>& argument)
{
    if (argument && *argument != "-") return *argument;
    return read_all(STDIN_FILENO, "standard input", most_of_a_message);
}

} // namespace odradek::cli
