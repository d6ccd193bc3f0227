// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/descriptor.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/text_input.hpp>

#include <fmt/format.h>

#include <cerrno>
#include <system_error>
#include <unistd.h>
#include <utility>

namespace odradek::cli {
namespace {

constexpr std::size_t most_of_a_message = std::size_t{512} << 20; // as hex, with white space

// The text may hold passwords: what it leaves behind as it grows is wiped.
std::string read_all(int fd, const std::string& what, std::size_t most)
{
    constexpr std::size_t step = std::size_t{64} * 1024;
    wiped_text block{std::string(step, '\0')};
    std::string text;
    for (;;) {
        const ssize_t got = ::read(fd, block.text.data(), step);
        const int error = errno;
        if (got == 0) return text;
        if (got < 0 && error == EINTR) continue;
        if (got < 0) throw failure(fmt::format("cannot read {}: {}", what, std::system_category().message(error)));
        const auto size = static_cast<std::size_t>(got);
        if (size > most - text.size()) throw failure(fmt::format("{} is larger than {} bytes", what, most));
        if (size > text.capacity() - text.size()) {
            wiped_text grown;
            grown.text.reserve(2 * text.size() + size);
            grown.text.append(text);
            std::swap(grown.text, text);
        }
        text.append(block.text, 0, size);
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
