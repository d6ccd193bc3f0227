// SPDX-License-Identifier: Apache-2.0
#include <odradek/tools/cli/line_batch.hpp>

#include <gtest/gtest.h>

namespace odradek::cli {
namespace {

line_record value(std::string_view text)
{
    return {.key = nullptr, .value = bytes_view{text}};
}

// B35: empty and null are different.
TEST(line_batch, gives_its_records_back_with_null_and_empty_apart)
{
    line_batch batch;
    const line_record keyed{.key = bytes_view{"k"}, .value = bytes_view{"v"}};
    const line_record empty{.key = bytes_view{""}, .value = bytes_view{""}};
    const line_record null{.key = nullptr, .value = nullptr};
    batch.add(1, keyed, 0);
    batch.add(2, empty, 0);
    batch.add(5, null, 0);
    const std::vector<record_header> headers{{"h", bytes_view{"1"}}};
    const auto records = batch.records(headers);
    ASSERT_EQ(records.size(), 3U);
    EXPECT_EQ(records[0].key->text(), "k");
    EXPECT_EQ(records[0].value->text(), "v");
    EXPECT_EQ(records[0].headers.size(), 1U);
    EXPECT_TRUE(records[1].key && records[1].key->empty());
    EXPECT_TRUE(records[1].value && records[1].value->empty());
    EXPECT_FALSE(records[2].key);
    EXPECT_FALSE(records[2].value);
    EXPECT_EQ(std::vector(batch.lines().begin(), batch.lines().end()), (std::vector<std::uint64_t>{1, 2, 5}));
    EXPECT_EQ(batch.bytes(), 2U);
}

TEST(line_batch, is_full_before_it_is_larger_than_a_broker_takes)
{
    const std::string line(900, 'x');
    line_batch batch;
    std::uint64_t number = 0;
    while (batch.has_room(value(line), 0)) batch.add(++number, value(line), 0);
    EXPECT_LE(batch.bytes(), line_batch::largest);
    EXPECT_GT(batch.bytes(), line_batch::largest * 9 / 10);
}

TEST(line_batch, counts_the_headers_of_each_record)
{
    const std::string text(99'000, 'x');
    const std::vector<record_header> headers{{"h", bytes_view{text}}};
    line_batch batch;
    std::uint64_t number = 0;
    while (batch.has_room(value(""), encoded_size(headers))) batch.add(++number, value(""), encoded_size(headers));
    EXPECT_EQ(number, 10U);
}

TEST(line_batch, takes_a_record_larger_than_a_batch_alone)
{
    const std::string large(2 * line_batch::largest, 'x');
    line_batch batch;
    EXPECT_TRUE(batch.has_room(value(large), 0));
    batch.add(1, value(large), 0);
    EXPECT_FALSE(batch.has_room(value(""), 0));
    batch.clear();
    EXPECT_TRUE(batch.empty());
    batch.add(2, value("a"), 0);
    EXPECT_FALSE(batch.has_room(value(large), 0));
}

TEST(line_batch, bounds_the_number_of_empty_lines)
{
    line_batch batch;
    std::uint64_t number = 0;
    while (batch.has_room(value(""), 0)) batch.add(++number, value(""), 0);
    EXPECT_LE(number, line_batch::most_records);
    EXPECT_GT(number, 10'000U);
}

} // namespace
} // namespace odradek::cli
