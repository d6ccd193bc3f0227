// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_input.hpp"

#include <csignal>
#include <filesystem>
#include <fstream>
#include <initializer_list>
#include <iterator>
#include <string>
#include <system_error>
#include <unistd.h>
#include <vector>

// Stands in for the fuzzing engine where there is none: runs the target once on each file, and on each file of each folder,
// that is named as an argument.

// So that every finding ends in a signal, whoever makes it.
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming): the names are the sanitizers'
extern "C" const char* __asan_default_options()
{
    return "abort_on_error=1";
}
// NOLINTNEXTLINE(bugprone-reserved-identifier,readability-identifier-naming)
extern "C" const char* __ubsan_default_options()
{
    return "abort_on_error=1:print_stacktrace=1";
}

namespace {

std::string current; // the last line of what is printed when a signal ends the program

extern "C" void name_current(int signal)
{
    if (write(STDERR_FILENO, current.data(), current.size()) < 0) _exit(1);
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

bool replay(const std::filesystem::path& path)
{
    std::ifstream file{path, std::ios::binary};
    const std::vector<char> bytes{std::istreambuf_iterator<char>{file}, std::istreambuf_iterator<char>{}};
    if (!file.is_open() || file.bad()) {
        std::fprintf(stderr, "cannot read %s\n", path.c_str());
        return false;
    }
    // Exactly as much memory as the input needs, so that sanitizers see a step beyond its end.
    const std::vector<std::uint8_t> input(bytes.begin(), bytes.end());
    current = "found with " + path.string() + "\n";
    LLVMFuzzerTestOneInput(input.data(), input.size());
    return true;
}

} // namespace

int main(int count, char** arguments)
{
    for (const int each : {SIGABRT, SIGSEGV, SIGBUS, SIGFPE, SIGILL}) std::signal(each, name_current);
    std::size_t replayed = 0;
    bool readable = true;
    for (int i = 1; i < count; ++i) {
        const std::filesystem::path path{arguments[i]};
        std::error_code error;
        if (!std::filesystem::is_directory(path, error)) {
            readable = replay(path) && readable;
            ++replayed;
            continue;
        }
        for (const auto& entry : std::filesystem::directory_iterator{path, error}) {
            readable = replay(entry.path()) && readable;
            ++replayed;
        }
        if (error) std::fprintf(stderr, "cannot list %s: %s\n", path.c_str(), error.message().c_str());
        readable = readable && !error;
    }
    std::printf("%zu inputs replayed\n", replayed);
    return readable && replayed != 0 ? 0 : 1;
}
