// SPDX-License-Identifier: Apache-2.0
#include <odradek/broker/output_queue.hpp>

#include <gtest/gtest.h>

#include <string>

namespace odradek::broker {
namespace {

std::string text(const std::vector<bytes_view>& parts)
{
    std::string all;
    for (const bytes_view part : parts) all.append(reinterpret_cast<const char*>(part.data()), part.size());
    return all;
}

writer saying(std::string_view words)
{
    writer out;
    out.bytes(bytes_view{words});
    return out;
}

TEST(output_queue, gives_all_that_waits_to_one_write)
{
    output_queue queue;
    EXPECT_TRUE(queue.empty());
    queue.push(saying("one "), {});
    queue.push(saying("two "), {});
    queue.push(writer{}, {}); // an answer without bytes
    EXPECT_EQ(queue.size(), 8U);
    EXPECT_EQ(text(queue.next(100)), "one two ");
    queue.consume(8);
    EXPECT_TRUE(queue.empty());
    EXPECT_TRUE(queue.next(100).empty());
}

TEST(output_queue, goes_on_where_a_write_ended)
{
    output_queue queue;
    queue.push(saying("one "), {});
    queue.push(saying("two "), {});
    EXPECT_EQ(text(queue.next(6)), "one tw");
    queue.consume(6);
    EXPECT_EQ(text(queue.next(1)), "o");
    queue.consume(1);
    queue.push(saying("three"), {});
    EXPECT_EQ(text(queue.next(100)), " three");
}

TEST(output_queue, keeps_the_memory_of_records_until_their_last_byte_was_written)
{
    const std::string records(5000, 'r');
    auto memory = std::make_shared<const chunk>(std::size_t{1});
    const std::weak_ptr<const chunk> watched = memory;
    writer answer;
    answer.bytes(bytes_view{"head"});
    answer.external(bytes_view{records});
    output_queue queue;
    queue.push(std::move(answer), {std::move(memory)});
    EXPECT_EQ(queue.next(6000).size(), 2U);
    queue.consume(5003);
    EXPECT_FALSE(watched.expired());
    queue.consume(1);
    EXPECT_TRUE(watched.expired());
}

} // namespace
} // namespace odradek::broker
