// SPDX-License-Identifier: Apache-2.0
#pragma once

#include <odradek/tools/cli/output.hpp>

#include <array>
#include <concepts>
#include <cstdio>
#include <memory>
#include <string>

namespace odradek::cli {

/// What `write` writes to an output: a test's way to see it. The output goes to a temporary file, which is read back.
template <std::invocable<output&> Write>
std::string captured(Write write, std::size_t capacity = 64)
{
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> file{std::tmpfile(), &std::fclose};
    output out{::fileno(file.get()), capacity};
    write(out);
    out.flush();
    std::rewind(file.get());
    std::string text;
    std::array<char, 4096> buffer{};
    while (const std::size_t got = std::fread(buffer.data(), 1, buffer.size(), file.get()))
        text.append(buffer.data(), got);
    return text;
}

} // namespace odradek::cli
