// SPDX-License-Identifier: Apache-2.0
#include <odradek/net/log.hpp>

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace odradek {
namespace {

TEST(logger, is_silent_until_somebody_listens)
{
    logger log;
    EXPECT_FALSE(log.enabled(log_level::error));
    log.write(log_level::error, "here", "unheard");
    std::vector<std::string> lines;
    log.set_sink([&](log_level level, std::string_view where, std::string_view text) {
        lines.push_back(std::string(name(level)) + " " + std::string(where) + ": " + std::string(text));
    });
    log.write(log_level::info, "here", "heard");
    EXPECT_EQ(lines, std::vector<std::string>{"info here: heard"});
}

TEST(logger, writes_one_line_whoever_chose_the_words_in_it)
{
    logger log;
    std::string line;
    log.set_sink([&](log_level, std::string_view, std::string_view text) { line = text; });
    log.write(log_level::info, "here", "topic \"evil\nname\"");
    EXPECT_EQ(line, "topic \"evil\\x0aname\"");
}

TEST(logger, leaves_out_what_is_below_its_threshold)
{
    logger log;
    int lines = 0;
    log.set_sink([&](log_level, std::string_view, std::string_view) { ++lines; }, log_level::warning);
    EXPECT_FALSE(log.enabled(log_level::info));
    log.write(log_level::info, "here", "too quiet");
    log.write(log_level::warning, "here", "loud enough");
    EXPECT_EQ(lines, 1);
    log.set_sink({});
    log.write(log_level::error, "here", "nobody");
    EXPECT_EQ(lines, 1);
}

TEST(logger, lets_a_sink_log_and_replace_itself)
{
    logger log;
    int lines = 0;
    log.set_sink([&](log_level, std::string_view, std::string_view) {
        if (++lines == 1) log.write(log_level::error, "here", "again");
        log.set_sink({});
    });
    log.write(log_level::error, "here", "once");
    EXPECT_EQ(lines, 2);
    log.write(log_level::error, "here", "gone");
    EXPECT_EQ(lines, 2);
}

} // namespace
} // namespace odradek
