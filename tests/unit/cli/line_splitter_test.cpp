// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/exit_code.hpp>
#include <odradek/tools/cli/line_splitter.hpp>

#include <gtest/gtest.h>

#include <vector>

namespace odradek::cli {
namespace {

std::vector<std::string> split(std::string_view text, std::size_t chunk, std::optional<std::size_t> size = {})
{
    line_splitter splitter{1000, size};
    std::vector<std::string> lines;
    std::string_view line;
    for (std::size_t at = 0; at < text.size(); at += chunk) {
        const std::string piece{text.substr(at, chunk)}; // gone after the loop, as a real buffer is overwritten
        splitter.feed(piece);
        while (splitter.next(line)) lines.emplace_back(line);
    }
    while (splitter.finish(line)) lines.emplace_back(line);
    EXPECT_EQ(splitter.number(), lines.size());
    return lines;
}

TEST(line_splitter, gives_the_same_lines_whatever_the_chunks)
{
    const std::string_view text = "first\n\n\nfourth\r\n\xc3\xa4\n"
                                  "a\0b\nlast";
    const std::vector<std::string> whole = split("first\n\n\nfourth\r\nx\nlast", 1000);
    EXPECT_EQ(whole, (std::vector<std::string>{"first", "", "", "fourth\r", "x", "last"}));
    const std::vector<std::string> expected = split(text, text.size());
    for (std::size_t chunk = 1; chunk < text.size(); ++chunk) EXPECT_EQ(split(text, chunk), expected) << chunk;
}

TEST(line_splitter, cuts_pieces_of_one_size_whatever_the_chunks)
{
    const std::string_view text = "ab\ncd\n\nefg";
    for (std::size_t chunk = 1; chunk <= text.size(); ++chunk) {
        EXPECT_EQ(split(text, chunk, 4), (std::vector<std::string>{"ab\nc", "d\n\ne", "fg"})) << chunk;
        EXPECT_EQ(split(text, chunk, 5), (std::vector<std::string>{"ab\ncd", "\n\nefg"})) << chunk;
        EXPECT_EQ(split(text, chunk, 1).size(), text.size()) << chunk;
        EXPECT_EQ(split(text, chunk, 50), (std::vector<std::string>{std::string{text}})) << chunk;
    }
}

TEST(line_splitter, counts_a_last_line_without_newline_but_none_behind_the_last_newline)
{
    EXPECT_EQ(split("a\nb", 1), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(split("a\nb\n", 1), (std::vector<std::string>{"a", "b"}));
    EXPECT_EQ(split("a\n\n", 2), (std::vector<std::string>{"a", ""}));
    EXPECT_EQ(split("\n", 1), (std::vector<std::string>{""}));
    EXPECT_TRUE(split("", 1).empty());
}

TEST(line_splitter, refuses_a_line_above_the_limit_and_names_it)
{
    for (const std::size_t chunk : {1U, 4U, 100U}) {
        line_splitter splitter{5};
        const std::string text = "12345\n123456\n";
        std::vector<std::string> lines;
        try {
            std::string_view line;
            for (std::size_t at = 0; at < text.size(); at += chunk) {
                splitter.feed(std::string_view{text}.substr(at, chunk));
                while (splitter.next(line)) lines.emplace_back(line);
            }
            ADD_FAILURE();
        } catch (const failure& f) {
            EXPECT_STREQ(f.what(), "line 2 is longer than 5 bytes");
        }
        EXPECT_EQ(lines, std::vector<std::string>{"12345"});
    }
}

} // namespace
} // namespace odradek::cli
