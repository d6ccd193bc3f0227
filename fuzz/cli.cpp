// SPDX-License-Identifier: Apache-2.0
#include "fuzz/fuzz_input.hpp"
#include <odradek/protocol/record_batch.hpp>
#include <odradek/tools/cli/arguments.hpp>
#include <odradek/tools/cli/escapes.hpp>
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/hex.hpp>
#include <odradek/tools/cli/line_splitter.hpp>
#include <odradek/tools/cli/message_format.hpp>

#include <nlohmann/json.hpp>

#include <string>
#include <unistd.h>
#include <vector>

// What the command line reads and prints: it ends well, or in a failure of one line for people.
// Input: a byte that chooses (0 the words of a command, 1 a format, 2 a record as JSON, 3 escapes, 4 hex, 5 lines), then text.

using namespace odradek;

namespace {

std::vector<std::string> words(std::string_view text)
{
    std::vector<std::string> cut{""};
    for (const char c : text) {
        if (c == '\n') {
            cut.emplace_back();
        } else {
            cut.back() += c;
        }
    }
    return cut;
}

// A record with what the input has for key, value and a header; prints it and gives what was printed.
template <class Print>
std::string printed(fuzz_input& input, Print print)
{
    record_batch_builder builder;
    const bytes_view key = input.piece(input.below(40));
    const std::vector<record_header> headers{{input.piece(input.below(40)).text(), nullptr}, {"name", key}};
    require(builder.append(input.byte(), key, input.rest(), headers) == errc{}, "a record can be appended");
    sealed_batch sealed;
    require(!builder.seal({}, no_codecs(), sealed), "a batch can be sealed");
    batch_memory memory;
    batch_view batch;
    require(!batch.parse(sealed.bytes()) && !batch.open(memory, {}), "a batch can be opened");
    const record_view record = *batch.begin();

    std::FILE* const file = std::tmpfile();
    require(file != nullptr, "there is a file to write to");
    cli::output out{fileno(file), 64};
    print(cli::message{"topic", 3, batch.timestamps(), &record}, out);
    out.flush();
    std::string text(static_cast<std::size_t>(lseek(fileno(file), 0, SEEK_END)), ' ');
    const auto size = pread(fileno(file), text.data(), text.size(), 0);
    std::fclose(file);
    require(size == static_cast<ssize_t>(text.size()), "what was printed can be read");
    return text;
}

void cut_lines(fuzz_input& input)
{
    const std::size_t step = input.below(20) + 1;
    const std::string_view text = input.rest().text();
    cli::line_splitter splitter{100};
    std::string joined;
    std::string_view line;
    for (std::size_t at = 0; at < text.size(); at += step) {
        splitter.feed(text.substr(at, step));
        while (splitter.next(line)) joined.append(line).append("\n");
    }
    if (splitter.finish(line)) joined.append(line);
    require(joined == text, "the lines are the text");
}

void run(fuzz_input& input)
{
    switch (input.below(6)) {
    case 0: (void)cli::parse_arguments(words(input.rest().text())); break;
    case 1: {
        const cli::message_format format{input.piece(input.byte()).text()};
        (void)printed(input, [&](const cli::message& m, cli::output& out) { format.write(m, out); });
        break;
    }
    case 2: {
        const std::string text = printed(input, cli::write_json);
        require(nlohmann::json::accept(text), "what is printed as JSON is JSON");
        require(text.find('\n') == text.size() - 1, "a record is one line");
        break;
    }
    case 3: {
        const std::string_view text = input.rest().text();
        require(cli::unescape(text, "-f").size() <= text.size(), "escapes only shorten");
        break;
    }
    case 4: {
        const std::vector<std::byte> bytes = cli::from_hex(input.rest().text());
        require(cli::from_hex(cli::to_hex(bytes)) == bytes, "the same bytes after printing");
        break;
    }
    case 5: cut_lines(input); break;
    default: break;
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz_input input{data, size};
    try {
        run(input);
    } catch (const cli::failure& failed) {
        require(*failed.what() != 0 && failed.code() != cli::exit_code::ok, "a failure has words and a code");
    }
    return 0;
}
