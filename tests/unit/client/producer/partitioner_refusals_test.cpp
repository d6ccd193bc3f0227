// SPDX-License-Identifier: Apache-2.0
#include <odradek/client/producer/partitioner_refusals.hpp>

#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

namespace odradek::detail {
namespace {

record of(std::string_view value)
{
    return {.topic = "letters", .value = bytes_view{value}};
}

TEST(partitioner_refusals, tells_of_the_record_that_it_is_asked_about)
{
    const std::string text = "one, another";
    const std::string_view one = std::string_view{text}.substr(0, 3);
    const std::string_view other = std::string_view{text}.substr(5);
    partitioner_refusals refusals;
    refusals.note(of(one), "answered 99");
    refusals.note(of(other), "threw");
    EXPECT_EQ(refusals.words_for(of(one)), "answered 99");
    EXPECT_EQ(refusals.words_for(of(other)), "threw");
    EXPECT_EQ(refusals.words_for(of(text)), "") << "which it never heard of";
    EXPECT_EQ(refusals.words_for({.topic = "letters"}), "");
}

TEST(partitioner_refusals, does_not_mind_where_the_topic_is_named)
{
    partitioner_refusals refusals;
    record one = of("v");
    refusals.note(one, "threw");
    one.topic = "by a handle";
    EXPECT_EQ(refusals.words_for(one), "threw");
}

TEST(partitioner_refusals, believes_the_latest_of_two_that_lay_in_one_place)
{
    const std::string line = "a buffer that is used again";
    partitioner_refusals refusals;
    refusals.note(of(line), "answered 7");
    refusals.note(of(line), "answered 8");
    EXPECT_EQ(refusals.words_for(of(line)), "answered 8");
}

TEST(partitioner_refusals, keeps_only_the_last_few_and_only_so_many_words)
{
    const std::string text(partitioner_refusals::kept + 1, 'x');
    const auto value = [&](std::size_t size) { return of(std::string_view{text}.substr(0, size)); };
    partitioner_refusals refusals;
    for (std::size_t size = 1; size <= text.size(); ++size) refusals.note(value(size), std::string(100'000, 'w'));
    EXPECT_EQ(refusals.words_for(value(1)), "");
    EXPECT_EQ(refusals.words_for(value(2)).size(), partitioner_refusals::longest_words);
    EXPECT_EQ(refusals.words_for(value(text.size())).size(), partitioner_refusals::longest_words);
}

TEST(partitioner_refusals, is_used_by_many_threads)
{
    partitioner_refusals refusals;
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; ++t)
        threads.emplace_back([&refusals, t] {
            const std::string mine = "record of " + std::to_string(t);
            const std::string other = "words of " + std::to_string(t);
            for (int i = 0; i < 1000; ++i) {
                refusals.note(of(mine), other);
                const std::string found = refusals.words_for(of(mine));
                ASSERT_TRUE(found.empty() || found == other) << found; // the others may have pushed it out
            }
        });
    for (std::thread& one : threads) one.join();
}

} // namespace
} // namespace odradek::detail
