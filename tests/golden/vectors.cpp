// SPDX-License-Identifier: Apache-2.0
// odradek_vectors FILE.jsonl[.gz]...
//
// Checks golden vectors, bytes and documents that another program made, both ways. Prints a line for each failure and closes
// with "N passed, N failed"; the exit code is 0 only when at least one passed and none failed.
#include <odradek/tests/golden/batch_line.hpp>
#include <odradek/tests/golden/line_source.hpp>
#include <odradek/tests/golden/message_line.hpp>

#include <cstdio>
#include <exception>
#include <string>

namespace odradek::golden {
namespace {

struct tally {
    std::size_t passed = 0;
    std::size_t failed = 0;
};

// What is wrong with a line, with what it is; empty if nothing is.
std::string check(const std::string& text)
{
    std::string label;
    try {
        const json line = json::parse(text);
        if (!line.is_object()) throw line_error("malformed line: no object");
        const bool is_batches = line.contains("batches") || line.contains("reencode");
        label = (is_batches ? label_of_batches(line) : label_of_message(line)) + ": ";
        if (is_batches) {
            check_batches(line);
        } else {
            check_message(line);
        }
        return {};
    } catch (const json::exception& error) {
        return label + "malformed line: " + error.what();
    } catch (const std::exception& error) {
        return label + error.what();
    }
}

void check_file(const std::string& path, tally& count)
{
    line_source lines{path};
    std::string line;
    std::size_t number = 0;
    while (lines.next(line)) {
        ++number;
        if (line.find_first_not_of(" \t\r") == std::string::npos) continue;
        const std::string failure = check(line);
        if (failure.empty()) {
            ++count.passed;
        } else {
            ++count.failed;
            std::printf("%s:%zu: %s\n", path.c_str(), number, failure.c_str());
        }
    }
    if (!lines.error().empty()) {
        ++count.failed;
        std::printf("%s:%zu: %s\n", path.c_str(), number + 1, lines.error().c_str());
    }
}

} // namespace
} // namespace odradek::golden

int main(int argc, char** argv)
{
    if (argc < 2) {
        std::fputs("usage: odradek_vectors FILE.jsonl[.gz]...\n", stderr);
        return 2;
    }
    odradek::golden::tally count;
    for (int i = 1; i < argc; ++i) odradek::golden::check_file(argv[i], count);
    std::printf("%zu passed, %zu failed\n", count.passed, count.failed);
    return count.failed == 0 && count.passed != 0 ? 0 : 1;
}
